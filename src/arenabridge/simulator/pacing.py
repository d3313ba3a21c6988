"""How a stream's bytes are written: when the head goes, where the writes cut, what is held back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.types import Send


class Wire(Protocol):
    """What ASGI has no words for, offered by the server for one request."""

    async def flushed(self) -> None:
        """Returns when all that was sent has been handed to the network."""

    async def reset(self) -> None:
        """Ends the response abortively: RST_STREAM, or a TCP reset under HTTP/1.1."""


class Splitter:
    """Cuts a byte stream into pieces of one size, across whatever boundaries its contents have."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces that are complete now; with size 0 the data as it came."""
        if not self._size:
            yield data
            return
        self._held += data
        complete = len(self._held) - len(self._held) % self._size
        for at in range(0, complete, self._size):
            yield bytes(self._held[at : at + self._size])
        del self._held[:complete]

    def rest(self) -> bytes:
        rest = bytes(self._held)
        self._held.clear()
        return rest


class Outlet:
    """The body of one streamed response."""

    def __init__(self, send: Send, wire: Wire, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._wire = wire
        self._headers = headers
        self._splitter = Splitter(0)
        self._merged: list[bytes] | None = None
        self.begun = False

    def cut_into(self, size: int, *, merge: bool) -> None:
        """Writes of that many bytes, or everything in one."""
        self._splitter = Splitter(size)
        self._merged = [] if merge else None

    async def begin(self) -> None:
        if not self.begun:
            self.begun = True
            await self._send({"type": "http.response.start", "status": 200, "headers": list(self._headers)})

    async def write(self, data: bytes) -> None:
        await self.begin()
        if self._merged is not None:
            self._merged.append(data)
            return
        for piece in self._splitter.feed(data):
            await self._write(piece)

    async def settle(self) -> None:
        """Writes what an incomplete piece holds back: a silence begins."""
        rest = self._splitter.rest()
        if rest:
            await self._write(rest)

    async def show(self) -> None:
        """Writes all that is held back, merged or not, without an end."""
        await self.begin()
        if self._merged:
            await self._write(b"".join(self._merged))
            self._merged = []
        await self.settle()

    async def end(self) -> None:
        await self.show()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def reset(self) -> None:
        await self.show()
        await self._wire.reset()

    async def _write(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
        await self._wire.flushed()
