"""
`/internal/…`: what the earlier bridges' `id_updater.py`, `model_updater.py` and userscript call, with their answers.

There only with the setting `compatibility`, as if nothing were here otherwise. A web page may call none of them but the
one to which the userscript posts its page, and only a page of the site may use that one.
"""

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from arenabridge.errors import ForbiddenOrigin, NoWorkerConnected, UnknownRoute
from arenabridge.http.door.body import read_body
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.links.earlier import serves_earlier_scripts
from arenabridge.http.links.earlier_reports import granting, may_ask
from arenabridge.hub.capture.capturing import SCRIPT_SECONDS, Wanted
from arenabridge.hub.models.offered import MAX_PAGE_CHARACTERS
from arenabridge.wire.arena.available_models import available_models

_log = logging.getLogger(__name__)

MODELS_FILE = "available_models.json"
"""In the data directory."""

ASKED_SECONDS = 60.0
"""A page that comes within this time of the request for it is written down as that file."""

_NOT_CONNECTED = {"detail": "Browser client not connected."}


def routes() -> list[BaseRoute]:
    """The endpoints of one gateway."""
    update = _ModelUpdate()
    return [
        Route("/internal/start_id_capture", _start_id_capture, methods=["POST"]),
        Route("/internal/request_model_update", update.request, methods=["POST"]),
        Route("/internal/update_available_models", update.take, methods=["POST", "OPTIONS"]),
    ]


async def _start_id_capture(request: Request) -> Response:
    gateway = _gateway_for_a_program(request)
    try:
        gateway.capturing.begin(Wanted(label="id_updater", as_in_file=True), listens_after=SCRIPT_SECONDS)
    except NoWorkerConnected:
        return JSONResponse(_NOT_CONNECTED, 503)
    _log.info(
        "id_updater.py keeps what it captures in the folder that it is run in, which counts here only if that is %s",
        gateway.settings.data_dir,
    )
    return JSONResponse({"status": "success", "message": "ID capture command sent."})


class _ModelUpdate:
    """`model_updater.py` asks, the userscript posts its page."""

    def __init__(self) -> None:
        self._asked_until = 0.0

    async def request(self, request: Request) -> Response:
        gateway = _gateway_for_a_program(request)
        try:
            gateway.model_update.ask()
        except NoWorkerConnected:
            return JSONResponse(_NOT_CONNECTED, 503)
        self._asked_until = gateway.clock.now() + ASKED_SECONDS
        return JSONResponse({"status": "success", "message": "Request to send page source sent."})

    async def take(self, request: Request) -> Response:
        gateway = _open_to(request)
        if not may_ask(request, gateway.settings.site_origins):
            raise ForbiddenOrigin("Only a page of the site may send its models.")
        if request.method == "OPTIONS":
            return granting(Response(status_code=204), request)
        html = (await read_body(request, MAX_PAGE_CHARACTERS)).decode(errors="replace")
        if not html.strip():
            return granting(JSONResponse({"status": "error", "message": "No HTML content received."}, 400), request)
        if not gateway.models.read_page("the earlier userscript's page", html):
            return granting(JSONResponse({"status": "error", "message": "No models found in the HTML."}, 400), request)
        if gateway.clock.now() <= self._asked_until:
            self._asked_until = 0.0
            await asyncio.to_thread(_write_models, gateway)
        return granting(JSONResponse({"status": "success", "message": "Available models updated."}), request)


def _write_models(gateway: Gateway) -> None:
    path = gateway.settings.data_dir / MODELS_FILE
    path.write_text(available_models(entry.model for entry in gateway.models.catalogue), "utf-8")
    _log.info("%d models were written to %s", len(gateway.models.catalogue), path)


def _open_to(request: Request) -> Gateway:
    gateway = gateway_of(request)
    if not serves_earlier_scripts(gateway.settings, request.headers):
        raise UnknownRoute("There is nothing here unless the setting compatibility is true.")
    return gateway


def _gateway_for_a_program(request: Request) -> Gateway:
    gateway = _open_to(request)
    if "origin" in request.headers or request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise ForbiddenOrigin("Web pages may not do this.")
    return gateway
