"""The site's own words about a failure, fit to be shown to a client."""

import re
from typing import Any

from arenabridge.wire.arena.js_json import loads, mend

MAX_WORDING_CHARACTERS = 300
"""Characters of the site's words that a client gets to see."""

MAX_BODY_CHARACTERS = 64 * 2**10
"""What is read of an error's body; the site's own are shorter than a line."""

_MARKUP = re.compile(r"<[^<>]{0,1000}>")
_UNSHOWN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def words_of(value: Any) -> str:
    """The words in decoded JSON: a string, `{"error": ...}` of one or an object, or `{"message": ...}`; else none."""
    for key in ("error", "error", "message"):
        if isinstance(value, dict):
            value = value.get(key) or value.get("message")
    return value.strip() if isinstance(value, str) else ""


def shown(words: str) -> str:
    """On one line, of bounded length, without markup, control characters and marks that turn the line around."""
    plain = _UNSHOWN.sub(" ", _MARKUP.sub(" ", mend(words[: 4 * MAX_WORDING_CHARACTERS]))).strip()
    return plain if len(plain) <= MAX_WORDING_CHARACTERS else plain[: MAX_WORDING_CHARACTERS - 1] + "…"


def json_of(body: str) -> Any:
    """The decoded body of an error, None if it is no JSON."""
    try:
        return loads(body[:MAX_BODY_CHARACTERS])
    except ValueError:
        return None


def words_of_body(body: str) -> str:
    """What an error's body says: JSON or plain text. A page says nothing: its words are meant for eyes."""
    if body.lstrip()[:1] == "<":
        return ""
    value = json_of(body)
    return shown(words_of(value) if value is not None else body)
