"""
Read a JSON object field by field, each with its own type, so that what is wrong can be named.

Clients send far more than they need (`stop: []`, `logit_bias: {}`, nulls for everything they know), so null means
absent, and unknown fields are no error.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, NoReturn

import msgspec

from arenabridge.errors import InvalidRequest, MalformedJson

MAX_FIELDS = 1000
"""Fields of a body; no API has a tenth of them."""

MAX_TOKENS = 1_000_000
"""Of JSON, in a body: 20,000 messages have a third. To find that there are more takes a sixth of a second."""

UNCOUNTED_BYTES = 2**20
"""A body of so many bytes has too few parts to be worth counting."""

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{\[,]|[^"{\[,]++', re.DOTALL)
"""A string, even one that is cut off, a bracket, a comma, or what is between them: everything is one of these."""

_HALF_CHARACTER = re.compile(
    rb"\\u(?:d[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!d[89ab][0-9a-f]{2}\\u)d[c-f][0-9a-f]{2})", re.IGNORECASE
)
"""One half of a surrogate pair, escaped, without the other: what is left where a program cut a string in JavaScript."""

_NEAR = 24
"""Bytes before the place where the decoder noticed: two halves of a character are twelve."""

_PLACE = re.compile(r"\(byte (\d{1,12})\)$")

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Fields:
    """
    The fields of a request's body, typed as `declared` says; raises `MalformedJson` or `InvalidRequest`.

    `declared` also makes the API's document, which therefore can't say anything else than what is read.
    """

    def __init__(self, body: bytes, declared: type[msgspec.Struct]) -> None:
        self._types = _types(declared)
        _check_tokens(body)
        try:
            self._fields = _object.decode(body)
        except msgspec.ValidationError:
            raise InvalidRequest("The request body must be a JSON object.") from None
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise MalformedJson(f"The request body is not valid JSON: {_what_is_wrong(body, error)}") from None
        if len(self._fields) > MAX_FIELDS:
            raise InvalidRequest(f"The request has {len(self._fields)} fields, at most {MAX_FIELDS} are taken.")

    def get(self, name: str) -> Any:
        """The field as its type, None if it is absent; raises `InvalidRequest` with its name."""
        raw = self._fields.get(name)
        if raw is None:
            return None
        try:
            return msgspec.json.decode(raw, type=self._types[name] | None)
        except msgspec.ValidationError as error:
            _refuse(name, error)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise MalformedJson(f"The request body is not valid JSON: {error}", param=name) from None

    def said(self) -> Iterator[str]:
        """The names of the fields that say something."""
        return (name for name, raw in self._fields.items() if bytes(raw) not in {b"null", b"[]", b"{}"})


@cache
def _types(declared: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(declared)}


def _check_tokens(body: bytes) -> None:
    """Most bodies are shown to have few by counting bytes, which takes no time; pictures and texts are one each."""
    if len(body) <= UNCOUNTED_BYTES or 2 * sum(map(body.count, (b'"', b",", b"{", b"["))) < MAX_TOKENS:
        return
    if next(islice(_TOKEN.finditer(body), MAX_TOKENS, None), None) is not None:
        raise InvalidRequest("The request is made of too many pieces: fields, messages, and parts of them.")


def _what_is_wrong(body: bytes, error: Exception) -> str:
    """The decoder speaks of hex escapes and of truncated input where half a character is the fault."""
    if not isinstance(error, msgspec.DecodeError):
        return str(error)
    place = _PLACE.search(str(error))
    noticed = int(place[1]) if place else len(body.rstrip())
    for half in _HALF_CHARACTER.finditer(body, max(0, noticed - _NEAR), noticed):
        before = body[: half.start()]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            character = half[0].decode()
            return f"{character} is half a character, a surrogate without its partner (byte {half.start()})."
    return str(error)


def _refuse(name: str, error: msgspec.ValidationError) -> NoReturn:
    """Turn "Expected `str`, got `int` - at `$[0].content`" into a sentence about the client's own field."""
    what, _, where = str(error).partition(" - at `$")
    param = name + re.sub(r"`$", "", where)
    raise InvalidRequest(f"{param}: {what[:1].lower()}{what[1:].replace('`', '')}.", param=param) from None
