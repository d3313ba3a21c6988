"""
`/files/{id}/{name}`: what we keep, for whoever knows its address.

Files are others' words: whatever is in them, a browser must not run it as ours. Hence the type is one that we saw, not
one that was claimed; all but plain pictures, sounds, videos and text is saved rather than shown; and what is shown lies
in a sandbox that may load nothing. Web pages of any origin may embed files and read them.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from arenabridge.http.door.authentication import key_in
from arenabridge.http.door.json_response import json_response
from arenabridge.http.files.byte_range import Unsatisfiable, asked_range
from arenabridge.http.files.host import file_host_of
from arenabridge.media.disposition import disposition
from arenabridge.media.index import StoredFile
from arenabridge.media.kinds import is_shown, served_type
from arenabridge.media.store import MediaStore

SANDBOX = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'"
"""The address itself may be shown as a picture or played; nothing else is loaded, and no script runs."""

MAX_AGE_SECONDS = 7 * 86400
"""What is at an address never changes, but may be thrown away."""


async def get_file(request: Request) -> Response:
    return _FileAnswer(file_host_of(request).files, request.path_params["id"])


async def get_uploaded(request: Request) -> Response:
    """The address that the earlier systems' file host gave out: the id, and an extension for the looks of it."""
    return _FileAnswer(file_host_of(request).files, request.path_params["name"].partition(".")[0])


async def delete_file(request: Request) -> Response:
    host = file_host_of(request)
    id_ = request.path_params["id"]
    await host.files.remove(id_, await host.owner_of(request, key_in(request)))
    return json_response({"id": id_, "object": "file", "deleted": True})


class _FileAnswer(Response):
    """One file, or what is asked of it, read from the disk as the client takes it; raises `UnknownFile`."""

    def __init__(self, files: MediaStore, id_: str) -> None:
        super().__init__()
        self._files = files
        self._id = id_

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        async with self._files.open(self._id) as file:
            status, headers, start, end = _head(request, file.stored)
            await send({"type": "http.response.start", "status": status, "headers": _encoded(headers)})
            if request.method != "HEAD":
                async for piece in file.pieces(start, end):
                    if await request.is_disconnected():
                        return
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def _head(request: Request, stored: StoredFile) -> tuple[int, dict[str, str], int, int]:
    """Status, headers, and which bytes follow."""
    headers = _headers(stored)
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return 304, headers, 0, 0
    try:
        asked = _range(request, stored)
    except Unsatisfiable:
        return 416, {**headers, "content-range": f"bytes */{stored.size}", "content-length": "0"}, 0, 0
    start, end = asked or (0, stored.size)
    headers["content-length"] = str(end - start)
    if asked is None:
        return 200, headers, start, end
    return 206, {**headers, "content-range": f"bytes {start}-{end - 1}/{stored.size}"}, start, end


def _range(request: Request, stored: StoredFile) -> tuple[int, int] | None:
    condition = request.headers.get("if-range")
    if condition is not None and condition != _etag(stored):
        return None
    return asked_range(request.headers.get("range", ""), stored.size)


def _etag(stored: StoredFile) -> str:
    return f'"{stored.digest}"'


def _headers(stored: StoredFile) -> dict[str, str]:
    return {
        "content-type": served_type(stored.media_type),
        "content-disposition": disposition("inline" if is_shown(stored.media_type) else "attachment", stored.name),
        "x-content-type-options": "nosniff",
        "content-security-policy": SANDBOX,
        "cross-origin-resource-policy": "cross-origin",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "content-length, content-range, content-disposition, etag",
        "cache-control": f"private, max-age={MAX_AGE_SECONDS}, immutable",
        "accept-ranges": "bytes",
        "etag": _etag(stored),
    }


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


ROUTES = (
    Route("/files/{id}", get_file),
    Route("/files/{id}", delete_file, methods=["DELETE"]),
    Route("/files/{id}/{name}", get_file),
    Route("/uploads/{name}", get_uploaded),
)
