"""
The application, and the whole URL map in one place.

Endpoints are plain Starlette routes: a framework's own reading and checking of bodies would cost more than all of ours.
FastAPI is there for the routes of the dashboard's API, whose documentation it writes.
"""

from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from arenabridge.http import chat, health, home, models, script
from arenabridge.http.errors import add_error_handlers
from arenabridge.http.gateway import Gateway
from arenabridge.http.guard import Guard
from arenabridge.http.link import LinkEndpoint
from arenabridge.settings import Settings

API_ROOTS = ("/v1", "/api/v1")
"""Under which the API is found; the second is where a family of earlier bridges had it."""


def build_application(gateway: Gateway) -> ASGIApp:
    application = FastAPI(routes=_routes(), docs_url=None, redoc_url=None, openapi_url=None)
    application.state.gateway = gateway
    add_error_handlers(application)
    return Guard(application, _hosts(gateway.settings))


def _hosts(settings: Settings) -> list[str]:
    """The names that were set, and that of the address under which browsers reach the gateway."""
    public = urlsplit(settings.public_url or "").hostname
    return [*settings.allowed_hosts, *([public] if public else [])]


def _routes() -> list[BaseRoute]:
    api = [
        route
        for root in API_ROOTS
        for route in (
            Route(f"{root}/chat/completions", chat.chat_completions, methods=["POST"]),
            Route(f"{root}/models", models.list_models),
            Route(f"{root}/models/{{name:path}}", models.get_model),
        )
    ]
    return [
        *api,
        Route("/health", health.health),
        Route("/livez", health.live),
        Route("/readyz", health.ready),
        Route("/", home.home),
        Route("/assets/home.css", home.style),
        Route(f"/userscript/{{token}}/{script.FILE_NAME}", script.userscript),
        WebSocketRoute("/ws", LinkEndpoint()),
    ]
