"""Whose key is this: microseconds for keys seen lately, one look into the database, in a thread, for others."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from arenabridge.accounts.keys import DEFAULT_PROFILE, PREFIX, SHOWN_CHARACTERS, ApiKey, ApiKeyStore
from arenabridge.errors import InvalidApiKey
from arenabridge.wire.profile import ClientProfile

REMEMBER_SECONDS = 30.0
"""A key revoked by another process is refused after so long at the latest."""

WITHOUT_DATABASE_SECONDS = 600.0
"""How long after that a key stays good if the database can't be asked: nobody can revoke one there meanwhile."""

MAX_REMEMBERED = 4096
"""Keys remembered, good or bad; the oldest is forgotten first, so a flood of bad ones costs look-ups, not memory."""

ANYBODY = ApiKey("anybody", "no key required", "", 0.0)
SHARED = ApiKey("shared", "the key of the settings", "", 0.0)
"""The key that clients share, as the settings name it."""

_FORWARDED = (
    "You didn't provide an API key. None is required of programs on this computer (require_api_key is false), but a "
    "proxy has passed this request on, and others may stand behind it."
)


class KeyVerifier:
    """Remembers what it looked up for a short while, and when keys were used until that is written down."""

    def __init__(
        self,
        store: ApiKeyStore,
        *,
        required: bool,
        now: Callable[[], float],
        shared: str | None = None,
        usual: ClientProfile = DEFAULT_PROFILE,
    ) -> None:
        self._store = store
        self._required = required
        self._shared = store.digest(shared) if shared else None
        self._usual = usual
        self._now = now
        self._remembered: dict[bytes, tuple[float, ApiKey | None]] = {}
        self._forgotten = 0
        self.on_forget: Callable[[], None] = lambda: None
        """Told when other gateways should forget too."""
        self._used: dict[str, float] = {}

    async def verify(self, key: str | None, *, forwarded: bool = False) -> ApiKey:
        """
        The key's record; raises `InvalidApiKey` with a message that clients' libraries recognize.

        Where no key is required that is meant for programs on this computer: whom a proxy speaks for may be anybody.
        """
        if self._required:
            return await self.of(key)
        if not forwarded:
            return replace(ANYBODY, profile=self._usual)
        if not key:
            raise InvalidApiKey(_FORWARDED)
        return await self.of(key)

    async def of(self, key: str | None) -> ApiKey:
        """The same where a key is required in any case."""
        if not key:
            raise InvalidApiKey("You didn't provide an API key. Send it as `Authorization: Bearer sk-lmarena-...`.")
        digest = self._store.digest(key)
        if digest == self._shared:  # of digests, the time that this takes tells nothing about the key
            return replace(SHARED, profile=self._usual)
        until, record = self._remembered.get(digest, (0.0, None))
        if until <= self._now():
            try:
                record = await self._look_up(digest)
            except SQLAlchemyError:
                if record is None or until + WITHOUT_DATABASE_SECONDS <= self._now():
                    raise
        if record is None:
            shown = key[:SHOWN_CHARACTERS] if key.startswith(PREFIX) else key[:3]
            raise InvalidApiKey(f"Incorrect API key provided: {shown}... `arenabridge keys create` makes one.")
        self._check(record)
        self._used[record.id] = self._store.unix()
        return record

    def forget(self) -> None:
        """Something about keys or their owners has changed. May be called in any thread."""
        self.forget_here()
        self.on_forget()

    def doubt(self) -> None:
        """Look everything up again: something may have changed, though nobody has said so."""
        now = self._now()
        self._remembered = {digest: (min(until, now), record) for digest, (until, record) in self._remembered.items()}

    def forget_here(self) -> None:
        """The same, when another gateway has said so."""
        self._forgotten += 1
        self._remembered.clear()

    def last_used(self, key: ApiKey) -> float | None:
        """When keys were used, as it will be written down."""
        return self._used.get(key.id, key.last_used_at)

    def write_down_use(self) -> None:
        """Waits for the disk: call it in a thread, every now and then. What a crash loses is a few seconds of it."""
        used, self._used = self._used, {}
        self._store.note_used(used)

    def _check(self, record: ApiKey) -> None:
        """Whoever has the key may know what is wrong with it."""
        if record.expires_at is not None and record.expires_at <= self._store.unix():
            raise InvalidApiKey(f"The API key {record.prefix}... has expired.")
        if record.disabled_at is not None:
            raise InvalidApiKey(f"The API key {record.prefix}... is switched off.")
        if record.owner is not None and record.owner.is_disabled:
            raise InvalidApiKey(f"The owner of the API key {record.prefix}... is switched off.")

    async def _look_up(self, digest: bytes) -> ApiKey | None:
        """What was looked up before something changed is not remembered."""
        forgotten = self._forgotten
        record = await asyncio.to_thread(self._store.find, digest)
        self._remember(digest, record)
        if self._forgotten != forgotten:  # looked at last, since another thread may forget at any moment
            self._remembered.pop(digest, None)
        return record

    def _remember(self, digest: bytes, record: ApiKey | None) -> None:
        self._remembered.pop(digest, None)
        if len(self._remembered) >= MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = self._now() + REMEMBER_SECONDS, record
