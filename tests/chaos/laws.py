"""What must hold after every run, whatever happened in it."""

import asyncio
import gc
import logging
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arenabridge.app import Running
from arenabridge.dispatch.jobs import Job
from arenabridge.http.answers.answer_stream import AnswerStream
from arenabridge.hub.jobs.attempt import Attempt
from arenabridge.hub.jobs.exchange import Exchange
from arenabridge.hub.links.link import LinkConnection
from chaos.reference_site import ReferenceSite
from chaos.tab import Record

SETTLING_SECONDS = 20.0
"""Longer than the grace that the runs set: by then nothing waits for anything."""

OF_ONE_REQUEST = (Exchange, Attempt, AnswerStream, Job, LinkConnection)
"""None of these outlives its request or its connection."""


def open_files() -> Counter[str]:
    """By what they are; but for the database's, whose pool has a bound of its own."""
    found: Counter[str] = Counter()
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder's own
            found[re.sub(r"\[\d+\]", "", str(link.readlink()))] += 1
    return Counter({what: count for what, count in found.items() if ".sqlite3" not in what})


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def settled(condition: Callable[[], object], what: Callable[[], object]) -> None:
    """Wait for what the gateway does by its own clock; tells what is left if it does not come."""
    try:
        async with asyncio.timeout(SETTLING_SECONDS):
            while not condition():  # noqa: ASYNC110 - the gateway has no event for tests
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"left over: {what()}") from None


def left_over(running: Running) -> dict[str, int]:
    """All that belongs to a request or a worker, by where it is; only what is there."""
    hub = running.gateway.hub
    dispatcher, engine = hub._dispatcher, hub._engine
    counts = {
        "requests under way": hub.under_way,
        "jobs waiting": hub.waiting,
        "jobs running": hub.running,
        "jobs known to the dispatcher": len(dispatcher._jobs),
        "slots held by claims": sum(dispatcher._claims._under_way.values()),
        "members of the fleet": len(dispatcher._fleet._members),
        "queued": engine._queue._queued.__len__(),  # type: ignore[attr-defined]  # of the local engine
        "claimed": len(engine._queue._claimed),  # type: ignore[attr-defined]  # likewise
        "errands": len(hub.errands),
        "preparations": len(hub._bringing),
        "pages on their way back": len(hub.returning._resumed) + len(hub.returning._theirs),
        "leases": len(hub.replicas.lender) + len(hub.replicas.borrower),
        "workers": len(hub.workers),
        "open answers": len(running.gateway.answers),
        "pages whose workers have not left": sum(page.left is None for page in hub.returning.keys._pages.values()),
    }
    return {what: count for what, count in counts.items() if count}


def objects_left() -> dict[str, int]:
    gc.collect()
    counts = Counter(type(each).__name__ for each in gc.get_objects() if type(each) in OF_ONE_REQUEST)
    return dict(counts)


@dataclass
class Faults:
    """Failures of our own that nobody asked for: errors in the log, exceptions that nobody took."""

    seen: list[str] = field(default_factory=list)


class _Errors(logging.Handler):
    def __init__(self, faults: Faults) -> None:
        super().__init__(logging.ERROR)
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        self._faults.seen.append(self.format(record))


@contextmanager
def watched() -> Iterator[Faults]:
    """The log of the gateway is read for errors and kept nowhere: memory is measured."""
    faults, log = Faults(), logging.getLogger("arenabridge")
    loop = asyncio.get_running_loop()
    handler, before = _Errors(faults), (log.propagate, log.level)
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.WARNING)

    def unasked(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        faults.seen.append(f"{context.get('message')}: {context.get('exception')!r}")

    loop.set_exception_handler(unasked)
    try:
        yield faults
    finally:
        loop.set_exception_handler(None)
        log.removeHandler(handler)
        log.propagate, log.level = before


@asynccontextmanager
async def nothing_is_left(running: Running) -> AsyncIterator[None]:
    """Around a run, which ends all that it begins: tasks, buffers, slots and files are as they were."""
    tasks, files, own = len(asyncio.all_tasks()), open_files(), len(running.gateway.tasks)
    with watched() as faults:
        yield
        await settled(lambda: not left_over(running), lambda: left_over(running))
        await settled(lambda: len(running.gateway.tasks) <= own, lambda: [*running.gateway.tasks._running])
        await settled(lambda: len(asyncio.all_tasks()) <= tasks, asyncio.all_tasks)
        await settled(lambda: open_files() <= files, lambda: open_files() - files)
        assert not objects_left()
    assert not faults.seen


def check_calls(running: Running, site: ReferenceSite, record: Record) -> int:
    """
    Every call at the site is one grant, and no request is generated twice; gives back how many grants never arrived.

    What does not reach a tab, or is proved not to have begun there, is not called; all else is called exactly once.
    """
    called = [(call.job, call.epoch) for call in site.calls]
    assert len(set(called)) == len(called), "a grant was carried out twice"
    assert len(set(record.heard)) == len(record.heard), "a grant was given twice"
    assert set(called) == set(record.heard) - record.not_started
    generated = Counter(call.job for call in site.calls if call.generates)
    assert max(generated.values(), default=0) <= 1, "a request cost quota twice"
    by_request = Counter(call.number for call in site.calls if call.generates)
    assert max(by_request.values(), default=0) <= 1, "a request cost quota twice"
    assert not site.active, "the site still works for nobody"
    return running.gateway.hub.grants - len(record.heard)
