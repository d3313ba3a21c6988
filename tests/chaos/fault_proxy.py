"""
A network that misbehaves, between a tab and the gateway or a client and the gateway.

It passes bytes both ways. A test breaks all connections when it says so (`cut`, `is_open`, `held`), or gives each one
a `Conduct` of its own when it is made.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from chaos.frame_shuffle import FrameShuffle

Ending = Literal["cut", "half_open"]


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """
    How one connection behaves; by default well.

    It ends after so many bytes towards whoever connected, or after so many seconds: at once (`cut`), or by passing
    nothing any more and being cut after a while (`half_open`).
    """

    ending: Ending = "cut"
    ends_after_bytes: float = float("inf")
    ends_after_seconds: float | None = None
    half_open_seconds: float = 1.5
    delay_seconds: float = 0.0
    """The longest that what was read is held back."""
    dribbled_bytes: int = 0
    """So many pass one by one, the rest as it comes."""
    repeats: float = 0.0
    """Of the frames of a WebSocket, the part that is sent twice."""
    swaps: float = 0.0
    """The part that changes places with the next one, on its way to the gateway."""

    @property
    def ends(self) -> bool:
        return self.ends_after_seconds is not None or self.ends_after_bytes != float("inf")


GOOD = Conduct()


@dataclass(eq=False)
class _Connection:
    """One connection on its way through; `near` leads to whoever connected."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    conduct: Conduct
    passing: asyncio.Event = field(default_factory=asyncio.Event)
    passed: int = 0

    def abort(self) -> None:
        self.passing.set()
        for writer in (self.near, self.far):
            writer.transport.abort()

    async def end(self) -> None:
        if self.conduct.ending == "half_open":
            self.passing.clear()
            await asyncio.sleep(self.conduct.half_open_seconds)
        self.abort()


@dataclass
class FaultProxy:
    """With `is_open` false it takes no connections; `held` cleared, what passes waits; `cut` ends all at once."""

    port: int = 0
    target: int = 0
    is_open: bool = True
    held: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    conduct: Callable[[], Conduct] = lambda: GOOD
    """Asked for each new connection."""
    random: Random = field(default_factory=lambda: Random(0))  # noqa: S311 - faults need no secrecy
    broken: set[int] = field(default_factory=set)
    """The ports of those connections that were ended, as whoever connected knows them."""
    breaks: int = 0
    _alive: set[_Connection] = field(default_factory=set)
    _serving: set["asyncio.Task[None]"] = field(default_factory=set)

    def cut(self) -> None:
        """Every connection ends at once, as when the network goes: nothing on its way arrives."""
        for connection in list(self._alive):
            self._note_break(connection)
            connection.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        if not self.is_open:
            writer.transport.abort()
            return
        self.connections += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:  # nobody is there, as behind a network that works
            writer.transport.abort()
            return
        connection = _Connection(writer, far_writer, self.conduct())
        connection.passing.set()
        self._alive.add(connection)
        try:
            await self._both_ways(connection, reader, far_reader)
        finally:
            self._alive.discard(connection)
            connection.abort()

    async def close(self) -> None:
        self.cut()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _both_ways(
        self, connection: _Connection, reader: asyncio.StreamReader, far_reader: asyncio.StreamReader
    ) -> None:
        async with asyncio.TaskGroup() as group:
            ageing = group.create_task(self._age(connection))
            ways = [
                group.create_task(self._pass_on(connection, reader, connection.far, is_inward=True)),
                group.create_task(self._pass_on(connection, far_reader, connection.near, is_inward=False)),
            ]
            await asyncio.wait(ways)
            ageing.cancel()

    async def _age(self, connection: _Connection) -> None:
        if connection.conduct.ends_after_seconds is not None:
            await asyncio.sleep(connection.conduct.ends_after_seconds)
            await self._end(connection)

    async def _end(self, connection: _Connection) -> None:
        self._note_break(connection)
        await connection.end()

    def _note_break(self, connection: _Connection) -> None:
        self.breaks += 1
        if peer := connection.near.get_extra_info("peername"):
            self.broken.add(peer[1])

    async def _pass_on(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_inward: bool
    ) -> None:
        conduct = connection.conduct
        shuffle = FrameShuffle(self.random, conduct.repeats, conduct.swaps if is_inward else 0.0)
        with suppress(OSError):
            while data := await reader.read(65536):
                await self.held.wait()
                if conduct.delay_seconds:
                    await asyncio.sleep(self.random.uniform(0, conduct.delay_seconds))
                for piece in _cut_up(connection, shuffle.turn(data), is_inward=is_inward):
                    await connection.passing.wait()
                    writer.write(piece)
                    await writer.drain()
                connection.passed += 0 if is_inward else len(data)
                if connection.passed >= conduct.ends_after_bytes:
                    await self._end(connection)
        await connection.passing.wait()
        with suppress(OSError, RuntimeError):
            writer.write_eof()


def _cut_up(connection: _Connection, data: bytes, *, is_inward: bool) -> Iterator[bytes]:
    """Single bytes at first, if so; an end that is due within the data comes where it is due."""
    room = connection.conduct.ends_after_bytes - connection.passed
    if not is_inward and room < len(data):
        data = data[: max(0, int(room))]
    singly = max(0, connection.conduct.dribbled_bytes - connection.passed)
    for at in range(min(singly, len(data))):
        yield data[at : at + 1]
    if rest := data[singly:]:
        yield rest


@asynccontextmanager
async def fault_proxy(
    conduct: Callable[[], Conduct] = lambda: GOOD, random: Random | None = None
) -> AsyncIterator[FaultProxy]:
    """Set `target` before anything connects."""
    proxy = FaultProxy(conduct=conduct, random=random or Random(0))  # noqa: S311 - likewise
    proxy.held.set()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()
