"""
Sessions at the site that persons have entrusted to the gateway.

A session is its person's account there. It is kept encrypted (Fernet: AES-128 in CBC mode, HMAC) under a key that
is derived from the gateway's secret, told to nobody again, and worked with by one process at a time.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Engine, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from arenabridge.accounts.people import checked_name
from arenabridge.errors import AlreadyThere, InvalidRequest, NotFound
from arenabridge.storage.tables.people import users
from arenabridge.storage.tables.site_sessions import site_sessions
from arenabridge.wire.arena.site_session import NotASession, SiteSession, decoded, read_session

MAX_OF_ONE_PERSON = 20
MAX_OF_THE_GATEWAY = 500
"""Sessions that belong to nobody, such as those that an import brings: each is a worker."""

HOLD_SECONDS = 30.0
"""A process that does not renew its claim on a session in time loses it to the next that asks."""

Sharing = Literal["owner", "all"]


@dataclass(frozen=True, slots=True)
class KeptSession:
    """What may be shown of one. Times are seconds since 1970, UTC."""

    id: str
    name: str
    owner_id: str | None
    """None: the gateway's own."""
    owner: str
    site_user: str
    email: str
    expires_at: float
    sharing: Sharing
    paused: bool
    created_at: float
    renewed_at: float | None
    is_owner_disabled: bool

    @property
    def rests(self) -> bool:
        """It is not worked with: it is paused, or its person was disabled."""
        return self.paused or self.is_owner_disabled


class SiteSessions:
    """Sessions in the database. All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine, key: bytes, unix: Callable[[], float]) -> None:
        self._engine = engine
        self._fernet = Fernet(base64.urlsafe_b64encode(key))
        self._unix = unix

    def add(self, name: str, pasted: str, owner_id: str | None, sharing: Sharing = "owner") -> KeptSession:
        """
        Keep what a person has pasted. A session of the same account at the site replaces the earlier one.

        Raises `InvalidRequest` that says what is wrong with it, or `AlreadyThere`.
        """
        session = _read(pasted)
        if session.expires_at and session.expires_at < self._unix() - 30 * 86400:
            raise InvalidRequest("This session ended more than a month ago: sign in again and copy the new one.")
        id_ = secrets.token_hex(8)
        row = {
            "id": id_,
            "name": checked_name(name),
            "owner_id": owner_id,
            "sharing": sharing,
            "created_at": self._unix(),
            "held_until": 0.0,
            **self._columns(session),
        }
        same = (site_sessions.c.site_user == session.user) & (site_sessions.c.owner_id.is_not_distinct_from(owner_id))
        try:
            with self._engine.begin() as connection:
                if session.user:
                    connection.execute(delete(site_sessions).where(same))
                mine = select(site_sessions.c.id).where(site_sessions.c.owner_id.is_not_distinct_from(owner_id))
                most = MAX_OF_THE_GATEWAY if owner_id is None else MAX_OF_ONE_PERSON
                if len(connection.execute(mine).all()) >= most:
                    raise AlreadyThere(f"There are {most} sessions already: remove one.")
                connection.execute(insert(site_sessions).values(row))
        except IntegrityError as error:
            raise InvalidRequest("There is no such person.") from error
        return self.get(id_)

    def renew(self, id: str, session: SiteSession) -> None:
        """The site has put another in its place."""
        values = {**self._columns(session), "renewed_at": self._unix()}
        with self._engine.begin() as connection:
            connection.execute(update(site_sessions).where(site_sessions.c.id == id).values(values))

    def change(self, id: str, *, name: str, sharing: Sharing, paused: bool) -> KeptSession:
        """Raises `NotFound`."""
        values = {"name": checked_name(name), "sharing": sharing, "paused": paused}
        with self._engine.begin() as connection:
            connection.execute(update(site_sessions).where(site_sessions.c.id == id).values(values))
        return self.get(id)

    def remove(self, id: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(site_sessions).where(site_sessions.c.id == id))

    def get(self, id: str) -> KeptSession:
        """Raises `NotFound`."""
        found = [each for each in self.all() if each.id == id]
        if not found:
            raise NotFound("There is no such session.")
        return found[0]

    def all(self, owner_id: str | None = None) -> list[KeptSession]:
        """The sessions of one person, or of everybody."""
        owner = users.c.name.label("owner"), users.c.disabled_at.label("off_at")
        query = select(site_sessions, *owner).outerjoin(users).order_by(site_sessions.c.created_at)
        if owner_id is not None:
            query = query.where(site_sessions.c.owner_id == owner_id)
        with self._engine.connect() as connection:
            return [_kept(row) for row in connection.execute(query)]

    def secret_of(self, id: str) -> SiteSession:
        """Raises `NotFound`, also for one that another secret of the gateway's has encrypted."""
        with self._engine.connect() as connection:
            secret = connection.execute(select(site_sessions.c.secret).where(site_sessions.c.id == id)).scalar()
        try:
            return decoded(self._fernet.decrypt(secret or b"").decode())
        except (InvalidToken, NotASession) as error:
            raise NotFound(
                "The session can't be decrypted: the gateway's secret is another one. Add it again."
            ) from error

    def hold(self, id: str, process: str) -> bool:
        """Work with it for a while; False if another process does."""
        now = self._unix()
        free = or_(site_sessions.c.held_by == process, site_sessions.c.held_until < now)
        mine = update(site_sessions).where((site_sessions.c.id == id) & free)
        with self._engine.begin() as connection:
            done = connection.execute(mine.values(held_by=process, held_until=now + HOLD_SECONDS))
        return done.rowcount == 1

    def let_go(self, process: str) -> None:
        """Another may work with them at once."""
        with self._engine.begin() as connection:
            connection.execute(
                update(site_sessions).where(site_sessions.c.held_by == process).values(held_by=None, held_until=0.0)
            )

    def encrypt_anew(self, before: bytes) -> int:
        """After the gateway's secret has changed: encrypt again what the earlier one can read; returns how many."""
        old = Fernet(base64.urlsafe_b64encode(before))
        count = 0
        with self._engine.begin() as connection:
            for row in connection.execute(select(site_sessions.c.id, site_sessions.c.secret)).all():
                try:
                    secret = self._fernet.encrypt(old.decrypt(row.secret))
                except InvalidToken:
                    continue
                connection.execute(update(site_sessions).where(site_sessions.c.id == row.id).values(secret=secret))
                count += 1
        return count

    def _columns(self, session: SiteSession) -> dict[str, object]:
        return {
            "site_user": session.user,
            "email": session.email,
            "secret": self._fernet.encrypt(session.value.encode()),
            "expires_at": session.expires_at,
        }


def _read(pasted: str) -> SiteSession:
    try:
        return read_session(pasted)
    except NotASession as error:
        raise InvalidRequest(str(error), param="session") from error


def _kept(row: Row[tuple[object, ...]]) -> KeptSession:
    known = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return KeptSession(
        id=known["id"],
        name=known["name"],
        owner_id=known["owner_id"],
        owner=known["owner"] or "",
        site_user=known["site_user"],
        email=known["email"],
        expires_at=known["expires_at"],
        sharing="all" if known["sharing"] == "all" else "owner",
        paused=known["paused"],
        created_at=known["created_at"],
        renewed_at=known["renewed_at"],
        is_owner_disabled=known["off_at"] is not None,
    )
