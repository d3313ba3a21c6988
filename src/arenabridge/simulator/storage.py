"""
The site's storage of files, in memory: uploads of visitors and what models made.

On the real site a host of its own, reached by signed URLs alone. Answers as captured in Dec 2025: an upload has an
empty body and the MD5 as `ETag`, a preflight is 204 with `GET, PUT` and 3,000 seconds. Stricter than that host in two
points, to find callers that are lax: an upload has to have the type that was announced, and only pages of the site are
let in by CORS.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from starlette.responses import Response

from arenabridge.simulator.calls import STORAGE_PREFIX
from arenabridge.simulator.signed_urls import is_live, is_signed, signed_query

if TYPE_CHECKING:
    from starlette.requests import Request

    from arenabridge.simulator.settings import SiteSettings
    from arenabridge.simulator.signed_urls import Operation

STORAGE_HOST = "messages-prod.5f3c0a1b9d7e48.r2.cloudflarestorage.com"
"""In the form that the real one has."""
PAGE_HOSTS = ("lmarena.ai", "www.lmarena.ai", "arena.ai", "www.arena.ai", "localhost", "127.0.0.1", "::1")
"""Whose pages CORS lets in: the site's."""
MADE_TYPES = {"image": ("png", "image/png"), "video": ("mp4", "video/mp4")}

Problem = Literal["unknown", "forged", "expired", "foreign"]


@dataclass(frozen=True)
class Stored:
    """One file."""

    content: bytes
    content_type: str

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


class Storage:
    """All files, the oldest forgotten when there is no more room for the newest."""

    def __init__(self, settings: SiteSettings) -> None:
        self._settings = settings
        self._files: OrderedDict[str, Stored] = OrderedDict()
        self._bytes = 0
        self.served_at: str | None = None
        """Its origin, where it is served under a name of its own and the settings do not say otherwise."""

    def __len__(self) -> int:
        return len(self._files)

    def clear(self) -> None:
        self._files.clear()
        self._bytes = 0

    def get(self, key: str) -> Stored | None:
        return self._files.get(key)

    def put(self, key: str, file: Stored) -> None:
        """Keeps a file, in place of another of its key."""
        self._forget(key)
        self._files[key] = file
        self._bytes += len(file.content)
        while self._bytes > self._settings.storage_bytes and len(self._files) > 1:
            self._forget(next(iter(self._files)))

    def keep_made(self, user_id: str, message_id: str, kind: str, content: bytes) -> str:
        """Keeps what a message's model made; its key is `<user>/<epoch ms>-<message id>.png`."""
        suffix, content_type = MADE_TYPES[kind]
        made_at = time.time_ns() // 1_000_000
        while self.get(key := f"{user_id}/{made_at}-{message_id}.{suffix}") is not None:
            made_at += 1
        self.put(key, Stored(content, content_type))
        return key

    def url(self, page_origin: str, key: str, operation: Operation, content_type: str = "") -> str:
        """A signed URL of a key; without an origin of its own the storage is below that of the page."""
        query = signed_query(key, operation, self._settings.storage_seconds, content_type)
        root = f"{self.origin}/" if self.origin else page_origin + STORAGE_PREFIX
        return f"{root}{quote(key)}?{urlencode(query)}"

    @property
    def origin(self) -> str | None:
        """Its own origin, if it has one."""
        chosen = self._settings.storage_origin or self.served_at
        return chosen.rstrip("/") if chosen else None

    def key_at(self, host: str, path: str) -> str | None:
        """The key that a request to a host (with or without a port) and path is for; None: it is the site's."""
        if path.startswith(STORAGE_PREFIX):
            return path.removeprefix(STORAGE_PREFIX)
        if self.origin and urlsplit(self.origin).hostname == urlsplit(f"//{host}").hostname:
            return path.lstrip("/")
        return None

    def key_of(self, url: str) -> str | None:
        """The key of a URL of this storage, whatever its signature is worth."""
        try:
            parts = urlsplit(url)
            return self.key_at(parts.netloc, unquote(parts.path))
        except ValueError:  # brackets in a host that are no IPv6 address, say
            return None

    def problem_of(self, url: str, user_id: str) -> Problem | None:
        """Why a visitor can't send that URL as an attachment."""
        key = self.key_of(url)
        if key is None or self.get(key) is None:
            return "unknown"
        query = dict(parse_qsl(urlsplit(url).query))
        if not is_signed(query, key, "GetObject"):
            return "forged"
        if not key.startswith(f"{user_id}/"):
            return "foreign"
        return None if is_live(query) else "expired"

    async def answer(self, request: Request, key: str) -> Response:
        """GET, HEAD and PUT of signed URLs, and the preflight of the latter."""
        response = self._preflight(request) if request.method == "OPTIONS" else await self._object(request, key)
        for name, value in cors_headers(request.headers.get("origin")).items():
            response.headers[name] = value
        return response

    def _preflight(self, request: Request) -> Response:
        headers = {"access-control-allow-methods": "GET, PUT", "access-control-max-age": "3000"}
        if request.headers.get("access-control-request-headers", "").strip().lower() == "content-type":
            headers["access-control-allow-headers"] = "content-type"
        return Response(status_code=204, headers=headers)

    async def _object(self, request: Request, key: str) -> Response:
        content_type = request.headers.get("content-type", "") if request.method == "PUT" else ""
        operation: Operation = "PutObject" if request.method == "PUT" else "GetObject"
        if request.method not in ("GET", "HEAD", "PUT"):
            return _refusal(405, "MethodNotAllowed")
        query = dict(request.query_params)
        if not is_signed(query, key, operation, content_type):
            return _refusal(403, "SignatureDoesNotMatch")
        if not is_live(query):
            return _refusal(403, "ExpiredRequest")
        return await self._stored(request, key, content_type) if operation == "PutObject" else self._file(key)

    async def _stored(self, request: Request, key: str, content_type: str) -> Response:
        if request.state.exchange.body_bytes > self._settings.max_upload_bytes:
            return _refusal(413, "EntityTooLarge")
        file = Stored(await request.body(), content_type)
        self.put(key, file)
        return Response(status_code=200, headers={"etag": file.etag})

    def _file(self, key: str) -> Response:
        file = self.get(key)
        if file is None:
            return _refusal(404, "NoSuchKey")
        return Response(file.content, headers={"etag": file.etag, "content-type": file.content_type})

    def _forget(self, key: str) -> None:
        file = self._files.pop(key, None)
        if file is not None:
            self._bytes -= len(file.content)


def cors_headers(origin: str | None) -> dict[str, str]:
    """What lets a page of the site, and of no other, read an answer of the storage."""
    allowed = origin is not None and urlsplit(origin).hostname in PAGE_HOSTS
    return {"vary": "Origin"} | ({"access-control-allow-origin": origin} if origin and allowed else {})


def _refusal(status: int, code: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    return Response(body, status, media_type="application/xml")
