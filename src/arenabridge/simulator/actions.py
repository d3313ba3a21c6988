"""Next.js server actions: their ids, the chunk script that tells them, and the history list."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.responses import Response

from arenabridge.simulator import flight
from arenabridge.simulator.refusals import signed_out

if TYPE_CHECKING:
    from starlette.requests import Request

    from arenabridge.simulator.site import Site

FLIGHT_TYPE = "text/x-component"
CHUNK_NAME = "2398-c6e1f0a7d4b35928.js"
UPLOAD_ACTION = "generateUploadUrl"
SIGNED_URL_ACTION = "getSignedUrl"
HISTORY_ACTION = "getHistory"
"""The site's own name of this one was never captured; callers know it by its id alone."""


def action_id(name: str) -> str:
    """42 hexadecimal digits that belong to the deployment."""
    return hashlib.sha256(f"{flight.DEPLOYMENT} {name}".encode()).hexdigest()[:42]


def chunk_script() -> str:
    """What a reader of the page's scripts finds the action ids in."""
    references = "".join(
        f'var {variable}=(0,r.createServerReference)("{action_id(name)}",'
        f'r.callServer,void 0,r.findSourceMapURL,"{name}");'
        for variable, name in (("a", UPLOAD_ACTION), ("o", SIGNED_URL_ACTION), ("i", HISTORY_ACTION))
    )
    module = f'(e,t,r)=>{{"use strict";{references}}}'
    return f"(self.webpackChunk_N_E=self.webpackChunk_N_E||[]).push([[2398],{{2398:{module}}}]);"


class ServerActions:
    """The actions that a page of the site may call."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def answer(self, request: Request) -> Response:
        """`POST <any page>` with a `Next-Action` header; a stale id is a 404 in plain text."""
        if request.headers.get("next-action") != action_id(HISTORY_ACTION):
            return Response("Server action not found.", 404, media_type="text/plain")
        visit = self._site.visitors.live(request.state.exchange.cookies)
        if visit is None:
            raise signed_out()
        sessions = self._site.conversations.of_owner(visit.user_id)
        result = {"success": True, "data": {"history": [session.history_object() for session in sessions]}}
        return self._flight(result)

    def _flight(self, result: object) -> Response:
        settings = self._site.settings
        if settings.action_form == "short" and settings.page_variant != "rerender_only":
            rows, revalidated = flight.action_rows(result), "[[],0,0]"
        else:
            page = flight.page_rows(self._site.catalogue, None, "one_push", settings.page_filler_bytes)
            rows, revalidated = flight.rerender_rows(result, page), "[[],0,1]"
        return Response(rows, media_type=FLIGHT_TYPE, headers={"x-action-revalidated": revalidated})
