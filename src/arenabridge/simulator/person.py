"""
What a person's presses in the simulated page do, and how an open page learns what the site wants.

Signing in is a path of the site's own. Terms, clearance and the page's news are not known of the site, so they live
below the simulator's own paths, and are in no audit.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from arenabridge.simulator.demands import CLEARANCE_COOKIE
from arenabridge.simulator.door import first_to_end
from arenabridge.simulator.pages import set_cookie
from arenabridge.simulator.visitors import COOKIE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive

    from arenabridge.simulator.demands import DemandKind
    from arenabridge.simulator.site import Site

NEWS_SECONDS = 25.0
"""A question for news is answered after this time at the latest, and then asked again."""


class Person:
    """The endpoints behind the dialogs of the page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Below the simulator's own paths."""
        return [
            Route("/page-events", self.news, methods=["GET"]),
            Route("/person/terms", self.terms, methods=["POST"]),
            Route("/person/upload-terms", self.upload_terms, methods=["POST"]),
            Route("/person/clearance", self.clearance, methods=["POST"]),
        ]

    async def sign_in(self, request: Request) -> Response:
        """
        `{email, password}`, anything in both: a session of the same user, or of a new one.

        The answer has the shape that the site's own client reads: `{success, error?, user?}`.
        """
        exchange = request.state.exchange
        if not _is_filled_in(await request.body()):
            return JSONResponse({"success": False, "error": "Invalid email or password"}, 400)
        known = self._site.visitors.of_cookies(exchange.cookies)
        visit = self._site.visitors.sign_in(self._site.settings.session_seconds, known.user_id if known else None)
        self._site.demands.meet("sign_in", visit.user_id)
        response = JSONResponse({"success": True, "user": {"emailConfirmed": True}})
        set_cookie(response, request, COOKIE, visit.cookie)
        return response

    async def terms(self, request: Request) -> Response:
        return self._agreed(request, "terms")

    async def upload_terms(self, request: Request) -> Response:
        return self._agreed(request, "upload_terms")

    def _agreed(self, request: Request, kind: DemandKind) -> Response:
        visit = self._site.visitors.of_cookies(request.cookies)
        self._site.demands.meet(kind, visit.user_id if visit else "")
        return Response(status_code=204)

    async def clearance(self, request: Request) -> Response:
        """The challenge has been met: a cookie tells so from now on."""
        value = secrets.token_urlsafe(32)
        self._site.demands.meet("challenge", value)
        response = Response(status_code=204)
        set_cookie(response, request, CLEARANCE_COOKIE, value)
        return response

    async def news(self, request: Request) -> Response:
        """`?known=terms,blocked`: answered when something else than that is wanted of the visitor."""
        known = set(filter(None, request.query_params.get("known", "").split(",")))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NEWS_SECONDS):
                changed = partial(self._site.demands.until_other, request.cookies, known)
                await first_to_end(partial(_gone, request.receive), changed)
        return JSONResponse({"demands": self._site.demands.of(request.cookies)})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_filled_in(raw: bytes) -> bool:
    try:
        body = json.loads(raw)
    except ValueError:
        return False
    return isinstance(body, dict) and all(
        isinstance(body.get(name), str) and body[name] for name in ("email", "password")
    )
