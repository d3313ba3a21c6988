"""The site's URL map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from arenabridge.simulator.actions import ServerActions
from arenabridge.simulator.control import Control
from arenabridge.simulator.door import Door
from arenabridge.simulator.pages import Pages
from arenabridge.simulator.person import Person
from arenabridge.simulator.refusals import Refusal
from arenabridge.simulator.sign_up import SignUp
from arenabridge.simulator.streams import StreamCalls

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from arenabridge.simulator.site import Site

NOT_FOUND_PAGE = (
    "<!DOCTYPE html><html><head><title>404: This page could not be found.</title></head><body>404</body></html>"
)
RETRY_PATH = "retry-evaluation-session-message/{session}/messages/{message}"


def site_application(site: Site) -> ASGIApp:
    """The whole site behind its door."""
    pages, actions = Pages(site), ServerActions(site)
    routes = [
        Control(site).routes(),
        *_api_routes(site, "/api"),
        *_api_routes(site, "/nextjs-api"),
        *(Route(path, pages.chat, methods=["GET"]) for path in ("/", "/en", "/c/{session}", "/en/c/{session}")),
        *(Route(path, pages.leaderboard, methods=["GET"]) for path in ("/leaderboard", "/leaderboard/{arena}")),
        *(Route(path, actions.answer, methods=["POST"]) for path in ("/", "/en", "/c/{session}", "/leaderboard")),
        Route("/_next/static/{kind}/{name}", pages.asset, methods=["GET"]),
        *(Route(f"/{page}", _help_page, methods=["GET"]) for page in ("terms-of-use", "privacy-policy")),
        Route("/{rest:path}", _not_found),
    ]
    inner = Starlette(routes=routes, exception_handlers={Refusal: _refuse})
    return Door(_StorageHost(inner, site), site)


def _api_routes(site: Site, prefix: str) -> list[Route]:
    """The generating calls, sign-up and sign-in below a prefix, which answers only in the generation that has it."""
    streams, sign_up, person = StreamCalls(site), SignUp(site), Person(site)
    table = (
        ("POST", "/stream/create-evaluation", streams.create),
        ("POST", "/stream/post-to-evaluation/{session}", streams.post),
        ("PUT", f"/stream/{RETRY_PATH}", streams.retry),
        ("POST", "/sign-up", sign_up.answer),
        ("POST", "/sign-in/email", person.sign_in),
    )

    def current(endpoint: object) -> object:
        async def answer(request: Request) -> object:
            if site.generation.prefix != prefix:
                return await _not_found(request)
            return await endpoint(request)  # type: ignore[operator]  # one of the table above

        return answer

    return [Route(prefix + path, current(endpoint), methods=[method]) for method, path, endpoint in table]  # type: ignore[arg-type]


class _StorageHost:
    """The storage: requests to its host, or below its prefix on the site's own."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        key = self._site.storage.key_at(host, scope["path"])
        if key is None:
            await self._app(scope, receive, send)
            return
        response = await self._site.storage.answer(Request(scope, receive), key)
        await response(scope, receive, send)


async def _refuse(request: Request, refusal: Exception) -> Response:
    del request
    if not isinstance(refusal, Refusal):
        raise refusal
    return refusal.response()


async def _help_page(request: Request) -> Response:
    return RedirectResponse(f"https://help.lmarena.ai/articles/{request.url.path.strip('/')}", 307)


async def _not_found(request: Request) -> Response:
    del request
    return HTMLResponse(NOT_FOUND_PAGE, 404)
