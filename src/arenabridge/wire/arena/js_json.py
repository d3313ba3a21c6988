r"""
JSON and text as JavaScript writes them.

`JSON.stringify` escapes a lone surrogate (`"\ud83d"`), which the fast decoders refuse, and JavaScript cuts strings
between the two halves of a character outside the basic plane. Programs that print their figures write `NaN`.
"""

import json
from typing import Any

import orjson

_STDLIB = json.JSONDecoder(strict=False)


def loads(text: str) -> Any:
    """
    Decode JSON, with lone surrogates, NaN and raw control characters tolerated. Raises ValueError alone.

    All strings of the value can be encoded: surrogates are joined, or replaced with U+FFFD.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        return mend_all(_STDLIB.decode(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def loads_piece(text: str) -> str:
    """Decode a JSON string that may begin or end in the middle of a character. Raises ValueError alone."""
    try:
        value = _STDLIB.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, str):
        raise ValueError(f"expected a string, got {type(value).__name__}")  # noqa: TRY004  # the one error of this module
    return value


def mend(text: str) -> str:
    """Join the surrogates that stand in pairs and replace the others with U+FFFD: the result can be encoded."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def mend_all(value: Any) -> Any:
    """The same for all strings of decoded JSON. Raises RecursionError where it is nested too deeply."""
    match value:
        case str():
            return mend(value)
        case list():
            return [mend_all(item) for item in value]
        case dict():
            return {mend(key): mend_all(item) for key, item in value.items()}
        case _:
            return value


def is_high_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udbff"
