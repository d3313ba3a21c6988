"""Whose worker is this: what was looked up lately is remembered, so that a flood of bad ones costs few look-ups."""

import asyncio
from collections.abc import Callable, Iterable

from arenabridge.accounts.workers import PREFIX, SHOWN_CHARACTERS, Kind, WorkerCredential, WorkerCredentials
from arenabridge.errors import InvalidWorkerCredential

REMEMBER_SECONDS = 10.0
"""A credential revoked by another process is refused after so long at the latest."""

MAX_REMEMBERED = 4096
"""Credentials remembered, good or bad; the oldest is forgotten first."""


class WorkerVerifier:
    """
    By credential, the record.

    `tokens` are those of the earlier bridges' configuration: they are compared by their digests, as the others are, so
    that the time it takes tells nothing of them.
    """

    def __init__(self, store: WorkerCredentials, tokens: Iterable[str], now: Callable[[], float]) -> None:
        self._store = store
        self._tokens = frozenset(store.digest(token) for token in tokens)
        self._now = now
        self._remembered: dict[bytes, tuple[float, WorkerCredential | None]] = {}
        self._forgotten = 0
        self.on_forget: Callable[[], None] = lambda: None
        """Told when other gateways should forget too."""
        self._seen: dict[str, float] = {}

    def is_token(self, text: str) -> bool:
        """Whether it is one that the settings name."""
        return self._store.digest(text) in self._tokens

    async def of(self, text: str, kind: Kind) -> WorkerCredential:
        """Raises `InvalidWorkerCredential`."""
        digest = self._store.digest(text)
        until, record = self._remembered.get(digest, (0.0, None))
        if until <= self._now():
            record = await self._look_up(digest)
        checked = check(record, kind, text)
        self.saw(checked.id)
        return checked

    def saw(self, id: str) -> None:
        """It gave a sign of life."""
        self._seen[id] = self._store.unix()

    def last_seen(self, credential: WorkerCredential) -> float | None:
        """As it will be written down."""
        return self._seen.get(credential.id, credential.last_seen_at)

    def write_down_seen(self) -> None:
        """Waits for the disk: call it in a thread, every now and then."""
        seen, self._seen = self._seen, {}
        self._store.note_seen(seen)

    def forget(self) -> None:
        """Something about credentials or their owners has changed. May be called in any thread."""
        self.forget_here()
        self.on_forget()

    def forget_here(self) -> None:
        """The same, when another gateway has said so."""
        self._forgotten += 1
        self._remembered.clear()

    async def _look_up(self, digest: bytes) -> WorkerCredential | None:
        """Again where something changed meanwhile: what is answered here decides who is let in."""
        while True:
            forgotten = self._forgotten
            record = await asyncio.to_thread(self._store.find, digest)
            if forgotten == self._forgotten:
                self._remember(digest, record)
                return record

    def _remember(self, digest: bytes, record: WorkerCredential | None) -> None:
        self._remembered.pop(digest, None)
        if len(self._remembered) >= MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = self._now() + REMEMBER_SECONDS, record


def check(record: WorkerCredential | None, kind: Kind, text: str = "") -> WorkerCredential:
    """Who has it may know what is wrong with it; raises `InvalidWorkerCredential`."""
    if record is None:
        shown = text[:SHOWN_CHARACTERS] if text.startswith(PREFIX) else text[:3]
        raise InvalidWorkerCredential(f"The gateway does not know the worker's credential {shown}... Enrol it again.")
    if record.revoked_at is not None:
        raise InvalidWorkerCredential(f"The worker's credential {record.prefix}... was revoked.")
    if record.owner is not None and record.owner.is_disabled:
        raise InvalidWorkerCredential(f"The owner of the worker's credential {record.prefix}... is switched off.")
    if record.kind != kind:
        raise InvalidWorkerCredential(f"The worker's credential {record.prefix}... is that of a {record.kind}.")
    return record
