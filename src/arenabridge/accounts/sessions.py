"""Browser sessions: 256 random bits in a cookie, kept as an HMAC, for seven days since they were last used."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select, update

from arenabridge.accounts.people import Person
from arenabridge.storage.tables.people import sessions, users

LIFETIME_SECONDS = 7 * 24 * 3600.0
NOTE_AFTER_SECONDS = 300.0
"""How far `last_seen_at` may lag behind: a dashboard asks often, and each note is a write."""

MAX_OF_ONE_PERSON = 50
"""The session that was used least lately goes when another begins."""

MAX_AGENT_CHARACTERS = 200
TOKEN_CHARACTERS = 43
"""The length of 32 bytes in base64; anything longer or shorter is not one of ours."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in. Times are seconds since 1970, UTC."""

    id: str
    user_id: str
    created_at: float
    last_seen_at: float
    expires_at: float
    address: str
    agent: str
    """What the browser calls itself, cut to a bound."""


class Sessions:
    """All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine, pepper: bytes, unix: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._pepper = pepper
        self._unix = unix

    def begin(self, user_id: str, *, address: str, agent: str) -> str:
        """Begin a session: returns the token for the cookie, which can be seen only now."""
        token, now = secrets.token_urlsafe(32), self._unix()
        row = {
            "id": secrets.token_hex(8),
            "digest": self._digest(token),
            "user_id": user_id,
            "created_at": now,
            "last_seen_at": now,
            "expires_at": now + LIFETIME_SECONDS,
            "address": address,
            "agent": agent[:MAX_AGENT_CHARACTERS],
        }
        theirs = select(sessions.c.id).where(sessions.c.user_id == user_id)
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            too_many = theirs.order_by(sessions.c.last_seen_at.desc()).offset(MAX_OF_ONE_PERSON - 1)
            connection.execute(delete(sessions).where(sessions.c.id.in_(too_many)))
            connection.execute(insert(sessions).values(row))
        return token

    def find(self, token: str) -> tuple[Person, Session] | None:
        """Whose session it is, if it is valid and its person may still come in; being used prolongs it."""
        if len(token) != TOKEN_CHARACTERS:
            return None
        now = self._unix()
        valid = (
            (sessions.c.digest == self._digest(token)) & (sessions.c.expires_at > now) & users.c.disabled_at.is_(None)
        )
        asked = select(*_COLUMNS, users.c.name, users.c.email, users.c.role).join(users).where(valid)
        with self._engine.connect() as connection:
            row = connection.execute(asked).one_or_none()
        if row is None:
            return None
        session = Session(*row[: len(_COLUMNS)])
        if now - session.last_seen_at >= NOTE_AFTER_SECONDS:
            self._note(session.id, now)
        return Person(session.user_id, row.name, row.email, "admin" if row.role == "admin" else "user"), session

    def all_of(self, user_id: str) -> list[Session]:
        """The valid ones, the one used last first."""
        asked = select(*_COLUMNS).where((sessions.c.user_id == user_id) & (sessions.c.expires_at > self._unix()))
        with self._engine.connect() as connection:
            return [Session(*row) for row in connection.execute(asked.order_by(sessions.c.last_seen_at.desc()))]

    def end(self, id: str, *, user_id: str) -> bool:
        """Whether that person had such a session."""
        ours = (sessions.c.id == id) & (sessions.c.user_id == user_id)
        with self._engine.begin() as connection:
            return connection.execute(delete(sessions).where(ours)).rowcount > 0

    def end_all(self, user_id: str, *, but: str | None = None) -> int:
        """End a person's sessions; returns how many. `but` is the id of one that goes on."""
        theirs = sessions.c.user_id == user_id
        if but is not None:
            theirs &= sessions.c.id != but
        with self._engine.begin() as connection:
            return connection.execute(delete(sessions).where(theirs)).rowcount

    def _note(self, id: str, now: float) -> None:
        used = {"last_seen_at": now, "expires_at": now + LIFETIME_SECONDS}
        with self._engine.begin() as connection:
            connection.execute(update(sessions).where(sessions.c.id == id).values(used))

    def _digest(self, token: str) -> bytes:
        return hmac.digest(self._pepper, token.encode("utf-8", "surrogateescape"), hashlib.sha256)


_COLUMNS = (
    sessions.c.id,
    sessions.c.user_id,
    sessions.c.created_at,
    sessions.c.last_seen_at,
    sessions.c.expires_at,
    sessions.c.address,
    sessions.c.agent,
)
