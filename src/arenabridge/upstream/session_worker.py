"""
A person's session at the site as a worker, in this process: to the hub it looks like a tab that can only `fetch`.

What needs a page (the site's checks, its message box) it can't do, and says so: the person uses a tab instead.
"""

import asyncio
import base64
import codecs
import logging
from collections.abc import AsyncIterator, Callable
from typing import Protocol, assert_never

import httpx

from arenabridge.errors import GatewayError
from arenabridge.hub.tasks import Tasks
from arenabridge.hub.workers.worker import Worker, WorkerState
from arenabridge.upstream.actions import Actions, ActionUnknown
from arenabridge.upstream.site_client import SiteBroke, SiteClient, SiteUnreachable
from arenabridge.upstream.storage import Storage, kind_of
from arenabridge.wire.composition import HumanKind
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import CallAction, GetFile, HoldFile, PutFile, Step

_log = logging.getLogger(__name__)

CHECK_REST_SECONDS = 600.0
"""A site that wanted its check is not asked again for so long: each try is a refused call of the person's."""

LOOK_AGAIN_SECONDS = 60.0
"""How often we look whether a challenge is over, or a dead session alive again."""

FILE_PIECE_BYTES = 3 * 2**16
"""Bytes of a file in one report: a multiple of three, so that each piece is valid base64 by itself."""


class SessionHub(Protocol):
    """What it needs of the hub."""

    def receive(self, worker: Worker, message: m.FromWorker) -> None: ...


class _Reports:
    """What is said of one job or errand, numbered."""

    def __init__(self, say: Callable[[m.FromWorker], None], job: m.JobId, epoch: int) -> None:
        self._say = say
        self._job = job
        self._epoch = epoch
        self._seq = 0
        self.is_started = False

    def start(self) -> None:
        self.is_started = True
        self._say(m.Start(self._job, self._epoch, self._next()))

    def head(self, status: int, headers: dict[str, str]) -> None:
        self._say(m.Head(job=self._job, epoch=self._epoch, seq=self._next(), status=status, headers=headers))

    def piece(self, text: str) -> None:
        if text:
            self._say(m.Chunks([m.Chunk(self._job, self._epoch, self._next(), text)]))

    def end(self) -> None:
        self._say(m.End(self._job, self._epoch, self._next()))

    def failed(self, kind: str, detail: str) -> None:
        started = self.is_started
        seq = self._next()
        self._say(m.Failed(job=self._job, epoch=self._epoch, seq=seq, kind=kind, detail=detail[:2000], started=started))

    def _next(self) -> int:
        self._seq += 1
        return self._seq - 1


class SessionWorker:
    """Implements `hub.workers.worker.Worker`."""

    def __init__(self, state: WorkerState, client: SiteClient, storage: Storage, hub: SessionHub) -> None:
        self.state = state
        self._client = client
        self._storage = storage
        self._actions = Actions(client)
        self._hub = hub
        self._tasks = Tasks()
        self._running: dict[m.JobId, asyncio.Task[None]] = {}
        self._files: dict[m.JobId, asyncio.Future[bytes]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._soon = asyncio.get_running_loop().call_soon
        self.closed = asyncio.Event()

    # -- what the hub does with a worker

    def say(self, message: m.FromGateway) -> None:
        match message:
            case m.Offer(job, how):
                self._answer_offer(job, how)
            case m.Go(job, epoch, step):
                self._carry_out(job, epoch, step)
            case m.RunErrand(errand, step):
                if isinstance(step, PutFile):
                    self._files[errand] = asyncio.get_running_loop().create_future()
                self._begin(errand, 0, step)
            case m.Cancel(job):
                self._stop(job)
            case m.Reload():
                self.look_again()
            case _:
                pass  # a page's affairs, or a connection's

    def send_file(self, errand: m.JobId, content: bytes) -> None:
        file = self._files.get(errand)
        if file is not None and not file.done():
            file.set_result(content)

    def tick(self, now: float) -> None:
        """There is no connection that could be silent."""

    def close(self, reason: str) -> None:
        _log.info("the session %s ends: %s", self.state.name, reason)
        self.closed.set()

    async def stop(self) -> None:
        """End what runs."""
        await self._tasks.close()
        await self._client.close()

    # -- the person

    def look_again(self) -> None:
        """Find out whether the site takes calls of this session again."""
        if self._looking is None or self._looking.done():
            self._looking = self._tasks.start(self._look_until_well(), f"session {self.state.name} looks")

    def needs(self, kind: HumanKind, words: str) -> None:
        self._tell(m.State(human=m.Human(kind, words[:1000])))

    async def _look_until_well(self) -> None:
        if self.state.human is not None and self.state.human.kind == "check":
            self._tell(m.State(human=self.state.human))
            await asyncio.sleep(CHECK_REST_SECONDS)
        while (human := await self._look()) is not None:
            self._tell(m.State(human=human))
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        self._tell(m.State())

    async def _look(self) -> m.Human | None:
        """What stands in the way now."""
        try:
            status, html = await self._client.page()
        except (SiteUnreachable, SiteBroke) as error:
            return m.Human("unreachable", str(error))
        if status in {403, 503}:
            return m.Human("challenge", "The site wants to check the browser of whoever asks.")
        if self.state.human is not None and self.state.human.kind == "sign_in" and not await self._is_renewed():
            return m.Human("sign_in", "The session is over: add a new one.")
        self._tell(m.Page(self._client.origin + "/", html))
        return None

    async def _is_renewed(self) -> bool:
        before = self.state.human
        try:
            return await self._client.renew() or before is None
        except (SiteUnreachable, SiteBroke):
            return False

    # -- jobs and errands

    def _answer_offer(self, job: m.JobId, how: m.How) -> None:
        if how == "fetch" and self.state.human is None:
            self._tell(m.Accept(job))
        else:
            self._tell(m.Refuse(job, "a direct session has no page to use"))

    def _carry_out(self, job: m.JobId, epoch: int, step: object) -> None:
        if isinstance(step, Step):
            self._begin(job, epoch, step)
        else:
            self._tell(m.Failed(job=job, epoch=epoch, seq=0, kind="forbidden_path", detail="no page", started=False))

    def _begin(self, job: m.JobId, epoch: int, step: Step | CallAction | PutFile | GetFile | HoldFile) -> None:
        reports = _Reports(self._tell, job, epoch)
        self._running[job] = self._tasks.start(self._run(job, reports, step), f"job {job} of {self.state.name}")

    def _stop(self, job: m.JobId) -> None:
        if (task := self._running.pop(job, None)) is not None:
            task.cancel()

    async def _run(
        self, job: m.JobId, reports: _Reports, step: Step | CallAction | PutFile | GetFile | HoldFile
    ) -> None:
        try:
            await self._do(job, reports, step)
        except SiteUnreachable as error:
            reports.failed("fetch_failed", str(error))
        except SiteBroke as error:
            reports.is_started = reports.is_started or isinstance(step, Step)
            reports.failed("fetch_failed", str(error))
        except ActionUnknown as error:
            reports.failed("action_unknown", str(error))
        except GatewayError as error:
            reports.failed(kind_of(error), str(error))
        finally:
            self._running.pop(job, None)
            self._files.pop(job, None)

    async def _do(
        self, job: m.JobId, reports: _Reports, step: Step | CallAction | PutFile | GetFile | HoldFile
    ) -> None:
        match step:
            case Step():
                await self._fetch(reports, step)
            case CallAction(name=name, arguments=arguments):
                status, headers, text = await self._actions.call(name, arguments)
                self._whole(reports, status, headers, text)
            case PutFile(url=url, media_type=media_type):
                status, headers = await self._storage.put(url, media_type, await self._files[job])
                self._whole(reports, status, headers, "")
            case GetFile(url=url, limit=limit):
                await self._get(reports, url, limit)
            case HoldFile():
                reports.failed("forbidden_path", "no page")
            case _:
                assert_never(step)

    async def _fetch(self, reports: _Reports, step: Step) -> None:
        async with self._client.ask(step.method, step.path, step.headers, step.body) as response:
            reports.start()
            reports.head(response.status_code, dict(response.headers))
            async for text in _texts(response):
                reports.piece(text)
        reports.end()

    def _whole(self, reports: _Reports, status: int, headers: dict[str, str], text: str) -> None:
        reports.start()
        reports.head(status, headers)
        reports.piece(text)
        reports.end()

    async def _get(self, reports: _Reports, url: str, limit: int) -> None:
        content = await self._storage.get(url, limit)
        reports.start()
        reports.head(200, {})
        for at in range(0, len(content), FILE_PIECE_BYTES):
            reports.piece(base64.b64encode(content[at : at + FILE_PIECE_BYTES]).decode())
        reports.end()

    def _tell(self, message: m.FromWorker) -> None:
        """Report later, not in the middle of what the hub is saying."""
        self._soon(self._hub.receive, self, message)


async def _texts(response: httpx.Response) -> AsyncIterator[str]:
    """As the body arrives; a character that the network cut in two is whole."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    async for piece in response.aiter_bytes():
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)
