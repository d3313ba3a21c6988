"""What is kept, in the database: one entry for each address that was given out. Every method blocks."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal
from urllib.parse import quote

from sqlalchemy import ColumnElement, Engine, Row, delete, func, insert, literal, select, true, update

from arenabridge.storage.locks import Lock, hold
from arenabridge.storage.tables.files import files
from arenabridge.storage.tables.keys import api_keys

MAX_BATCH = 200
"""Entries that are looked at together when room is made."""

PERSON = "person:"
"""Begins the owner id that stands for a person: of what came without a key, and whose room their keys' files take."""

MAX_PAGE = 100
"""Entries of one page."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the index knows it. Times are seconds since 1970."""

    id: str
    """Unguessable: whoever knows it may read the file."""
    name: str
    media_type: str
    size: int
    digest: str
    """SHA-256 of the content, hexadecimal."""
    owner: str
    """The id of the API key it came with."""
    source: str
    """`upload`, `answer`, `attachment` or `fetched`."""
    created_at: float
    last_used_at: float
    expires_at: float

    @property
    def path(self) -> str:
        """The path below the address of the host that serves it."""
        return f"/files/{self.id}/{quote(self.name, safe='')}"


@dataclass(frozen=True, slots=True)
class Totals:
    """What is kept. The size is that of the contents, each counted once."""

    count: int
    size: int


Order = Literal["newest", "largest"]
"""What comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What listed files are to have in common, None is anything; and their order."""

    owners: tuple[str, ...] | None = None
    is_picture: bool | None = None
    name: str | None = None
    """One page of the list."""
    ids: tuple[str, ...] | None = None
    order: Order = "newest"


Place = tuple[float, str]
"""Where a page ended: the time, or in the order of sizes the size, and the id of its last file."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A file that could make way. The time is in seconds since 1970."""

    id: str
    size: int
    last_used_at: float


_FILES_AND_KEYS = files.outerjoin(api_keys, api_keys.c.id == files.c.owner)
_PAYER = func.coalesce(literal(PERSON) + api_keys.c.owner_id, files.c.owner)


def _paid_by(payer: str) -> ColumnElement[bool]:
    own = files.c.owner == payer
    if not payer.startswith(PERSON):
        return own
    return own | files.c.owner.in_(select(api_keys.c.id).where(api_keys.c.owner_id == payer.removeprefix(PERSON)))


class FileIndex:
    """The table of files."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Until the end of the block no other gateway changes contents and entries."""
        with self._engine.begin() as connection:
            hold(connection, Lock.FILES)
            yield

    def add(self, file: StoredFile) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(files).values(asdict(file)))

    def find(self, id: str) -> StoredFile | None:
        return self._one(files.c.id == id)

    def same(self, owner: str, digest: str, name: str, media_type: str) -> StoredFile | None:
        """The owner's file that is this one: its address stays the same however often it is kept."""
        return self._one(
            (files.c.owner == owner)
            & (files.c.digest == digest)
            & (files.c.name == name)
            & (files.c.media_type == media_type)
        )

    def used(self, id: str, now: float, expires_at: float | None = None) -> None:
        values = {"last_used_at": now} | ({} if expires_at is None else {"expires_at": expires_at})
        with self._engine.begin() as connection:
            connection.execute(update(files).where(files.c.id == id).values(values))

    def remove(self, ids: Iterable[str]) -> set[str]:
        """Delete entries; returns the digests of contents that no entry is left for."""
        wanted = list(ids)
        with self._engine.begin() as connection:
            where = files.c.id.in_(wanted)
            touched = set(connection.execute(select(files.c.digest).where(where)).scalars())
            connection.execute(delete(files).where(where))
            left = connection.execute(select(files.c.digest).where(files.c.digest.in_(touched))).scalars()
            return touched - set(left)

    def has(self, digest: str) -> bool:
        with self._engine.connect() as connection:
            return connection.execute(select(files.c.id).where(files.c.digest == digest).limit(1)).first() is not None

    def digests(self) -> set[str]:
        with self._engine.connect() as connection:
            return set(connection.execute(select(files.c.digest).distinct()).scalars())

    def totals(self) -> Totals:
        return self._sums(true())

    def payer(self, owner: str) -> str:
        """Whose room the files of an owner take: that of the person whose key it is, or its own."""
        with self._engine.connect() as connection:
            person = connection.execute(select(api_keys.c.owner_id).where(api_keys.c.id == owner)).scalar()
        return owner if person is None else f"{PERSON}{person}"

    def totals_of(self, payer: str) -> Totals:
        return self._sums(_paid_by(payer))

    def shares_of_payers(self) -> dict[str, Totals]:
        """What each payer has, by `payer`."""
        each = select(_PAYER.label("payer"), func.count().label("entries"), func.max(files.c.size).label("size"))
        contents = each.select_from(_FILES_AND_KEYS).group_by(_PAYER, files.c.digest).subquery()
        sums = select(contents.c.payer, func.sum(contents.c.entries), func.sum(contents.c.size))
        with self._engine.connect() as connection:
            rows = connection.execute(sums.group_by(contents.c.payer))
            return {payer: Totals(int(count), int(size)) for payer, count, size in rows}

    def _sums(self, where: ColumnElement[bool]) -> Totals:
        each = select(func.count().label("entries"), func.max(files.c.size).label("size"))
        contents = each.where(where).group_by(files.c.digest).subquery()
        sums = select(func.coalesce(func.sum(contents.c.entries), 0), func.coalesce(func.sum(contents.c.size), 0))
        with self._engine.connect() as connection:
            count, size = connection.execute(sums).one()
        return Totals(int(count), int(size))

    def page(self, wanted: Wanted, now: float, before: Place | None, limit: int) -> list[StoredFile]:
        """Those that are still to be had, in the order that is wanted."""
        found = select(files).where(files.c.expires_at > now, *_where(wanted))
        order = files.c.size if wanted.order == "largest" else files.c.created_at
        if before is not None:
            last, id_ = before
            found = found.where((order < last) | ((order == last) & (files.c.id < id_)))
        ordered = found.order_by(order.desc(), files.c.id.desc()).limit(min(limit, MAX_PAGE))
        with self._engine.connect() as connection:
            return [_file(row) for row in connection.execute(ordered)]

    def some(self, wanted: Wanted) -> list[str]:
        """Some of the ids of what is wanted, expired or not."""
        with self._engine.connect() as connection:
            return list(connection.execute(select(files.c.id).where(*_where(wanted)).limit(MAX_BATCH)).scalars())

    def shares(self, owners: tuple[str, ...] | None = None) -> dict[str, Totals]:
        """What each owner has, of those named or of all."""
        each = select(files.c.owner, func.count().label("entries"), func.max(files.c.size).label("size"))
        contents = each.where(*_where(Wanted(owners=owners))).group_by(files.c.owner, files.c.digest).subquery()
        sums = select(contents.c.owner, func.sum(contents.c.entries), func.sum(contents.c.size))
        with self._engine.connect() as connection:
            rows = connection.execute(sums.group_by(contents.c.owner))
            return {owner: Totals(int(count), int(size)) for owner, count, size in rows}

    def expired(self, now: float) -> list[str]:
        """Some of their ids."""
        with self._engine.connect() as connection:
            found = select(files.c.id).where(files.c.expires_at <= now).limit(MAX_BATCH)
            return list(connection.execute(found).scalars())

    def longest_unused(self, before: float, payer: str) -> list[Unused]:
        """Some of the payer's files not used since `before`, the one unused for longest first."""
        found = select(files.c.id, files.c.size, files.c.last_used_at)
        found = found.where(files.c.last_used_at < before, _paid_by(payer))
        with self._engine.connect() as connection:
            rows = connection.execute(found.order_by(files.c.last_used_at).limit(MAX_BATCH))
            return [Unused(*row) for row in rows]

    def oldest_unused(self, before: float) -> dict[str, float]:
        """By payer: when the file that is unused for longest was last used, if that is before `before`."""
        found = select(_PAYER, func.min(files.c.last_used_at)).select_from(_FILES_AND_KEYS)
        with self._engine.connect() as connection:
            rows = connection.execute(found.where(files.c.last_used_at < before).group_by(_PAYER))
            return {payer: float(since) for payer, since in rows}

    def _one(self, where: ColumnElement[bool]) -> StoredFile | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(files).where(where).limit(1)).first()
        return _file(row) if row else None


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.owners is not None:
        conditions.append(files.c.owner.in_(wanted.owners))
    if wanted.is_picture is not None:
        pictures = files.c.media_type.startswith("image/")
        conditions.append(pictures if wanted.is_picture else ~pictures)
    if wanted.name is not None:
        conditions.append(files.c.name.icontains(wanted.name, autoescape=True))
    if wanted.ids is not None:
        conditions.append(files.c.id.in_(wanted.ids))
    return conditions


def _file(row: Row[tuple[object, ...]]) -> StoredFile:
    return StoredFile(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
