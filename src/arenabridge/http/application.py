"""
The application, and the whole URL map in one place.

Endpoints are plain Starlette routes: a framework's own reading and checking of bodies would cost more than all of ours.
FastAPI is there for the routes of the dashboard's API, whose documentation it writes.
"""

from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from arenabridge.http.api.routes import add_api
from arenabridge.http.door.errors import add_error_handlers
from arenabridge.http.door.guard import Guard
from arenabridge.http.door.origins import Origins
from arenabridge.http.door.paths import ROOT, Paths
from arenabridge.http.door.public_address import PublicAddress
from arenabridge.http.door.request_log import RequestLog
from arenabridge.http.door.tracing import Tracing
from arenabridge.http.files import serving as files, uploads
from arenabridge.http.gateway import Gateway
from arenabridge.http.links import earlier_scripts, script
from arenabridge.http.links.by_request import routes as routes_of_link_by_request
from arenabridge.http.links.by_socket import LinkEndpoint
from arenabridge.http.links.relays import RelayEndpoint
from arenabridge.http.monitoring import health, metrics
from arenabridge.http.openapi import served
from arenabridge.http.openapi.operation import DocumentedRoute
from arenabridge.http.pages import assets, dashboard, help_pages, home, sign_in
from arenabridge.http.v1 import chat, completions, images, models, playground
from arenabridge.settings import Settings
from arenabridge.settings_rules import is_reached_by_address


def build_application(gateway: Gateway) -> ASGIApp:
    application = FastAPI(routes=_routes(), docs_url=None, redoc_url=None, openapi_url=None)
    application.state.gateway = gateway
    application.state.file_host = gateway.file_host
    add_api(application)
    add_error_handlers(application)
    settings = gateway.settings
    opened = Origins(application, keys_required=settings.require_api_key, allowed=settings.cors_allowed_origins)
    guarded = Guard(Paths(opened), _hosts(settings), by_address=is_reached_by_address(settings))
    traced = Tracing(guarded, gateway.usage.ledger, gateway.clock)
    address = PublicAddress(settings, gateway.base_url)
    return RequestLog(traced, address=address.seen_by, help_=gateway.direct.what_would_help)


def _hosts(settings: Settings) -> list[str]:
    """The names that were set, and that of the address under which browsers reach the gateway."""
    public = urlsplit(settings.public_url or "").hostname
    return [*settings.allowed_hosts, *([public] if public else [])]


def _routes() -> list[BaseRoute]:
    """The API has more spellings than these (`http.door.paths`)."""
    return [
        DocumentedRoute(f"{ROOT}/chat/completions", chat.chat_completions, chat.OPERATION, methods=["POST"]),
        DocumentedRoute(f"{ROOT}/completions", completions.completions, completions.OPERATION, methods=["POST"]),
        DocumentedRoute(f"{ROOT}/images/generations", images.generate_pictures, images.GENERATIONS, methods=["POST"]),
        DocumentedRoute(f"{ROOT}/images/edits", images.edit_pictures, images.EDITS, methods=["POST"]),
        DocumentedRoute(f"{ROOT}/models", models.list_models, models.LIST),
        DocumentedRoute(f"{ROOT}/models/{{name:path}}", models.get_model, models.ONE),
        DocumentedRoute("/health", health.health, health.HEALTH),
        DocumentedRoute("/livez", health.live, health.LIVE),
        DocumentedRoute("/readyz", health.ready, health.READY),
        Route("/metrics", metrics.metrics),
        Route("/openapi.json", served.document),
        Route("/docs", sign_in.once_set_up(served.page)),
        Route("/api/playground/chat", playground.playground_chat, methods=["POST"]),
        Route("/sign-in", sign_in.show_sign_in),
        Route("/sign-in", sign_in.sign_in, methods=["POST"]),
        Route("/sign-out", sign_in.sign_out, methods=["POST"]),
        Route("/setup", sign_in.show_set_up),
        Route("/setup", sign_in.set_up, methods=["POST"]),
        Route("/join", sign_in.show_join),
        Route("/join", sign_in.join, methods=["POST"]),
        Route("/reset", sign_in.show_reset),
        Route("/reset", sign_in.reset, methods=["POST"]),
        Route("/assets/sign-in.css", sign_in.style),
        Route("/", sign_in.once_set_up(home.home)),
        Route("/dashboard", dashboard.dashboard),
        Route("/dashboard/{path:path}", dashboard.dashboard),
        Route("/assets/{version}/{path:path}", assets.asset),
        Route("/help", sign_in.once_set_up(help_pages.index)),
        Route("/help/{code}", sign_in.once_set_up(help_pages.topic)),
        Route("/assets/home.css", home.style),
        Route("/assets/reference.css", served.style),
        Route(f"/userscript/{{token}}/{script.FILE_NAME}", script.userscript),
        *uploads.ROUTES,
        *files.ROUTES,
        WebSocketRoute("/ws", LinkEndpoint()),
        WebSocketRoute("/ws/worker", RelayEndpoint()),
        *routes_of_link_by_request(),
        *earlier_scripts.routes(),
    ]
