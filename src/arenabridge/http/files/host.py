"""What the endpoints of files work with, be they part of a gateway or a host of their own (`arenabridge files`)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from arenabridge.accounts.verification import KeyVerifier
from arenabridge.http.door.forwarded import is_forwarded
from arenabridge.http.door.public_address import PublicAddress
from arenabridge.http.files.arrivals import Arrivals
from arenabridge.media.file_bed import FileBed, OwnFileBed, RemoteFileBed
from arenabridge.media.index import StoredFile
from arenabridge.media.store import MediaStore
from arenabridge.settings import Settings

JSON_UPLOADS_AT_ONCE = 4
"""Files within JSON that are kept at a time: each is in memory once it has arrived; others wait for their turn."""

JSON_OF_STRANGERS_AT_ONCE = 2
"""The same for strangers, whose key, if any, is within the JSON: they must not take the turns of key holders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHost:
    """The store, and who may put something into it."""

    files: MediaStore
    owner_of: Callable[[HTTPConnection, str | None], Awaitable[str]]
    """From a request and its API key to the id under which its files are kept; raises `InvalidApiKey`."""
    address: PublicAddress
    max_body_bytes: int
    """The largest upload that is JSON."""
    trusted_proxies: tuple[str, ...] = ()
    arrivals: Arrivals = field(default_factory=Arrivals)
    json_turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(JSON_UPLOADS_AT_ONCE))
    strangers_turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(JSON_OF_STRANGERS_AT_ONCE))

    def address_of(self, stored: StoredFile, connection: HTTPConnection | None = None) -> str:
        """Where a client gets a file from."""
        return self.address.seen_by(connection) + stored.path


def file_host_beside(keys: KeyVerifier, files: MediaStore, settings: Settings, base_url: str) -> FileHost:
    """The file host of a gateway, which takes the gateway's own API keys."""

    async def owner_of(connection: HTTPConnection, key: str | None) -> str:
        return (await keys.verify(key, forwarded=is_forwarded(connection.headers))).id

    return FileHost(
        files=files,
        owner_of=owner_of,
        address=PublicAddress(settings, base_url),
        max_body_bytes=settings.max_body_bytes,
        trusted_proxies=settings.trusted_proxies,
    )


def file_bed_of(settings: Settings, host: FileHost) -> FileBed | None:
    """Where attachments are put so that models can read them by their addresses; None if they are not to be."""
    if not settings.file_bed_enabled:
        return None
    own = host.address.seen_by(None)
    upload_url = settings.file_bed_upload_url
    if upload_url is None or upload_url.startswith(f"{own}/"):
        return OwnFileBed(host.files, host.address_of, own)
    return RemoteFileBed(upload_url, settings.file_bed_api_key)


def file_host_of(connection: HTTPConnection) -> FileHost:
    host = connection.app.state.file_host
    assert isinstance(host, FileHost)  # noqa: S101 - set where the application is built, for the type checker's sake
    return host
