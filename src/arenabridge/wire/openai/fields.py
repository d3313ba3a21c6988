"""
Read a JSON object field by field, each with its own type, so that what is wrong can be named.

Clients send far more than they need (`stop: []`, `logit_bias: {}`, nulls for everything they know), so null means
absent, and unknown fields are no error.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NoReturn

import msgspec

from arenabridge.errors import InvalidRequest, MalformedJson

_HALF_CHARACTER = re.compile(
    rb"(?<!\\)(?:\\\\)*\\u(?:d[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!d[89ab][0-9a-f]{2}\\u)d[c-f][0-9a-f]{2})",
    re.IGNORECASE,
)
"""One half of a surrogate pair, escaped, without the other: what is left where a program cut a string in JavaScript."""

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Fields:
    """
    The fields of a request's body, typed as `declared` says; raises `MalformedJson` or `InvalidRequest`.

    `declared` also makes the API's document, which therefore can't say anything else than what is read.
    """

    def __init__(self, body: bytes, declared: type[msgspec.Struct]) -> None:
        self._types = _types(declared)
        try:
            self._fields = _object.decode(body)
        except msgspec.ValidationError:
            raise InvalidRequest("The request body must be a JSON object.") from None
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise MalformedJson(f"The request body is not valid JSON: {_what_is_wrong(body, error)}") from None

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


def _what_is_wrong(body: bytes, error: Exception) -> str:
    """The decoder speaks of hex escapes and of truncated input where half a character is the fault."""
    half = _HALF_CHARACTER.search(body)
    if half is None or not isinstance(error, msgspec.DecodeError):
        return str(error)
    return f"{half[0].decode()[-6:]} is half a character, a surrogate without its partner (byte {half.end() - 6})."


def _refuse(name: str, error: msgspec.ValidationError) -> NoReturn:
    """Turn "Expected `str`, got `int` - at `$[0].content`" into a sentence about the client's own field."""
    what, _, where = str(error).partition(" - at `$")
    param = name + re.sub(r"`$", "", where)
    raise InvalidRequest(f"{param}: {what[:1].lower()}{what[1:].replace('`', '')}.", param=param) from None
