r"""
Read the React "flight" stream: the rows of a server action's answer, and the model objects in a page of the site.

The page is made by Next.js and carries its data as the React "flight" stream, cut into scripts at any character::

    <script>self.__next_f.push([1,"6:[\"$\",\"$L15\",null,{\"initialModels\":[{\"id\":\"019a"])</script>

So: collect the strings in order, decode each, concatenate, and read the array that follows the key. The key is
`initialModels` since autumn 2025; in July 2025 it was `initialState`, several times, and that of a conversation's page
is no array of models. The answer to a server action is the same stream without the scripts.

The stream is made of rows `<id>:<payload>`, ids in hexadecimal. A tag before the payload says what it is: none for
JSON, `E` for an error, `T` for text. Text and binary rows give the length of their payload in bytes, hexadecimal, and
end without a line break (`7:T3,abc`); all others end with one. So React's own client reads them (version 19).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from arenabridge.wire.arena.js_json import mend, mend_all

MAX_OBJECTS = 5000
"""The longest list seen had 320 (2026-01); what follows is left unread."""

MAX_ROWS = 10_000
"""Rows of a server action's answer. A whole page made again had some dozens (2025-12); the rest is left unread."""

MAX_ARRAYS = 50
"""How many places of one key are looked at, so that a page full of the key costs linear time."""

_PUSH = re.compile(r'__next_f\b[^"\';]{0,60}?\.push\(\s*\[\s*1\s*,\s*(?=")')
_INITIAL_MODELS = re.compile(r'"initialModels"\s*:\s*\[')
_INITIAL_STATE = re.compile(r'"initialState"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder(strict=False)

_ROW = re.compile(rb"([0-9a-fA-F]{0,8}):")
_LENGTH = re.compile(rb"([0-9a-fA-F]{1,8}),")
_WITH_LENGTH = frozenset(b"TAOobUSsLlGgMmV")
"""Text, and the kinds of binary data."""

_WITHOUT_LENGTH = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ#rx") - _WITH_LENGTH


class Row(msgspec.Struct, frozen=True):
    """A row that carries a value: its tag is `T`, `E`, or nothing for JSON."""

    tag: str
    payload: bytes


def flight_rows(stream: str) -> dict[int, Row]:
    """
    The rows with a value, by id; the first of an id counts. Rows of modules, hints and binary data are passed over.

    A row that is cut off at the end of the stream is left out, and so is a line that is none.
    """
    data = stream.encode("utf-8", "replace")
    rows: dict[int, Row] = {}
    position = 0
    while position < len(data) and len(rows) < MAX_ROWS:
        head = _ROW.match(data, position)
        tag, start, end = _extent(data, head.end()) if head else ("?", position, _line_end(data, position))
        if head and head[1] and tag in {"", "T", "E"} and end <= len(data):
            rows.setdefault(int(head[1], 16), Row(tag, data[start:end]))
        position = end + (data[end : end + 1] == b"\n")
    return rows


def _extent(data: bytes, position: int) -> tuple[str, int, int]:
    """The row's tag, and from where to where its payload goes: beyond the data if there is not all of it."""
    tag = data[position : position + 1]
    if tag and tag[0] in _WITH_LENGTH and (length := _LENGTH.match(data, position + 1)):
        return tag.decode(), length.end(), length.end() + int(length[1], 16)
    if tag and tag[0] in _WITHOUT_LENGTH:
        return tag.decode(), position + 1, _line_end(data, position)
    return "", position, _line_end(data, position)


def _line_end(data: bytes, position: int) -> int:
    end = data.find(b"\n", position)
    return len(data) if end < 0 else end


def flight_text(page: str) -> str:
    """The flight stream of a page, of its scripts alone, or of a server action's answer, which is that stream."""
    pushed = [piece for match in _PUSH.finditer(page) if isinstance(piece := _decoded_at(page, match.end()), str)]
    return mend("".join(pushed) if pushed else page)


def model_objects(page: str) -> list[Any]:
    """
    The elements of the page's arrays of models, whatever they are; empty if it has none.

    Of several `initialModels` the one with most models counts, for a message on the page may quote one; `initialState`
    arrays add up.
    """
    text = flight_text(page)
    found = max(_arrays(text, _INITIAL_MODELS), key=_count_models, default=[])
    if _count_models(found):
        return found
    return [each for array in _arrays(text, _INITIAL_STATE) for each in array if _is_model(each)]


def _count_models(array: list[Any]) -> int:
    return sum(map(_is_model, array))


def _is_model(element: Any) -> bool:
    return isinstance(element, dict) and "publicName" in element


def _arrays(text: str, key: re.Pattern[str]) -> Iterator[list[Any]]:
    for _, match in zip(range(MAX_ARRAYS), key.finditer(text), strict=False):
        yield _elements(text, match.end())


def _elements(text: str, position: int) -> list[Any]:
    """Read one by one, so that a page that ends in the middle of the array still gives those before."""
    elements: list[Any] = []
    while len(elements) < MAX_OBJECTS:
        position = _next(text, position)
        try:
            element, position = _DECODER.raw_decode(text, position)
            elements.append(mend_all(element))
        except (ValueError, RecursionError):
            break
    return elements


def _next(text: str, position: int) -> int:
    between = _BETWEEN.match(text, position)
    return between.end() if between else position


def _decoded_at(text: str, position: int) -> Any:
    try:
        return _DECODER.raw_decode(text, position)[0]
    except (ValueError, RecursionError):
        return None
