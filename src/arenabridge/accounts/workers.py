"""
Workers' credentials: what a relay or a person's own userscript comes in with, whose each is, and whom it serves.

They are kept like API keys, as an HMAC with a pepper of their own. That of a relay is random and told once, when a code
is redeemed for it (`accounts.enrolment`). That of a browser is derived from the gateway's secret and its id, since the
script that carries it is served again whenever the userscript manager looks for a newer one.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, delete, func, insert, select, update

from arenabridge.accounts.people import checked_name
from arenabridge.errors import AlreadyThere, InvalidRequest, NotFound
from arenabridge.storage.tables.people import users
from arenabridge.storage.tables.workers import worker_credentials, worker_team

PREFIX = "wk-lmarena-"
SHOWN_CHARACTERS = len(PREFIX) + 4
"""What may be shown of a credential."""

MAX_OF_ONE_PERSON = 100
"""Credentials not revoked that one person, or the gateway itself, may have."""

MAX_TEAM = 100
MAX_CAP = 1000

Kind = Literal["relay", "browser"]
Sharing = Literal["owner", "team", "all"]


@dataclass(frozen=True, slots=True)
class WorkerOwner:
    """The owner: their limits at the site count, and its jobs are in their history there."""

    id: str
    name: str
    is_disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerForm:
    """What people decide about a credential. `team`, ids of people, counts only where it is shared with a team."""

    name: str
    sharing: Sharing = "owner"
    team: tuple[str, ...] = ()
    is_backup: bool = False
    """It serves only when no other can."""
    cap: int | None = None
    """How many jobs of people other than its owner all its tabs run at once."""
    paused: bool = False
    """Its tabs get no new jobs."""


@dataclass(frozen=True, slots=True)
class WorkerCredential:
    """A credential as we know it: never the secret itself. Times are seconds since 1970, UTC."""

    id: str
    kind: Kind
    prefix: str
    form: WorkerForm
    created_at: float
    owner: WorkerOwner | None = None
    """None: the gateway's own."""
    last_seen_at: float | None = None
    revoked_at: float | None = None

    @property
    def name(self) -> str:
        return self.form.name


class WorkerCredentials:
    """Credentials in the database. All methods wait for the disk: call them in a thread."""

    def __init__(
        self, engine: Engine, pepper: bytes, of_browser: Callable[[str], str], unix: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._pepper = pepper
        self._of_browser = of_browser
        self.unix = unix

    # -- making and changing

    def make(self, kind: Kind, form: WorkerForm, owner_id: str | None) -> tuple[WorkerCredential, str]:
        """The record and the credential. Raises `InvalidRequest` or `AlreadyThere`."""
        with self._engine.begin() as connection:
            return self.make_in(connection, kind, form, owner_id)

    def make_in(
        self, connection: Connection, kind: Kind, form: WorkerForm, owner_id: str | None
    ) -> tuple[WorkerCredential, str]:
        """The same within a transaction."""
        id_ = secrets.token_hex(8)
        text = self.of_browser(id_) if kind == "browser" else PREFIX + secrets.token_urlsafe(32)
        self._check_room(connection, owner_id)
        row = {
            "id": id_,
            "digest": self.digest(text),
            "prefix": text[:SHOWN_CHARACTERS],
            "kind": kind,
            "owner_id": owner_id,
            "created_at": self.unix(),
            **_columns(form),
        }
        connection.execute(insert(worker_credentials).values(row))
        _write_team(connection, id_, form)
        return self._read(connection, worker_credentials.c.id == id_)[0], text

    def write(self, id: str, form: WorkerForm) -> WorkerCredential:
        """Change its name and terms; raises `InvalidRequest`, or `NotFound` if it is not valid any more."""
        with self._engine.begin() as connection:
            changed = update(worker_credentials).where(_valid(id)).values(_columns(form))
            if not connection.execute(changed).rowcount:
                raise NotFound("This credential was revoked.")
            _write_team(connection, id, form)
            return self._read(connection, worker_credentials.c.id == id)[0]

    def revoke(self, id: str) -> bool:
        """For good. Whether there was such a one, still valid."""
        with self._engine.begin() as connection:
            revoked = update(worker_credentials).where(_valid(id)).values(revoked_at=self.unix())
            return connection.execute(revoked).rowcount > 0

    def note_seen(self, times: dict[str, float]) -> None:
        """When they were last heard of, by their ids."""
        rows = [{"credential": id_, "at": at} for id_, at in times.items()]
        if rows:
            noted = update(worker_credentials).where(worker_credentials.c.id == bindparam("credential"))
            with self._engine.begin() as connection:
                connection.execute(noted.values(last_seen_at=bindparam("at")), rows)

    # -- looking

    def digest(self, text: str) -> bytes:
        return hmac.digest(self._pepper, text.encode("utf-8", "surrogateescape"), hashlib.sha256)

    def of_browser(self, id: str) -> str:
        """The credential of a browser's script, which is not kept but derived."""
        return PREFIX + self._of_browser(id)

    def find(self, digest: bytes) -> WorkerCredential | None:
        """Revoked or not."""
        return self._first(worker_credentials.c.digest == digest)

    def get(self, id: str) -> WorkerCredential | None:
        """Revoked or not."""
        return self._first(worker_credentials.c.id == id)

    def all(self, owner_id: str | None = None) -> list[WorkerCredential]:
        """Revoked ones too, the oldest first; only that person's, if one is named."""
        mine = worker_credentials.c.owner_id == owner_id
        with self._engine.connect() as connection:
            return self._read(connection, mine if owner_id is not None else worker_credentials.c.id.is_not(None))

    def those(self, ids: set[str]) -> list[WorkerCredential]:
        """The credentials with these ids, revoked or not."""
        with self._engine.connect() as connection:
            return self._read(connection, worker_credentials.c.id.in_(ids))

    # -- within

    def _first(self, where: ColumnElement[bool]) -> WorkerCredential | None:
        with self._engine.connect() as connection:
            return next(iter(self._read(connection, where)), None)

    def _check_room(self, connection: Connection, owner_id: str | None) -> None:
        owner = worker_credentials.c.owner_id
        theirs = (owner == owner_id if owner_id is not None else owner.is_(None)) & (
            worker_credentials.c.revoked_at.is_(None)
        )
        if connection.execute(select(func.count()).where(theirs)).scalar_one() >= MAX_OF_ONE_PERSON:
            raise AlreadyThere(f"One person has at most {MAX_OF_ONE_PERSON} workers' credentials: revoke some first.")

    def _read(self, connection: Connection, where: ColumnElement[bool]) -> list[WorkerCredential]:
        owner = users.c.name.label("owner_name"), users.c.disabled_at.label("off_at")
        asked = select(worker_credentials, *owner).select_from(worker_credentials.outerjoin(users)).where(where)
        rows = connection.execute(asked.order_by(worker_credentials.c.created_at, worker_credentials.c.id)).all()
        of_these = worker_team.c.credential_id.in_(select(worker_credentials.c.id).where(where))
        teams: dict[str, list[str]] = {}
        for id_, person in connection.execute(select(worker_team).where(of_these)) if rows else ():
            teams.setdefault(id_, []).append(person)
        return [_credential(row, tuple(sorted(teams.get(row.id, ())))) for row in rows]


def _valid(id: str) -> ColumnElement[bool]:
    return (worker_credentials.c.id == id) & worker_credentials.c.revoked_at.is_(None)


def _columns(form: WorkerForm) -> dict[str, Any]:
    """As the table has them; raises `InvalidRequest`."""
    if form.cap is not None and not 0 <= form.cap <= MAX_CAP:
        raise InvalidRequest(f"cap: from 0 to {MAX_CAP}.", param="cap")
    return {
        "name": checked_name(form.name),
        "sharing": form.sharing,
        "is_backup": form.is_backup,
        "cap": form.cap,
        "paused": form.paused,
    }


def _write_team(connection: Connection, id: str, form: WorkerForm) -> None:
    """Raises `InvalidRequest` for somebody who is not there."""
    team = set(form.team)
    known = set(connection.execute(select(users.c.id).where(users.c.id.in_(team))).scalars()) if team else set()
    if team - known or len(team) > MAX_TEAM:
        raise InvalidRequest(f"team: at most {MAX_TEAM} ids of people who have accounts.", param="team")
    connection.execute(delete(worker_team).where(worker_team.c.credential_id == id))
    if team:
        rows = [{"credential_id": id, "user_id": person} for person in sorted(team)]
        connection.execute(insert(worker_team), rows)


def _credential(row: Row[Any], team: tuple[str, ...]) -> WorkerCredential:
    return WorkerCredential(
        id=row.id,
        kind="browser" if row.kind == "browser" else "relay",
        prefix=row.prefix,
        form=WorkerForm(
            name=row.name,
            sharing=sharing_of(row.sharing),
            team=team,
            is_backup=row.is_backup,
            cap=row.cap,
            paused=row.paused,
        ),
        created_at=row.created_at,
        owner=_owner(row),
        last_seen_at=row.last_seen_at,
        revoked_at=row.revoked_at,
    )


def _owner(row: Row[Any]) -> WorkerOwner | None:
    if row.owner_id is None or row.owner_name is None:
        return None
    return WorkerOwner(row.owner_id, row.owner_name, is_disabled=row.off_at is not None)


def sharing_of(kept: str) -> Sharing:
    """Whom it serves, as the table has it; an unknown value is shared with nobody else."""
    return "all" if kept == "all" else "team" if kept == "team" else "owner"
