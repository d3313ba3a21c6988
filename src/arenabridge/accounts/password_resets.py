"""
Links by which people choose a new password when they have lost theirs: made by an administrator, who never learns it.

Each is good once and for a day or so. A person has one at most: another, or any new password, ends the one before.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from arenabridge.accounts.people import People, User
from arenabridge.errors import CodeNotValid
from arenabridge.storage.tables.people import password_resets, sessions

DEFAULT_LIFETIME_SECONDS = 24 * 3600.0
MAX_LIFETIME_SECONDS = 7 * 24 * 3600.0

_NOT_GOOD = "This link was used already, or its time is over. Ask an administrator for another."


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """What was made: the code can be seen only now. `expires_at` is in seconds since 1970, UTC."""

    code: str
    expires_at: float


class PasswordResets:
    """All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine, pepper: bytes, people: People, unix: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._pepper = pepper
        self._people = people
        self._unix = unix

    def create(self, user_id: str, lifetime_seconds: float = DEFAULT_LIFETIME_SECONDS) -> PasswordReset:
        """Make one, in place of that person's earlier one; raises `NotFound`."""
        self._people.get(user_id)
        made = PasswordReset(secrets.token_urlsafe(32), self._unix() + min(lifetime_seconds, MAX_LIFETIME_SECONDS))
        values = {"digest": self._digest(made.code), "expires_at": made.expires_at}
        with self._engine.begin() as connection:
            instead = update(password_resets).where(password_resets.c.user_id == user_id).values(values)
            if not connection.execute(instead).rowcount:
                try:
                    with connection.begin_nested():
                        connection.execute(insert(password_resets).values(user_id=user_id, **values))
                except IntegrityError:  # two at once: the last one made counts
                    connection.execute(instead)
        return made

    def find(self, code: str) -> User:
        """Whose password it is about; raises `CodeNotValid`."""
        with self._engine.connect() as connection:
            return self._find(connection, code)

    def use(self, code: str, password_hash: str) -> User:
        """Give them this password, and sign them out everywhere; raises `CodeNotValid`."""
        with self._engine.begin() as connection:
            user = self._find(connection, code)
            taken = delete(password_resets).where(password_resets.c.digest == self._digest(code))
            if not connection.execute(taken).rowcount:
                raise CodeNotValid(_NOT_GOOD)
            connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
            return self._people.set_password_in(connection, user.id, password_hash)

    def _find(self, connection: Connection, code: str) -> User:
        valid = (password_resets.c.digest == self._digest(code)) & (password_resets.c.expires_at > self._unix())
        user_id = connection.execute(select(password_resets.c.user_id).where(valid)).scalar_one_or_none()
        user = self._people.get_in(connection, user_id) if user_id is not None else None
        if user is None:
            raise CodeNotValid(_NOT_GOOD)
        if user.disabled_at is not None:
            raise CodeNotValid("Your account is switched off. Ask an administrator.")
        return user

    def _digest(self, code: str) -> bytes:
        return hmac.digest(self._pepper, code.encode("utf-8", "surrogateescape"), hashlib.sha256)
