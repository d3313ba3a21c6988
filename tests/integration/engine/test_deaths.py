"""What becomes of jobs when replicas die, are stopped, or are busy."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from arenabridge.engine.interface import Fleet as FleetEvent, ReplicaGone, ReplicaId
from integration.engine.replicas import WITHIN, Fleet

PROGRAM = Path(__file__).parent / "other_process.py"
TESTS = Path(__file__).parents[2]


class OtherProcess:
    """A replica that another process is."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.me = ReplicaId("")

    async def says(self, what: str) -> str:
        """The rest of the next line that begins so."""
        assert self.process.stdout is not None
        async with asyncio.timeout(WITHIN):
            while line := (await self.process.stdout.readline()).decode():
                if line.startswith(what):
                    return line.removeprefix(what).strip()
        raise AssertionError(f"it ended before it said {what!r}")

    def is_sent(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def is_told(self, what: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n".encode())


@asynccontextmanager
async def other_process(fleet: Fleet) -> AsyncIterator[OtherProcess]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), fleet.url, fleet.prefix, stdin=pipe, stdout=pipe, env={"PYTHONPATH": str(TESTS)}
    )
    other = OtherProcess(process)
    try:
        other.me = ReplicaId(await other.says("me"))
        yield other
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_what_a_dead_replica_had_claimed_is_given_to_others_once_and_its_own_to_nobody(
    fleet: Fleet,
) -> None:
    a, b = await fleet.joins(), await fleet.joins()
    a.submits("j1", "j2")
    await a.is_settled()
    async with other_process(fleet) as dead:
        assert await dead.says("claimed") == "j1 j2"
        dead.is_sent(signal.SIGKILL)
        await a.hears(ReplicaGone(dead.me))
        await b.hears(ReplicaGone(dead.me))
    assert sorted([*await a.claims(5), *await b.claims(5)]) == ["j1", "j2"]
    await a.hears(FleetEvent({b.engine.me: b""}))
    a.heard.clear()
    await a.until(lambda: len(a.all_heard(FleetEvent)) > 5)
    assert a.all_heard(ReplicaGone) == []


async def test_who_was_taken_for_dead_is_told_and_comes_back(fleet: Fleet) -> None:
    a = await fleet.joins()
    a.submits("j1")
    await a.is_settled()
    async with other_process(fleet) as stopped:
        await stopped.says("claimed j1")
        stopped.is_sent(signal.SIGSTOP)
        await a.hears(ReplicaGone(stopped.me))
        assert await a.claims(1) == ["j1"]
        a.heard.clear()
        stopped.is_sent(signal.SIGCONT)
        assert await stopped.says("gone") == a.engine.me
        await a.hears(FleetEvent({stopped.me: b""}))
        assert a.all_heard(ReplicaGone) == []


async def test_who_is_busy_is_not_dead(fleet: Fleet) -> None:
    a = await fleet.joins()
    async with other_process(fleet) as busy:
        busy.is_told("be busy")
        await busy.says("free")
        a.heard.clear()
        await a.hears(FleetEvent({busy.me: b""}))
        assert a.all_heard(ReplicaGone) == []
