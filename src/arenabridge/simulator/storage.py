"""The site's storage of files: signed URLs in the form of S3, valid for a while, for one method and one key."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.responses import Response

from arenabridge.simulator import pictures
from arenabridge.simulator.calls import STORAGE_PREFIX

if TYPE_CHECKING:
    from starlette.requests import Request

    from arenabridge.simulator.settings import SiteSettings

SUFFIXES = {"image": "png", "video": "mp4"}
_DATE = "%Y%m%dT%H%M%SZ"
_SECRET = b"the simulator's storage"
"""No secret at all: a constant, so that URLs outlive a restart of the simulator."""


class Storage:
    """Made files need no room: a picture follows from its key. Uploads will get theirs here."""

    def __init__(self, settings: SiteSettings) -> None:
        self._settings = settings

    def url_of_made(self, origin: str, user_id: str, message_id: str, kind: str) -> str:
        """A signed URL for what a message's model made; key `<user>/<epoch ms>-<message id>.png`."""
        key = f"{user_id}/{time.time_ns() // 1_000_000}-{message_id}.{SUFFIXES[kind]}"
        return self.signed_url(origin, key, "GetObject")

    def signed_url(self, origin: str, key: str, operation: str) -> str:
        """A URL for one operation (`GetObject`, later `PutObject`) on one key."""
        date, lifetime = datetime.now(UTC).strftime(_DATE), self._settings.storage_seconds
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
            "X-Amz-Credential": f"simulator/{date[:8]}/auto/s3/aws4_request",
            "X-Amz-Date": date,
            "X-Amz-Expires": str(lifetime),
            "X-Amz-Signature": _signature(key, date, str(lifetime), operation),
            "X-Amz-SignedHeaders": "host",
            "x-amz-checksum-mode": "ENABLED",
            "x-id": operation,
        }
        base = self._settings.storage_origin
        root = base.rstrip("/") + "/" if base else origin + STORAGE_PREFIX
        return f"{root}{quote(key)}?{urlencode(query)}"

    async def answer(self, request: Request, key: str) -> Response:
        """GET of a signed URL, with the CORS header that the page needs."""
        allowed = {"access-control-allow-origin": request.headers.get("origin", "*"), "vary": "Origin"}
        if request.method == "OPTIONS":
            preflight = {"access-control-allow-methods": "GET, PUT", "access-control-max-age": "3000"}
            return Response(status_code=204, headers=allowed | preflight)
        if not _is_valid(request, key):
            return Response(
                '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>',
                403,
                allowed,
                "application/xml",
            )
        if key.endswith(".mp4"):
            return Response(pictures.mp4(), headers=allowed, media_type="video/mp4")
        content = pictures.png(key)
        allowed["etag"] = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        return Response(content, headers=allowed, media_type="image/png")


def _signature(key: str, date: str, lifetime: str, operation: str) -> str:
    signed = f"{key}\n{date}\n{lifetime}\n{operation}"
    return hmac.new(_SECRET, signed.encode(), hashlib.sha256).hexdigest()


def _is_valid(request: Request, key: str) -> bool:
    query = request.query_params
    date, lifetime, operation = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", ""), query.get("x-id", "")
    if request.method not in ("GET", "HEAD") or operation != "GetObject":
        return False
    if not hmac.compare_digest(query.get("X-Amz-Signature", ""), _signature(key, date, lifetime, operation)):
        return False
    begun = datetime.strptime(date, _DATE).replace(tzinfo=UTC)
    return time.time() < begun.timestamp() + int(lifetime)
