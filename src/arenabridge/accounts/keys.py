"""
API keys: 256 random bits, kept as an HMAC with the gateway's own pepper, so that a stolen database opens nothing.

A password hash would be the wrong tool: keys can't be guessed, and verification is on the path of every request.

A key can be rotated: it gets a new secret, and the old one is good for a while longer, so that programs can be given
the new one without a gap. It stays the same key, with its limits and what it has used.

Several people may change a key at once: a change is applied to the key as it is when its turn comes, and writes only
what differs. A caller who decided by what they saw earlier gives its `version`, and is refused if that has changed.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, delete, func, insert, select, update

from arenabridge.accounts import kept_limits, profiles
from arenabridge.accounts.key_limits import NO_LIMITS, THIS_PERSON, Held, KeyLimits, checked
from arenabridge.accounts.people import Role, checked_name
from arenabridge.errors import AlreadyThere, ChangedMeanwhile, InvalidRequest
from arenabridge.storage.tables.keys import api_key_rules, api_keys
from arenabridge.storage.tables.people import user_rules, users
from arenabridge.wire.profile import ClientProfile

PREFIX = "sk-lmarena-"
"""Kept from the earlier bridges, so that people recognize their keys."""

SHOWN_CHARACTERS = len(PREFIX) + 4
"""What may be shown of a key."""

MAX_NOTES_CHARACTERS = 1000
MAX_KEYS_OF_ONE_PERSON = 200
"""Valid ones."""

DEFAULT_PROFILE = ClientProfile()

UNKNOWN = ""
"""Stands for the person who switched a key off before that was recorded."""

PERSON_PREFIX = "person:"
"""Begins the id under which a person is counted, and that of the key that stands for somebody who is signed in."""

_OWNERS = "owner_"
"""Prefix of the owner's columns beside those of the key."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose key it is."""

    id: str
    name: str
    role: Role
    is_disabled: bool
    limits: KeyLimits = NO_LIMITS
    """The limits of all their keys and the Playground together."""

    @property
    def held(self) -> Held:
        return person_held(self.id, self.limits)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as we know it: never the key itself. Times are seconds since 1970, UTC."""

    id: str
    name: str
    prefix: str
    created_at: float
    revoked_at: float | None = None
    profile: ClientProfile = DEFAULT_PROFILE
    """How the key's client wants to be served."""
    owner: Owner | None = None
    """None: the gateway's own."""
    administers: bool = False
    """Whether it opens `/api` too (the scope `admin`)."""
    notes: str = ""
    expires_at: float | None = None
    disabled_at: float | None = None
    disabled_by: str | None = None
    """The id of who switched it off, or `UNKNOWN`; None: it is on."""
    last_used_at: float | None = None
    previous_until: float | None = None
    """Until when the secret before the last rotation is good."""
    limits: KeyLimits = NO_LIMITS
    version: int = 1
    """The version of what people decided about it."""

    @property
    def held(self) -> tuple[Held, ...]:
        """Who is held to limits when it is used: the key, and its owner; or the owner alone, where they are one."""
        own = Held(self.id, self.limits)
        if self.owner is None:
            return (own,)
        theirs = self.owner.held
        return (theirs,) if theirs.id == self.id else (own, theirs)

    def is_good(self, unix: float) -> bool:
        """Whether it opens anything at that time."""
        is_off = self.revoked_at is not None or self.disabled_at is not None
        is_over = self.expires_at is not None and self.expires_at <= unix
        return not (is_off or is_over or (self.owner is not None and self.owner.is_disabled))

    @property
    def counts_tokens(self) -> bool:
        return any(each.limits.counts_tokens for each in self.held)

    def check_address(self, address: str) -> None:
        """Raises `AddressNotAllowed`."""
        for each in self.held:
            each.limits.check_address(address, each.whose)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForm:
    """What people decide about a key."""

    name: str
    notes: str = ""
    expires_at: float | None = None
    administers: bool = False
    profile: ClientProfile = DEFAULT_PROFILE
    limits: KeyLimits = NO_LIMITS
    disabled_by: str | None = None
    """Who switched it off; None: it is on."""

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
            disabled_by=key.disabled_by,
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
        key, form = _new_secret(), _checked(form)
        with self._engine.begin() as connection:
            self._check_room(connection, owner_id)
            id_ = self._insert(connection, key, form, prefix=key[:SHOWN_CHARACTERS], owner_id=owner_id)
            return self._one(connection, id_), key

    def adopt(
        self, key: str, form: KeyForm, owner_id: str | None = None, created_at: float | None = None
    ) -> str | None:
        """Accept a key that was made elsewhere, unless it is there already; its id. Raises `InvalidRequest`."""
        prefix, form = key[: min(SHOWN_CHARACTERS, len(key) // 3)], _checked(form)
        with self._engine.begin() as connection:
            if connection.execute(select(api_keys.c.id).where(api_keys.c.digest == self.digest(key))).first():
                return None
            return self._insert(connection, key, form, prefix=prefix, owner_id=owner_id, created_at=created_at)

    def change(self, id: str, changed: Callable[[ApiKey], KeyForm], version: int | None = None) -> ApiKey | None:
        """
        Change a key that is still valid to what `changed` makes of it as it is now. None: there is no such key.

        Raises `ChangedMeanwhile` if `version` is given and is not that of the key, `InvalidRequest`, or what `changed`
        raises, and has changed nothing then.
        """
        turn = update(api_keys).where(_valid(id)).values(version=api_keys.c.version + 1)
        with self._engine.begin() as connection:
            if not connection.execute(turn).rowcount:  # from here on others wait, so that what is read stays so
                return None
            before = self._one(connection, id)
            if version not in (None, before.version - 1):
                raise ChangedMeanwhile("This key was changed meanwhile: load it anew.")
            was, now = KeyForm.of(before), _checked(changed(before))
            self._write(connection, id, was, now)
            return self._one(connection, id)

    def rotate(self, id: str, overlap_seconds: float) -> str | None:
        """
        The new secret, which can be seen only now; None: there is no such key, still valid.

        With an overlap raises `AlreadyThere` while an earlier secret is still good: only one can be, and programs may
        be using it. Without one, all earlier secrets end.
        """
        key, now = _new_secret(), self.unix()
        has_previous = api_keys.c.previous_until.is_not(None) & (api_keys.c.previous_until > now)
        may_be = _valid(id) & ~has_previous if overlap_seconds > 0 else _valid(id)
        values = {
            "digest": self.digest(key),
            "prefix": key[:SHOWN_CHARACTERS],
            "previous_digest": api_keys.c.digest if overlap_seconds > 0 else None,
            "previous_until": now + overlap_seconds if overlap_seconds > 0 else None,
        }
        with self._engine.begin() as connection:
            if connection.execute(update(api_keys).where(may_be).values(values)).rowcount:
                return key
            until = connection.execute(select(api_keys.c.previous_until).where(_valid(id))).scalar_one_or_none()
        if until is None:
            return None
        raise AlreadyThere(
            "This key was rotated lately: the secret before is good until "
            f"{datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC, for programs that have not got the new one yet. "
            "Rotate again after that, or with an overlap of 0, which ends both at once."
        )

    def revoke(self, id: str) -> bool:
        """For good. Whether there was such a key, still valid."""
        with self._engine.begin() as connection:
            return connection.execute(update(api_keys).where(_valid(id)).values(revoked_at=self.unix())).rowcount > 0

    def forget(self, id: str) -> None:
        """Delete it without a trace; for keys that a command made for itself and nobody else has seen."""
        with self._engine.begin() as connection:
            connection.execute(delete(api_key_rules).where(api_key_rules.c.key_id == id))
            connection.execute(delete(api_keys).where(api_keys.c.id == id))

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

    def _insert(
        self,
        connection: Connection,
        key: str,
        form: KeyForm,
        *,
        prefix: str,
        owner_id: str | None,
        created_at: float | None = None,
    ) -> str:
        """The id of the new row."""
        id_, now = secrets.token_hex(8), self.unix()
        row = {
            "id": id_,
            "digest": self.digest(key),
            "prefix": prefix,
            "created_at": now if created_at is None else created_at,
            "owner_id": owner_id,
            "disabled_at": now if form.disabled_by is not None else None,
            **_columns(form, DEFAULT_PROFILE),
        }
        connection.execute(insert(api_keys).values(row))
        kept_limits.write_rules(connection, api_key_rules, id_, form.limits)
        return id_

    def _write(self, connection: Connection, id: str, was: KeyForm, now: KeyForm) -> None:
        """Write what differs, and nothing else."""
        old, new = _columns(was, self._usual), _columns(now, self._usual)
        values = {name: value for name, value in new.items() if value != old[name]}
        if (was.disabled_by is None) != (now.disabled_by is None):
            values["disabled_at"] = self.unix() if now.disabled_by is not None else None
        if values:
            connection.execute(update(api_keys).where(api_keys.c.id == id).values(values))
        if kept_limits.rules(was.limits) != kept_limits.rules(now.limits):
            kept_limits.write_rules(connection, api_key_rules, id, now.limits)

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
            *(users.c[name].label(f"{_OWNERS}{name}") for name in kept_limits.COUNTS),
        )
        asked = select(api_keys, *owner).select_from(api_keys.outerjoin(users)).where(where)
        rows = connection.execute(asked.order_by(api_keys.c.created_at, api_keys.c.id)).all()
        if not rows:
            return []
        rules = kept_limits.read_rules(connection, api_key_rules, select(api_keys.c.id).where(where))
        if any(row.owner_id is not None for row in rows):
            owners = select(api_keys.c.owner_id).where(where & api_keys.c.owner_id.is_not(None))
            rules |= kept_limits.read_rules(connection, user_rules, owners)
        return [_key(row, rules, self._usual) for row in rows]


def person_held(id: str, limits: KeyLimits) -> Held:
    """A person who is held to limits, by all keys and in the Playground together."""
    return Held(f"{PERSON_PREFIX}{id}", limits, THIS_PERSON, id)


def _new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _valid(id: str) -> ColumnElement[bool]:
    return (api_keys.c.id == id) & api_keys.c.revoked_at.is_(None)


def _checked(form: KeyForm) -> KeyForm:
    """The same in its canonical form; raises `InvalidRequest`."""
    if len(form.notes) > MAX_NOTES_CHARACTERS:
        raise InvalidRequest(f"notes: at most {MAX_NOTES_CHARACTERS} characters.", param="notes")
    return replace(form, name=checked_name(form.name), limits=checked(form.limits))


def _columns(form: KeyForm, usual: ClientProfile) -> dict[str, Any]:
    """The values as the table has them."""
    return {
        "name": form.name,
        "notes": form.notes,
        "expires_at": form.expires_at,
        "administers": form.administers,
        "disabled_by": form.disabled_by,
        "profile": profiles.stored(form.profile, usual),
        **kept_limits.columns(form.limits),
    }


def _as_previous(key: ApiKey) -> ApiKey:
    times: Iterable[float | None] = (key.expires_at, key.previous_until)
    return replace(key, expires_at=min(filter(None, times)))


def _key(row: Row[Any], rules: kept_limits.Rules, usual: ClientProfile) -> ApiKey:
    """`rules` are those of keys and of their owners: all ids are random."""
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        profile=profiles.read(row.profile, usual),
        owner=_owner(row, rules),
        administers=row.administers,
        notes=row.notes,
        expires_at=row.expires_at,
        disabled_at=row.disabled_at,
        disabled_by=None if row.disabled_at is None else row.disabled_by or UNKNOWN,
        last_used_at=row.last_used_at,
        previous_until=row.previous_until,
        limits=kept_limits.read(row, rules.get(row.id, [])),
        version=row.version,
    )


def _owner(row: Row[Any], rules: kept_limits.Rules) -> Owner | None:
    if row.owner_id is None or row.owner_name is None:
        return None
    role: Role = "admin" if row.owner_role == "admin" else "user"
    limits = kept_limits.read(row, rules.get(row.owner_id, []), _OWNERS)
    return Owner(row.owner_id, row.owner_name, role, is_disabled=row.off_at is not None, limits=limits)
