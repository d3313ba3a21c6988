"""What was answered to requests that may be repeated, as it was sent."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from starlette.types import Message

from arenabridge.errors import IdempotencyKeyReused

KEEP_SECONDS = 24 * 3600.0
MAX_KEPT = 1000
"""Answers; the oldest is forgotten first."""

MAX_KEPT_BYTES = 64 * 2**20
"""Of all answers together."""


@dataclass(slots=True, eq=False)
class KeptAnswer:
    """One request, what it has answered so far, and who listens."""

    digest: bytes
    since: float
    messages: list[Message] = field(default_factory=list)
    size: int = 0
    is_over: bool = False
    listeners: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """Set and replaced with each message."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Nobody has listened for so long that the answer is of no use."""

    def add(self, message: Message) -> None:
        self.messages.append(message)
        self.size += len(message.get("body", b""))
        self.is_over = message["type"] == "http.response.body" and not message.get("more_body", False)
        self.wake()

    def wake(self) -> None:
        came, self.came = self.came, asyncio.Event()
        came.set()

    @property
    def may_be_tried_again(self) -> bool:
        """It failed, and nothing was generated that a repetition would pay for again."""
        head = self.messages[0] if self.messages else {}
        return head.get("status", 500) >= 400 and (b"x-should-retry", b"false") not in head.get("headers", [])


class RepeatableRequests:
    """Those of the last day, by API key, path and idempotency key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], KeptAnswer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, name: tuple[str, str, str], digest: bytes, now: float) -> KeptAnswer | None:
        """Raises `IdempotencyKeyReused` if the key stands for another request."""
        kept = self._kept.get(name)
        if kept is None or now - kept.since > KEEP_SECONDS:
            return None
        if kept.digest != digest:
            raise IdempotencyKeyReused
        return kept

    def begin(self, name: tuple[str, str, str], digest: bytes, now: float) -> KeptAnswer:
        kept = self._kept[name] = KeptAnswer(digest, now)
        self._kept.move_to_end(name)
        return kept

    def ended(self, name: tuple[str, str, str], kept: KeptAnswer) -> None:
        """Forget it if it is not worth keeping, and the oldest if there is too much."""
        if self._kept.get(name) is kept and (kept.may_be_tried_again or kept.gone.is_set()):
            del self._kept[name]
        while len(self._kept) > MAX_KEPT or sum(each.size for each in self._kept.values()) > MAX_KEPT_BYTES:
            self._kept.popitem(last=False)  # who listens to it still has it
