"""A worker as the gateway meets it on the wire, which does what a test says."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import TypeVar

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from arenabridge.app import Running
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import GetFile, Step

ORIGIN = "https://arena.ai"
PATIENCE_SECONDS = 30.0
MODEL_ID = "019a98f7-afcd-779f-8dcb-856cc3b3f078"

M = TypeVar("M", bound=m.FromGateway)


def page_with_models(*names: str, see: bool = False) -> str:
    """A page of the site, as its server writes the models into it; whether they `see` pictures."""
    models = [
        {
            "id": MODEL_ID[:-1] + str(index),
            "organization": "acme",
            "publicName": name,
            "capabilities": {"inputCapabilities": {"text": True, "image": see}, "outputCapabilities": {"text": True}},
        }
        for index, name in enumerate(names)
    ]
    row = f'6:["$","$L16",null,{{"initialModels":{orjson.dumps(models).decode()},"initialModelAId":null}}]\n'
    return f"<script>self.__next_f.push([1,{orjson.dumps(row).decode()}])</script>"


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that the gateway does by itself and tells nobody."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - the gateway has no event for tests
            await asyncio.sleep(0.005)


@dataclass
class Job:
    """A granted job at the worker: what it reports is numbered as the link wants it."""

    worker: "WorkerDouble"
    go: m.Go
    seq: int = 0

    @property
    def id(self) -> m.JobId:
        return self.go.job

    @property
    def step(self) -> Step:
        """What is to be carried out, if it is a request."""
        assert isinstance(self.go.step, Step)
        return self.go.step

    def number(self) -> int:
        self.seq += 1
        return self.seq - 1

    async def start(self) -> None:
        await self.worker.say(m.Start(self.id, self.go.epoch, self.number()))

    async def head(self, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        head = m.Head(job=self.id, epoch=self.go.epoch, seq=self.number(), status=status, headers=named)
        await self.worker.say(head)

    async def body(self, *texts: str) -> None:
        chunks = [m.Chunk(self.id, self.go.epoch, self.number(), text) for text in texts]
        await self.worker.say(m.Chunks(chunks))

    async def end(self) -> None:
        await self.worker.say(m.End(self.id, self.go.epoch, self.number()))

    async def fail(self, kind: str, *, started: bool = True) -> None:
        await self.worker.say(m.Failed(job=self.id, epoch=self.go.epoch, seq=self.number(), kind=kind, started=started))

    async def answer(self, *lines: str) -> None:
        """A whole answer of the site."""
        await self.start()
        await self.head(content_type="text/event-stream")
        await self.body(*(f"{line}\n" for line in lines))
        await self.end()

    async def refuse(self, status: int, body: str, **headers: str) -> None:
        """The site's refusal."""
        await self.start()
        await self.head(status, **headers)
        await self.body(body)
        await self.end()


@dataclass
class WorkerDouble:
    """One connection. What the gateway says is kept until a test takes it."""

    connection: ClientConnection
    heard: list[m.FromGateway] = field(default_factory=list)
    closed: bool = False
    files: bytearray = field(default_factory=bytearray)
    """What came in file frames."""
    pictures: dict[str, bytes] = field(default_factory=dict)
    """What the site's storage has, by address."""
    fetched: list[str] = field(default_factory=list)
    holds_pictures: bool = False
    """It never gets them."""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def say(self, message: m.FromWorker) -> None:
        await self.connection.send(m.encode(message))

    async def next(self, kind: type[M]) -> M:
        """The first message of this kind that was not taken yet."""

        def index() -> int | None:
            return next((n for n, message in enumerate(self.heard) if isinstance(message, kind)), None)

        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: index() is not None or self.closed)
            found = index()
            assert found is not None, "the gateway closed the connection"
            message = self.heard.pop(found)
            assert isinstance(message, kind)
            return message

    async def granted(self) -> Job:
        """Take the next offer and get its grant."""
        offer = await self.next(m.Offer)
        await self.say(m.Accept(offer.job))
        return Job(self, await self.next(m.Go))

    async def until_closed(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: self.closed)

    async def _get(self, errand: m.JobId, url: str) -> None:
        self.fetched.append(url)
        if self.holds_pictures:
            return
        if url not in self.pictures:
            await self.say(m.Failed(job=errand, epoch=0, seq=0, kind="network"))
            return
        await self.say(m.Start(errand, 0, 0))
        await self.say(m.Head(job=errand, epoch=0, seq=1, status=200, headers={}))
        await self.say(m.Chunks([m.Chunk(errand, 0, 2, base64.b64encode(self.pictures[url]).decode())]))
        await self.say(m.End(errand, 0, 3))

    async def listen(self) -> None:
        try:
            async for frame in self.connection:
                if isinstance(frame, bytes):
                    self.files += frame[1 + frame[0] :]
                    continue
                message = m.decode_from_gateway(frame)
                assert not isinstance(message, m.UnknownMessage)
                if isinstance(message, m.RunErrand) and isinstance(message.step, GetFile):
                    await self._get(message.errand, message.step.url)
                    continue
                async with self._changed:
                    self.heard.append(message)
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        async with self._changed:
            self.closed = True
            self._changed.notify_all()


def hello(running: Running, **changes: object) -> m.Hello:
    fields: dict[str, object] = {
        "protocol": m.PROTOCOL,
        "script": "test",
        "token": running.gateway.secrets.pairing,
        "origin": ORIGIN,
        "profile": "profile",
        "page": "page",
        "slots": 4,
    }
    return m.Hello(**{**fields, **changes})  # type: ignore[arg-type]  # the fields are those above


def relay_headers(credential: str) -> dict[str, str]:
    named = {"X-ArenaBridge-Relay": "living-room-pc"}
    return {**named, "Authorization": f"Bearer {credential}"} if credential else named


@asynccontextmanager
async def connected(
    running: Running,
    greeting: m.FromWorker | None = None,
    *,
    models: tuple[str, ...] = ("gpt",),
    ssl: SSLContext | None = None,
    relay: str | None = None,
) -> AsyncIterator[WorkerDouble]:
    """
    A worker that has said hello and told the site's models; no models given, it tells none.

    With a relay's credential it comes through one, or without any if that is empty.
    """
    url = running.base_url.replace("http", "ws", 1) + ("/ws" if relay is None else "/ws/worker")
    headers = {"Origin": ORIGIN} if relay is None else relay_headers(relay)
    async with connect(url, additional_headers=headers, compression=None, ssl=ssl) as connection:
        worker = WorkerDouble(connection)
        listening = asyncio.ensure_future(worker.listen())
        await worker.say(greeting or hello(running))
        if models:
            await worker.next(m.Welcome)
            await worker.say(m.Page("/", page_with_models(*models)))
        try:
            yield worker
        finally:
            await connection.close()
            await listening
