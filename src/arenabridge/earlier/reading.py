"""Files as people write them: JSON, perhaps with comments and trailing commas. What is wrong is told with its line."""

import json
import re
from typing import Any

import json5

from arenabridge.settings_file import says_nothing

MAX_BYTES = 32 * 2**20
"""The largest list of models that was ever shipped has 0.3 MB."""

MAX_WRITTEN_BYTES = 2 * 2**20
"""Bound of a file with comments, which is read more slowly (1 MB in some seconds): nobody writes more by hand."""


class Unreadable(ValueError):
    """The message says why, and in which line."""


def parse(content: bytes) -> Any:
    """What is in it; an empty file, or one of comments alone, is an empty object. Raises `Unreadable`."""
    if len(content) > MAX_BYTES:
        raise Unreadable(f"it has more than {MAX_BYTES >> 20} MB, which no such file has")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"line {line}: it is not UTF-8 text") from None
    if says_nothing(text):
        return {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _parse_with_comments(text)


def _parse_with_comments(text: str) -> Any:
    if len(text) > MAX_WRITTEN_BYTES:
        raise Unreadable("it is not JSON, and too long for JSON with comments")
    try:
        return json5.loads(text)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except ValueError as error:
        place = re.fullmatch(r"<string>:(\d+) (.*)", str(error), re.DOTALL)
        raise Unreadable(f"line {place[1]}: {place[2]}" if place else str(error)) from None
