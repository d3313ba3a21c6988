"""
One state that many listeners follow: each gets a snapshot first, then every change with its number.

The state is looked at a few times a second while anybody listens, and never otherwise. The last changes are kept, so
that a listener whose connection broke goes on where it was; whoever was away for longer, or reads too slowly, begins
with a new snapshot. So nothing has to be kept for a listener but its place.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable

import orjson

from arenabridge.http.feed.patch import Facts, patch

MAX_KEPT = 256
"""Changes kept: a minute's worth of the busiest state."""


class LiveState:
    """`look` tells the state as it is; the result must not be changed afterwards."""

    def __init__(self, look: Callable[[], Facts]) -> None:
        self._look = look
        self._series = secrets.token_hex(4)
        self._number = 0
        self._state: Facts = {}
        self._changes: deque[bytes] = deque(maxlen=MAX_KEPT)
        self._changed = asyncio.Event()
        self._listeners = 0
        self.is_over = False

    @property
    def has_listeners(self) -> bool:
        return self._listeners > 0

    def listen(self) -> None:
        """Begin to listen; to be followed by one `leave` each."""
        self._listeners += 1
        self.look_again()

    def leave(self) -> None:
        self._listeners -= 1

    def look_again(self) -> None:
        after = self._look()
        changed = patch(self._state, after)
        if not changed:
            return
        self._state = after
        self._number += 1
        self._changes.append(self._event("change", changed))
        self._wake()

    def end(self) -> None:
        """Nothing follows: all listeners are let go."""
        self.is_over = True
        self._wake()

    def place(self, id: str) -> int | None:
        """Where the listener is that heard the event of this id last; None if it can't go on from there."""
        series, _, number = id.partition("-")
        if series != self._series or not number.isascii() or not number.isdigit():
            return None
        return int(number[:12])

    def since(self, place: int | None) -> tuple[bytes, int]:
        """What a listener at this place has missed, as events, and where it is afterwards."""
        missed = self._number - place if place is not None else -1
        if 0 <= missed <= len(self._changes):
            return b"".join(list(self._changes)[len(self._changes) - missed :]), self._number
        return self._event("snapshot", self._state), self._number

    async def change(self, place: int) -> None:
        """Returns when a listener at this place has something to hear, or nothing follows."""
        while self._number == place and not self.is_over:
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _event(self, name: str, data: Facts) -> bytes:
        return b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (
            self._series.encode(),
            self._number,
            name.encode(),
            orjson.dumps(data),
        )
