"""Write a chat completion that is not streamed."""

from typing import Any

import orjson

from arenabridge.wire.reply import FinishReason


def completion_body(
    *, id: str, created: int, model: str, text: str, reasoning: str, reason: FinishReason, usage: dict[str, Any]
) -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if reasoning:
        message |= {"reasoning_content": reasoning, "reasoning": reasoning}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return orjson.dumps(
        {
            "id": id,
            "object": "chat.completion",
            "created": created,
            "model": model,
            "choices": [choice],
            "usage": usage,
        }
    )
