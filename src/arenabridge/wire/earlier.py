r"""
What passes between a gateway and the userscript of the earlier bridges (version 2.5, autumn 2025).

That script says no hello and acknowledges nothing, and nothing stops it. It is asked to make a captured answer again::

    {"request_id":"<uuid>","payload":{"message_templates":[…],"target_model_id":"<id or null>","session_id":…,
     "message_id":…,"is_image_request":true}}

and passes on what the site sends, cut anywhere, then `[DONE]`. After an error there is no `[DONE]`::

    {"request_id":"<uuid>","data":"a0:\"Hel"}
    {"request_id":"<uuid>","data":"[DONE]"}
    {"request_id":"<uuid>","data":{"error":"Network response not OK. Status: 429. Content: Too many requests"}}

Commands have no answer: `{"command":"refresh"}` reloads the page, `activate_id_capture` has the next press of Retry
reported to port 5103, `send_page_source` has the page posted to `/internal/update_available_models`.
"""

import re
from typing import Any, Literal

import msgspec

from arenabridge.wire.link.messages import MalformedFrame
from arenabridge.wire.templates import MakeAgain

Command = Literal["refresh", "activate_id_capture", "send_page_source"]

DONE = "[DONE]"

_HTTP_ERROR = re.compile(r"Network response not OK\. Status: (\d{3})\. Content: (.*)", re.DOTALL)
"""The script's own words for an answer of the site that is not a success."""

_PAGE = re.compile(r"\s*<(?:!doctype\s+)?html\b", re.IGNORECASE)


class Piece(msgspec.Struct, frozen=True):
    """Some of the site's answer."""

    request: str
    text: str


class Done(msgspec.Struct, frozen=True):
    """The answer is complete."""

    request: str


class NotOk(msgspec.Struct, frozen=True):
    """The site answered with another status than success; nothing follows."""

    request: str
    status: int
    body: str


class Broken(msgspec.Struct, frozen=True):
    """The request could not be made, or its answer broke off; nothing follows."""

    request: str
    words: str


Said = Piece | Done | NotOk | Broken


def ask(request: str, job: MakeAgain) -> str:
    """The frame that asks for a job; `request` is the job's id in the answers."""
    return msgspec.json.encode({"request_id": request, "payload": job.payload}).decode()


def command(name: Command) -> str:
    return msgspec.json.encode({"command": name}).decode()


def read(frame: str | bytes) -> Said | None:
    """What a frame says; None if it has no job, or says nothing. Raises `MalformedFrame` if it is not a JSON object."""
    try:
        message = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MalformedFrame(str(error)) from error
    if not isinstance(message, dict):
        raise MalformedFrame("not an object")
    request = message.get("request_id")
    return _said(request, message.get("data")) if isinstance(request, str) and request else None


def headers_of(text: str) -> dict[str, str]:
    """The response headers as far as the body's beginning shows them: the script tells none."""
    if _PAGE.match(text):
        return {"content-type": "text/html"}
    return {"content-type": "application/json" if text.lstrip().startswith("{") else "text/plain"}


def _said(request: str, data: Any) -> Said | None:
    if isinstance(data, list):
        data = "".join(each for each in data if isinstance(each, str))
    if isinstance(data, str):
        return Done(request) if data == DONE else Piece(request, data)
    words = data.get("error") if isinstance(data, dict) else None
    if words is None:
        return None
    words = words if isinstance(words, str) else msgspec.json.encode(words).decode()
    refused = _HTTP_ERROR.match(words)
    return NotOk(request, int(refused[1]), refused[2]) if refused else Broken(request, words)
