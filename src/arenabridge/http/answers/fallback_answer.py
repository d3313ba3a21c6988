"""An answer for which the next model of an alias is asked if the first one fails before anything of it was heard."""

from collections.abc import Callable, Sequence

from arenabridge.errors import (
    EmptyResponse,
    FirstByteTimeout,
    GatewayError,
    ModelNotSelectable,
    SiteFailed,
    UnknownModel,
    UpstreamRateLimited,
)
from arenabridge.hub.jobs.exchange import ReplySink
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.reply import Finished, Notice, ReplyEvent

_OF_THE_MODEL = (
    UnknownModel,
    ModelNotSelectable,
    UpstreamRateLimited,
    EmptyResponse,
    SiteFailed,
    FirstByteTimeout,
)
"""Failures that another model may not have. Not those of the client's request, moderation, the person or workers."""


def is_of_the_model(error: GatewayError) -> bool:
    return isinstance(error, _OF_THE_MODEL)


AskNext = Callable[[GatewayError], bool]
"""Has the request answered by another model into the same sink; false if there is none left."""


class FallbackAnswer:
    """A sink before another one, which never hears of what failed in silence and was mended."""

    def __init__(self, inner: ReplySink, ask_next: AskNext) -> None:
        self._inner = inner
        self._ask_next = ask_next
        self._has_begun = False
        self._may_be_paid = False

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        self._inner.granted(worker, how, model)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        self._has_begun = self._has_begun or any(not isinstance(event, Notice) for event in events)
        return self._inner.deliver(events)

    def complete(self, finish: Finished) -> None:
        self._inner.complete(finish)

    def fail(self, error: GatewayError) -> None:
        """Once a failed model's call may have been paid for, the client must not repeat it, however it ends."""
        self._may_be_paid = self._may_be_paid or error.may_be_paid
        if not self._has_begun and is_of_the_model(error) and self._ask_next(error):
            return
        self._inner.fail(error.never_again() if self._may_be_paid else error)
