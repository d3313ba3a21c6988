"""
API keys: 256 random bits, kept as an HMAC with the gateway's own pepper, so that a stolen database opens nothing.

A password hash would be the wrong tool: keys can't be guessed, and verification is on the path of every request.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, Row, func, insert, select, update

from arenabridge.accounts import profiles
from arenabridge.storage.tables import api_keys
from arenabridge.wire.profile import ClientProfile

PREFIX = "sk-lmarena-"
"""Kept from the earlier bridges, so that people recognize their keys."""

SHOWN_CHARACTERS = len(PREFIX) + 4
"""What may be shown of a key."""

DEFAULT_PROFILE = ClientProfile()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as we know it: never the key itself."""

    id: str
    name: str
    prefix: str
    created_at: float
    revoked_at: float | None = None
    profile: ClientProfile = DEFAULT_PROFILE
    """How its client wants to be served."""


class ApiKeyStore:
    """Keys in the database."""

    def __init__(self, engine: Engine, pepper: bytes, unix: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._pepper = pepper
        self._unix = unix

    def create(self, name: str, profile: ClientProfile = DEFAULT_PROFILE) -> str:
        """Make a key and return it: this is the only time it can be seen."""
        key = PREFIX + secrets.token_urlsafe(32)
        row = {
            "id": secrets.token_hex(8),
            "digest": self.digest(key),
            "prefix": key[:SHOWN_CHARACTERS],
            "name": name,
            "created_at": self._unix(),
            "profile": profiles.stored(profile),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(api_keys).values(row))
        return key

    def digest(self, key: str) -> bytes:
        return hmac.digest(self._pepper, key.encode("utf-8", "surrogateescape"), hashlib.sha256)

    def find(self, digest: bytes) -> ApiKey | None:
        """The valid key with this digest."""
        where = (api_keys.c.digest == digest) & api_keys.c.revoked_at.is_(None)
        with self._engine.connect() as connection:
            row = connection.execute(select(api_keys).where(where)).one_or_none()
        return _key(row) if row else None

    def all(self) -> list[ApiKey]:
        with self._engine.connect() as connection:
            return [_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.created_at))]

    def valid(self, id: str) -> ApiKey | None:
        """The key with this id, if it was not revoked."""
        with self._engine.connect() as connection:
            row = connection.execute(select(api_keys).where(_valid(id))).one_or_none()
        return _key(row) if row else None

    def revoke(self, id: str) -> bool:
        """Whether there was such a key, still valid."""
        return self._update(id, revoked_at=self._unix())

    def set_profile(self, id: str, profile: ClientProfile) -> bool:
        """Have the key's client served so from now on. Whether there is such a key, still valid."""
        return self._update(id, profile=profiles.stored(profile))

    def _update(self, id: str, **values: object) -> bool:
        with self._engine.begin() as connection:
            return connection.execute(update(api_keys).where(_valid(id)).values(values)).rowcount > 0

    def is_empty(self) -> bool:
        with self._engine.connect() as connection:
            return not connection.execute(select(func.count()).select_from(api_keys)).scalar_one()


def _valid(id: str) -> ColumnElement[bool]:
    return (api_keys.c.id == id) & api_keys.c.revoked_at.is_(None)


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(row.id, row.name, row.prefix, row.created_at, row.revoked_at, profiles.read(row.profile))
