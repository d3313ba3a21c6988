"""
The userscript of the earlier bridges as a worker: its protocol on one side, the hub's on the other.

That script says nothing until it is asked, so a connection that stays silent for a while is taken for one of its own.
It numbers nothing, so we do. It can't be told to stop: what it still sends for a job that is over is ignored. When its
socket breaks it goes on over the next one, without whatever was lost in between, so an answer counts only as long as it
comes over the connection that was asked for it.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from arenabridge.hub.hub import Hub
from arenabridge.hub.links.link import (
    MAX_MALFORMED,
    MAX_OUTBOX_BYTES,
    LinkConnection,
    LinkPolicy,
    Socket,
    SocketClosed,
)
from arenabridge.hub.tasks import Tasks
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire import earlier
from arenabridge.wire.link import messages as m
from arenabridge.wire.templates import MakeAgain

_log = logging.getLogger(__name__)

SILENCE_SECONDS = 0.25
"""A connection that has not said hello by then is taken for an earlier script. Ours says it at once, unless its page is
busy loading; one that says it later is heard too."""

SLOTS = 4
"""Jobs at once of one script: a browser opens six connections to a host, and the person wants to use the page too."""

PROFILE = "earlier-userscript"
"""The script does not tell which browser it is in, so all of its connections share their slots."""

GOING_AWAY = 1001
TRY_LATER = 1013


@dataclass(slots=True)
class _Running:
    """A job that the script was asked to do. Reports on it are numbered from 0."""

    job: m.JobId
    epoch: int
    has_files: bool
    seq: int = 0
    has_begun: bool = False

    def number(self) -> int:
        self.seq += 1
        return self.seq - 1


class EarlierScripts:
    """All connections of one gateway. `asked` is which of them was asked, by the request's id."""

    def __init__(self, silence_seconds: float = SILENCE_SECONDS) -> None:
        self.asked: dict[str, EarlierConnection] = {}
        self._silence = silence_seconds

    async def serve(
        self, socket: Socket, hub: Hub, policy: LinkPolicy, new_id: Callable[[], m.WorkerId], origin: str
    ) -> None:
        """Serve a connection that may be either script's, until it ends."""
        try:
            first = await self._first_frame(socket)
        except SocketClosed:
            return
        if first is None or not _is_ours(first):
            if len(hub.workers) >= policy.max_workers:
                await socket.close(TRY_LATER, f"{policy.max_workers} tabs are connected already")
                return
            slots = policy.slots or SLOTS
            first = await EarlierConnection(self, socket, hub, new_id(), origin, slots).run(first)
        if first is not None:
            await LinkConnection(_HeardAgain(socket, first), hub, policy, new_id).run()

    async def _first_frame(self, socket: Socket) -> str | bytes | None:
        try:
            async with asyncio.timeout(self._silence):
                return await socket.receive()
        except TimeoutError:
            return None


class EarlierConnection:
    """One socket of the script. `run` lasts as long as the connection."""

    def __init__(
        self, scripts: EarlierScripts, socket: Socket, hub: Hub, worker: m.WorkerId, origin: str, slots: int
    ) -> None:
        self.state = WorkerState(
            worker=worker, origin=origin, profile=PROFILE, script="earlier", slots=slots, how=("retry",), page=worker
        )
        self._now = asyncio.get_running_loop().time
        self.state.heard_at = self._now()
        self._scripts = scripts
        self._socket = socket
        self._hub = hub
        self._running: dict[str, _Running] = {}
        self._outbox: list[str] = []
        self._wake = asyncio.Event()
        self._closing: str | None = None
        self._closed = asyncio.Event()
        self._hello: str | bytes | None = None
        self._malformed = 0
        self._wants_refresh = False
        self._was_refreshed = False

    async def run(self, first: str | bytes | None) -> str | bytes | None:
        """Serve until it ends; the hello, if it turns out to be our own script's."""
        tasks = Tasks()
        self._hub.join(self)
        self.say(m.ReadPage())
        name = f"earlier link {self.state.worker}"
        works = (self._read(first), "reader"), (self._write(), "writer"), (self._until_closed(), "end")
        try:
            await asyncio.wait(
                [tasks.start(work, f"{name} {what}") for work, what in works], return_when=asyncio.FIRST_COMPLETED
            )
            if self._hello is not None:
                self._was_mistaken()
        finally:
            self._forget_all()
            self._hub.leave(self)
            await tasks.close()
        if self._hello is None:
            await self._socket.close(GOING_AWAY, self._closing or "")
        return self._hello

    async def _until_closed(self) -> None:
        await self._closed.wait()

    # -- what the hub does with a worker

    def say(self, message: m.FromGateway) -> None:
        match message:
            case m.Offer(job):
                self._hub.receive(self, m.Accept(job))
            case m.Go(job, epoch, MakeAgain() as step):
                self._ask(job, epoch, step)
            case m.Go(job, epoch):
                self._hub.receive(self, m.Failed(job=job, epoch=epoch, seq=0, kind="not_supported", started=False))
            case m.RunErrand(errand):
                self._hub.receive(self, m.Failed(job=errand, epoch=0, seq=0, kind="not_supported", started=False))
            case m.Cancel(job):
                self._drop(job)
            case m.Capture(on=True):
                self._send(earlier.command("activate_id_capture"))
            case m.ReadPage():
                self._send(earlier.command("send_page_source"))
            case m.Reload():
                self._wants_refresh = True
                self._refresh_when_idle()
            case _:
                pass  # it has no welcome, asks for no acknowledgement, and answers no ping

    def send_file(self, errand: m.JobId, content: bytes) -> None:
        """The script takes none: files are within its jobs."""

    def tick(self, now: float) -> None:
        """The script gives no sign of life: its socket alone tells whether its tab is there."""

    def close(self, reason: str) -> None:
        self._closing = self._closing or reason
        self._closed.set()

    def _ask(self, job: m.JobId, epoch: int, step: MakeAgain) -> None:
        request = str(uuid.uuid4())
        has_files = any(template.attachments for template in step.payload.message_templates)
        self._running[request] = _Running(job, epoch, has_files)
        self._scripts.asked[request] = self
        self._send(earlier.ask(request, step))

    def _drop(self, job: m.JobId) -> None:
        for request in [request for request, running in self._running.items() if running.job == job]:
            self._forget(request)

    def _forget(self, request: str) -> None:
        self._running.pop(request, None)
        self._scripts.asked.pop(request, None)
        self._refresh_when_idle()

    def _forget_all(self) -> None:
        for request in list(self._running):
            self._forget(request)

    def _refresh_when_idle(self) -> None:
        """Reload, once: what follows is another connection. It would end what runs, so that is finished first."""
        if self._wants_refresh and not self._running and not self._was_refreshed and self._closing is None:
            self._was_refreshed = True
            self._send(earlier.command("refresh"))

    # -- what the script says

    async def _read(self, first: str | bytes | None) -> None:
        with contextlib.suppress(SocketClosed):
            frame = await self._socket.receive() if first is None else first
            while not _is_ours(frame):
                self._take(frame)
                frame = await self._socket.receive()
            self._hello = frame

    def _take(self, frame: str | bytes) -> None:
        self.state.heard_at = self._now()
        try:
            said = earlier.read(frame)
        except m.MalformedFrame as error:
            _log.warning("worker %s sent a frame that makes no sense: %s", self.state.worker, error)
            self._malformed += 1
            if self._malformed >= MAX_MALFORMED:
                self.close("too many malformed frames")
            return
        self._malformed = 0
        if said is None:
            self._hub.unknown_messages += 1
            return
        running = self._running.get(said.request)
        if running is None:
            self._is_of_another(said.request)
            return
        match said:
            case earlier.Piece(text=text):
                self._pass_on(running, text)
            case earlier.Done(request):
                self._begin(running, 200, "")
                self._forget(request)
                self._hub.receive(self, m.End(running.job, running.epoch, running.number()))
            case earlier.NotOk(request, status, body):
                self._forget(request)
                self._refused(running, status, body)
            case earlier.Broken(request, words):
                self._forget(request)
                self._fail(running, "fetch_failed", words)

    def _pass_on(self, running: _Running, text: str) -> None:
        if text:
            self._begin(running, 200, text)
            self._hub.receive(self, m.Chunks([m.Chunk(running.job, running.epoch, running.number(), text)]))

    def _begin(self, running: _Running, status: int, text: str) -> None:
        if running.has_begun:
            return
        running.has_begun = True
        job, epoch = running.job, running.epoch
        self._hub.receive(self, m.Start(job, epoch, running.number()))
        headers = earlier.headers_of(text)
        self._hub.receive(self, m.Head(job=job, epoch=epoch, seq=running.number(), status=status, headers=headers))

    def _refused(self, running: _Running, status: int, body: str) -> None:
        if running.has_begun:
            self._fail(running, "fetch_failed", f"status {status}")
        elif status == 413 and running.has_files:
            self._fail(running, "too_large", "")
        else:
            self._begin(running, status, body)
            self._pass_on(running, body)
            self._hub.receive(self, m.End(running.job, running.epoch, running.number()))

    def _fail(self, running: _Running, kind: str, words: str) -> None:
        job, epoch = running.job, running.epoch
        if not running.has_begun:
            self._hub.receive(self, m.Start(job, epoch, running.number()))
        failed = m.Failed(job=job, epoch=epoch, seq=running.number(), kind=kind, detail=words[:2000])
        self._hub.receive(self, failed)

    def _is_of_another(self, request: str) -> None:
        """Another connection's tab goes on over this one: what came in between is lost, and so is its answer."""
        other = self._scripts.asked.get(request)
        if other is not None:
            other.close("its tab has connected anew")

    def _was_mistaken(self) -> None:
        """Our own script ignores what it does not know, so nothing of these jobs was sent to the site."""
        for running in list(self._running.values()):
            if not running.has_begun:
                failed = m.Failed(
                    job=running.job, epoch=running.epoch, seq=0, kind="not_an_earlier_script", started=False
                )
                self._hub.receive(self, failed)

    # -- writing

    def _send(self, frame: str) -> None:
        self._outbox.append(frame)
        if sum(map(len, self._outbox)) > MAX_OUTBOX_BYTES:
            self.close("the worker takes nothing any more")
        self._wake.set()

    async def _write(self) -> None:
        with contextlib.suppress(SocketClosed):
            while True:
                await self._wake.wait()
                self._wake.clear()
                frames, self._outbox = self._outbox, []
                for frame in frames:
                    await self._socket.send(frame)


class _HeardAgain:
    """A socket whose first frame was taken from it, and is given back."""

    def __init__(self, socket: Socket, first: str | bytes) -> None:
        self._socket = socket
        self._first: str | bytes | None = first

    async def receive(self) -> str | bytes:
        if self._first is None:
            return await self._socket.receive()
        first, self._first = self._first, None
        return first

    async def send(self, frame: str | bytes) -> None:
        await self._socket.send(frame)

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code, reason)


def _is_ours(frame: str | bytes) -> bool:
    """A message of the link, whatever it holds: the earlier script's frames have no type."""
    try:
        m.decode_from_worker(frame)
    except m.MalformedFrame:
        return False
    return True
