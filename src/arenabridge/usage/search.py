"""
Single records found again: by page, by what they have in common, one, or all of them as a stream.

A page looks at no more than so many rows, however rare what is looked for: it then says how far it came, and the next
one goes on from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, or_, select

from arenabridge.storage.tables.usage import usage_bodies as bodies, usage_requests as rows
from arenabridge.usage.record import Bodies, RequestRecord
from arenabridge.usage.store import record_of

MAX_PAGE = 200
MAX_LOOKED_AT = 10_000
"""Rows that one page looks at."""

EXPORT_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What records are to have in common; None is anything. `since` and `until` bound the end, in seconds."""

    user_id: str | None = None
    key_id: str | None = None
    model: str | None = None
    worker: str | None = None
    status: int | None = None
    outcome: str | None = None
    end_reason: str | None = None
    text: str | None = None
    """Text to find in the number, in what the client or the site calls the model, or in the error."""
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The newest first. `next` is where the page that follows begins; None if nothing does."""

    records: list[RequestRecord]
    next: int | None
    looked_until: int | None = None
    """The id down to which was looked, if that was not to the end."""


class Search:
    """All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int = 50) -> Page:
        """Older than `before`, newer than `after`; with `after` alone the ones that came next, the newest first."""
        limit = min(limit, MAX_PAGE)
        if after is not None and before is None:
            return self._later(wanted, after, limit)
        floor = self._floor(wanted, before, after)
        asked = _where(select(rows), wanted, before, after)
        if floor is not None:
            asked = asked.where(rows.c.id >= floor)
        found = self._read(asked.order_by(rows.c.id.desc()).limit(limit))
        if len(found) == limit:
            return Page(found, found[-1].id)
        return Page(found, floor, floor)

    def one(self, id: int, user_id: str | None = None) -> RequestRecord | None:
        """One record; only that user's, if one is named."""
        asked = select(rows).where(rows.c.id == id)
        if user_id is not None:
            asked = asked.where(rows.c.user_id == user_id)
        return next(iter(self._read(asked)), None)

    def bodies(self, id: int) -> Bodies | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(bodies.c.asked, bodies.c.answered).where(bodies.c.id == id)).one_or_none()
        return None if row is None else Bodies(row.asked, row.answered)

    def all(self, wanted: Wanted) -> Iterator[RequestRecord]:
        """The newest first, a page at a time."""
        before: int | None = None
        while found := self._read(
            _where(select(rows), wanted, before, None).order_by(rows.c.id.desc()).limit(EXPORT_PAGE)
        ):
            yield from found
            before = found[-1].id

    def _later(self, wanted: Wanted, after: int, limit: int) -> Page:
        found = self._read(_where(select(rows), wanted, None, after).order_by(rows.c.id).limit(limit))
        return Page(found[::-1], None)

    def _floor(self, wanted: Wanted, before: int | None, after: int | None) -> int | None:
        """The id down to which a page may look; None if that is the end."""
        indexed = Wanted(
            user_id=wanted.user_id,
            key_id=wanted.key_id,
            model=wanted.model,
            outcome=wanted.outcome,
            since=wanted.since,
            until=wanted.until,
        )
        asked = _where(select(rows.c.id), indexed, before, after).order_by(rows.c.id.desc())
        with self._engine.connect() as connection:
            return connection.execute(asked.offset(MAX_LOOKED_AT).limit(1)).scalar_one_or_none()

    def _read(self, asked: Select[Any]) -> list[RequestRecord]:
        with self._engine.connect() as connection:
            return [record_of(dict(row)) for row in connection.execute(asked).mappings()]


def _where(asked: Select[Any], wanted: Wanted, before: int | None, after: int | None) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [
        rows.c[name] == value
        for name in ("user_id", "key_id", "model", "worker", "status", "outcome", "end_reason")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.text:
        searched = (rows.c.request_id, rows.c.model, rows.c.asked_for, rows.c.error, rows.c.error_code)
        conditions.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in searched)))
    bounds = {
        "above": [after, None if wanted.since is None else int(wanted.since * 1e6) - 1],
        "below": [before, None if wanted.until is None else int(wanted.until * 1e6)],
    }
    conditions += [rows.c.id > bound for bound in bounds["above"] if bound is not None]
    conditions += [rows.c.id < bound for bound in bounds["below"] if bound is not None]
    return asked.where(*conditions)
