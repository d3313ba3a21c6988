"""
The files that a request names by their addresses.

What an address led to is kept for the one who asked: an earlier turn stays what it was when it was new, even if its
address leads elsewhere by now, or nowhere, so that the chat goes on where it was seen. For the turns that are to be
answered, files are fetched as they are now.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Set as AbstractSet
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, Protocol

from arenabridge.conversations.attaching import Read, Unread
from arenabridge.errors import (
    AttachmentTooLarge,
    AttachmentUnsupported,
    FileTooLarge,
    FileUrlRefused,
    FileUrlTimeout,
    GatewayError,
    UnknownFile,
)
from arenabridge.http.answers.shown_pictures import FoundFile, KeptFiles
from arenabridge.media.contents import HEAD_BYTES
from arenabridge.media.kinds import MARKUP, kept_type
from arenabridge.wire.chat import Attachment, RemoteFile
from arenabridge.wire.file_types import is_picture
from arenabridge.wire.openai.files import OWN_PATHS, as_document, attachment, shown_address

_log = logging.getLogger(__name__)

MAX_FETCHED_BYTES: Final = 64 * 2**20
"""All files of one request that are fetched from addresses: twice what its body may carry."""

AT_ONCE: Final = 4
"""Fetches of one request, so that it leaves room for others."""

EARLIER_SECONDS: Final = 8.0
"""Time for an address in an earlier turn of which nothing is kept: its chat goes on without it."""

GIVEN_UP_SECONDS: Final = 600.0
"""How long an earlier turn's address that led nowhere is not tried again."""

MAX_GIVEN_UP: Final = 4096


class Fetcher(Protocol):
    """Fetches from public addresses; raises `FileUrlRefused` and its kin."""

    async def fetch(self, url: str, *, limit: int, took: Callable[[int], None] = ...) -> FoundFile:
        """`took` is told the bytes of each piece as it comes, of files that fail later, too."""


class Copies(Protocol):
    """What addresses led to before."""

    async def take(self, owner: str, url: str, *, limit: int) -> FoundFile | None: ...

    async def keep(self, owner: str, url: str, content: bytes, name: str) -> None:
        """Raises `GatewayError` if there is no room for it."""


@dataclass(frozen=True, slots=True)
class _Had:
    """What an address led to: something of ours, what was kept of it before, or what was fetched right now."""

    found: FoundFile
    is_ours: bool = False
    is_fetched: bool = False


@dataclass(slots=True)
class _Request:
    """The fetches of one request."""

    owner: str
    limit: int
    left: int
    """Bytes that it may still take, also of what fails."""
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def took(self, size: int) -> None:
        self.left -= size


@dataclass(frozen=True, slots=True)
class _GaveUp:
    """Until when an address is not tried again, and why."""

    until: float
    error: type[GatewayError]
    message: str


class Fetches:
    """Without a `fetcher` only the gateway's own addresses are followed, without `kept` not even those."""

    def __init__(
        self,
        fetcher: Fetcher | None,
        kept: KeptFiles | None,
        copies: Copies | None,
        *,
        now: Callable[[], float],
        total: int = MAX_FETCHED_BYTES,
    ) -> None:
        self._fetcher = fetcher
        self._kept = kept
        self._copies = copies
        self._now = now
        self._total = total
        self._given_up: dict[tuple[str, str], _GaveUp] = {}
        """By owner and address; the one that is soonest tried again first."""

    @property
    def follows(self) -> bool:
        """Whether others' addresses are followed."""
        return self._fetcher is not None

    async def of(self, files: Iterable[RemoteFile], new: AbstractSet[RemoteFile], owner: str, limit: int) -> Read:
        """
        What they lead to; `new` are those in turns that are to be answered, `limit` is in bytes, of each.

        An address that leads nowhere is a value: it may be in a turn long past.
        """
        request = _Request(owner, limit, self._total)
        asked = list(files)
        fresh = {file.url for file in new}
        async with asyncio.TaskGroup() as group:
            urls = dict.fromkeys(file.url for file in asked)
            tasks = {url: group.create_task(self._had(request, url, is_new=url in fresh)) for url in urls}
        had = {file: tasks[file.url].result() for file in asked}
        read = {file: _read(file, each) for file, each in had.items()}
        taken = {file.url: each for file, each in had.items() if isinstance(read[file], Attachment)}
        await self._keep(request, taken)
        return read

    async def _had(self, request: _Request, url: str, *, is_new: bool) -> _Had | GatewayError:
        async with request.turns:
            try:
                if request.left <= 0:
                    raise AttachmentTooLarge(f"The files at the addresses of one request may have {self._total} bytes.")
                had = await (self._anew(request, url) if is_new else self._as_before(request, url))
            except GatewayError as error:
                return _alone(error)
        if not had.is_fetched:
            request.took(len(had.found.content))
        return had

    async def _anew(self, request: _Request, url: str) -> _Had:
        found = await self._kept.take(url, limit=request.limit) if self._kept else None
        if found is not None:
            return _Had(found, is_ours=True)
        if url.startswith(OWN_PATHS):
            raise UnknownFile
        return _Had(await self._fetched(request, url), is_fetched=True)

    async def _as_before(self, request: _Request, url: str) -> _Had:
        copy = await self._copies.take(request.owner, url, limit=request.limit) if self._copies else None
        if copy is not None:
            return _Had(copy)
        self._forget_expired()
        known = self._given_up.get((request.owner, url))
        if known is not None:
            raise known.error(known.message)
        try:
            async with asyncio.timeout(EARLIER_SECONDS):
                return await self._anew(request, url)
        except TimeoutError:
            error: GatewayError = FileUrlTimeout(f"The file did not arrive within {EARLIER_SECONDS:g} seconds.")
        except GatewayError as failed:
            error = _alone(failed)
        self._give_up((request.owner, url), error)
        raise error

    def _give_up(self, place: tuple[str, str], error: GatewayError) -> None:
        self._given_up.pop(place, None)
        while len(self._given_up) >= MAX_GIVEN_UP:
            del self._given_up[next(iter(self._given_up))]
        self._given_up[place] = _GaveUp(self._now() + GIVEN_UP_SECONDS, type(error), str(error))

    def _forget_expired(self) -> None:
        now = self._now()
        for place in list(takewhile(lambda each: self._given_up[each].until <= now, self._given_up)):
            del self._given_up[place]

    async def _fetched(self, request: _Request, url: str) -> FoundFile:
        if self._fetcher is None:
            raise FileUrlRefused("This gateway fetches no files from addresses: send the file itself.")
        try:
            return await self._fetcher.fetch(url, limit=request.limit, took=request.took)
        except FileTooLarge as error:
            raise AttachmentTooLarge(str(error)) from error

    async def _keep(self, request: _Request, had: dict[str, _Had | GatewayError]) -> None:
        """Keep it for the turns that follow; without room the chat goes on while the address leads somewhere."""
        if self._copies is None:
            return
        for url, each in had.items():
            if isinstance(each, _Had) and each.is_fetched:
                try:
                    await self._copies.keep(request.owner, url, each.found.content, each.found.name)
                except GatewayError as error:
                    _log.warning("a file that was fetched is not kept: %s", error)


def _alone(error: GatewayError) -> GatewayError:
    """The same failure without the way it came, which holds what had been read of the file: failures are kept."""
    return type(error)(str(error))


def _read(file: RemoteFile, had: _Had | GatewayError) -> Attachment | Unread:
    if isinstance(had, GatewayError):
        return Unread(file, type(had)(f"{shown_address(file.url)}: {had}", param="messages"))
    read = attachment(had.found.content, file.name or had.found.name)
    if not file.as_picture:
        return as_document(read)
    if had.is_ours or is_picture(read.media_type):
        return read
    is_page = kept_type(read.content[:HEAD_BYTES], "", read.name) == MARKUP
    what = f"a web page ({MARKUP})" if is_page else read.media_type
    message = f"{shown_address(file.url)} is {what}, not a picture."
    return Unread(file, AttachmentUnsupported(message, param="messages"))
