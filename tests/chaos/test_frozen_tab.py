"""A tab that freezes gives its jobs up at once, since it can't any more."""

import asyncio
from pathlib import Path

from chaos.client import Wish
from chaos.scene import quiet_site, scene
from integration.gateway.worker_double import until


async def test_a_tab_that_freezes_with_eight_jobs_gives_them_up_at_once_and_takes_others_later(tmp_path: Path) -> None:
    site = quiet_site(faults={"hangs": 1000.0})
    async with scene(tmp_path, site, slots=8, worker_timeout_seconds=600, resume_grace_seconds=600) as at:
        asking = [asyncio.ensure_future(at.client.ask(Wish(number=n, streamed=bool(n % 2)))) for n in range(8)]
        await until(lambda: len(site.active) == 8)
        at.page.freeze()
        await until(lambda: not at.running.gateway.hub.running)
        outcomes = [outcome for outcome, _ in await asyncio.gather(*asking)]
        assert {(outcome.ending, outcome.code) for outcome in outcomes} == {("error", "worker_lost")}
        waiting = asyncio.ensure_future(at.client.ask(Wish(number=9)))
        await until(lambda: at.running.gateway.hub.waiting == 1)
        site.faults.clear()
        at.page.thaw()
        outcome, _ = await waiting
        assert (outcome.ending, outcome.wrong) == ("whole", "")
        assert len(site.calls) == at.running.gateway.hub.grants == 9
