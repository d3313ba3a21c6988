"""Captured site sessions in the database: put there by the command line, or when a person presses Retry for us."""

import re
import secrets
import time
from collections.abc import Callable

from sqlalchemy import Engine, Row, delete, insert, select, update

from arenabridge.storage.tables.captures import captured_sessions
from arenabridge.wire.arena.captured import CapturedMode, CapturedSession
from arenabridge.wire.reply import Participant

MAX_CAPTURED = 1000
"""Sessions that are kept; all are held in memory and looked through for each request."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class NotCaptured(ValueError):
    """The session can't be kept. The message says why."""


class CapturedSessionStore:
    """All calls wait for the disk."""

    def __init__(self, engine: Engine, unix: Callable[[], float] = time.time, most: int = MAX_CAPTURED) -> None:
        self._engine = engine
        self._most = most
        self._unix = unix

    def add(
        self,
        session: str,
        message: str,
        *,
        mode: CapturedMode = "direct",
        target: Participant = "a",
        model: str | None = None,
        label: str = "",
    ) -> CapturedSession:
        """
        Keep a session; one that is there already, for the same model, counts as captured again. Raises `NotCaptured`.

        `session` may be the address of its page. The ids are UUIDs; anything else was copied wrongly.
        """
        ids = checked_ids(session, message)
        known = [each for each in self.all() if (each.session, each.message, each.model) == (*ids, model)]
        if not known and len(self.all()) >= self._most:
            raise NotCaptured(f"There are {self._most} captured sessions already: remove some.")
        captured = CapturedSession(
            id=known[0].id if known else secrets.token_hex(4),
            session=ids[0],
            message=ids[1],
            mode=mode,
            target=target,
            model=model,
            label=label,
            created_at=self._unix(),
        )
        with self._engine.begin() as connection:
            connection.execute(delete(captured_sessions).where(captured_sessions.c.id == captured.id))
            connection.execute(insert(captured_sessions).values(**_values(captured)))
        return captured

    def all(self) -> list[CapturedSession]:
        """In the order in which they were captured."""
        order = captured_sessions.c.created_at, captured_sessions.c.id
        with self._engine.connect() as connection:
            return [_captured(row) for row in connection.execute(select(captured_sessions).order_by(*order))]

    def remove(self, id: str) -> bool:
        """Remove one; says whether it was there."""
        with self._engine.begin() as connection:
            return connection.execute(delete(captured_sessions).where(captured_sessions.c.id == id)).rowcount > 0

    def note_use(self, used: CapturedSession) -> None:
        """Keep when it was used and how often it failed, unless it was captured again since."""
        same = (captured_sessions.c.id == used.id) & (captured_sessions.c.created_at == used.created_at)
        values = {"last_used_at": used.last_used_at, "failures": used.failures}
        with self._engine.begin() as connection:
            connection.execute(update(captured_sessions).where(same).values(**values))


def checked_ids(session: str, message: str) -> tuple[str, str]:
    """Both as the site writes them; `session` may be an address. Raises `NotCaptured`."""
    return _id_in(session, "session"), _id_in(message, "message")


def _id_in(text: str, what: str) -> str:
    found = _UUID.search(text)
    if found is None:
        raise NotCaptured(
            f"{text[:100]!r} is no {what} of the site: it has the form 0199a6c2-1234-7abc-8def-0123456789ab."
        )
    return found[0].lower()


def _values(captured: CapturedSession) -> dict[str, str | float | None]:
    return {name: getattr(captured, name) for name in CapturedSession.__struct_fields__}


def _captured(row: Row[tuple[object, ...]]) -> CapturedSession:
    return CapturedSession(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for the row by column
