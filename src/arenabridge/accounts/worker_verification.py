"""Whose worker is this: what was looked up lately is remembered, so that a flood of bad ones costs few look-ups."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeVar

from arenabridge.accounts.throttle import Throttle, network_of
from arenabridge.accounts.workers import PREFIX, SHOWN_CHARACTERS, Kind, WorkerCredential, WorkerCredentials
from arenabridge.errors import InvalidWorkerCredential, RateLimited

REMEMBER_SECONDS = 10.0
"""A credential revoked by another process is refused after so long at the latest."""

MAX_REMEMBERED = 4096
"""Credentials remembered, good or bad, and addresses where tokens were good; the oldest is forgotten first."""

_GUESS = "a relay's guess"
"""The name that tries are counted under."""

K = TypeVar("K")
V = TypeVar("V")


class WorkerVerifier:
    """
    The records of credentials.

    `tokens` are those of the earlier bridges' configuration: they are compared by their digests, as the others are, so
    that the time it takes tells nothing of them.
    """

    def __init__(self, store: WorkerCredentials, tokens: Iterable[str], now: Callable[[], float]) -> None:
        self._store = store
        self._tokens = frozenset(store.digest(token) for token in tokens)
        self._now = now
        self._remembered: dict[bytes, tuple[float, WorkerCredential | None]] = {}
        self._forgotten = 0
        self._tries = Throttle()
        self._good_from: dict[tuple[bytes, str], None] = {}
        self.on_forget: Callable[[], None] = lambda: None
        """Told when other gateways should forget too."""
        self._seen: dict[str, float] = {}

    def is_token(self, text: str) -> bool:
        """Whether it is one of the tokens that the settings name."""
        return self._store.digest(text) in self._tokens

    async def attempt(self, text: str, address: str) -> None:
        """
        Before a relay is let in by what it shows from an address: raises `RateLimited` if it may be guessing.

        Only tokens can be guessed, since people make them up: what is a credential is not counted. Nor is a token where
        it was good before, so that nobody is held up by others' tries from the same address.
        """
        if not self._tokens or await self._found(text) is not None:
            return
        digest = self._store.digest(text)
        whence = digest, network_of(address)
        if whence in self._good_from:
            return
        try:
            self._tries.attempt(_GUESS, address, self._now())
        except RateLimited as error:
            raise RateLimited(
                "Too many credentials that this gateway does not know were tried from this address. Check what this "
                "relay has (worker_auth_token), and wait before the next try.",
                retry_after_seconds=error.retry_after_seconds,
            ) from None
        if digest in self._tokens:
            self._tries.succeeded(_GUESS, address)
            _keep(self._good_from, whence, None)

    async def of(self, text: str, kind: Kind) -> WorkerCredential:
        """Raises `InvalidWorkerCredential`."""
        checked = check(await self._found(text), kind, text)
        self.saw(checked.id)
        return checked

    def saw(self, id: str) -> None:
        """The worker gave a sign of life."""
        self._seen[id] = self._store.unix()

    def last_seen(self, credential: WorkerCredential) -> float | None:
        """When workers were seen, as it will be written down."""
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

    async def _found(self, text: str) -> WorkerCredential | None:
        digest = self._store.digest(text)
        until, record = self._remembered.get(digest, (0.0, None))
        return record if until > self._now() else await self._look_up(digest)

    async def _look_up(self, digest: bytes) -> WorkerCredential | None:
        """Look it up, and again if something changed meanwhile: the answer decides who is let in."""
        while True:
            forgotten = self._forgotten
            record = await asyncio.to_thread(self._store.find, digest)
            if forgotten == self._forgotten:
                _keep(self._remembered, digest, (self._now() + REMEMBER_SECONDS, record))
                return record


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    kept.pop(key, None)
    if len(kept) >= MAX_REMEMBERED:
        del kept[next(iter(kept))]
    kept[key] = value


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
