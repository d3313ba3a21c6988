"""Show a failure the way OpenAI's clients expect it: the only place that knows that shape."""

import math
from typing import Any

import orjson

from arenabridge.errors import GatewayError


def error_object(error: Exception, more: str = "") -> dict[str, Any]:
    """
    The body of an error answer: ``{"error": {"message", "type", "param", "code"}}``; `more` follows its message.

    `error` is always an object and all four keys are always there: several clients lose the message otherwise, one
    crashes. Anything but a `GatewayError` is a bug: its text may hold secrets, so the client gets none of it.
    """
    known = public(error)
    message = f"{known} {more}".rstrip()
    return {"error": {"message": message, "type": known.type, "param": known.param, "code": known.code}}


def error_body(error: Exception, more: str = "") -> bytes:
    return orjson.dumps(error_object(error, more))


def error_headers(error: Exception) -> dict[str, str]:
    """`Retry-After` in whole seconds, and whether SDKs may repeat the call by themselves."""
    known = public(error)
    headers = dict(known.headers)
    if known.retry_after_seconds is not None:
        headers["retry-after"] = str(math.ceil(known.retry_after_seconds))
    if known.should_retry is not None:
        headers["x-should-retry"] = "true" if known.should_retry else "false"
    return headers


def public(error: Exception) -> GatewayError:
    return error if isinstance(error, GatewayError) else GatewayError("Internal error. The gateway's log says more.")
