"""What a relay serves on its computer: the link for tabs, the script that finds it, and how things are."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

import arenabridge
from arenabridge.accounts.secrets import Secrets
from arenabridge.http.door.errors import add_error_handlers
from arenabridge.http.door.guard import Guard
from arenabridge.http.door.json_response import json_response
from arenabridge.http.door.request_log import RequestLog
from arenabridge.http.links import by_request as link_by_request
from arenabridge.http.links.asgi_socket import AsgiSocket
from arenabridge.http.links.script import FILE_NAME, script_answer
from arenabridge.http.pages import home
from arenabridge.hub.links.link import LinkPolicy, Socket
from arenabridge.hub.tasks import Tasks
from arenabridge.userscript.assemble import ScriptSettings, assemble
from arenabridge.worker.relay.relay import Relay
from arenabridge.worker.relay.standing import Standing, Tab
from arenabridge.worker.relay.trouble import Trouble

_log = logging.getLogger(__name__)

_PAGE = Template(files("arenabridge.web").joinpath("relay.html").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSide:
    """What tabs meet, put together once."""

    relay: Relay
    standing: Standing
    secrets: Secrets
    origins: tuple[str, ...]
    tasks: Tasks
    base_url: str
    """The address of the relay, for browsers on this computer."""

    @property
    def link_policy(self) -> LinkPolicy:
        return self.relay.policy

    async def serve_worker(self, socket: Socket) -> None:
        await self.relay.serve(socket)

    @property
    def install_address(self) -> str:
        """Where a browser on this computer installs the script from. A secret."""
        return f"{self.base_url}/userscript/{self.secrets.install}/{FILE_NAME}"

    def script_text(self) -> str:
        """The same script as a gateway's, with the relay's address and secret in it."""
        return assemble(
            ScriptSettings(
                gateway=f"{self.base_url.replace('http', 'ws', 1)}/ws",
                secret=self.secrets.pairing,
                origins=self.origins,
                version=arenabridge.__version__,
                install_url=self.install_address,
            )
        )


def build_relay_application(local: LocalSide) -> ASGIApp:
    """Answers under loopback names alone."""

    async def script(request: Request) -> Response:
        return script_answer(request, local.secrets.install, local.script_text)

    def door_of(_connection: HTTPConnection) -> LocalSide:
        return local

    application = FastAPI(
        routes=[
            Route("/", _shows(local, _page)),
            Route("/health", _shows(local, _health)),
            Route("/livez", _live),
            Route("/assets/home.css", home.style),
            Route(f"/userscript/{{token}}/{FILE_NAME}", script),
            WebSocketRoute("/ws", _LinkForTabs(local)),
            *link_by_request.routes(door_of),
        ],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    add_error_handlers(application)
    return RequestLog(Guard(application, ()), address=lambda _: local.base_url)


class _LinkForTabs:
    """Refuses other sites' pages at the handshake, as a gateway does (`http/links/by_socket.py` says why)."""

    def __init__(self, local: LocalSide) -> None:
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin")
        await receive()  # websocket.connect
        if origin not in self._local.origins:
            _log.warning("a link from the page of another origin was refused: %r", origin)
            await send({"type": "websocket.close", "code": 1008, "reason": "origin not allowed"})
            return
        await send({"type": "websocket.accept"})
        await self._local.serve_worker(AsgiSocket(receive, send))


def _shows(local: LocalSide, show: Callable[[Standing], Response]) -> Callable[[Request], Response]:
    def endpoint(_request: Request) -> Response:
        return show(local.standing)

    return endpoint


async def _live(_request: Request) -> Response:
    return json_response({"status": "ok"})


def _health(standing: Standing) -> Response:
    trouble = standing.gateway if isinstance(standing.gateway, Trouble) else None
    return json_response(
        {
            "status": _status(standing),
            "service": "relay",
            "version": arenabridge.__version__,
            "gateway": standing.gateway_base,
            "words": standing.words,
            "trouble": trouble.kind if trouble else None,
            "tabs": [_tab(tab) for tab in standing.tabs.values()],
        }
    )


def _tab(tab: Tab) -> dict[str, str | int | None]:
    return {
        "number": tab.number,
        "site": tab.site,
        "profile": tab.profile,
        "transport": tab.transport,
        "worker": tab.worker or None,
        "state": tab.state,
    }


def _status(standing: Standing) -> str:
    if not standing.is_connected:
        return "no_gateway"
    return "ok" if standing.serving else "no_tab"


_TITLES = {"ok": ("ready", "Ready"), "no_tab": ("idle", "No tab connected"), "no_gateway": ("needy", "No gateway")}


def _page(standing: Standing) -> Response:
    state, title = _TITLES[_status(standing)]
    tabs = "".join(
        f"<div><dt>{escape(tab.title)}</dt><dd>{escape(tab.state)}</dd></div>" for tab in standing.tabs.values()
    )
    facts = {
        "title": title,
        "words": standing.words,
        "gateway": standing.gateway_base,
        "version": arenabridge.__version__,
    }
    page = _PAGE.substitute({name: escape(value) for name, value in facts.items()}, state=state, tabs=tabs)
    return HTMLResponse(page, headers=home.PAGE_HEADERS)
