"""
Pictures and files, kept for a while and found again by an address that can't be guessed.

Contents lie on disk by digest, entries in the database; several entries may share a content. Whoever writes passes
pieces on, so that no file is ever whole in memory. Contents and entries are kept together by one lock, and by one of
the database where several gateways share the index and the folder.
"""

import asyncio
import contextlib
import secrets
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine

from arenabridge.errors import FilesQuotaExceeded, FileTooLarge, TooManyUploads, UnknownFile
from arenabridge.media.contents import Contents, Unfinished
from arenabridge.media.index import FileIndex, Place, StoredFile, Totals, Unused, Wanted
from arenabridge.media.kinds import kept_type
from arenabridge.media.room import Lack, Room, Shares, first, of_those_who_have_most
from arenabridge.media.spool import Spool
from arenabridge.wire.file_names import safe_name

FOLDER = "files"
"""In the data directory."""

ID_BYTES = 18
"""144 random bits: the address is all that guards a file."""

WRITE_BYTES = 256 * 1024
"""Bytes gathered before they are written, since each write is a trip to a thread."""

READ_BYTES = 256 * 1024

MAX_WRITING = 64
"""Files that are written at the same time; each may take `file_bytes` of the disk beyond the quota until it is kept."""

MAX_WRITING_OF_OWNER = 32
"""So that one key's slow uploads leave room for others."""

PROTECTED_SECONDS = 3600.0
"""What was made or used within the last hour is not thrown away for a new file, so that nobody can sweep others out."""

USED_EVERY_SECONDS = 3600.0
"""How exactly it is known when a file was last used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is kept, and for how long; `owner_…` is for each person, with all keys, and each key of nobody's."""

    file_bytes: int
    total_bytes: int
    total_count: int
    owner_bytes: int
    owner_count: int
    retention_seconds: float


class Sink:
    """Takes a file piece by piece. `stored` is there once the file is kept."""

    def __init__(self, unfinished: Unfinished, limit: int) -> None:
        self.stored: StoredFile | None = None
        self._unfinished = unfinished
        self._limit = limit
        self._size = 0
        self._gathered: list[bytes] = []
        self._gathered_size = 0

    async def write(self, piece: bytes) -> None:
        """Raises `FileTooLarge` as soon as that is known, and `StorageFull`."""
        self._size += len(piece)
        if self._size > self._limit:
            raise FileTooLarge(f"The file is larger than {self._limit / 2**20:g} MiB ({self._limit} bytes).")
        self._gathered.append(piece)
        self._gathered_size += len(piece)
        if self._gathered_size >= WRITE_BYTES:
            await self.flush()

    async def flush(self) -> None:
        gathered, self._gathered, self._gathered_size = b"".join(self._gathered), [], 0
        if gathered:
            await asyncio.to_thread(self._unfinished.write, gathered)


class OpenFile:
    """A file that can be read, even if it is thrown away meanwhile."""

    def __init__(self, stored: StoredFile, file: BinaryIO) -> None:
        self.stored = stored
        self._file = file

    async def pieces(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """From byte `start` up to, and without, byte `end`."""
        left = (self.stored.size if end is None else end) - start
        await asyncio.to_thread(self._file.seek, start)
        while left > 0 and (piece := await asyncio.to_thread(self._file.read, min(left, READ_BYTES))):
            left -= len(piece)
            yield piece


class MediaStore:
    """A folder of files and its index."""

    def __init__(self, engine: Engine, folder: Path, limits: Limits, unix: Callable[[], float]) -> None:
        self._contents = Contents(folder)
        self._index = FileIndex(engine)
        self.limits = limits
        self._unix = unix
        self._writing: Counter[str] = Counter()
        self._one_at_a_time = threading.Lock()

    async def keep(
        self, content: bytes, media_type: str, name: str, owner: str, *, source: str = "answer"
    ) -> StoredFile:
        """
        Keep a content that is in memory anyway.

        The same content under the same name and owner keeps its address, and is kept for longer. Raises as `writing`.
        """
        async with self.writing(name, owner, media_type=media_type, source=source) as sink:
            for start in range(0, len(content), WRITE_BYTES):
                await sink.write(content[start : start + WRITE_BYTES])
        return kept(sink)

    @contextlib.asynccontextmanager
    async def writing(
        self, name: str, owner: str, *, media_type: str = "", source: str = "upload"
    ) -> AsyncIterator[Sink]:
        """
        Write a file; it is kept when the block ends, and forgotten when that fails. `kept(sink)` is what was kept.

        Raises `TooManyUploads`, `FileTooLarge`, `FilesQuotaExceeded` and `StorageFull`.
        """
        if self._writing.total() >= MAX_WRITING or self._writing[owner] >= MAX_WRITING_OF_OWNER:
            raise TooManyUploads(retry_after_seconds=1)
        self._writing[owner] += 1
        try:
            unfinished = await asyncio.to_thread(self._contents.begin)
            sink = Sink(unfinished, self.limits.file_bytes)
            try:
                yield sink
                await sink.flush()
                sink.stored = await asyncio.to_thread(self._kept, unfinished, name, owner, media_type, source)
            finally:
                await asyncio.to_thread(unfinished.discard)
        finally:
            self._writing[owner] -= 1
            self._writing += Counter()  # forgets owners with none

    def spool(self) -> Spool:
        """Room for what is not a file yet."""
        return Spool(self._contents.incoming)

    async def find(self, id: str) -> StoredFile:
        """Raises `UnknownFile`."""
        stored = await asyncio.to_thread(self._index.find, id)
        if stored is None or stored.expires_at <= self._unix():
            raise UnknownFile
        return stored

    @contextlib.asynccontextmanager
    async def open(self, id: str) -> AsyncIterator[OpenFile]:
        """A file to read, which counts as a use of it; raises `UnknownFile`."""
        stored = await self.find(id)
        file = await asyncio.to_thread(self._opened, stored)
        try:
            yield OpenFile(stored, file)
        finally:
            file.close()

    async def read(self, id: str) -> tuple[StoredFile, bytes]:
        """A whole file, in memory; raises `UnknownFile`."""
        async with self.open(id) as file:
            return file.stored, b"".join([piece async for piece in file.pieces()])

    async def remove(self, id: str, owner: str) -> None:
        """Raises `UnknownFile` for one that is not this owner's, too: whether it is there is nobody else's business."""
        stored = await self.find(id)
        if stored.owner != owner:
            raise UnknownFile
        await asyncio.to_thread(self._remove, [id])

    async def remove_all(self, wanted: Wanted) -> int:
        """All that is wanted; how many there were."""
        return await asyncio.to_thread(self._remove_all, wanted)

    async def totals(self) -> Totals:
        return await asyncio.to_thread(self._index.totals)

    async def page(self, wanted: Wanted, *, before: Place | None = None, limit: int) -> list[StoredFile]:
        """The newest first; the page that follows is before the last of it."""
        return await asyncio.to_thread(self._index.page, wanted, self._unix(), before, limit)

    async def shares(self, owners: tuple[str, ...] | None = None) -> dict[str, Totals]:
        """What each owner has, of those named or of all."""
        return await asyncio.to_thread(self._index.shares, owners)

    async def rooms(self) -> dict[str, Totals]:
        """What counts against each limit: those of people, and those of keys that are nobody's."""
        return await asyncio.to_thread(self._index.shares_of_payers)

    async def sweep(self) -> None:
        """Throw away what is past its time, and what an interrupted write left behind."""
        await asyncio.to_thread(self._sweep)

    def _kept(self, unfinished: Unfinished, name: str, owner: str, claimed: str, source: str) -> StoredFile:
        unfinished.finish()
        now, name = self._unix(), safe_name(name)
        media_type = kept_type(unfinished.head, claimed, name)
        expires_at = now + self.limits.retention_seconds
        with self._one_at_a_time, self._index.alone():
            same = self._index.same(owner, unfinished.digest, name, media_type)
            if same is None:
                self._make_room(owner, unfinished)
            self._contents.place(unfinished)
            if same is not None:
                self._index.used(same.id, now, expires_at)
                return same
            stored = StoredFile(
                id=secrets.token_urlsafe(ID_BYTES),
                name=name,
                media_type=media_type,
                size=unfinished.size,
                digest=unfinished.digest,
                owner=owner,
                source=source,
                created_at=now,
                last_used_at=now,
                expires_at=expires_at,
            )
            self._index.add(stored)
        return stored

    def _make_room(self, owner: str, unfinished: Unfinished) -> None:
        index, limits, payer, size = self._index, self.limits, self._index.payer(owner), unfinished.size
        own = Room(limits.owner_bytes, limits.owner_count)
        self._make_way(own, size, lambda: index.totals_of(payer), lambda lack: first(lack, self._unused_of(payer)))
        added = 0 if index.has(unfinished.digest) else size
        of_all = Room(limits.total_bytes, limits.total_count)
        self._make_way(
            of_all, added, index.totals, lambda lack: of_those_who_have_most(lack, self._shares(), payer, size)
        )

    def _make_way(
        self, room: Room, size: int, totals: Callable[[], Totals], going: Callable[[Lack], list[str]]
    ) -> None:
        """Raises `FilesQuotaExceeded`. Seldom more than one round: other entries may have the contents that went."""
        room.check(size)
        while not (lack := room.lack(totals(), size)).is_met:
            ids = going(lack)
            if not ids:
                raise FilesQuotaExceeded
            self._remove_locked(ids)

    def _shares(self) -> Shares:
        index, before = self._index, self._unix() - PROTECTED_SECONDS
        return Shares(index.shares_of_payers(), index.oldest_unused(before), self._unused_of)

    def _unused_of(self, payer: str) -> list[Unused]:
        return self._index.longest_unused(self._unix() - PROTECTED_SECONDS, payer)

    def _remove(self, ids: list[str]) -> None:
        with self._one_at_a_time, self._index.alone():
            self._remove_locked(ids)

    def _remove_all(self, wanted: Wanted) -> int:
        count = 0
        while some := self._index.some(wanted):
            self._remove(some)
            count += len(some)
        return count

    def _remove_locked(self, ids: list[str]) -> None:
        for digest in self._index.remove(ids):
            self._contents.remove(digest)

    def _opened(self, stored: StoredFile) -> BinaryIO:
        now = self._unix()
        try:
            file = self._contents.open(stored.digest)
        except FileNotFoundError:
            raise UnknownFile from None
        if now - stored.last_used_at > USED_EVERY_SECONDS:
            self._index.used(stored.id, now)
        return file

    def _sweep(self) -> None:
        while expired := self._index.expired(self._unix()):
            self._remove(expired)
        self._contents.clear_abandoned()
        entered = self._index.digests()
        for digest in self._contents.old_digests():
            if digest not in entered:
                with self._one_at_a_time, self._index.alone():
                    if not self._index.has(digest):
                        self._contents.remove(digest)


def kept(sink: Sink) -> StoredFile:
    """What a sink took, after its block."""
    assert sink.stored is not None  # noqa: S101 - the block that writes ended without an error
    return sink.stored
