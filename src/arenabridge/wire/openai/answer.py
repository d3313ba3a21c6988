"""What the two forms of an answer, streamed and whole, have in common whatever the endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from arenabridge.errors import GatewayError
from arenabridge.wire.openai.errors import error_object
from arenabridge.wire.reply import FinishReason


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What every chunk of an answer says again."""

    id: str
    created: int
    """Unix time in seconds."""
    model: str
    """The name that the client used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeChoice:
    """One answer, complete."""

    text: str
    thoughts: str
    annotations: list[dict[str, Any]]
    reason: FinishReason
    pictures: Sequence[str] = ()
    """Addresses of those that are no part of the text."""
    error: GatewayError | None = None
    """Why there is no more of it, where the answer of another choice stands."""


class AnswerWriter(Protocol):
    """Writes one choice of a streamed answer as server-sent events; each method may give several, or none."""

    def begin(self) -> bytes: ...

    def text(self, text: str) -> bytes: ...

    def thoughts(self, text: str) -> bytes: ...

    def annotations(self, annotations: Sequence[dict[str, Any]]) -> bytes: ...

    def pictures(self, addresses: Sequence[str]) -> bytes: ...

    def finish(self, reason: FinishReason, error: GatewayError | None = None) -> bytes: ...

    def usage(self, usage: dict[str, Any]) -> bytes: ...


def picture_parts(addresses: Sequence[str]) -> list[dict[str, Any]]:
    """Pictures in the field `images`, as OpenRouter has it."""
    return [{"type": "image_url", "image_url": {"url": address}} for address in addresses]


def failure_of(error: GatewayError | None) -> dict[str, Any]:
    """What says of one choice why it ended: `error` in it, with the finish reason `error`, as OpenRouter has it."""
    return {} if error is None else error_object(error)
