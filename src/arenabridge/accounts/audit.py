"""
The audit log: who did what to whom, from where and when. It is only ever added to, which the database itself sees to.

It is kept for good: administrative acts are few. What is written never holds a key, password, token or code.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select

from arenabridge.accounts.people import Person
from arenabridge.storage.tables.people import audit_log

MAX_PAGE = 500
MAX_CHARACTERS = 500
"""The longest target or detail that is kept."""

COMMAND_LINE = Person("command-line", "command line", None, "admin")
"""Anyone who may run commands on the data directory; the system knows who that is, we don't."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines are wanted: those for which all of these hold. `since` and `until` are in seconds since 1970, UTC."""

    action: str | None = None
    """An action, or the beginning of one."""
    actor: str | None = None
    """A name or an id."""
    since: float | None = None
    until: float | None = None
    """Exclusive."""


EVERYTHING = Sought()


@dataclass(frozen=True, slots=True)
class Act:
    """One line. `at` is in seconds since 1970, UTC."""

    id: int
    at: float
    actor_id: str | None
    actor: str
    """Their name at that time."""
    action: str
    """Subject and verb, as `key.created`."""
    target: str
    detail: str
    address: str


class AuditLog:
    """All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine, unix: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._unix = unix

    def record(self, actor: Person, action: str, target: str, *, detail: str = "", address: str = "local") -> None:
        by_key = f"with key {actor.via_key}" if actor.via_key else ""
        row = {
            "at": self._unix(),
            "actor_id": actor.id,
            "actor": actor.name,
            "action": action,
            "target": target[:MAX_CHARACTERS],
            "detail": ", ".join(filter(None, [detail, by_key]))[:MAX_CHARACTERS],
            "address": address,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(audit_log).values(row))

    def page(self, sought: Sought = EVERYTHING, *, before: int | None = None, limit: int = 100) -> list[Act]:
        """The newest first, older than the line `before`."""
        asked = select(audit_log).order_by(audit_log.c.id.desc()).limit(min(limit, MAX_PAGE))
        if before is not None:
            asked = asked.where(audit_log.c.id < before)
        if sought.action:
            asked = asked.where(audit_log.c.action.startswith(sought.action, autoescape=True))
        if sought.actor:
            asked = asked.where((audit_log.c.actor == sought.actor) | (audit_log.c.actor_id == sought.actor))
        if sought.since is not None:
            asked = asked.where(audit_log.c.at >= sought.since)
        if sought.until is not None:
            asked = asked.where(audit_log.c.at < sought.until)
        with self._engine.connect() as connection:
            return [Act(**row._mapping) for row in connection.execute(asked)]  # noqa: SLF001 - SQLAlchemy's public name

    def export(self, sought: Sought = EVERYTHING) -> Iterator[Act]:
        """All that is sought, the newest first, a page at a time."""
        before: int | None = None
        while acts := self.page(sought, before=before, limit=MAX_PAGE):
            yield from acts
            before = acts[-1].id
