"""
Write a streamed chat completion: server-sent events, each a `chat.completion.chunk`.

What does not change within one answer (id, time, model) is encoded once; a piece of text costs one JSON string between
a prefix and a suffix, 17 times less than encoding a dictionary. Clients need, and get: the role in the first delta and
never again, content that is never null, one finish chunk, usage only when asked for (and then in a chunk of its own
without choices), no event above 64 KiB, `[DONE]`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from arenabridge.errors import GatewayError
from arenabridge.wire.openai.answer import Envelope, failure_of, picture_parts
from arenabridge.wire.openai.errors import error_body
from arenabridge.wire.openai.shape import THOUGHT_FIELDS
from arenabridge.wire.profile import ReasoningDialect
from arenabridge.wire.reply import FinishReason

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"

MAX_PIECE = 10_000
"""Characters of text in one event: at most six bytes each, as escaped control characters; 64 KiB is what the strictest
line readers take."""

MAX_REASONING_PIECE = MAX_PIECE // 2
"""The same for text that stands in its event twice."""

MAX_ANNOTATIONS = 2
"""Annotations in one event: at most 30 KB each, if every character of their addresses is escaped."""


def event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


class ChunkWriter:
    """The chunks of one choice."""

    def __init__(
        self,
        envelope: Envelope,
        *,
        include_usage: bool,
        index: int = 0,
        reasoning: ReasoningDialect = "reasoning_content",
    ) -> None:
        self._bare, self._usage_null = opening("chat.completion.chunk", envelope, include_usage=include_usage)
        self._head = self._bare + b'{"index":%d,"delta":' % index
        self._tail = b',"logprobs":null,"finish_reason":null}]' + self._usage_null + b"}\n\n"
        self._content = self._head + b'{"content":'
        self._content_end = b"}" + self._tail
        self._thought_fields = THOUGHT_FIELDS[reasoning]

    def begin(self) -> bytes:
        return self._head + b'{"role":"assistant","content":""}' + self._tail

    def text(self, text: str) -> bytes:
        if len(text) <= MAX_PIECE:
            return self._content + orjson.dumps(text) + self._content_end
        return b"".join(self.text(piece) for piece in pieces(text, MAX_PIECE))

    def thoughts(self, text: str) -> bytes:
        events = []
        for piece in pieces(text, MAX_REASONING_PIECE):
            delta = orjson.dumps(dict.fromkeys(self._thought_fields, piece))
            events.append(self._head + delta + self._tail)
        return b"".join(events)

    def annotations(self, annotations: Sequence[dict[str, Any]]) -> bytes:
        deltas = (
            orjson.dumps({"annotations": annotations[at : at + MAX_ANNOTATIONS]})
            for at in range(0, len(annotations), MAX_ANNOTATIONS)
        )
        return b"".join(self._head + delta + self._tail for delta in deltas)

    def pictures(self, addresses: Sequence[str]) -> bytes:
        deltas = (orjson.dumps({"images": picture_parts([address])}) for address in addresses)
        return b"".join(self._head + delta + self._tail for delta in deltas)

    def finish(self, reason: FinishReason, error: GatewayError | None = None) -> bytes:
        return self._head + b'{},"logprobs":null,' + ending(reason, error) + self._usage_null + b"}\n\n"

    def usage(self, usage: dict[str, Any]) -> bytes:
        return usage_event(self._bare, usage)


def opening(object_: str, envelope: Envelope, *, include_usage: bool) -> tuple[bytes, bytes]:
    """How every chunk begins, up to its choices, and what says in each that the usage comes later."""
    named = {"id": envelope.id, "object": object_, "created": envelope.created, "model": envelope.model}
    return b"data: " + orjson.dumps(named)[:-1] + b',"choices":[', b',"usage":null' if include_usage else b""


def ending(reason: FinishReason, error: GatewayError | None) -> bytes:
    """How the last chunk of a choice ends, with the bracket that closes the choices."""
    return orjson.dumps({"finish_reason": reason, **failure_of(error)})[1:] + b"]"


def usage_event(bare: bytes, usage: dict[str, Any]) -> bytes:
    return bare + b'],"usage":' + orjson.dumps(usage) + b"}\n\n"


def error_event(error: GatewayError) -> bytes:
    """The last words of an answer that failed after its head was sent: no finish chunk, or it would pass for whole."""
    return event(error_body(error)) + DONE


def pieces(text: str, length: int) -> Iterator[str]:
    for start in range(0, len(text), length):
        yield text[start : start + length]
