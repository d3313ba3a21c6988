"""
What releases there are, as a package index says: PEP 691 (JSON), or PEP 503 (HTML) where it speaks only that.

Only wheels count, and only those whose SHA-256 the index gives: that is what is compared with what was downloaded. A
branch of a repository is no release.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from platform import python_version
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

import arenabridge

DISTRIBUTION = "arenabridge"

TIMEOUT_SECONDS = 10.0
MAX_INDEX_BYTES = 8 * 2**20
"""Bound of a project's page; that of a project with 2,000 files has about 1 MB."""

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


class UpdateError(Exception):
    """Something about updates went wrong. The message says what, for a person."""


@dataclass(frozen=True, slots=True)
class Release:
    """One wheel of ours."""

    version: Version
    url: str
    file_name: str
    sha256: str
    """In hex."""


class _File(msgspec.Struct):
    filename: str
    url: str
    hashes: dict[str, str] = {}
    requires_python: str | None = msgspec.field(name="requires-python", default=None)
    yanked: bool | str = False


class _Project(msgspec.Struct):
    files: list[_File]


def project_url(index_url: str) -> str:
    return f"{index_url.rstrip('/')}/{DISTRIBUTION}/"


async def releases(index_url: str, client: httpx.AsyncClient) -> list[Release]:
    """Those that this Python can run and that were not withdrawn, the newest first; raises `UpdateError`."""
    url = project_url(index_url)
    body, media_type, url = await fetch(url, client, MAX_INDEX_BYTES, accept=_ACCEPT)
    try:
        files = msgspec.json.decode(body, type=_Project).files if "json" in media_type else _links(body.decode())
    except (msgspec.DecodeError, UnicodeError) as error:
        raise UpdateError(f"{url} is no index of packages that we can read: {error}") from error
    found = [release for file in files if (release := _release(file, url)) is not None]
    return sorted(found, key=lambda release: release.version, reverse=True)


def newer(found: Iterable[Release], than: str) -> Release | None:
    """The newest, if it is newer than this version; pre-releases are for those who run one already."""
    own = Version(than)
    return next((each for each in found if each.version > own and (own.is_prerelease or _is_final(each))), None)


async def fetch(url: str, client: httpx.AsyncClient, max_bytes: int, *, accept: str = "*/*") -> tuple[bytes, str, str]:
    """Body, media type and final address; raises `UpdateError`."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise UpdateError(f"{url} is no http or https address.")
    headers = {"accept": accept, "user-agent": f"{DISTRIBUTION}/{arenabridge.__version__}"}
    body = bytearray()
    try:
        async with client.stream("GET", url, headers=headers, follow_redirects=True) as answer:
            answer.raise_for_status()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > max_bytes:
                    raise UpdateError(f"{url} holds more than {max_bytes} bytes.")
            return bytes(body), answer.headers.get("content-type", ""), str(answer.url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UpdateError(f"{url} can't be read: {error or type(error).__name__}") from error


def _is_final(release: Release) -> bool:
    return not release.version.is_prerelease


def _release(file: _File, base: str) -> Release | None:
    """None for anything that is not our wheel for this Python, was withdrawn, or can't be verified."""
    try:
        name, version, _, tags = parse_wheel_filename(file.filename)
        runs_here = SpecifierSet(file.requires_python or "").contains(python_version(), prereleases=True)
    except (InvalidWheelFilename, InvalidVersion, InvalidSpecifier):
        return None
    is_ours = name == canonicalize_name(DISTRIBUTION) and any(tag.platform == "any" for tag in tags)
    sha256 = file.hashes.get("sha256", "")
    if not is_ours or not runs_here or not sha256 or file.yanked not in (False, None):
        return None
    return Release(version, urljoin(base, file.url), file.filename, sha256.lower())


def _links(page: str) -> list[_File]:
    parser = _Links()
    parser.feed(page)
    return parser.files


class _Links(HTMLParser):
    """The files of a page as in PEP 503: the digest is in the address, after the `#`."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[_File] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said: dict[str, Any] = dict(attrs)
        if tag != "a" or not said.get("href"):
            return
        url, digest = urldefrag(said["href"])
        algorithm, _, value = digest.partition("=")
        self.files.append(
            _File(
                filename=urlsplit(url).path.rpartition("/")[2],
                url=url,
                hashes={algorithm: value} if value else {},
                requires_python=said.get("data-requires-python"),
                yanked="data-yanked" in said,
            )
        )
