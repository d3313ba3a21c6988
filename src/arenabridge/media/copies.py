"""What addresses led to: kept among the files of the one who had it fetched, and found again by the address."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from arenabridge.errors import UnknownFile
from arenabridge.media.store import MediaStore
from arenabridge.storage.tables.files import fetched_files

SOURCE: Final = "fetched"
"""The source of such files, among all that are kept."""

MAX_ADDRESSES: Final = 10_000
"""Copies of one owner: the one that was fetched first is forgotten first."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file, whole."""

    content: bytes
    name: str


class FetchedCopies:
    """Addresses themselves are not kept, only their digests: they may hold secrets."""

    def __init__(self, engine: Engine, files: MediaStore, unix: Callable[[], float]) -> None:
        self._engine = engine
        self._files = files
        self._unix = unix

    async def take(self, owner: str, url: str, *, limit: int) -> Copy | None:
        """What the address led to last, if it is still kept and has at most `limit` bytes."""
        id_ = await asyncio.to_thread(self._find, owner, _digest(url))
        if id_ is None:
            return None
        try:
            if (await self._files.find(id_)).size > limit:
                return None
            stored, content = await self._files.read(id_)
        except UnknownFile:
            return None
        return Copy(content, stored.name)

    async def keep(self, owner: str, url: str, content: bytes, name: str) -> None:
        """Raises what `MediaStore.keep` raises."""
        stored = await self._files.keep(content, "", name, owner, source=SOURCE)
        await asyncio.to_thread(self._note, owner, _digest(url), stored.id)

    def _find(self, owner: str, address: str) -> str | None:
        asked = select(fetched_files.c.file_id).where(
            fetched_files.c.owner == owner, fetched_files.c.address == address
        )
        with self._engine.connect() as connection:
            return connection.execute(asked).scalar()

    def _note(self, owner: str, address: str, file_id: str) -> None:
        of_owner = fetched_files.c.owner == owner
        row = {"owner": owner, "address": address, "file_id": file_id, "fetched_at": self._unix()}
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(fetched_files).where(of_owner, fetched_files.c.address == address))
                count = connection.execute(select(func.count()).where(of_owner)).scalar_one()
                if count >= MAX_ADDRESSES:
                    first = select(func.min(fetched_files.c.fetched_at)).where(of_owner).scalar_subquery()
                    connection.execute(delete(fetched_files).where(of_owner, fetched_files.c.fetched_at == first))
                connection.execute(insert(fetched_files).values(row))
        except IntegrityError:  # another request noted the same at this moment, or the file is gone already
            return


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
