"""
API keys: 256 random bits, kept as an HMAC with the gateway's own pepper, so that a stolen database opens nothing.

A password hash would be the wrong tool: keys can't be guessed, and verification is on the path of every request.

A key can be rotated: it gets a new secret, and the old one is good for a while longer, so that programs can be given
the new one without a gap. It stays the same key, with its limits and what it has used.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, delete, func, insert, select, update

from arenabridge.accounts import profiles
from arenabridge.accounts.key_limits import NO_LIMITS, KeyLimits, checked
from arenabridge.accounts.people import Role, checked_name
from arenabridge.errors import AlreadyThere, InvalidRequest
from arenabridge.storage.tables.keys import api_key_rules, api_keys
from arenabridge.storage.tables.people import users
from arenabridge.wire.profile import ClientProfile

PREFIX = "sk-lmarena-"
"""Kept from the earlier bridges, so that people recognize their keys."""

SHOWN_CHARACTERS = len(PREFIX) + 4
"""What may be shown of a key."""

MAX_NOTES_CHARACTERS = 1000
MAX_KEYS_OF_ONE_PERSON = 200
"""Valid ones."""

DEFAULT_PROFILE = ClientProfile()

_RULES = {"allowed_models": "allowed_model", "denied_models": "denied_model", "networks": "network"}
_COUNTS = tuple(name for name in KeyLimits.__struct_fields__ if name not in _RULES)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose key it is."""

    id: str
    name: str
    role: Role
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as we know it: never the key itself. Times are seconds since 1970, UTC."""

    id: str
    name: str
    prefix: str
    created_at: float
    revoked_at: float | None = None
    profile: ClientProfile = DEFAULT_PROFILE
    """How its client wants to be served."""
    owner: Owner | None = None
    """None: the gateway's own."""
    administers: bool = False
    """Whether it opens `/api` too (the scope `admin`)."""
    notes: str = ""
    expires_at: float | None = None
    disabled_at: float | None = None
    last_used_at: float | None = None
    previous_until: float | None = None
    """Until when the secret before the last rotation is good."""
    limits: KeyLimits = NO_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForm:
    """What people decide about a key."""

    name: str
    notes: str = ""
    expires_at: float | None = None
    administers: bool = False
    profile: ClientProfile = DEFAULT_PROFILE
    limits: KeyLimits = NO_LIMITS

    @classmethod
    def of(cls, key: ApiKey) -> "KeyForm":
        """As it is now, to be changed."""
        return cls(
            name=key.name,
            notes=key.notes,
            expires_at=key.expires_at,
            administers=key.administers,
            profile=key.profile,
            limits=key.limits,
        )


class ApiKeyStore:
    """Keys in the database; `usual` is how clients are served. All methods wait for the disk: call them in a thread."""

    def __init__(
        self,
        engine: Engine,
        pepper: bytes,
        unix: Callable[[], float] = time.time,
        usual: ClientProfile = DEFAULT_PROFILE,
    ) -> None:
        self._engine = engine
        self._usual = usual
        self._pepper = pepper
        self.unix = unix

    # -- making and changing

    def create(self, name: str, profile: ClientProfile = DEFAULT_PROFILE) -> str:
        """Make a key of the gateway's own and return it: this is the only time it can be seen."""
        return self.make(KeyForm(name=name, profile=profile))[1]

    def make(self, form: KeyForm, owner_id: str | None = None) -> tuple[ApiKey, str]:
        """The record and the key, which can be seen only now. Raises `InvalidRequest` or `AlreadyThere`."""
        key, id_ = _new_secret(), secrets.token_hex(8)
        row = {
            "id": id_,
            "digest": self.digest(key),
            "prefix": key[:SHOWN_CHARACTERS],
            "created_at": self.unix(),
            "owner_id": owner_id,
            **_columns(form),
        }
        with self._engine.begin() as connection:
            self._check_room(connection, owner_id)
            connection.execute(insert(api_keys).values(row))
            _write_rules(connection, id_, form.limits)
            return self._one(connection, id_), key

    def adopt(
        self, key: str, form: KeyForm, owner_id: str | None = None, created_at: float | None = None
    ) -> str | None:
        """Accept a key that was made elsewhere, unless it is there already; its id. Raises `InvalidRequest`."""
        id_ = secrets.token_hex(8)
        row = {
            "id": id_,
            "digest": self.digest(key),
            "prefix": key[: min(SHOWN_CHARACTERS, len(key) // 3)],
            "created_at": self.unix() if created_at is None else created_at,
            "owner_id": owner_id,
            **_columns(form),
        }
        with self._engine.begin() as connection:
            if connection.execute(select(api_keys.c.id).where(api_keys.c.digest == row["digest"])).first():
                return None
            connection.execute(insert(api_keys).values(row))
            _write_rules(connection, id_, form.limits)
        return id_

    def write(self, id: str, form: KeyForm) -> bool:
        """Change a key. Whether there is such a key, still valid; raises `InvalidRequest`."""
        columns = {**_columns(form), "profile": profiles.stored(form.profile, self._usual)}
        with self._engine.begin() as connection:
            if not connection.execute(update(api_keys).where(_valid(id)).values(columns)).rowcount:
                return False
            _write_rules(connection, id, form.limits)
            return True

    def rotate(self, id: str, overlap_seconds: float) -> str | None:
        """The new secret, which can be seen only now; the one before the last is not good any longer."""
        key = _new_secret()
        with self._engine.begin() as connection:
            old = connection.execute(select(api_keys.c.digest).where(_valid(id))).scalar_one_or_none()
            if old is None:
                return None
            values = {
                "digest": self.digest(key),
                "prefix": key[:SHOWN_CHARACTERS],
                "previous_digest": old if overlap_seconds > 0 else None,
                "previous_until": self.unix() + overlap_seconds if overlap_seconds > 0 else None,
            }
            connection.execute(update(api_keys).where(api_keys.c.id == id).values(values))
        return key

    def revoke(self, id: str) -> bool:
        """For good. Whether there was such a key, still valid."""
        return self._update(id, revoked_at=self.unix())

    def forget(self, id: str) -> None:
        """As if it had never been; for keys that a command made for itself and nobody else has seen."""
        with self._engine.begin() as connection:
            connection.execute(delete(api_key_rules).where(api_key_rules.c.key_id == id))
            connection.execute(delete(api_keys).where(api_keys.c.id == id))

    def set_disabled(self, id: str, *, disabled: bool) -> bool:
        """Until it is enabled again. Whether there is such a key, still valid."""
        return self._update(id, disabled_at=self.unix() if disabled else None)

    def set_profile(self, id: str, profile: ClientProfile) -> bool:
        """Have the key's client served so from now on. Whether there is such a key, still valid."""
        return self._update(id, profile=profiles.stored(profile, self._usual))

    def note_used(self, times: dict[str, float]) -> None:
        """When keys were last used, by their ids."""
        rows = [{"key": id_, "at": at} for id_, at in times.items()]
        if rows:
            noted = update(api_keys).where(api_keys.c.id == bindparam("key")).values(last_used_at=bindparam("at"))
            with self._engine.begin() as connection:
                connection.execute(noted, rows)

    # -- looking

    def digest(self, key: str) -> bytes:
        return hmac.digest(self._pepper, key.encode("utf-8", "surrogateescape"), hashlib.sha256)

    def find(self, digest: bytes) -> ApiKey | None:
        """The key with this digest that was not revoked. One found by its previous secret expires with that."""
        previous = (api_keys.c.previous_digest == digest) & (api_keys.c.previous_until > self.unix())
        where = ((api_keys.c.digest == digest) | previous) & api_keys.c.revoked_at.is_(None)
        with self._engine.connect() as connection:
            found = self._read(connection, where)
            is_current = select(api_keys.c.id).where(api_keys.c.digest == digest)
            if not found or connection.execute(is_current).first():
                return found[0] if found else None
        return _as_previous(found[0])

    def all(self, owner_id: str | None = None) -> list[ApiKey]:
        """Revoked ones too, the oldest first; only that person's, if one is named."""
        where = api_keys.c.owner_id == owner_id if owner_id is not None else api_keys.c.id.is_not(None)
        with self._engine.connect() as connection:
            return self._read(connection, where)

    def get(self, id: str) -> ApiKey | None:
        """Revoked or not."""
        with self._engine.connect() as connection:
            return next(iter(self._read(connection, api_keys.c.id == id)), None)

    def valid(self, id: str) -> ApiKey | None:
        """The key with this id, if it was not revoked."""
        with self._engine.connect() as connection:
            return next(iter(self._read(connection, _valid(id))), None)

    def is_empty(self) -> bool:
        with self._engine.connect() as connection:
            return not connection.execute(select(func.count()).select_from(api_keys)).scalar_one()

    # -- within

    def _update(self, id: str, **values: object) -> bool:
        with self._engine.begin() as connection:
            return connection.execute(update(api_keys).where(_valid(id)).values(values)).rowcount > 0

    def _check_room(self, connection: Connection, owner_id: str | None) -> None:
        if owner_id is None:
            return
        theirs = (api_keys.c.owner_id == owner_id) & api_keys.c.revoked_at.is_(None)
        if connection.execute(select(func.count()).where(theirs)).scalar_one() >= MAX_KEYS_OF_ONE_PERSON:
            raise AlreadyThere(f"One person has at most {MAX_KEYS_OF_ONE_PERSON} keys: revoke some first.")

    def _one(self, connection: Connection, id: str) -> ApiKey:
        return self._read(connection, api_keys.c.id == id)[0]

    def _read(self, connection: Connection, where: ColumnElement[bool]) -> list[ApiKey]:
        owner = (
            users.c.name.label("owner_name"),
            users.c.role.label("owner_role"),
            users.c.disabled_at.label("off_at"),
        )
        asked = select(api_keys, *owner).select_from(api_keys.outerjoin(users)).where(where)
        rows = connection.execute(asked.order_by(api_keys.c.created_at, api_keys.c.id)).all()
        of_these = api_key_rules.c.key_id.in_(select(api_keys.c.id).where(where))
        rules: dict[tuple[str, str], list[str]] = {}
        for id_, kind, value in connection.execute(select(api_key_rules).where(of_these)) if rows else ():
            rules.setdefault((id_, kind), []).append(value)
        return [_key(row, rules, self._usual) for row in rows]


def _new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _valid(id: str) -> ColumnElement[bool]:
    return (api_keys.c.id == id) & api_keys.c.revoked_at.is_(None)


def _columns(form: KeyForm) -> dict[str, Any]:
    """As the table has them; raises `InvalidRequest`."""
    if len(form.notes) > MAX_NOTES_CHARACTERS:
        raise InvalidRequest(f"notes: at most {MAX_NOTES_CHARACTERS} characters.", param="notes")
    return {
        "name": checked_name(form.name),
        "notes": form.notes,
        "expires_at": form.expires_at,
        "administers": form.administers,
        "profile": profiles.stored(form.profile),
        **{name: getattr(form.limits, name) for name in _COUNTS},
    }


def _write_rules(connection: Connection, id: str, limits: KeyLimits) -> None:
    connection.execute(delete(api_key_rules).where(api_key_rules.c.key_id == id))
    given = checked(limits)
    rows = [
        {"key_id": id, "kind": kind, "value": value}
        for name, kind in _RULES.items()
        for value in sorted(set(getattr(given, name)))
    ]
    if rows:
        connection.execute(insert(api_key_rules), rows)


def _as_previous(key: ApiKey) -> ApiKey:
    times: Iterable[float | None] = (key.expires_at, key.previous_until)
    return replace(key, expires_at=min(filter(None, times)))


def _key(row: Row[Any], rules: dict[tuple[str, str], list[str]], usual: ClientProfile) -> ApiKey:
    counts = {name: getattr(row, name) for name in _COUNTS}
    lists = {name: tuple(rules.get((row.id, kind), ())) for name, kind in _RULES.items()}
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        profile=profiles.read(row.profile, usual),
        owner=_owner(row),
        administers=row.administers,
        notes=row.notes,
        expires_at=row.expires_at,
        disabled_at=row.disabled_at,
        last_used_at=row.last_used_at,
        previous_until=row.previous_until,
        limits=msgspec.convert({**counts, **lists}, KeyLimits),
    )


def _owner(row: Row[Any]) -> Owner | None:
    if row.owner_id is None or row.owner_name is None:
        return None
    role: Role = "admin" if row.owner_role == "admin" else "user"
    return Owner(row.owner_id, row.owner_name, role, is_disabled=row.off_at is not None)
