"""
Users, as the database keeps them: who they are and what they may do, apart from how they prove it.

Names and e-mail addresses are told apart without regard to case and to the ways Unicode writes the same letters.
"""

import secrets
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, delete, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from arenabridge.accounts import kept_limits
from arenabridge.accounts.key_limits import NO_LIMITS, KeyLimits, checked
from arenabridge.errors import AlreadyThere, InvalidRequest, NotFound
from arenabridge.storage.locks import Lock, hold
from arenabridge.storage.tables.keys import api_keys
from arenabridge.storage.tables.people import password_resets, user_rules, users
from arenabridge.storage.tables.workers import worker_credentials

Role = Literal["admin", "user"]

MAX_NAME_CHARACTERS = 64
MAX_EMAIL_CHARACTERS = 254
"""RFC 5321's longest address."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts. `via_key` is the id of the API key, if it was not a browser session."""

    id: str
    name: str
    email: str | None
    role: Role
    via_key: str | None = None

    @property
    def is_administrator(self) -> bool:
        return self.role == "admin"


@dataclass(frozen=True, slots=True)
class User:
    """An account. Times are seconds since 1970, UTC."""

    id: str
    name: str
    email: str | None
    role: Role
    created_at: float
    disabled_at: float | None
    last_sign_in_at: float | None
    password_hash: str = ""
    """In Argon2's own notation; never leaves `accounts`."""
    limits: KeyLimits = NO_LIMITS
    """The limits of all their keys and the Playground together."""

    def __repr__(self) -> str:
        return f"User({self.id}, {self.name!r}, {self.role})"

    def as_person(self) -> Person:
        return Person(self.id, self.name, self.email, self.role)


class People:
    """Users in the database. All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine, unix: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._unix = unix
        self._is_set_up = False

    @property
    def setup_needed(self) -> bool:
        """Whether there is nobody yet. Asks the database until there is somebody: that never changes back."""
        if not self._is_set_up:
            with self._engine.connect() as connection:
                self._is_set_up = connection.execute(select(users.c.id).limit(1)).first() is not None
        return not self._is_set_up

    def add(
        self,
        name: str,
        email: str | None,
        role: Role,
        password_hash: str,
        *,
        only_first: bool = False,
        limits: KeyLimits = NO_LIMITS,
    ) -> User:
        """Raises `InvalidRequest`, or `AlreadyThere`: the name, the address, or, with `only_first`, anybody."""
        limits = checked(limits)
        with self._engine.begin() as connection:
            user = self.add_in(connection, name, email, role, password_hash, only_first=only_first)
            connection.execute(update(users).where(users.c.id == user.id).values(kept_limits.columns(limits)))
            kept_limits.write_rules(connection, user_rules, user.id, limits)
            return self._one(connection, user.id)

    def add_in(
        self,
        connection: Connection,
        name: str,
        email: str | None,
        role: Role,
        password_hash: str,
        *,
        only_first: bool = False,
    ) -> User:
        """The same within a transaction."""
        name = checked_name(name)
        row: dict[str, Any] = {
            "id": secrets.token_hex(8),
            "name": name,
            "folded_name": folded(name),
            "email": checked_email(email),
            "role": role,
            "password_hash": password_hash,
            "created_at": self._unix(),
        }
        chosen = select(*(literal(value, users.c[column].type) for column, value in row.items()))
        if only_first:
            hold(connection, Lock.PEOPLE)
            chosen = chosen.where(~select(users.c.id).exists())
        adding = insert(users).from_select(list(row), chosen).execution_options(preserve_rowcount=True)
        try:
            added = connection.execute(adding).rowcount
        except IntegrityError:
            raise AlreadyThere("There is somebody of this name or e-mail address already.") from None
        if not added:
            raise AlreadyThere("The gateway is set up already. Sign in instead.")
        return self._one(connection, row["id"])

    def all(self) -> list[User]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(users).order_by(users.c.created_at)).all()
            rules = kept_limits.read_rules(connection, user_rules, select(users.c.id))
            return [_user(row, rules) for row in rows]

    def get(self, id: str) -> User:
        """Raises `NotFound`."""
        with self._engine.connect() as connection:
            return self._one(connection, id)

    def get_in(self, connection: Connection, id: str) -> User:
        """The same within a transaction."""
        return self._one(connection, id)

    def find(self, name_or_email: str) -> User | None:
        """Who signs in under this name or address; an address with an @ that somebody has as a name is their name."""
        wanted = folded(name_or_email)
        with self._engine.connect() as connection:
            for column in (users.c.folded_name, users.c.email):
                row = connection.execute(select(users).where(column == wanted)).one_or_none()
                if row is not None:
                    return self._one(connection, row.id)
        return None

    def change(
        self,
        id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        role: Role | None = None,
        limits: KeyLimits | None = None,
    ) -> User:
        """None leaves a value as it is, an empty e-mail address removes it. Raises `InvalidRequest`."""
        values: dict[str, Any] = {}
        if name is not None:
            values |= {"name": checked_name(name), "folded_name": folded(checked_name(name))}
        if email is not None:
            values["email"] = checked_email(email)
        if role is not None:
            values["role"] = role
        if limits is not None:
            limits = checked(limits)
            values |= kept_limits.columns(limits)
        return self._update(id, values, limits, needs_another=role == "user")

    def set_disabled(self, id: str, *, disabled: bool) -> User:
        return self._update(id, {"disabled_at": self._unix() if disabled else None}, needs_another=disabled)

    def set_password(self, id: str, password_hash: str) -> User:
        """Ends the link for a new one, if there is one."""
        with self._engine.begin() as connection:
            return self.set_password_in(connection, id, password_hash)

    def set_password_in(self, connection: Connection, id: str, password_hash: str) -> User:
        """The same within a transaction."""
        connection.execute(delete(password_resets).where(password_resets.c.user_id == id))
        connection.execute(update(users).where(users.c.id == id).values(password_hash=password_hash))
        return self._one(connection, id)

    def signed_in(self, id: str) -> User:
        return self._update(id, {"last_sign_in_at": self._unix()})

    def remove(self, id: str) -> User:
        """Their sessions go with them, their keys and their workers' credentials are revoked."""
        with self._engine.begin() as connection:
            hold(connection, Lock.PEOPLE)
            user = self._one(connection, id)
            self._check_not_last(connection, user)
            gone = update(api_keys).where(api_keys.c.owner_id == id)
            connection.execute(gone.where(api_keys.c.revoked_at.is_(None)).values(revoked_at=self._unix()))
            connection.execute(gone.values(owner_id=None))
            theirs = update(worker_credentials).where(worker_credentials.c.owner_id == id)
            still_valid = theirs.where(worker_credentials.c.revoked_at.is_(None))
            connection.execute(still_valid.values(revoked_at=self._unix()))
            connection.execute(theirs.values(owner_id=None))
            connection.execute(delete(users).where(users.c.id == id))
            return user

    def _update(
        self, id: str, values: dict[str, Any], limits: KeyLimits | None = None, *, needs_another: bool = False
    ) -> User:
        try:
            with self._engine.begin() as connection:
                if needs_another:
                    hold(connection, Lock.PEOPLE)
                    self._check_not_last(connection, self._one(connection, id))
                if values:
                    connection.execute(update(users).where(users.c.id == id).values(values))
                user = self._one(connection, id)
                if limits is None:
                    return user
                kept_limits.write_rules(connection, user_rules, id, limits)
                return self._one(connection, id)
        except IntegrityError:
            raise AlreadyThere("There is somebody of this name or e-mail address already.") from None

    def _check_not_last(self, connection: Connection, user: User) -> None:
        if user.role != "admin" or user.disabled_at is not None:
            return
        enabled = (users.c.role == "admin") & users.c.disabled_at.is_(None)
        if connection.execute(select(func.count()).select_from(users).where(enabled)).scalar_one() <= 1:
            raise AlreadyThere("This is the only administrator: make another one first.")

    def _one(self, connection: Connection, id: str) -> User:
        row = connection.execute(select(users).where(users.c.id == id)).one_or_none()
        if row is None:
            raise NotFound("There is no such user.")
        return _user(row, kept_limits.read_rules(connection, user_rules, select(users.c.id).where(users.c.id == id)))


def owner_named(people: People, name: str) -> str:
    """The id of the person with this name; raises `NotFound`."""
    user = people.find(name)
    if user is None:
        raise NotFound(f"There is nobody called {name}.")
    return user.id


def folded(text: str) -> str:
    """The form in which names and addresses are compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def checked_name(name: str) -> str:
    """Raises `InvalidRequest` for a name that looks empty, or would break a line of a log."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise InvalidRequest(f"A name has 1 to {MAX_NAME_CHARACTERS} characters, all of them visible.", param="name")
    return name


def checked_email(email: str | None) -> str | None:
    """The address as it is kept. Only its shape is checked: nothing is ever sent there."""
    if not email or not email.strip():
        return None
    address = folded(email)
    local, _, domain = address.rpartition("@")
    if not local or not domain or len(address) > MAX_EMAIL_CHARACTERS or any(c.isspace() for c in address):
        raise InvalidRequest("This is no e-mail address.", param="email")
    return address


def _user(row: Row[Any], rules: kept_limits.Rules) -> User:
    return User(
        id=row.id,
        name=row.name,
        email=row.email,
        role="admin" if row.role == "admin" else "user",
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        last_sign_in_at=row.last_sign_in_at,
        password_hash=row.password_hash,
        limits=kept_limits.read(row, rules.get(row.id, [])),
    )
