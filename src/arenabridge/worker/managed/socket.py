"""A link through DevTools, as `hub.links.link` and the relay know a socket."""

import asyncio
import base64
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from arenabridge.hub.links.link import SocketClosed
from arenabridge.wire.link.messages import MAX_FRAME_BYTES
from arenabridge.worker.managed.devtools import DevToolsError

_log = logging.getLogger(__name__)

PIECE_LENGTH = 2**18
"""Longer frames are cut, in characters: other pages' frames go between the pieces. So does the script."""

MAX_WAITING_LENGTH = 2 * MAX_FRAME_BYTES
"""Characters that were not received yet. The script pauses reading at 1 Mi; a page's own source may come on top."""

TELL_LENGTH = 2**16
TELL_CALLS = 64
"""After so many characters or calls the script is told that they were taken."""

Take = Callable[[str, str], Awaitable[object]]
"""Calls the script with a kind and a text; what is awaited is that it has taken it. Raises `DevToolsError`."""


class PageSocket:
    """One connection of a page's script. Once over, it stays over."""

    def __init__(self, take: Take, tell: Callable[[str, str], object]) -> None:
        self._take = take
        self._tell = tell
        self._waiting: deque[tuple[str, int]] = deque()
        self._waiting_length = 0
        self._parts: list[str] = []
        self._arrived = asyncio.Event()
        self._over = False
        self._untold_calls = self._untold_length = 0
        self._sending = asyncio.Lock()

    # -- what the link does

    async def receive(self) -> str:
        """What the script said before the end is received before the end is."""
        while not self._waiting:
            if self._over:
                raise SocketClosed
            self._arrived.clear()
            await self._arrived.wait()
        frame, calls = self._waiting.popleft()
        self._waiting_length -= len(frame)
        self._note_taken(calls, len(frame))
        return frame

    async def send(self, frame: str | bytes) -> None:
        async with self._sending:
            if isinstance(frame, bytes):
                await self._call("file", base64.b64encode(frame).decode())
                return
            last = max(0, len(frame) - 1) // PIECE_LENGTH
            for number in range(last + 1):
                piece = frame[number * PIECE_LENGTH : (number + 1) * PIECE_LENGTH]
                await self._call("frame" if number == last else "part", piece)

    async def close(self, code: int, reason: str) -> None:  # noqa: ARG002 - a page has no use for either
        if not self._over:
            self._tell("close", "")
        self.end()

    async def _call(self, kind: str, text: str) -> None:
        if self._over:
            raise SocketClosed
        try:
            await self._take(kind, text)
        except DevToolsError as error:
            self.end()
            raise SocketClosed from error

    # -- what the page does

    def heard(self, kind: str, text: str) -> None:
        """The script said something on this connection."""
        if self._over:
            return
        if kind == "close":
            self.end()
            return
        self._parts.append(text)
        self._waiting_length += len(text)
        if self._waiting_length > MAX_WAITING_LENGTH:
            _log.warning("a page says more than is taken: its link is closed")
            self._tell("close", "")
            self.end()
        elif kind == "frame":
            self._waiting.append(("".join(self._parts), len(self._parts)))
            self._parts.clear()
            self._arrived.set()

    def end(self) -> None:
        self._over = True
        self._parts.clear()
        self._arrived.set()

    def _note_taken(self, calls: int, length: int) -> None:
        self._untold_calls += calls
        self._untold_length += length
        if not self._over and (self._untold_calls >= TELL_CALLS or self._untold_length >= TELL_LENGTH):
            self._tell("taken", str(self._untold_calls))
            self._untold_calls = self._untold_length = 0
