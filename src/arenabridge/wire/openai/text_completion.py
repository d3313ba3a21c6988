"""
Write the answers of `POST /v1/completions`: objects of type `text_completion`, streamed and not.

The format has no place for thoughts and sources, and pictures are part of the text. While a choice is streamed its
finish reason is null, as OpenAI sends it, although the official types don't say so.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from arenabridge.errors import GatewayError
from arenabridge.wire.openai.answer import Envelope, WholeChoice, failure_of
from arenabridge.wire.openai.chunks import MAX_PIECE, ending, opening, pieces, usage_event
from arenabridge.wire.profile import ReasoningDialect
from arenabridge.wire.reply import FinishReason

_OBJECT = "text_completion"


class TextChunkWriter:
    """The chunks of one choice."""

    def __init__(
        self,
        envelope: Envelope,
        *,
        include_usage: bool,
        index: int = 0,
        reasoning: ReasoningDialect = "reasoning_content",  # noqa: ARG002 - as for a chat, whose chunks have fields for it
    ) -> None:
        self._bare, self._usage_null = opening(_OBJECT, envelope, include_usage=include_usage)
        self._head = self._bare + b'{"index":%d,"logprobs":null,"text":' % index
        self._tail = b',"finish_reason":null}]' + self._usage_null + b"}\n\n"

    def begin(self) -> bytes:
        return b""

    def text(self, text: str) -> bytes:
        return b"".join(self._head + orjson.dumps(piece) + self._tail for piece in pieces(text, MAX_PIECE))

    def thoughts(self, text: str) -> bytes:  # noqa: ARG002 - no place for them
        return b""

    def annotations(self, annotations: Sequence[dict[str, Any]]) -> bytes:  # noqa: ARG002 - likewise
        return b""

    def pictures(self, addresses: Sequence[str]) -> bytes:  # noqa: ARG002 - likewise
        return b""

    def finish(self, reason: FinishReason, error: GatewayError | None = None) -> bytes:
        return self._head + b'"",' + ending(reason, error) + self._usage_null + b"}\n\n"

    def usage(self, usage: dict[str, Any]) -> bytes:
        return usage_event(self._bare, usage)


def text_completion_body(
    envelope: Envelope,
    choices: Sequence[WholeChoice],
    usage: dict[str, Any],
    reasoning: ReasoningDialect = "reasoning_content",  # noqa: ARG001 - as for a chat, whose messages have fields for it
) -> bytes:
    return orjson.dumps(
        {
            "id": envelope.id,
            "object": _OBJECT,
            "created": envelope.created,
            "model": envelope.model,
            "choices": [
                {"index": index, "text": choice.text, "logprobs": None, "finish_reason": choice.reason}
                | failure_of(choice.error)
                for index, choice in enumerate(choices)
            ],
            "usage": usage,
        }
    )
