"""How an answer ended and what it cost: the records `d` (the answer's end) and `e` (a step's)."""

from collections.abc import Mapping
from typing import Any

from arenabridge.wire.reply import FinishReason, Usage

_MAX_SAFE_INTEGER = 2**53 - 1

_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content-filter": "content_filter",
    "tool-calls": "tool_calls",
    "error": "error",
}


def finish_reason(value: Mapping[str, Any]) -> FinishReason:
    """A reason we do not know is an ordinary end: search models say `unknown` (captures of 2025-11)."""
    reason = value.get("finishReason")
    return _REASONS.get(reason, "stop") if isinstance(reason, str) else "stop"


def read_usage(value: Mapping[str, Any]) -> Usage | None:
    """None unless the site tells at least one figure: the AI SDK writes NaN, in JSON null, for what it can't know."""
    usage = value.get("usage")
    if not isinstance(usage, dict):
        return None
    prompt, completion = _tokens(usage.get("promptTokens")), _tokens(usage.get("completionTokens"))
    return None if prompt is None and completion is None else Usage(prompt, completion)


def total(before: Usage | None, step: Usage) -> Usage:
    """The AI SDK's own rule for an answer of several steps: the sum."""
    if before is None:
        return step
    return Usage(
        _sum(before.prompt_tokens, step.prompt_tokens),
        _sum(before.completion_tokens, step.completion_tokens),
    )


def _sum(left: int | None, right: int | None) -> int | None:
    return left if right is None else right if left is None else left + right


def _tokens(value: Any) -> int | None:
    """None for anything that is not a count: null, NaN, true, negative or beyond what JavaScript can count."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MAX_SAFE_INTEGER:
        return None
    return int(value)
