"""Next.js server actions: an upload URL, a signed URL, and the history list. Forms as captured in Nov and Dec 2025."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from arenabridge.simulator import flight
from arenabridge.simulator.refusals import signed_out

if TYPE_CHECKING:
    from starlette.requests import Request

    from arenabridge.simulator.deployment import ActionName
    from arenabridge.simulator.faults import Fault
    from arenabridge.simulator.site import Site

RERENDER_FILLER_BYTES = 110_000
"""The answer that is a whole page has about 120 kB."""


class ServerActions:
    """The actions that a page of the site may call."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def answer(self, request: Request) -> Response:
        """
        `POST <any page>` with a `Next-Action` header and a JSON array of arguments; a stale id is a 404 in plain text.

        What an action itself can't do is told by `{"success": false, "error": …}` in an answer like any other.
        """
        name = self._site.deployment.action(request.headers.get("next-action", ""))
        if name is None:
            return Response("Server action not found.", 404, media_type="text/plain")
        visit = self._site.visitors.live(request.state.exchange.cookies)
        if visit is None:
            raise signed_out()
        try:
            _fail_by(request.state.fault)
            told = self._result(name, _arguments(await request.body()), visit.user_id, _origin(request))
        except _Failed as failed:
            return self._flight({"success": False, "error": str(failed)})
        return self._flight({"success": True, "data": told})

    def _result(self, name: ActionName, arguments: list[Any], user_id: str, origin: str) -> dict[str, Any]:
        match name:
            case "getHistory":
                sessions = self._site.conversations.of_owner(user_id)
                return {"history": [session.history_object() for session in sessions]}
            case "generateUploadUrl":
                return self._upload_url(arguments, user_id, origin)
            case "getSignedUrl":
                return self._signed_url(arguments, user_id, origin)

    def _upload_url(self, arguments: list[Any], user_id: str, origin: str) -> dict[str, str]:
        """`[name, type]`; the key is `<user>/<epoch ms>-<name>`."""
        name, content_type = _texts(arguments, 2)
        allowed = self._site.settings.upload_types
        if not name or "/" not in content_type or (allowed and content_type not in allowed):
            raise _Failed("Invalid file type")
        key = f"{user_id}/{time.time_ns() // 1_000_000}-{name.replace('/', '_')}"
        return {"uploadUrl": self._site.storage.url(origin, key, "PutObject", content_type), "key": key}

    def _signed_url(self, arguments: list[Any], user_id: str, origin: str) -> dict[str, str]:
        """`[key]` of a file that the visitor has uploaded."""
        (key,) = _texts(arguments, 1)
        if not key.startswith(f"{user_id}/") or self._site.storage.get(key) is None:
            raise _Failed("File not found")
        return {"url": self._site.storage.url(origin, key, "GetObject")}

    def _flight(self, result: object) -> Response:
        settings = self._site.settings
        if settings.action_form == "short" and settings.page_variant != "rerender_only":
            rows, revalidated = flight.action_rows(result), "[[],0,0]"
        else:
            deployment = self._site.deployment.id
            page = flight.page_rows(self._site.catalogue, None, "one_push", RERENDER_FILLER_BYTES, deployment)
            rows, revalidated = flight.rerender_rows(result, page), "[[],0,1]"
        return Response(rows, media_type=flight.MEDIA_TYPE, headers={"x-action-revalidated": revalidated})


class _Failed(Exception):
    """An action that can't do what it was asked for; the message is for its caller."""


def _fail_by(fault: Fault | None) -> None:
    if fault is not None and fault.kind == "action_failed":
        raise _Failed(fault.text)


def _arguments(raw: bytes) -> list[Any]:
    try:
        arguments = json.loads(raw)
    except ValueError:
        arguments = None
    if not isinstance(arguments, list):
        raise _Failed("Invalid arguments")
    return arguments


def _texts(arguments: list[Any], count: int) -> list[str]:
    if len(arguments) != count or not all(isinstance(each, str) for each in arguments):
        raise _Failed("Invalid arguments")
    return arguments


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}"
