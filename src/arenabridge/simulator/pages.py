"""The HTML pages of the site: chat, conversation and leaderboard, with their session cookie and their policy."""

from __future__ import annotations

import time
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from arenabridge.simulator import flight
from arenabridge.simulator.catalogue import UNRANKED
from arenabridge.simulator.headers import EDGE_HEADERS
from arenabridge.simulator.identifiers import uuid7
from arenabridge.simulator.visitors import COOKIE, PROVISIONAL_COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

    from arenabridge.simulator.audit import Exchange
    from arenabridge.simulator.conversations import Session
    from arenabridge.simulator.deployment import Deployment
    from arenabridge.simulator.site import Site
    from arenabridge.simulator.visitors import Visit

COOKIE_SECONDS = 400 * 24 * 3600
"""The cookie outlives its session by far, so that the page can renew it."""
FRAME_POLICY = "frame-ancestors https://huggingface.co/ https://*.static.hf.space/"
REPORT_ONLY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' blob: data: https:; connect-src 'self' https://lmarena.ai https://arena.ai "
    "https://*.r2.cloudflarestorage.com"
)
ENFORCED_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'{storage}; media-src 'self'{storage}; img-src 'self' data: blob:{storage}; "
) + FRAME_POLICY
PAGE_FILES = resources.files("arenabridge.simulator") / "page"
ASSETS = {file.name: file.read_text("utf-8") for file in PAGE_FILES.iterdir() if file.name.endswith((".js", ".css"))}
"""The page's own scripts and its style, by file name."""
LAYOUTS: Mapping[str, str] = {
    name: (PAGE_FILES / f"{name}.html").read_text("utf-8").rstrip() for name in ("classic", "studio")
}
"""What the server renders of the chat page, before its scripts bring it to life."""
ASSET_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}


class Pages:
    """The endpoints of the pages."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def chat(self, request: Request) -> Response:
        """`/` in its modes, and `/c/{id}`: a conversation that is not the visitor's own is not found."""
        settings = self._site.settings
        visit = self._visit(request)
        session_id = request.path_params.get("session")
        session = self._site.conversations.owned(session_id, visit.user_id) if session_id and visit else None
        if session_id and session is None:
            return self._page(request, visit, None, _notice("404", "Conversation not found."), 404)
        if session is not None and request.headers.get("rsc") == "1":
            return self._navigated(request, visit, session)
        if settings.page_variant == "no_models":
            return self._page(request, visit, None, _notice("Application error", "Please sign in again."))
        return self._page(request, visit, session, LAYOUTS[settings.layout])

    async def leaderboard(self, request: Request) -> Response:
        """The models that tell who made them, by rank."""
        listed = [model for model in self._site.catalogue if model.organization]
        rows = (
            (str(model.rank or ""), model.public_name, model.organization or "", model.modality)
            for model in sorted(listed, key=lambda model: model.rank or UNRANKED)
        )
        return self._page(request, self._visit(request), None, _board(rows))

    async def asset(self, request: Request) -> Response:
        """The scripts and the style of the page, and the chunk that names the server actions."""
        name = request.path_params["name"]
        text = ASSETS.get(name) or self._site.deployment.script(name)
        if text is None:
            return Response("Not Found", 404, media_type="text/plain")
        return Response(text, headers={"content-type": ASSET_TYPES[name.rpartition(".")[2]]})

    def _visit(self, request: Request) -> Visit | None:
        """Who looks: a live session as it is, an expired one renewed, else a new one if that is automatic."""
        settings, visitors = self._site.settings, self._site.visitors
        if _meets_login_wall(request):
            return None
        known = visitors.of_cookies(request.state.exchange.cookies)
        if known is not None and known.expires_at > time.time():
            return known
        if known is None and settings.sign_in != "automatic":
            return None
        return visitors.sign_in(settings.session_seconds, known.user_id if known else None)

    def _page(
        self, request: Request, visit: Visit | None, session: Session | None, body: str, status: int = 200
    ) -> Response:
        settings = self._site.settings
        variant, deployment = settings.page_variant, self._site.deployment
        rows = flight.page_rows(self._site.catalogue, session, variant, settings.page_filler_bytes, deployment.id)
        html = DOCUMENT.format(
            deployment=deployment.id,
            first_script=OWN_FETCH if settings.private_fetch else "",
            attributes=self._attributes(request, visit),
            chunks=_chunks(deployment),
            body=body,
            scripts=flight.push_scripts(rows, variant),
        )
        response = HTMLResponse(html, status)
        self._set_headers(response)
        self._set_cookies(response, request, visit)
        return response

    def _navigated(self, request: Request, visit: Visit | None, session: Session) -> Response:
        """What the router of Next.js fetches of a conversation's page when its link is pressed: the rows alone."""
        settings, deployment = self._site.settings, self._site.deployment
        rows = flight.page_rows(
            self._site.catalogue, session, settings.page_variant, settings.page_filler_bytes, deployment.id
        )
        response = Response("".join(rows), media_type=flight.MEDIA_TYPE, headers={"vary": "rsc"})
        self._set_headers(response)
        self._set_cookies(response, request, visit)
        return response

    def _attributes(self, request: Request, visit: Visit | None) -> str:
        """What the page's scripts are told (`page/config.js`), among it the key of the page's check."""
        settings, generation, deployment = self._site.settings, self._site.generation, self._site.deployment
        key = self._site.check.page_key(visit.user_id if visit else None)
        told = {
            "prefix": generation.prefix,
            "shape": "messages" if generation.bodies_list_messages else "userMessage",
            "retry": "messages" if generation.retry_trusts_messages else "token",
            "sign-up": self._sign_up_form() if visit is None and settings.sign_in == "sign_up" else "",
            "history-action": deployment.action_id("getHistory"),
            "upload-action": deployment.action_id("generateUploadUrl"),
            "signed-url-action": deployment.action_id("getSignedUrl"),
            "deployment": deployment.id,
            "max-upload-bytes": settings.max_upload_bytes,
            "layout": settings.layout,
            "hydration-seconds": settings.hydration_seconds,
            "max-prompt-characters": settings.max_prompt_characters,
            "page": key.page,
            "page-key": key.key,
            "demands": ",".join(self._demands(request)),
            "page-events": str(settings.page_events and not _meets_login_wall(request)).lower(),
            "modal-form": settings.modal_form,
            "visible-check-seconds": settings.visible_check_seconds,
            "check-resends": str(settings.check_resends).lower(),
        }
        return " ".join(f'data-{name}="{escape(str(value))}"' for name, value in told.items())

    def _demands(self, request: Request) -> list[str]:
        wanted: list[str] = list(self._site.demands.of(request.state.exchange.cookies))
        return ["sign_in", *wanted] if _meets_login_wall(request) else wanted

    def _sign_up_form(self) -> str:
        return "camel" if self._site.generation.camel_case_sign_up else "snake"

    def _set_headers(self, response: Response) -> None:
        for name, value in (
            *EDGE_HEADERS,
            ("cache-control", "private, no-cache, no-store, max-age=0, must-revalidate"),
        ):
            response.headers[name] = value
        enforced = self._site.settings.csp == "enforced"
        response.headers["content-security-policy"] = self._enforced_policy() if enforced else FRAME_POLICY
        if not enforced:
            response.headers["content-security-policy-report-only"] = REPORT_ONLY_POLICY

    def _enforced_policy(self) -> str:
        """The page may reach its own site and that one's storage, and nothing else."""
        origin = self._site.storage.origin
        return ENFORCED_POLICY.format(storage=f" {origin}" if origin else "")

    def _set_cookies(self, response: Response, request: Request, visit: Visit | None) -> None:
        exchange: Exchange = request.state.exchange
        if visit is None:
            if self._site.settings.sign_in == "sign_up" and PROVISIONAL_COOKIE not in exchange.cookies:
                set_cookie(response, request, PROVISIONAL_COOKIE, uuid7())
            return
        known = self._site.visitors.of_cookies(exchange.cookies)
        if known is None or known.access_token != visit.access_token:
            set_cookie(response, request, COOKIE, visit.cookie)
        if PROVISIONAL_COOKIE in exchange.cookies:
            response.delete_cookie(PROVISIONAL_COOKIE, path="/")


def _meets_login_wall(request: Request) -> bool:
    fault = request.state.fault
    return fault is not None and fault.kind == "login_wall"


def _chunks(deployment: Deployment) -> str:
    sources = (f"/_next/static/chunks/{name}?dpl={deployment.id}" for name in deployment.scripts)
    return "".join(f'<script src="{source}" async></script>' for source in sources)


def _notice(title: str, text: str) -> str:
    return f'<main class="notice"><h1>{escape(title)}</h1><p>{escape(text)}</p></main>'


def _board(rows: Iterable[tuple[str, ...]]) -> str:
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    head = "<thead><tr><th>Rank</th><th>Model</th><th>Organization</th><th>Arena</th></tr></thead>"
    title = '<h1>Leaderboard</h1><p><a href="/?mode=direct">Back to the chat</a></p>'
    return f'<main class="board">{title}<table>{head}<tbody>{lines}</tbody></table></main>'


def set_cookie(response: Response, request: Request, name: str, value: str) -> None:
    """A cookie of the site; Secure where the site is served over TLS, as the real one is."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=COOKIE_SECONDS, path="/", secure=secure, samesite="lax")


OWN_FETCH = "<script>const ownFetch = window.fetch;</script>"
DOCUMENT = """<!DOCTYPE html><html lang="en"><head>{first_script}<meta charset="utf-8"><title>LMArena</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/_next/static/css/chat.css?dpl={deployment}">
{chunks}
<script type="module" src="/_next/static/chunks/main.js?dpl={deployment}"></script></head>
<body {attributes}>
{body}
{scripts}
</body></html>
"""
