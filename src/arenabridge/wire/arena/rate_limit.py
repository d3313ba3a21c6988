"""How long a limit of the site lasts, in the several ways in which it tells (captures of 2025-11 and 2025-12)."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

MAX_RETRY_AFTER_SECONDS = 7 * 24 * 3600.0
"""The longest limit seen is a day, that of pictures for visitors; more is taken for this."""

_NUMBER = re.compile(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*")
_FIELD = re.compile(r"(\w+)=(\d{1,15})")


def retry_after_seconds(headers: Mapping[str, str], body: Any, now_unix: float) -> float | None:
    """
    Seconds until a repetition may succeed; None where the site gives no hint.

    `headers` with names in lower case, `body` the decoded JSON if it was any. Zero is no hint: the site sends
    `retry-after: 0` with its limit of pictures (capture of 2025-12-01), and a client that believed it would loop.
    """
    hints = (
        _retry_after(headers.get("retry-after", ""), now_unix),
        _as_the_site_s_client_reads_it(headers, body),
        _window(headers, now_unix),
    )
    return next((min(hint, MAX_RETRY_AFTER_SECONDS) for hint in hints if hint > 0), None)


def _retry_after(value: str, now_unix: float) -> float:
    """Seconds or an HTTP date."""
    if _NUMBER.fullmatch(value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now_unix
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0


def _as_the_site_s_client_reads_it(headers: Mapping[str, str], body: Any) -> float:
    """What remains is a time in seconds here, against the header's own definition (the site's client, Nov 2025)."""
    if headers.get("ratelimit-modality") == "image":
        return _number(headers.get("ratelimit-remaining", ""))
    if isinstance(body, dict) and body.get("modelId"):
        return _fields(headers).get("remaining", 0)
    return 0


def _window(headers: Mapping[str, str], now_unix: float) -> float:
    """`ratelimit: limit=1, remaining=0, reset=86400`, or the same in three headers with the reset as a Unix time."""
    fields = _fields(headers)
    if fields.get("remaining") == 0:
        return fields.get("reset", 0)
    if headers.get("ratelimit-remaining", "").strip() == "0":
        return _number(headers.get("ratelimit-reset", "")) - now_unix
    return 0


def _fields(headers: Mapping[str, str]) -> dict[str, float]:
    return {name: float(value) for name, value in _FIELD.findall(headers.get("ratelimit", "")[:200])}


def _number(value: str) -> float:
    return float(value) if _NUMBER.fullmatch(value) else 0
