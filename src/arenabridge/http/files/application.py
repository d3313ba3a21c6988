"""The file host alone: the endpoints of files, and nothing of a gateway."""

import hmac
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

import arenabridge
from arenabridge.errors import InvalidApiKey
from arenabridge.http.door.errors import add_error_handlers
from arenabridge.http.door.guard import Guard
from arenabridge.http.door.json_response import json_response
from arenabridge.http.door.origins import Origins
from arenabridge.http.door.public_address import PublicAddress
from arenabridge.http.door.request_log import RequestLog
from arenabridge.http.files import serving as files, uploads
from arenabridge.http.files.host import FileHost, file_host_of
from arenabridge.media.store import MediaStore
from arenabridge.settings import Settings
from arenabridge.settings_rules import is_reached_by_address

OWNER = "file host"
"""The owner of all files: there is one key."""


def file_host_alone(key: str, store: MediaStore, settings: Settings, base_url: str) -> FileHost:
    """A file host that takes this one key."""

    async def owner_of(_: HTTPConnection, given: str | None) -> str:
        if not hmac.compare_digest((given or "").encode("utf-8", "surrogateescape"), key.encode()):
            raise InvalidApiKey("The file host has another key. `arenabridge files` prints it when it starts.")
        return OWNER

    return FileHost(
        files=store,
        owner_of=owner_of,
        address=PublicAddress(settings, base_url),
        max_body_bytes=settings.max_body_bytes,
        trusted_proxies=settings.trusted_proxies,
    )


def build_file_application(host: FileHost, settings: Settings) -> ASGIApp:
    status = [Route("/", _status), Route("/health", _status), Route("/livez", _status), Route("/readyz", _status)]
    application = FastAPI(
        routes=[*status, *uploads.ROUTES, *files.ROUTES], docs_url=None, redoc_url=None, openapi_url=None
    )
    application.state.file_host = host
    add_error_handlers(application)
    public = urlsplit(settings.public_url or "").hostname
    hosts = [*settings.allowed_hosts, *([public] if public else [])]
    opened = Origins(application, keys_required=True, allowed=())
    guarded = Guard(opened, hosts, by_address=is_reached_by_address(settings))
    return RequestLog(guarded, address=host.address.seen_by)


async def _status(request: Request) -> Response:
    """Says only that it is there: how full it is is not for strangers."""
    await file_host_of(request).files.totals()
    return json_response({"status": "ok", "service": "file host", "version": arenabridge.__version__})
