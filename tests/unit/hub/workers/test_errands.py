"""Errands: small requests of the gateway's own, told to a plain worker and answered by a test."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from arenabridge.hub.workers.errands import FILES_AT_ONCE, ErrandAnswer, ErrandFailed, Errands, WorkerGone
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import PutFile, Step

TAB, OTHER = m.WorkerId("tab"), m.WorkerId("other")
PAGE = Step(method="GET", path="/")


@dataclass
class Tab:
    """What one worker was told, and its answers."""

    told: list[m.FromGateway] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    errands: Errands = field(init=False)

    def __post_init__(self) -> None:
        self.errands = Errands(lambda _, message: self.told.append(message), lambda *file: self.files.append(file[2]))

    async def running(self, work: Coroutine[Any, Any, ErrandAnswer]) -> asyncio.Task[ErrandAnswer]:
        task = asyncio.ensure_future(work)
        await asyncio.sleep(0)
        return task

    @property
    def errand(self) -> m.JobId:
        first = self.told[0]
        assert isinstance(first, m.RunErrand)
        return first.errand

    def answers(self, *pieces: str, status: int = 200, worker: m.WorkerId = TAB) -> None:
        id_ = self.errand
        self.errands.report(worker, m.Start(id_, 0, 0))
        self.errands.report(worker, m.Head(job=id_, epoch=0, seq=1, status=status, headers={"x": "y"}))
        for number, piece in enumerate(pieces):
            self.errands.chunk(worker, m.Chunk(id_, 0, 2 + number, piece))
        self.errands.report(worker, m.End(id_, 0, 2 + len(pieces)))


async def test_what_the_worker_answers_comes_back_whole_and_in_order() -> None:
    tab = Tab()
    errand = await tab.running(tab.errands.run(TAB, PAGE, seconds=5))
    tab.answers("<ht", "ml>")
    assert await errand == ErrandAnswer(200, {"x": "y"}, ("<ht", "ml>"))
    assert len(tab.errands) == 0


async def test_a_file_goes_along() -> None:
    tab = Tab()
    put = PutFile(url="https://x/", media_type="image/png", size=3)
    errand = await tab.running(tab.errands.run(TAB, put, seconds=5, content=b"png"))
    assert tab.files == [b"png"]
    tab.answers()
    assert (await errand).text == ""


async def test_files_take_turns_so_that_a_tab_is_not_sent_more_than_it_holds() -> None:
    tab = Tab()
    put = PutFile(url="https://x/", media_type="image/png", size=3)
    running = [
        await tab.running(tab.errands.run(TAB, put, seconds=5, content=b"png")) for _ in range(FILES_AT_ONCE + 2)
    ]
    assert len(tab.files) == FILES_AT_ONCE
    tab.answers()
    assert (await running[0]).status == 200
    await asyncio.sleep(0)
    assert len(tab.files) == FILES_AT_ONCE + 1
    tab.errands.worker_left(TAB)
    outcomes = await asyncio.gather(*running[1:], return_exceptions=True)
    assert all(isinstance(outcome, WorkerGone) for outcome in outcomes)
    assert len(tab.files) == FILES_AT_ONCE + 1


async def test_another_worker_can_not_answer_it() -> None:
    tab = Tab()
    errand = await tab.running(tab.errands.run(TAB, PAGE, seconds=5))
    tab.answers("forged", worker=OTHER)
    tab.answers("true")
    assert (await errand).text == "true"


async def test_a_gap_in_the_answer_is_a_failure_not_a_shorter_answer() -> None:
    tab = Tab()
    errand = await tab.running(tab.errands.run(TAB, PAGE, seconds=5))
    tab.errands.report(TAB, m.Start(tab.errand, 0, 0))
    tab.errands.report(TAB, m.Head(job=tab.errand, epoch=0, seq=1, status=200))
    tab.errands.chunk(TAB, m.Chunk(tab.errand, 0, 3, "late"))
    with pytest.raises(ErrandFailed, match="malformed"):
        await errand


async def test_a_worker_that_leaves_takes_its_errands_along() -> None:
    tab = Tab()
    errand = await tab.running(tab.errands.run(TAB, PAGE, seconds=5))
    tab.errands.worker_left(OTHER)
    assert not errand.done()
    tab.errands.worker_left(TAB)
    with pytest.raises(WorkerGone):
        await errand


async def test_one_that_nobody_waits_for_any_more_is_cancelled_at_the_tab() -> None:
    tab = Tab()
    errand = await tab.running(tab.errands.run(TAB, PAGE, seconds=5))
    errand.cancel()
    with pytest.raises(asyncio.CancelledError):
        await errand
    assert tab.told[-1] == m.Cancel(tab.errand)
    assert len(tab.errands) == 0


async def test_one_that_takes_too_long_is_cancelled_at_the_tab() -> None:
    tab = Tab()
    with pytest.raises(TimeoutError):
        await tab.errands.run(TAB, PAGE, seconds=0)
    assert tab.told[-1] == m.Cancel(tab.errand)
