"""
Enrolment: a code that somebody types into another computer, good once and for ten minutes, for a worker's credential.

A code has 60 random bits, and tries are throttled (`accounts.throttle`), so it can't be guessed while it is good.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, delete, func, insert, select, update

from arenabridge.accounts.people import checked_name
from arenabridge.accounts.workers import Kind, Sharing, WorkerCredential, WorkerCredentials, WorkerForm, sharing_of
from arenabridge.errors import AlreadyThere, CodeNotValid
from arenabridge.storage.tables.workers import worker_enrolments

LIFETIME_SECONDS = 600.0
MAX_OPEN = 1000
"""Codes that wait to be used."""

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No character that is mistaken for another when read aloud or typed: 32 of them, so that each has five bits."""
_GROUPS = (4, 4, 4)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A code as it is told, once, and until when it is good, in seconds since 1970, UTC."""

    code: str
    expires_at: float

    def __repr__(self) -> str:
        return f"Enrolment(expires_at={self.expires_at})"


class Enrolments:
    """All methods wait for the disk: call them in a thread."""

    def __init__(
        self, engine: Engine, pepper: bytes, credentials: WorkerCredentials, unix: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._pepper = pepper
        self._credentials = credentials
        self._unix = unix

    def create(self, name: str, owner_id: str | None, sharing: Sharing, kind: Kind = "relay") -> Enrolment:
        """A new code. Raises `InvalidRequest`, or `AlreadyThere` when too many are open."""
        code, now = _new_code(), self._unix()
        expires_at = now + LIFETIME_SECONDS
        row = {
            "id": secrets.token_hex(8),
            "digest": self._digest(code),
            "kind": kind,
            "name": checked_name(name),
            "owner_id": owner_id,
            "sharing": sharing,
            "created_at": now,
            "expires_at": expires_at,
        }
        with self._engine.begin() as connection:
            connection.execute(delete(worker_enrolments).where(worker_enrolments.c.expires_at <= now))
            if connection.execute(select(func.count()).select_from(worker_enrolments)).scalar_one() >= MAX_OPEN:
                raise AlreadyThere(f"{MAX_OPEN} codes wait to be used: wait some minutes.")
            connection.execute(insert(worker_enrolments).values(row))
        return Enrolment(code, expires_at)

    def redeem(self, code: str, name: str = "") -> tuple[WorkerCredential, str]:
        """
        Use the code up: the record and the credential, which can be seen only now.

        `name` replaces the code's, if there is one. Raises `CodeNotValid`; and `InvalidRequest` or `AlreadyThere`, and
        then the code is still good.
        """
        valid = self._valid(code)
        with self._engine.begin() as connection:
            row = connection.execute(select(worker_enrolments).where(valid)).one_or_none()
            used = update(worker_enrolments).where(valid).values(used_at=self._unix())
            if row is None or not connection.execute(used).rowcount:
                raise CodeNotValid("This code was used already, or its ten minutes are over. Ask for another.")
            form = WorkerForm(name=name.strip() or row.name, sharing=sharing_of(row.sharing))
            kind: Kind = "browser" if row.kind == "browser" else "relay"
            return self._credentials.make_in(connection, kind, form, row.owner_id)

    def _valid(self, code: str) -> ColumnElement[bool]:
        is_open = worker_enrolments.c.used_at.is_(None) & (worker_enrolments.c.expires_at > self._unix())
        return (worker_enrolments.c.digest == self._digest(code)) & is_open

    def _digest(self, code: str) -> bytes:
        """The code in its one form, however it was typed."""
        plain = "".join(character for character in code.upper() if character in _LETTERS)
        return hmac.digest(self._pepper, plain.encode(), hashlib.sha256)


def _new_code() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(length)) for length in _GROUPS)
