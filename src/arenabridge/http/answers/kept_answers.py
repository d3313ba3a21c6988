"""
What was answered to requests that may be repeated, as it was sent.

An answer is kept whole as long as it and all others together are not too much. One that grows beyond that goes on like
any other, no faster than its listeners take it: what they have heard is forgotten, and it can't be had again.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from starlette.types import Message

from arenabridge.errors import AnswerNotKept, ClientTooSlow, IdempotencyKeyReused, TooManyRepeatable

KEEP_SECONDS = 24 * 3600.0

LINGER_SECONDS = 30.0
"""How long a request goes on whose clients have all gone."""

MAX_KEPT = 1000
"""Answers, those under way among them. The oldest make way first, of the API key that has most."""

MAX_UNDER_WAY = MAX_KEPT // 2
"""Answers of one API key, so that others' requests find a place beside them."""

MAX_KEPT_BYTES = 64 * 2**20
"""Bytes of all answers together."""

MAX_ANSWER_BYTES = 16 * 2**20
"""Bytes of one answer: a picture or two, inline."""

SURELY_KEPT_BYTES = 2**20
"""What an answer under way may always take, however much others do: nearly every text is shorter."""


class Name(NamedTuple):
    """What a repetition has in common with the first request."""

    api_key: str
    path: str
    idempotency_key: str


class Listener(Protocol):
    """One who is told an answer; `heard` is how many of its messages they were told so far."""

    heard: int


class KeptAnswer:
    """
    One request, what it has answered so far, and who listens. `may_grow` says whether there is room for more of it.

    Messages are those of ASGI: the head, then pieces of the body.
    """

    def __init__(self, digest: bytes, since: float, may_grow: Callable[["KeptAnswer"], bool]) -> None:
        self.digest = digest
        self.since = since
        self.size = 0
        self.is_over = False
        self.listeners: set[Listener] = set()
        self.came = asyncio.Event()
        """Set and replaced with each message."""
        self.gone = asyncio.Event()
        """Nobody has listened for so long that the answer is of no use any more."""
        self._may_grow = may_grow
        self._head: Message | None = None
        self._pieces: deque[Message] = deque()
        self._forgotten = 0
        self._moved = asyncio.Event()
        self._left_at: float | None = None

    @property
    def is_empty(self) -> bool:
        return self._head is None

    @property
    def is_whole(self) -> bool:
        """It can be told from its beginning."""
        return not self._forgotten

    async def take(self, message: Message) -> None:
        """Returns when there is room for what comes next, or nobody wants it."""
        if self.gone.is_set():
            return
        if self._head is None:
            self._head = message
        else:
            self._pieces.append(message)
            self.size += len(message.get("body", b""))
            self.is_over = not message.get("more_body", False)
        self._wake()
        while not (self.is_over or self.gone.is_set() or self._may_grow(self) or self._forget_heard()):
            self._moved.clear()
            await self._moved.wait()

    def message(self, heard: int) -> Message | None:
        """The message after so many, if it has come; raises `ClientTooSlow` if faster listeners had it forgotten."""
        if heard == 0:
            return self._head
        place = heard - 1 - self._forgotten
        if place < 0:
            raise ClientTooSlow
        return self._pieces[place] if place < len(self._pieces) else None

    def moved(self) -> None:
        """A listener has heard something."""
        self._moved.set()

    def forget(self) -> None:
        """Keep only the fact that it was answered."""
        self._forgotten += len(self._pieces) or 1
        self._pieces.clear()
        self.size = 0

    def end(self) -> None:
        """Nothing follows, whatever became of it."""
        self.is_over = True
        self._wake()

    def tick(self, now: float) -> None:
        """Give it up if nobody has come back in time; also go on if others have made room."""
        self._moved.set()
        if self.listeners:
            self._left_at = None
        elif self._left_at is None:
            self._left_at = now
        elif now - self._left_at > LINGER_SECONDS:
            self.gone.set()

    def _wake(self) -> None:
        came, self.came = self.came, asyncio.Event()
        came.set()

    def _forget_heard(self) -> bool:
        """Drop what the fastest listener has been told; says whether that makes room for more."""
        heard = max((each.heard for each in self.listeners), default=0)
        while self._pieces and self._forgotten + 1 < heard:
            self.size -= len(self._pieces.popleft().get("body", b""))
            self._forgotten += 1
        return self._may_grow(self)


class RepeatableRequests:
    """The answers of the last day, by API key, path and idempotency key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Name, KeptAnswer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, name: Name, digest: bytes, now: float) -> KeptAnswer | None:
        """Raises `IdempotencyKeyReused` if the key stands for another request, `AnswerNotKept` if it is used up."""
        kept = self._kept.get(name)
        if kept is None or kept.gone.is_set() or now - kept.since > KEEP_SECONDS:
            return None
        if kept.digest != digest:
            raise IdempotencyKeyReused
        if not kept.is_whole:
            raise AnswerNotKept
        return kept

    def begin(self, name: Name, digest: bytes, now: float) -> KeptAnswer:
        """Raises `TooManyRepeatable`."""
        under_way = [each.api_key for each, kept in self._kept.items() if not kept.is_over]
        if len(under_way) >= MAX_KEPT or under_way.count(name.api_key) >= MAX_UNDER_WAY:
            raise TooManyRepeatable
        self._kept.pop(name, None)
        while len(self._kept) >= MAX_KEPT:
            self._forget_one(lambda _: 1)
        kept = self._kept[name] = KeptAnswer(digest, now, self._may_grow)
        return kept

    def ended(self, name: Name, kept: KeptAnswer, *, may_be_tried_again: bool) -> None:
        """Forget it if it is not worth keeping, or too long; those who still listen to it have it."""
        kept.end()
        if self._kept.get(name) is not kept:
            return
        if may_be_tried_again or kept.gone.is_set() or kept.is_empty:
            del self._kept[name]
        elif kept.size > MAX_ANSWER_BYTES or not kept.is_whole:
            used_up = self._kept[name] = KeptAnswer(kept.digest, kept.since, self._may_grow)
            used_up.forget()
            used_up.end()
        self._has_room()

    def tick(self, now: float) -> None:
        """Time has passed."""
        for kept in list(self._kept.values()):
            if not kept.is_over:
                kept.tick(now)

    def _may_grow(self, kept: KeptAnswer) -> bool:
        return kept.size <= SURELY_KEPT_BYTES or (kept.size <= MAX_ANSWER_BYTES and self._has_room())

    def _has_room(self) -> bool:
        """Make room for what comes next of any answer, if need be in place of answers that are over."""
        while sum(each.size for each in self._kept.values()) > MAX_KEPT_BYTES:
            if not self._forget_one(lambda kept: kept.size):
                return False
        return True

    def _forget_one(self, weight: Callable[[KeptAnswer], int]) -> bool:
        """Drop the oldest finished one that takes room, of the API key whose answers take most; false if none is."""
        weights = {name: weight(kept) for name, kept in self._kept.items() if kept.is_over and weight(kept)}
        of_keys: Counter[str] = Counter()
        for name, each in weights.items():
            of_keys[name.api_key] += each
        for api_key, _ in of_keys.most_common(1):
            del self._kept[next(name for name in weights if name.api_key == api_key)]
        return bool(weights)
