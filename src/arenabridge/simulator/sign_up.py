"""`POST …/sign-up`: a visitor becomes an anonymous user."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from arenabridge.simulator import refusals
from arenabridge.simulator.pages import set_cookie
from arenabridge.simulator.visitors import COOKIE, PROVISIONAL_COOKIE

if TYPE_CHECKING:
    from starlette.requests import Request

    from arenabridge.simulator.site import Site


class SignUp:
    """The endpoint that makes an anonymous user."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def answer(self, request: Request) -> Response:
        """Any non-empty token will do; who is signed in already gets a 400. Answers the session, and its cookie."""
        if self._site.settings.sign_in == "wall":
            raise refusals.signed_out()
        cookies = request.state.exchange.cookies
        if self._site.visitors.live(cookies) is not None:
            raise refusals.invalid("User already exists")
        self._check(await request.body(), cookies.get(PROVISIONAL_COOKIE))
        visit = self._site.visitors.sign_in(self._site.settings.session_seconds)
        response = JSONResponse(visit.body)
        set_cookie(response, request, COOKIE, visit.cookie)
        response.delete_cookie(PROVISIONAL_COOKIE, path="/")
        return response

    def _check(self, raw: bytes, provisional: str | None) -> None:
        try:
            body = json.loads(raw)
        except ValueError:
            raise refusals.invalid("Invalid JSON body") from None
        camel = self._site.generation.camel_case_sign_up
        token = body.get("turnstileToken" if camel else "turnstile_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise refusals.invalid("Missing turnstile token")
        if camel and provisional and body.get("provisionalUserId") != provisional:
            raise refusals.invalid("Provisional user does not match")
