"""
Where the earlier bridges' userscript reports a captured session: `POST /update` on a port of its own.

    POST http://127.0.0.1:5103/update  {"sessionId":"…","messageId":"…"}   →  200 {"status": "success"}

The script runs in a page of the site, so its browser asks first whether it may (CORS, and, for an address of this
computer, the browser's permission for private networks); only pages of the site may.
"""

import logging
from collections.abc import Callable, Collection

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from arenabridge.errors import BodyTooLarge
from arenabridge.http.door.body import read_body
from arenabridge.http.door.forwarded import is_forwarded
from arenabridge.http.door.guard import Guard

_log = logging.getLogger(__name__)

MAX_BODY_BYTES = 16 * 1024


def reports_application(origins: Collection[str], report: Callable[[str, str], None]) -> ASGIApp:
    """`report` is told each session and message; `origins` are the site's."""

    async def update(request: Request) -> Response:
        if is_forwarded(request.headers) or not may_ask(request, origins):
            return Response(status_code=403)
        if request.method == "OPTIONS":
            return granting(Response(status_code=204), request)
        ids = await _ids(request)
        if ids is None:
            return granting(JSONResponse({"error": "Missing sessionId or messageId"}, 400), request)
        report(*ids)
        return granting(JSONResponse({"status": "success"}), request)

    return Guard(Starlette(routes=[Route("/update", update, methods=["POST", "OPTIONS"])]), ())


def may_ask(request: Request, origins: Collection[str]) -> bool:
    """Pages of the site, and programs other than browsers, which name no origin."""
    origin = request.headers.get("origin")
    return origin is None or origin in origins


def granting(response: Response, request: Request) -> Response:
    """The answer, with the headers that the browser wants before it lets the page read it."""
    origin = request.headers.get("origin")
    if origin is not None:
        response.headers["access-control-allow-origin"] = origin
        response.headers["access-control-allow-methods"] = "POST, OPTIONS"
        response.headers["access-control-allow-headers"] = "Content-Type"
        response.headers["vary"] = "origin"
    if "access-control-request-private-network" in request.headers:
        response.headers["access-control-allow-private-network"] = "true"
    return response


async def _ids(request: Request) -> tuple[str, str] | None:
    try:
        told = orjson.loads(await read_body(request, MAX_BODY_BYTES))
    except (orjson.JSONDecodeError, BodyTooLarge):
        return None
    session, message = (told.get(name) for name in ("sessionId", "messageId")) if isinstance(told, dict) else (0, 0)
    return (session, message) if isinstance(session, str) and isinstance(message, str) and session and message else None
