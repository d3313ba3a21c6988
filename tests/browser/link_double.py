"""A gateway's end of the link that does what a test says and keeps what a worker says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from arenabridge.wire.composition import Composition, Signs
from arenabridge.wire.link.messages import (
    MAX_FILE_PIECE_BYTES,
    MAX_FRAME_BYTES,
    PROTOCOL,
    Accept,
    Ack,
    Acks,
    Cancel,
    Carried,
    Chunks,
    End,
    Failed,
    FromGateway,
    FromWorker,
    Go,
    Head,
    Hello,
    How,
    JobId,
    Offer,
    Ping,
    Pong,
    Refuse,
    RefusedLink,
    Resumed,
    RunErrand,
    Start,
    UnknownMessage,
    Welcome,
    WorkerId,
    decode_from_worker,
    encode,
    file_frame,
)
from arenabridge.wire.step import Errand, Step

PATIENCE_SECONDS = 30.0

M = TypeVar("M")


@dataclass(frozen=True)
class Told:
    """All that a worker reported about one grant."""

    head: Head | None
    text: str
    ending: End | Failed
    numbers: list[int]
    pieces: tuple[str, ...] = ()
    """What `text` is made of, as it came."""


@dataclass
class DoubledWorker:
    """One connection of a tab; `frames` is all it said, `receive` takes from what was not yet taken."""

    connection: ServerConnection
    hello: Hello
    frames: list[FromWorker] = field(default_factory=list)
    gone: bool = False
    _taken: set[int] = field(default_factory=set)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def say(self, message: FromGateway) -> None:
        await self.connection.send(encode(message))

    async def say_raw(self, frame: str) -> None:
        await self.connection.send(frame)

    async def offer(self, job: str, how: How = "fetch") -> Accept | Refuse:
        await self.say(Offer(JobId(job), how))
        return await self.first(
            lambda message: message if isinstance(message, Accept | Refuse) and message.job == job else None
        )

    async def go(self, job: str, step: Step | Composition, epoch: int = 0) -> None:
        await self.say(Go(JobId(job), epoch, step))

    async def compose(self, job: str, composition: Composition) -> Told:
        """Offers a job in the page, grants it, and waits for its end."""
        accepted = await self.offer(job, "composer")
        assert isinstance(accepted, Accept), accepted
        await self.go(job, composition)
        return await self.answer(job)

    async def run(self, errand: str, step: Errand) -> None:
        await self.say(RunErrand(JobId(errand), step))

    async def send_file(self, errand: str, content: bytes) -> None:
        for at in range(0, len(content), MAX_FILE_PIECE_BYTES):
            await self.connection.send(file_frame(JobId(errand), content[at : at + MAX_FILE_PIECE_BYTES]))

    async def errand(self, errand: str, step: Errand, content: bytes = b"") -> Told:
        """Has it carried out, with the file that goes along, and waits for its end."""
        await self.run(errand, step)
        await self.send_file(errand, content)
        return await self.answer(errand)

    async def breaks(self) -> None:
        """The connection ends as when a network goes: without a closing handshake."""
        self.connection.transport.abort()
        await self.until_gone()

    async def acknowledge(self, job: str, seq: int, epoch: int = 0) -> None:
        await self.say(Acks((Ack(JobId(job), epoch, seq),)))

    async def cancel(self, job: str) -> None:
        await self.say(Cancel(JobId(job)))

    async def settled(self) -> None:
        """Waits until the worker has acted upon everything said to it so far."""
        await self.say(Ping())
        await self.receive(Pong)

    async def receive(self, kind: type[M]) -> M:
        """The first message of this kind that was not taken yet; waits for it."""
        return await self.first(lambda message: message if isinstance(message, kind) else None)

    async def first(self, pick: Callable[[FromWorker], M | None]) -> M:
        """What `pick` makes of the first message that was not taken yet and of which it makes something."""

        def found() -> tuple[int, M] | None:
            for index, message in enumerate(self.frames):
                if index not in self._taken and (picked := pick(message)) is not None:
                    return index, picked
            return None

        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
            index, picked = found() or (-1, None)
            assert picked is not None
            self._taken.add(index)
            return picked

    async def answer(self, job: str, epoch: int = 0) -> Told:
        """Waits for the end of a grant."""
        ending: End | Failed = await self.first(
            lambda said: said if isinstance(said, End | Failed) and (said.job, said.epoch) == (job, epoch) else None
        )
        return self._told(job, epoch, ending)

    def _told(self, job: str, epoch: int, ending: End | Failed) -> Told:
        head, texts, numbers = None, [], []
        for message in self.frames:
            if isinstance(message, Chunks):
                mine = [chunk for chunk in message.chunks if (chunk.job, chunk.epoch) == (job, epoch)]
                texts += [chunk.text for chunk in mine]
                numbers += [chunk.seq for chunk in mine]
            elif isinstance(message, Start | Head | End | Failed) and (message.job, message.epoch) == (job, epoch):
                numbers.append(message.seq)
                head = message if isinstance(message, Head) else head
        return Told(head, "".join(texts), ending, numbers, tuple(texts))

    async def until_gone(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: self.gone)

    async def listen(self, reading: asyncio.Event) -> None:
        try:
            async for frame in self.connection:
                await reading.wait()
                message = decode_from_worker(frame)
                assert not isinstance(message, UnknownMessage), message
                async with self._changed:
                    self.frames.append(message)
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        async with self._changed:
            self.gone = True
            self._changed.notify_all()


@dataclass
class LinkDouble:
    """`slots` go into the welcome; with `refusal` set, every worker is turned away."""

    slots: int = 8
    ping_seconds: float = 15.0
    silence_seconds: float | None = 45.0
    grace_seconds: float | None = 30.0
    refusal: RefusedLink | None = None
    signs: Signs = field(default_factory=Signs)
    resume_key: str = ""
    """With one the worker brings its jobs along, and `resumes` says from which number on each is said again."""
    resumes: Callable[[Carried], int | None] = lambda _: None
    port: int = 0
    hellos: list[Hello] = field(default_factory=list)
    reading: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, this end takes nothing from the network."""
    _arrived: asyncio.Queue[DoubledWorker] = field(default_factory=asyncio.Queue)
    _server: Server | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    async def worker(self) -> DoubledWorker:
        """The next tab that was welcomed."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._arrived.get()

    async def start(self) -> None:
        """Begins to listen; after a `stop`, at the same address as before."""
        self.reading.set()
        self._server = await serve(self._serve, "127.0.0.1", self.port, max_size=MAX_FRAME_BYTES, compression=None)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        self.reading.set()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, connection: ServerConnection) -> None:
        hello = decode_from_worker(await connection.recv())
        assert isinstance(hello, Hello), hello
        self.hellos.append(hello)
        if self.refusal is not None:
            return await connection.send(encode(self.refusal))
        worker = DoubledWorker(connection, hello)
        await worker.say(
            Welcome(
                protocol=PROTOCOL,
                worker=WorkerId("w1"),
                slots=self.slots,
                ping_seconds=self.ping_seconds,
                silence_seconds=self.silence_seconds,
                grace_seconds=self.grace_seconds,
                signs=self.signs,
                resume_key=self.resume_key,
                jobs=tuple(Resumed(job.job, job.epoch, self.resumes(job)) for job in hello.carrying),
            )
        )
        self._arrived.put_nowait(worker)
        return await worker.listen(self.reading)


@asynccontextmanager
async def serving_link_double() -> AsyncIterator[LinkDouble]:
    double = LinkDouble()
    await double.start()
    try:
        yield double
    finally:
        await double.stop()
