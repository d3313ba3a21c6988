"""
What the dashboard is made of, as browsers load it: modules, style sheets, libraries; read once, compressed once.

The address of each holds a digest of all, so that a browser may keep them for good and never mixes two versions, and so
that modules can import each other by relative paths.
"""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

from arenabridge.errors import UnknownRoute

FOLDERS = ("dashboard", "vendor")
"""Of `arenabridge.web`."""

MEDIA_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}
"""By the ends of names; what has another end is not served."""

VERSION_CHARACTERS = 16
FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    content: bytes
    gzipped: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by their path below `/assets/{version}/`."""

    version: str
    by_path: dict[str, Asset]

    def address(self, path: str) -> str:
        return f"/assets/{self.version}/{path}"


@cache
def assets() -> Assets:
    found = {path: _asset(path, content) for path, content in sorted(_read())}
    whole = hashlib.sha256()
    for path, asset in found.items():
        whole.update(f"{path} {hashlib.sha256(asset.content).hexdigest()}\n".encode())
    return Assets(whole.hexdigest()[:VERSION_CHARACTERS], found)


async def asset(request: Request) -> Response:
    """`/assets/{version}/{path}`."""
    found = assets().by_path.get(request.path_params["path"])
    if found is None or request.path_params["version"] != assets().version:
        raise UnknownRoute("There is no such part of the dashboard. Load the page anew.")
    headers = {"cache-control": FOR_GOOD, "vary": "accept-encoding", "x-content-type-options": "nosniff"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.gzipped, media_type=found.media_type, headers={**headers, "content-encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=headers)


def _read() -> Iterator[tuple[str, bytes]]:
    root = files("arenabridge.web")
    for folder in FOLDERS:
        yield from _within(root.joinpath(folder), folder)


def _within(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        inner = f"{path}/{each.name}"
        if each.is_dir():
            yield from _within(each, inner)
        elif _ending(inner) in MEDIA_TYPES:
            yield inner, each.read_bytes()


def _asset(path: str, content: bytes) -> Asset:
    return Asset(content, gzip.compress(content, mtime=0), MEDIA_TYPES[_ending(path)])


def _ending(path: str) -> str:
    return path.rpartition(".")[-1]
