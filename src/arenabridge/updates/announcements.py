"""
Announcements: a title and lines of text, shown once.

They come from the file `announcement-lmarena.json` in the data directory, `{"title", "content": [lines]}` as the
earlier bridges had it, and from an address: one such object, or a list of them. The file stays where it is (theirs was
deleted); that it was shown is kept in the database.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from arenabridge.storage.tables.notices import notices
from arenabridge.updates.index import UpdateError

FILE_NAME = "announcement-lmarena.json"

MAX_BYTES = 256 * 1024
"""Bytes of all announcements at one place."""
MAX_ANNOUNCEMENTS = 20
"""At one place; the first ones count."""


class Announcement(msgspec.Struct, frozen=True):
    """What somebody wants people to know."""

    title: str
    content: tuple[str, ...] | str = ()

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.content.splitlines()) if isinstance(self.content, str) else self.content

    @property
    def id(self) -> str:
        """The same words are the same announcement, wherever they come from."""
        return hashlib.sha256("\n".join([self.title, *self.lines]).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Told:
    """An announcement that nobody has closed yet; since when, in seconds since 1970, UTC."""

    id: str
    title: str
    lines: tuple[str, ...]
    at: float


def read(body: bytes, source: str) -> list[Announcement]:
    """Raises `UpdateError`, which names the source."""
    try:
        found = msgspec.json.decode(body, type=list[Announcement] | Announcement)
    except msgspec.DecodeError as error:
        raise UpdateError(f"{source} holds no announcements that we can read: {error}") from error
    return (found if isinstance(found, list) else [found])[:MAX_ANNOUNCEMENTS]


def in_folder(data_dir: Path) -> list[Announcement]:
    """What the file says; nothing if there is none. Raises `UpdateError`."""
    path = data_dir / FILE_NAME
    try:
        with path.open("rb") as file:
            return read(file.read(MAX_BYTES), str(path))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UpdateError(f"{path} can't be read: {error}") from error


class Announcements:
    """Those that were told, in the database. All methods wait for it: call them in a thread."""

    def __init__(self, engine: Engine, unix: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._unix = unix

    def tell(self, found: Iterable[Announcement]) -> list[Announcement]:
        """Keep those that are new, and say which; of several gateways that tell the same at once one is the first."""
        return [each for each in found if self._keep(each)]

    def _keep(self, announcement: Announcement) -> bool:
        row = {
            "id": announcement.id,
            "title": announcement.title,
            "content": "\n".join(announcement.lines),
            "told_at": self._unix(),
        }
        try:
            with self._engine.begin() as connection:
                known = connection.execute(select(notices.c.id).where(notices.c.id == announcement.id)).first()
                if known is None:
                    connection.execute(insert(notices).values(row))
        except IntegrityError:
            return False
        return known is None

    def not_seen(self) -> list[Told]:
        """The newest first."""
        wanted = select(notices).where(notices.c.seen_at.is_(None)).order_by(notices.c.told_at.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.limit(MAX_ANNOUNCEMENTS)).all()
        return [Told(row.id, row.title, tuple(row.content.splitlines()), row.told_at) for row in rows]

    def see(self, id_: str) -> bool:
        """Never show it again; False if there is none."""
        with self._engine.begin() as connection:
            changed = update(notices).where(notices.c.id == id_).values(seen_at=self._unix())
            return connection.execute(changed).rowcount > 0
