"""
The pipe to a browser's DevTools: messages of JSON, each ended by a NUL.

No other program can reach a pipe, as it could a debugging port. What is read is bounded: a page can make the browser
report values of any length (by the console, say), and such a message is passed over rather than kept.
"""

import asyncio
from collections.abc import Callable
from typing import cast

MAX_MESSAGE_BYTES = 8 * 2**20
"""The longest message that is read. The longest that we ask for is a piece of a frame, at most 2 MiB as JSON."""

_END = b"\0"


class MessageSplitter:
    """Bytes in, whole messages out."""

    def __init__(self, limit: int = MAX_MESSAGE_BYTES) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._length = 0
        self.passed_over = 0
        """Messages that were too long."""

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that these bytes complete."""
        *ends, rest = data.split(_END)
        complete = [message for end in ends if (message := self._complete(end)) is not None]
        self._keep(rest)
        return complete

    def _keep(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > self._limit:
            self._pieces.clear()
        elif piece:
            self._pieces.append(piece)

    def _complete(self, end: bytes) -> bytes | None:
        self._keep(end)
        whole, length = b"".join(self._pieces), self._length
        self._pieces.clear()
        self._length = 0
        if length > self._limit:
            self.passed_over += 1
            return None
        return whole


class PipeWriter(asyncio.BaseProtocol):
    """The way to the browser; `drain` waits while it takes nothing."""

    def __init__(self) -> None:
        self._room = asyncio.Event()
        self._room.set()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the reading side tells it
        self._transport = None
        self._room.set()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def write(self, message: bytes) -> None:
        """Writing to a browser that has gone does nothing; the reading side notices."""
        if self._transport is not None:
            self._transport.write(message + _END)

    async def drain(self) -> None:
        await self._room.wait()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class PipeReader(asyncio.Protocol):
    """The way from the browser; each message is told at once, and its end once."""

    def __init__(self, message: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._splitter = MessageSplitter()
        self._message = message
        self._ended = ended
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for message in self._splitter.feed(data):
            self._message(message)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - broken or ended is all the same
        self._transport = None
        self._ended()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
