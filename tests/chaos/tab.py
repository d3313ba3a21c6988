"""
One page of a tab, over as many connections as its life has: says on the link what the userscript would.

Written after `parts/main.js`, `jobs.js`, `outbox.js` and `link.js`: places are promised by `accept` and taken by `go`,
a grant is carried out at most once, what is said of it is numbered and kept until it has arrived, and a new connection
brings along what the last one left.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from arenabridge.wire.link import messages as m
from arenabridge.wire.step import CallAction, Errand, Step
from chaos.ledger import Ledger, Said
from chaos.reference_site import Call, ConnectionReset, ReferenceSite
from integration.gateway.worker_double import ORIGIN, page_with_models

RETRY_SECONDS = 0.25
"""The first pause before a connection is tried again, at most; the userscript's own."""
ERRAND_SECONDS = 0.02
"""One step of bringing a file to the site, on average."""

RETRY_CAP_SECONDS = 1.0
"""The script's is 15 s, and the tests' patience shorter."""
REMEMBERED_JOBS = 4096
OFFER_LIFE_SECONDS = 15.0
BACKLOG_BYTES = 2**20
"""Reading answers pauses while more waits to be sent."""


_ADDRESSES = {
    "generateUploadUrl": '{"uploadUrl":"https://storage.example/put","key":"file"}',
    "getSignedUrl": '{"url":"https://storage.example/file"}',
}


def _said_of_files(step: Errand) -> str:
    """What the site's server actions answer; all else answers nothing."""
    answer = _ADDRESSES.get(step.name) if isinstance(step, CallAction) else None
    return f'0:{{"a":"$@1","f":"","b":"x"}}\n1:{{"success":true,"data":{answer}}}\n' if answer else ""


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What a tab does with offers, as parts of one."""

    refuses: float = 0.0
    ignores: float = 0.0
    never_starts: float = 0.0
    """A grant that it proves not to have begun."""


@dataclass(eq=False)
class Grant:
    """A job that it carries out, with the number of its next message."""

    id: m.JobId
    epoch: int
    seq: int = 0
    started: bool = False
    is_carried: bool = True
    silenced: bool = False
    stopped: str = ""
    task: "asyncio.Task[None] | None" = None


@dataclass
class Record:
    """What all pages of a run have seen and done; kept by whoever runs them."""

    heard: list[tuple[m.JobId, int]] = field(default_factory=list)
    """Grants that have arrived, each once."""
    not_started: set[tuple[m.JobId, int]] = field(default_factory=set)
    pieces: int = 0
    """Frames with pieces of answers."""
    connections: int = 0
    resumed: int = 0
    """Jobs that went on over another connection."""
    dropped: int = 0
    """Jobs that the gateway wanted no more when their page came back."""
    refused: int = 0
    errands: int = 0
    cancelled: dict[m.JobId, float] = field(default_factory=dict)
    """When each job was told to stop, by the loop's clock."""


@dataclass(eq=False)
class Page:
    """Its life lasts from `run` to `leave` or `crash`; between them connections come and go."""

    url: str
    token: str
    site: ReferenceSite
    record: Record
    random: Random
    profile: str = "profile"
    id: str = "page"
    slots: int = 6
    habits: Habits = Habits()
    models: tuple[str, ...] = ("gpt",)
    on_reload: Callable[[], None] = lambda: None
    resume_key: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    welcomes: int = 0
    frozen: bool = False
    human: m.Human | None = None
    reload_wanted: bool = False
    allowed: int = 0
    _promised: dict[m.JobId, float] = field(default_factory=dict)
    _running: dict[m.JobId, Grant] = field(default_factory=dict)
    _granted: dict[m.JobId, int] = field(default_factory=dict)
    _gathered: dict[Grant, list[str]] = field(default_factory=dict)
    _wire: ClientConnection | None = None
    _outgoing: deque[str] = field(default_factory=deque)
    _backlog: int = 0
    """What waits to be sent, in bytes."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _greeted: bool = False
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)
    _gone: bool = False

    # -- its life

    async def run(self) -> None:
        """Connect, serve, and connect again until the page is gone."""
        failures = 0
        while not self._gone:
            before = self.welcomes
            with suppress(OSError, WebSocketException, TimeoutError):
                await self._converse()
            self._lose()
            failures = 1 if self.welcomes > before else failures + 1
            if not self._gone:
                await asyncio.sleep(
                    self.random.uniform(0, min(RETRY_CAP_SECONDS, RETRY_SECONDS * 2.0 ** (failures - 1)))
                )

    async def leave(self) -> None:
        """The person closes the tab, or loads it anew."""
        if self._wire is not None and self._greeted:
            with suppress(WebSocketException, OSError):
                await self._wire.send(m.encode(m.Bye()))
        await self.crash()

    async def crash(self) -> None:
        """The browser is gone: nothing is said, and nobody comes back."""
        self._gone = True
        self.break_connection()
        for grant in list(self._running.values()):
            grant.silenced = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def break_connection(self) -> None:
        """Of itself: the network has changed, say."""
        if self._wire is not None:
            self._wire.transport.abort()

    def freeze(self) -> None:
        self.frozen = True
        self._say(self._state())

    def thaw(self) -> None:
        """What was being read stands still for ever."""
        self.frozen = False
        for grant in list(self._running.values()):
            self._stop(grant, "frozen")
        self._say(self._state())

    def wants(self, human: m.Human | None) -> None:
        self.human = human
        self._say(self._state())

    @property
    def is_idle(self) -> bool:
        return not self._running and not self._promised

    @property
    def is_ready(self) -> bool:
        return self._greeted

    @property
    def running(self) -> int:
        return len(self._running)

    # -- one connection

    async def _converse(self) -> None:
        async with connect(self.url, additional_headers={"Origin": ORIGIN}, compression=None, open_timeout=5) as wire:
            if self._gone:
                return
            self._wire = wire
            self.record.connections += 1
            await wire.send(m.encode(self._hello()))
            writing = self._start(self._write(wire))
            try:
                async for frame in wire:
                    if isinstance(frame, str):
                        self._hear(frame)
            finally:
                writing.cancel()
                wire.transport.abort()

    def _hello(self) -> m.Hello:
        carrying = tuple(m.Carried(job, epoch) for job, epoch in self._carried().items())
        return m.Hello(
            protocol=m.PROTOCOL,
            script="test",
            token=self.token,
            origin=ORIGIN,
            profile=self.profile,
            page=self.id,
            slots=self.slots,
            resumes=True,
            resume_key=self.resume_key,
            carrying=carrying,
        )

    async def _write(self, wire: ClientConnection) -> None:
        with suppress(OSError, WebSocketException):
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._outgoing:
                    frame = self._outgoing.popleft()
                    self._backlog -= len(frame)
                    await wire.send(frame)

    def _lose(self) -> None:
        self._flush()
        self._wire, self._greeted = None, False
        self._outgoing.clear()
        self._backlog = 0
        self._promised.clear()

    def _hear(self, frame: str) -> None:  # noqa: C901 - one case a message
        if self.frozen:  # no code runs; what comes meanwhile is heard when it thaws, and here never
            return
        match m.decode_from_gateway(frame):
            case m.Welcome() as welcome:
                self._welcomed(welcome)
            case m.Offer(job, _):
                self._offered(job)
            case m.Go(job, epoch, step):
                self._go(job, epoch, step)
            case m.Cancel(job):
                self._cancel(job)
            case m.Acks(acks):
                for ack in acks:
                    self.ledger.acknowledge(ack.job, ack.epoch, ack.seq)
            case m.Ping():
                self._say(m.Pong())
            case m.Reload():
                self.reload_wanted = True
                self.on_reload()
            case m.RunErrand(errand, step):
                self._start(self._run_errand(errand, step))
            case m.RefusedLink(code, message):
                raise AssertionError(f"{code}: {message}")

    def _welcomed(self, welcome: m.Welcome) -> None:
        if self._greeted:
            return  # said twice
        self._greeted = True
        self.welcomes += 1
        self.resume_key = welcome.resume_key
        self.allowed = welcome.slots
        answers = {answer.job: answer.from_seq for answer in welcome.jobs}
        for job, epoch in self._carried().items():
            if (first := answers.get(job)) is None:
                self.record.dropped += 1
                self._forget(job)
            else:
                self.record.resumed += 1
                self.ledger.acknowledge(job, epoch, first)
                for said in self.ledger.said_of(job):
                    self._send(said)
        self._say(self._state())
        self._say(m.Page("/", page_with_models(*self.models, see=True)))

    def _state(self) -> m.State:
        return m.State(visible=True, frozen=self.frozen, human=self.human)

    # -- jobs

    def _offered(self, job: m.JobId) -> None:
        now = asyncio.get_running_loop().time()
        self._promised = {id_: at for id_, at in self._promised.items() if now - at < OFFER_LIFE_SECONDS}
        if self.random.random() < self.habits.ignores:
            return
        is_full = len(self._promised) + len(self._running) >= self.allowed
        if is_full or self.random.random() < self.habits.refuses:
            self.record.refused += 1
            self._say(m.Refuse(job, "all places are taken" if is_full else "not now"))
            return
        self._promised[job] = now
        self._say(m.Accept(job))

    def _go(self, job: m.JobId, epoch: int, step: object) -> None:
        self._promised.pop(job, None)
        if epoch <= self._granted.get(job, -1):
            return
        self._granted.pop(job, None)
        self._granted[job] = epoch
        if len(self._granted) > REMEMBERED_JOBS:
            del self._granted[next(iter(self._granted))]
        self.record.heard.append((job, epoch))
        assert isinstance(step, Step)
        grant = Grant(job, epoch)
        if job in self._running or self.random.random() < self.habits.never_starts:
            self.record.not_started.add((job, epoch))
            self._report_failure(grant, "internal")
            return
        self._running[job] = grant
        self._report(grant, m.Start(job, epoch, grant.seq))
        grant.started = True
        call = self.site.take(job, epoch, step.body or "")
        grant.task = self._start(self._carry_out(grant, call))
        grant.task.add_done_callback(lambda _: self._over(grant, call))

    def _over(self, grant: Grant, call: Call) -> None:
        self.site.left(call)
        if self._running.get(grant.id) is grant:
            del self._running[grant.id]

    async def _carry_out(self, grant: Grant, call: Call) -> None:
        try:
            await self._pass_on(grant, call)
        except ConnectionReset:
            self._report_failure(grant, "fetch_failed")
        except asyncio.CancelledError:
            self._report_failure(grant, grant.stopped or "cancelled")
            raise

    async def _pass_on(self, grant: Grant, call: Call) -> None:
        answer = await self.site.answer(call)
        head = m.Head(job=grant.id, epoch=grant.epoch, seq=0, status=answer.status, headers=dict(answer.headers))
        self._report(grant, head)
        async for piece in answer.pieces:
            while self.ledger.is_full or self._backlog > BACKLOG_BYTES:  # noqa: ASYNC110 - as the script does
                await asyncio.sleep(0.02)
            self._chunk(grant, piece)
        self._report(grant, m.End(grant.id, grant.epoch, 0))

    async def _run_errand(self, errand: m.JobId, step: Errand) -> None:
        """The site takes files, but has no pages: an answer that is lost can't be read again."""
        await asyncio.sleep(self.random.expovariate(1 / ERRAND_SECONDS))
        if self.frozen:
            return
        self.record.errands += 1
        self._say(m.Start(errand, 0, 0))
        self._say(m.Head(job=errand, epoch=0, seq=1, status=404 if isinstance(step, Step) else 200))
        self._say(m.Chunks([m.Chunk(errand, 0, 2, _said_of_files(step))]))
        self._say(m.End(errand, 0, 3))

    def _cancel(self, job: m.JobId) -> None:
        self.record.cancelled[job] = asyncio.get_running_loop().time()
        self._promised.pop(job, None)
        self.ledger.drop(job)
        if (grant := self._running.get(job)) is not None:
            grant.is_carried = False
            self._stop(grant, "cancelled")

    def _stop(self, grant: Grant, why: str) -> None:
        grant.stopped = why
        if grant.task is not None:
            grant.task.cancel()

    def _forget(self, job: m.JobId) -> None:
        self.ledger.drop(job)
        if (grant := self._running.get(job)) is not None:
            grant.silenced = True
            self._stop(grant, "")

    def _carried(self) -> Mapping[m.JobId, int]:
        return self.ledger.epochs() | {grant.id: grant.epoch for grant in self._running.values()}

    # -- what is said

    def _report_failure(self, grant: Grant, kind: str) -> None:
        self._flush()
        self._report(grant, m.Failed(job=grant.id, epoch=grant.epoch, seq=grant.seq, kind=kind, started=grant.started))

    def _report(self, grant: Grant, said: Said) -> None:
        self._flush()
        if grant.silenced:
            return
        said = msgspec.structs.replace(said, seq=grant.seq)
        if grant.is_carried:
            self.ledger.keep(said)
        grant.seq += 1
        self._send(said)

    def _chunk(self, grant: Grant, text: str) -> None:
        if grant.silenced:
            return
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._flush)
        self._gathered.setdefault(grant, []).append(text)

    def _flush(self) -> None:
        """What was gathered in this turn of the loop leaves in one frame."""
        if not self._gathered:
            return
        chunks = []
        for grant, texts in self._gathered.items():
            chunk = m.Chunk(grant.id, grant.epoch, grant.seq, "".join(texts))
            if grant.is_carried:
                self.ledger.keep(chunk)
            grant.seq += 1
            chunks.append(chunk)
        self._gathered.clear()
        self.record.pieces += 1
        self._say_now(m.Chunks(chunks))

    def _send(self, said: Said) -> None:
        self._say_now(m.Chunks([said]) if isinstance(said, m.Chunk) else said)

    def _say(self, message: m.FromWorker) -> None:
        self._flush()
        self._say_now(message)

    def _say_now(self, message: m.FromWorker) -> None:
        if self._greeted:
            frame = m.encode(message)
            self._outgoing.append(frame)
            self._backlog += len(frame)
            self._wake.set()

    def _start(self, work: object) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[call-overload]  # a coroutine
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


@asynccontextmanager
async def open_tab(page: Page) -> AsyncIterator[Page]:
    """Connected; at the end it is closed."""
    running = asyncio.ensure_future(page.run())
    try:
        async with asyncio.timeout(30):
            while not page.is_ready:  # noqa: ASYNC110 - the page tells nobody
                await asyncio.sleep(0.01)
        yield page
    finally:
        await page.leave()
        await running
