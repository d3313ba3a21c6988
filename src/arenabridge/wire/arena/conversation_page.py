"""
The conversation that a page `/c/<session>` shows, as its server rendered it into the page.

`initialState` of the page's `EvaluationStoreProvider` is the conversation: `{"id", …, "messages": [{"id", "role",
"content", "status", "parentMessageIds", "participantPosition", …}]}` (captures of 2025-11). React moves a long text
into a row of its own and leaves `$<id>` in its place; a text that begins with a dollar has two.
"""

import json
import re
from typing import Any

import msgspec

from arenabridge.wire.arena.flight import Row, flight_rows, flight_text
from arenabridge.wire.arena.js_json import mend_all

MAX_MESSAGES = 10_000
"""Messages of a conversation; a longer one is not read."""

_STATE = re.compile(r'"initialState"\s*:\s*(?=\{)')
_DECODER = json.JSONDecoder(strict=False)


class ShownAnswer(msgspec.Struct, frozen=True):
    """The last answer of a direct chat. `asked` is the turn that it answers."""

    asked: str
    text: str
    is_finished: bool
    """The site has generated all of it."""


def last_answer(page: str, session: str) -> ShownAnswer | None:
    """The last answer on this session's page; None if it is another page, a battle's, or of an unknown form."""
    stream = flight_text(page)
    conversation = _conversation(stream, session)
    if conversation is None:
        return None
    rows = flight_rows(stream)
    match _messages(conversation)[-2:]:
        case [
            {"role": "user", "id": str(asked_id), "content": str(asked)},
            {"role": "assistant", "content": str(text), "status": str(status), "parentMessageIds": list(parents)},
        ] if asked_id in parents:
            return ShownAnswer(_written(asked, rows), _written(text, rows), status == "success")
    return None


def _conversation(stream: str, session: str) -> dict[str, Any] | None:
    for match in _STATE.finditer(stream):
        try:
            state = _DECODER.raw_decode(stream, match.end())[0]
        except (ValueError, RecursionError):
            continue
        if isinstance(state, dict) and state.get("id") == session:
            return state
    return None


def _messages(conversation: dict[str, Any]) -> list[Any]:
    messages = conversation.get("messages")
    if not isinstance(messages, list) or len(messages) > MAX_MESSAGES:
        return []
    return [mend_all(message) for message in messages]


def _written(value: str, rows: dict[int, Row]) -> str:
    if value.startswith("$$"):
        return value[1:]
    if re.fullmatch(r"\$[0-9a-f]{1,8}", value) and (row := rows.get(int(value[1:], 16))) and row.tag == "T":
        return row.payload.decode("utf-8", "replace")
    return value
