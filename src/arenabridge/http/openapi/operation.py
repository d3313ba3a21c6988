"""
What an endpoint says of itself for the API's document, beside its code: an `Operation`, given to its `DocumentedRoute`.

    OPERATION = Operation(tag="Models", summary="List the models", answers=(Answer(ModelList),), errors=KEY_ERRORS)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from starlette.routing import Route

from arenabridge import errors as e

DEFAULT_MEDIA_TYPE = "application/json"
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Answer:
    """
    A way in which an operation ends, other than by an error object.

    Of several with the same status and media type each may come.
    """

    type: Any
    """A type that msgspec can describe."""
    description: str = "What was asked for."
    status: int = 200
    media_type: str = DEFAULT_MEDIA_TYPE
    """For `text/event-stream` the type is that of an event's data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Something in the address or the headers."""

    name: str
    place: Literal["path", "query", "header"]
    description: str
    type: Any = str
    example: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One endpoint. Descriptions are in Markdown, of which only `code` is used: a page shows them too."""

    tag: str
    summary: str
    description: str = ""
    parameters: Sequence[Parameter] = ()
    body: type[msgspec.Struct] | None = None
    body_media_type: str = DEFAULT_MEDIA_TYPE
    example: Any = None
    """A body that can be sent as it is, but for the model's name."""
    answers: Sequence[Answer] = ()
    errors: Sequence[type[e.GatewayError]] = ()
    """Besides those that every request may meet."""
    needs_key: bool = True


class DocumentedRoute(Route):
    """A route whose endpoint is part of the API's document."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], operation: Operation, *, methods: Sequence[str] = ("GET",)
    ) -> None:
        super().__init__(path, endpoint, methods=list(methods))
        self.operation = operation
        self.documented_methods = tuple(methods)


def reported(of: type[e.GatewayError]) -> Iterator[type[e.GatewayError]]:
    """The classes below that one which are reported as such: those without children."""
    children = of.__subclasses__()
    if not children:
        yield of
    for child in children:
        yield from reported(child)


ANY_ERRORS = (e.WrongHost, e.GatewayError)
"""What every request may meet."""

KEY_ERRORS = (e.InvalidApiKey, e.AddressNotAllowed, e.ForbiddenOrigin)
"""What every request that needs a key may meet."""

BODY_ERRORS = (e.MalformedJson, e.InvalidRequest, e.BodyTooLarge, e.EncodingUnsupported)

ASKING_ERRORS: tuple[type[e.GatewayError], ...] = (
    e.ModelNotAllowed,
    e.RateLimited,
    e.BudgetExhausted,
    *BODY_ERRORS,
    e.UnknownModel,
    e.ModelNotSelectable,
    e.ContextTooLong,
    e.ContentRefused,
    e.AttachmentTooLarge,
    e.AttachmentUnsupported,
    *reported(e.CapacityError),
    *reported(e.HumanNeeded),
    *reported(e.UpstreamError),
)
"""What may come of a request that is passed on to the site."""
