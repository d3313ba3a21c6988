"""
Small requests of the gateway's own, carried out by one worker beside its jobs: a file on its way, a page to be read.

An errand costs no quota, so it may be repeated; it lives and dies with its worker's connection.
"""

import asyncio
import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from arenabridge.wire.arena.wording import shown
from arenabridge.wire.link import messages as m
from arenabridge.wire.link.session import Admission, Report, ReportSequence
from arenabridge.wire.step import Errand

MAX_ERRANDS = 256
"""Under way at once, of all workers."""

FILES_AT_ONCE = 4
"""Files on their way to one worker: it takes on as many at a time, and holds 64 MiB of them."""

MAX_ANSWER_CHARACTERS = 48 * 2**20
"""The largest answer of one errand: a picture of 32 MiB as base64, with some room."""


class ErrandFailed(Exception):
    """The worker could not carry it out; the message says why, `kind` as `Failed.kind` does."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


class WorkerGone(ErrandFailed):
    """Its worker has left; another may do it."""

    def __init__(self) -> None:
        super().__init__("worker_gone", "the browser tab has disconnected")


@dataclass(frozen=True, slots=True)
class ErrandAnswer:
    """What was answered; all zero and empty where there was nothing to answer."""

    status: int
    headers: dict[str, str]
    pieces: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def content(self) -> bytes:
        """The bytes of an answer reported in base64, each piece encoded by itself; raises `ErrandFailed`."""
        try:
            return b"".join(base64.b64decode(piece, validate=True) for piece in self.pieces)
        except binascii.Error as error:
            raise ErrandFailed("malformed", "the file did not arrive as it should") from error


@dataclass(slots=True)
class _UnderWay:
    worker: m.WorkerId
    answer: asyncio.Future[ErrandAnswer]
    reports: ReportSequence = field(default_factory=ReportSequence)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    characters: int = 0


class Errands:
    """Those under way, by id. `say` and `send_file` reach a worker, or do nothing when it has gone."""

    def __init__(
        self,
        say: Callable[[m.WorkerId, m.FromGateway], None],
        send_file: Callable[[m.WorkerId, m.JobId, bytes], None],
    ) -> None:
        self._say = say
        self._send_file = send_file
        self._under_way: dict[m.JobId, _UnderWay] = {}
        self._file_turns: dict[m.WorkerId, asyncio.Semaphore] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def of(self, worker: m.WorkerId) -> int:
        """How many are under way at this worker."""
        return sum(each.worker == worker for each in self._under_way.values())

    def __contains__(self, errand: m.JobId) -> bool:
        return errand in self._under_way

    async def run(
        self, worker: m.WorkerId, step: Errand, *, seconds: float, content: bytes | None = None, id_: str = ""
    ) -> ErrandAnswer:
        """
        Have the worker do it; raises `ErrandFailed` or `TimeoutError`.

        `content` is the file that goes along, when its turn comes: until then no time counts.
        """
        if content is None:
            return await self._run(worker, step, seconds=seconds, id_=id_)
        turns = self._file_turns.setdefault(worker, asyncio.Semaphore(FILES_AT_ONCE))
        async with turns:
            if self._file_turns.get(worker) is not turns:
                raise WorkerGone
            return await self._run(worker, step, seconds=seconds, content=content, id_=id_)

    async def _run(
        self, worker: m.WorkerId, step: Errand, *, seconds: float, content: bytes | None = None, id_: str = ""
    ) -> ErrandAnswer:
        if len(self._under_way) >= MAX_ERRANDS:
            raise ErrandFailed("too_many", "too many files are on their way")
        errand = m.JobId(id_ or new_errand_id())
        under_way = _UnderWay(worker, asyncio.get_running_loop().create_future())
        self._under_way[errand] = under_way
        try:
            self._say(worker, m.RunErrand(errand, step))
            if content is not None:
                self._send_file(worker, errand, content)
            async with asyncio.timeout(seconds):
                return await under_way.answer
        finally:
            del self._under_way[errand]
            if not under_way.answer.done() or under_way.answer.cancelled():
                self._say(worker, m.Cancel(errand))

    def report(self, worker: m.WorkerId, message: m.Start | m.Head | m.End | m.Failed) -> None:
        under_way = self._under_way[message.job]
        if under_way.worker != worker or under_way.answer.done():
            return
        match message:
            case m.Start():
                self._admit(under_way, "start", message.seq)
            case m.Head():
                if self._admit(under_way, "head", message.seq):
                    under_way.status, under_way.headers = message.status, message.headers
            case m.End():
                if self._admit(under_way, "end", message.seq):
                    answer = ErrandAnswer(under_way.status, under_way.headers, tuple(under_way.pieces))
                    under_way.answer.set_result(answer)
            case m.Failed():
                under_way.answer.set_exception(ErrandFailed(shown(message.kind), shown(message.detail)))
            case _:
                assert_never(message)

    def chunk(self, worker: m.WorkerId, chunk: m.Chunk) -> None:
        under_way = self._under_way[chunk.job]
        if under_way.worker != worker or under_way.answer.done() or not self._admit(under_way, "chunk", chunk.seq):
            return
        under_way.characters += len(chunk.text)
        if under_way.characters > MAX_ANSWER_CHARACTERS:
            under_way.answer.set_exception(ErrandFailed("too_large", "the answer is too large"))
            return
        under_way.pieces.append(chunk.text)

    def worker_left(self, worker: m.WorkerId) -> None:
        self._file_turns.pop(worker, None)
        for under_way in self._under_way.values():
            if under_way.worker == worker and not under_way.answer.done():
                under_way.answer.set_exception(WorkerGone())

    def _admit(self, under_way: _UnderWay, report: Report, seq: int) -> bool:
        admission = under_way.reports.admit(report, seq)
        if admission is Admission.BROKEN:
            under_way.answer.set_exception(ErrandFailed("malformed", "part of the answer was lost on the way"))
        return admission is Admission.FRESH


def new_errand_id() -> str:
    return f"e-{secrets.token_hex(8)}"
