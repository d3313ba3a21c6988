"""Whose key is this: microseconds for keys seen lately, one look into the database, in a thread, for others."""

import asyncio
from collections.abc import Callable

from arenabridge.accounts.keys import PREFIX, SHOWN_CHARACTERS, ApiKey, ApiKeyStore
from arenabridge.errors import InvalidApiKey

REMEMBER_SECONDS = 30.0
"""A key revoked by another process is refused after so long at the latest."""

MAX_REMEMBERED = 4096
"""Keys remembered, good or bad; the oldest is forgotten first, so a flood of bad ones costs look-ups, not memory."""

ANYBODY = ApiKey("anybody", "no key required", "", 0.0)


class KeyVerifier:
    """Remembers what it looked up for a short while."""

    def __init__(self, store: ApiKeyStore, *, required: bool, now: Callable[[], float]) -> None:
        self._store = store
        self._required = required
        self._now = now
        self._remembered: dict[bytes, tuple[float, ApiKey | None]] = {}

    async def verify(self, key: str | None) -> ApiKey:
        """The key's record; raises `InvalidApiKey` with a message that clients' libraries recognize."""
        if not self._required:
            return ANYBODY
        if not key:
            raise InvalidApiKey("You didn't provide an API key. Send it as `Authorization: Bearer sk-lmarena-...`.")
        digest = self._store.digest(key)
        until, record = self._remembered.get(digest, (0.0, None))
        if until <= self._now():
            record = await asyncio.to_thread(self._store.find, digest)
            self._remember(digest, record)
        if record is None:
            shown = key[:SHOWN_CHARACTERS] if key.startswith(PREFIX) else key[:3]
            raise InvalidApiKey(f"Incorrect API key provided: {shown}... `arenabridge keys create` makes one.")
        return record

    def _remember(self, digest: bytes, record: ApiKey | None) -> None:
        self._remembered.pop(digest, None)
        if len(self._remembered) >= MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = self._now() + REMEMBER_SECONDS, record
