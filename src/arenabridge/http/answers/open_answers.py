"""
Answers that are being sent: their bounded buffers, and one clock for all of them.

A slow client must not hold up the worker that answers it, so the worker's side pushes into a buffer and never waits;
the client's side takes whatever has gathered and writes it in one piece. One clock looks after all streams, instead of
a timer for each piece: it fills silences with keep-alives and gives up clients that take nothing.
"""

import asyncio
from collections import deque
from typing import Protocol

from arenabridge.errors import ClientTooSlow

MAX_BUFFERED_BYTES = 8 * 2**20
"""
What may wait for one client. A site that sends a long answer at once fills it in one turn of the loop. A single piece
may be longer, such as the largest picture: it is taken if nothing else waits.
"""
MAX_WRITTEN_BYTES = 256 * 2**10
"""
What is handed to the server at once, unless a single piece is longer. It copies what a client does not take, and that
counts against no bound of ours.
"""


class OpenAnswer(Protocol):
    """An answer on its way to a client."""

    def tick(self, now: float) -> None: ...


class OpenAnswers:
    """All answers that are being sent."""

    def __init__(self) -> None:
        self._open: set[OpenAnswer] = set()

    def add(self, answer: OpenAnswer) -> None:
        self._open.add(answer)

    def remove(self, answer: OpenAnswer) -> None:
        self._open.discard(answer)

    def tick(self, now: float) -> None:
        for answer in list(self._open):
            answer.tick(now)

    def __len__(self) -> int:
        return len(self._open)


class OutgoingBytes:
    """Bytes between a producer that must not wait and one consumer that may."""

    __slots__ = ("_ended", "_in_hand", "_pieces", "_size", "_waiter", "stalled_since")

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._in_hand = False
        """The consumer has not come back since it was given something, even if that was the end."""
        self._waiter: asyncio.Future[None] | None = None
        self.stalled_since: float | None = None
        """When the consumer was first seen to have something that it was not done with."""

    def push(self, data: bytes) -> bool:
        """Add data; false, and nothing more is taken, when the bound is reached."""
        if self._ended:
            return False
        if self._size and self._size + len(data) > MAX_BUFFERED_BYTES:
            self.discard()
            return False
        self._pieces.append(data)
        self._size += len(data)
        self._wake()
        return True

    def end(self) -> None:
        """Nothing follows; what is there is still given."""
        self._ended = True
        self._wake()

    def discard(self, last_words: bytes = b"") -> None:
        """Only `last_words` follow; what is there is dropped."""
        self._pieces, self._size = deque([last_words]), len(last_words)
        self.end()

    @property
    def is_waiting(self) -> bool:
        """Whether data is there that nobody has taken."""
        return self._size > 0

    async def next(self) -> bytes:
        """What has gathered, as soon as there is any, but not too much at once; empty at the end."""
        self._in_hand = False
        while not self._size and not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self.stalled_since, self._in_hand = None, True
        return self._take()

    def _take(self) -> bytes:
        if self._size <= MAX_WRITTEN_BYTES:
            data, self._size = b"".join(self._pieces), 0
            self._pieces.clear()
            return data
        taken = [self._pieces.popleft()]
        size = len(taken[0])
        while self._pieces and size + len(self._pieces[0]) <= MAX_WRITTEN_BYTES:
            taken.append(self._pieces.popleft())
            size += len(taken[-1])
        self._size -= size
        return b"".join(taken)

    def check_stall(self, now: float, limit: float) -> None:
        """Raises `ClientTooSlow` when the consumer has taken nothing, or had something in hand, for too long."""
        if not (self.is_waiting or self._in_hand):
            self.stalled_since = None
        elif self.stalled_since is None:
            self.stalled_since = now
        elif now - self.stalled_since > limit:
            raise ClientTooSlow

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
