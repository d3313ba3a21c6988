"""Write a chat completion that is not streamed."""

from collections.abc import Sequence
from typing import Any

import orjson

from arenabridge.wire.openai.answer import Envelope, WholeChoice, failure_of, picture_parts
from arenabridge.wire.openai.shape import THOUGHT_FIELDS
from arenabridge.wire.profile import ReasoningDialect


def completion_body(
    envelope: Envelope,
    choices: Sequence[WholeChoice],
    usage: dict[str, Any],
    reasoning: ReasoningDialect = "reasoning_content",
) -> bytes:
    return orjson.dumps(
        {
            "id": envelope.id,
            "object": "chat.completion",
            "created": envelope.created,
            "model": envelope.model,
            "choices": [_choice(index, choice, reasoning) for index, choice in enumerate(choices)],
            "usage": usage,
        }
    )


def _choice(index: int, choice: WholeChoice, reasoning: ReasoningDialect) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": choice.text, "refusal": None}
    if choice.thoughts:
        message |= dict.fromkeys(THOUGHT_FIELDS[reasoning], choice.thoughts)
    if choice.annotations:
        message["annotations"] = choice.annotations
    if choice.pictures:
        message["images"] = picture_parts(choice.pictures)
    return {"index": index, "message": message, "logprobs": None, "finish_reason": choice.reason} | failure_of(
        choice.error
    )
