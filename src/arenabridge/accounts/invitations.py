"""Invitations: how others come in, since registration is closed. Each is a link, good once and for some days."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, delete, func, insert, select, update

from arenabridge.accounts.people import People, Role, User
from arenabridge.errors import AlreadyThere, CodeNotValid
from arenabridge.storage.tables.people import invitations

DEFAULT_LIFETIME_SECONDS = 7 * 24 * 3600.0
MAX_LIFETIME_SECONDS = 90 * 24 * 3600.0
MAX_OPEN = 1000
"""Invitations that wait to be used."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as it may be shown, never with its code. Times are seconds since 1970, UTC."""

    id: str
    role: Role
    note: str
    """Whom it is for, in the inviter's words."""
    created_by: str
    created_at: float
    expires_at: float
    used_at: float | None
    used_by: str | None
    """The name under which somebody joined."""


class Invitations:
    """All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine, pepper: bytes, people: People, unix: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._pepper = pepper
        self._people = people
        self._unix = unix

    def create(
        self, role: Role, *, note: str, created_by: str, lifetime_seconds: float = DEFAULT_LIFETIME_SECONDS
    ) -> tuple[Invitation, str]:
        """The invitation and its code, which can be seen only now. Raises `AlreadyThere` when too many are open."""
        code, now = secrets.token_urlsafe(32), self._unix()
        row = {
            "id": secrets.token_hex(8),
            "digest": self._digest(code),
            "role": role,
            "note": note,
            "created_by": created_by,
            "created_at": now,
            "expires_at": now + min(lifetime_seconds, MAX_LIFETIME_SECONDS),
        }
        with self._engine.begin() as connection:
            count = select(func.count()).select_from(invitations).where(self._open())
            if connection.execute(count).scalar_one() >= MAX_OPEN:
                raise AlreadyThere(f"{MAX_OPEN} invitations wait to be used: withdraw some.")
            connection.execute(insert(invitations).values(row))
            made = connection.execute(select(invitations).where(invitations.c.id == row["id"])).one()
        return _invitation(made), code

    def all(self) -> list[Invitation]:
        """The newest first."""
        asked = select(invitations).order_by(invitations.c.created_at.desc())
        with self._engine.connect() as connection:
            return [_invitation(row) for row in connection.execute(asked)]

    def withdraw(self, id: str) -> bool:
        """Whether there was such an invitation that nobody had used."""
        unused = (invitations.c.id == id) & invitations.c.used_at.is_(None)
        with self._engine.begin() as connection:
            return connection.execute(delete(invitations).where(unused)).rowcount > 0

    def find(self, code: str) -> Invitation:
        """Raises `CodeNotValid`."""
        with self._engine.connect() as connection:
            row = connection.execute(select(invitations).where(self._valid(code))).one_or_none()
        if row is None:
            raise CodeNotValid("This invitation was used already, or its time is over. Ask for another.")
        return _invitation(row)

    def join(self, code: str, name: str, email: str | None, password_hash: str) -> User:
        """Use the invitation up; raises `CodeNotValid`, or what `People.add` raises, and then it is still good."""
        role = self.find(code).role
        with self._engine.begin() as connection:
            used = update(invitations).where(self._valid(code)).values(used_at=self._unix(), used_by=name)
            if not connection.execute(used).rowcount:
                raise CodeNotValid("This invitation was used already.")
            return self._people.add_in(connection, name, email, role, password_hash)

    def _open(self) -> ColumnElement[bool]:
        return invitations.c.used_at.is_(None) & (invitations.c.expires_at > self._unix())

    def _valid(self, code: str) -> ColumnElement[bool]:
        return (invitations.c.digest == self._digest(code)) & self._open()

    def _digest(self, code: str) -> bytes:
        return hmac.digest(self._pepper, code.encode("utf-8", "surrogateescape"), hashlib.sha256)


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        id=row.id,
        role="admin" if row.role == "admin" else "user",
        note=row.note,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        used_by=row.used_by,
    )
