"""
Write a streamed chat completion: server-sent events, each a `chat.completion.chunk`.

What does not change within one answer (id, time, model) is encoded once; a piece of text costs one JSON string between
a prefix and a suffix, 17 times less than encoding a dictionary. Clients need, and get: the role in the first delta and
never again, content that is never null, one finish chunk, usage only when asked for (and then in a chunk of its own
without choices), no event above 64 KiB, `[DONE]`.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from arenabridge.errors import GatewayError
from arenabridge.wire.openai.errors import error_body
from arenabridge.wire.reply import FinishReason

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"

MAX_PIECE = 10_000
"""Characters of text in one event: at most six bytes each, as escaped control characters; 64 KiB is what the strictest
line readers take."""

MAX_REASONING_PIECE = MAX_PIECE // 2
"""The same for text that stands in its event twice."""


def event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


class ChunkWriter:
    """The chunks of one answer."""

    def __init__(self, *, id: str, created: int, model: str, include_usage: bool) -> None:
        head = orjson.dumps({"id": id, "object": "chat.completion.chunk", "created": created, "model": model})[:-1]
        usage = b',"usage":null' if include_usage else b""
        self._bare = b"data: " + head + b',"choices":['
        self._head = self._bare + b'{"index":0,"delta":'
        self._tail = b',"logprobs":null,"finish_reason":null}]' + usage + b"}\n\n"
        self._content = self._head + b'{"content":'
        self._content_end = b"}" + self._tail
        self._usage_null = usage

    def role(self) -> bytes:
        return self._head + b'{"role":"assistant","content":""}' + self._tail

    def text(self, text: str) -> bytes:
        if len(text) <= MAX_PIECE:
            return self._content + orjson.dumps(text) + self._content_end
        return b"".join(self.text(piece) for piece in _pieces(text, MAX_PIECE))

    def reasoning(self, text: str) -> bytes:
        """Both names that clients read, in one delta: none of those tried shows it twice."""
        events = []
        for piece in _pieces(text, MAX_REASONING_PIECE):
            encoded = orjson.dumps(piece)
            delta = b'{"reasoning_content":' + encoded + b',"reasoning":' + encoded + b"}"
            events.append(self._head + delta + self._tail)
        return b"".join(events)

    def finish(self, reason: FinishReason) -> bytes:
        end = b'{},"logprobs":null,"finish_reason":' + orjson.dumps(reason) + b"}]" + self._usage_null + b"}\n\n"
        return self._head + end

    def usage(self, usage: dict[str, Any]) -> bytes:
        return self._bare + b'],"usage":' + orjson.dumps(usage) + b"}\n\n"


def error_event(error: GatewayError) -> bytes:
    """The last words of an answer that failed after its head was sent: no finish chunk, or it would pass for whole."""
    return event(error_body(error)) + DONE


def _pieces(text: str, length: int) -> Iterator[str]:
    for start in range(0, len(text), length):
        yield text[start : start + length]
