"""A client that hangs up ends its request wherever it is, streamed or not, and the tab is told within a second."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from arenabridge.dispatch.jobs import Stage
from chaos.client import Wish
from chaos.reference_site import ReferenceSite
from chaos.scene import Scene, quiet_site, scene
from chaos.tab import Habits
from integration.gateway.worker_double import until

WITHIN_SECONDS = 1.0
LONG = 3000

PHASES: dict[str, Callable[[Scene], bool]] = {
    "queued": lambda at: at.running.gateway.hub.waiting == 1,
    "offered": lambda at: bool(at.running.gateway.hub._dispatcher.at(Stage.OFFERED)),
    "waiting for the first byte": lambda at: bool(at.site.active),
    "streaming": lambda at: at.page.record.pieces > 2,
}


def site_for(phase: str) -> ReferenceSite:
    hangs = phase in {"queued", "waiting for the first byte"}
    return quiet_site(faults={"hangs": 1000.0} if hangs else {}, record_seconds=0.01)


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])
async def test_hanging_up_in_any_phase_is_told_to_the_tab_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, streamed: bool
) -> None:
    rows = []
    for number, phase in enumerate(PHASES):
        habits = Habits(ignores=1.0 if phase == "offered" else 0.0)
        async with scene(tmp_path / str(number), site_for(phase), slots=1, habits=habits) as at:
            told = await told_after(at, phase, streamed=streamed)
        rows.append(f"{'streamed' if streamed else 'plain':<10}{phase:<28}{told * 1000:6.0f} ms")
        assert told < WITHIN_SECONDS
    with capsys.disabled():
        print("\n" + "\n".join(rows))  # noqa: T201 - the table


async def told_after(at: Scene, phase: str, *, streamed: bool) -> float:
    """Seconds from hanging up until the tab, or for a queued request the gateway, has done with it."""
    loop, hub = asyncio.get_running_loop(), at.running.gateway.hub
    first = asyncio.ensure_future(at.client.ask(Wish(number=1))) if phase == "queued" else None
    if first is not None:
        await until(lambda: at.site.active)
    asking = asyncio.ensure_future(at.client.ask(Wish(number=2, words=LONG, streamed=streamed)))
    await until(lambda: PHASES[phase](at))
    jobs = [job for job in hub._exchanges if job not in at.site.active] if phase == "queued" else list(hub._exchanges)
    began = loop.time()
    asking.cancel()
    await asyncio.wait([asking])
    if phase == "queued":
        await until(lambda: not hub.waiting)
        ended = loop.time()
        assert not set(jobs) & set(at.page.record.cancelled), "a tab that never heard of it"
    else:
        await until(lambda: at.page.record.cancelled)
        assert list(at.page.record.cancelled) == jobs
        ended = at.page.record.cancelled[jobs[0]]
        await until(lambda: not at.site.active)
    if first is not None:
        first.cancel()
        await asyncio.wait([first])
    return ended - began
