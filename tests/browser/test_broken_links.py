"""What a client sees when the connection between its tab and the gateway breaks: nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from openai import APIError

from arenabridge.hub.workers.worker import WorkerState
from arenabridge.simulator.settings import SiteSettings
from browser.bridge import Bridge, bridge
from chaos.fault_proxy import FaultProxy, fault_proxy
from integration.gateway.worker_double import until

WORDS = " ".join(f"word{number}" for number in range(400))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Bridge, FaultProxy]]:
    async with (
        fault_proxy() as proxy,
        bridge(tmp_path_factory.mktemp("broken"), through=proxy, slots=16, resume_grace_seconds=3) as whole,
    ):
        yield whole, proxy


@pytest.fixture
def broken(one_bridge: tuple[Bridge, FaultProxy]) -> tuple[Bridge, FaultProxy]:
    site = one_bridge[0].site
    site.settings.changed(vars(SiteSettings(check="ignore")))
    site.settings.record_delay_seconds = 0.02
    site.audit.clear()
    return one_bridge


async def ready(whole: Bridge) -> None:
    await until(lambda: whole.running.gateway.hub.workers)


async def collect(pieces: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in pieces])


def calls(whole: Bridge) -> int:
    """How often the site was asked to generate something."""
    return len(whole.site.audit.calls("create-evaluation"))


async def test_fifty_cuts_within_one_answer_are_not_noticed(broken: tuple[Bridge, FaultProxy]) -> None:
    whole, proxy = broken
    whole.site.settings.record_delay_seconds = 0.06

    async def another_worker_than(before: list[WorkerState]) -> None:
        await until(lambda: (now := whole.running.gateway.hub.workers) and now[0] is not before[0])

    async def cut() -> None:
        for _ in range(50):
            before = whole.running.gateway.hub.workers
            proxy.cut()
            await another_worker_than(before)

    cutting = asyncio.ensure_future(cut())
    text = "".join([piece async for piece in whole.stream(f"SAY<<{WORDS}>>")])
    assert text == WORDS
    assert calls(whole) == 1
    assert proxy.connections > 20
    await cutting
    await ready(whole)


async def test_sixteen_answers_at_once_survive_cuts_and_do_not_mix(broken: tuple[Bridge, FaultProxy]) -> None:
    whole, proxy = broken
    asked = [asyncio.ensure_future(whole.say(f"SAY<<{number}: {WORDS[:1200]} end{number}>>")) for number in range(16)]
    for _ in range(4):
        await asyncio.sleep(0.5)
        proxy.cut()
    answers = await asyncio.gather(*asked)
    assert answers == [f"{number}: {WORDS[:1200]} end{number}" for number in range(16)]
    assert calls(whole) == 16
    await ready(whole)


async def test_an_answer_that_ended_while_the_network_was_away_arrives_when_it_is_back(
    broken: tuple[Bridge, FaultProxy],
) -> None:
    whole, proxy = broken
    answer = asyncio.ensure_future(whole.say(f"SAY<<{WORDS[:300]}>>"))
    await until(lambda: whole.running.gateway.hub.running)
    await until(lambda: calls(whole))
    proxy.is_open = False
    proxy.cut()
    await until(lambda: not whole.site.audit.active)
    assert not answer.done()
    proxy.is_open = True
    assert await answer == WORDS[:300]
    assert calls(whole) == 1


async def test_a_client_that_goes_while_the_link_is_down_ends_the_sites_request_when_it_is_back(
    broken: tuple[Bridge, FaultProxy],
) -> None:
    whole, proxy = broken
    whole.site.settings.record_delay_seconds = 0.5
    client = asyncio.ensure_future(whole.say(f"SAY<<{WORDS}>>"))
    await until(lambda: whole.site.audit.active)
    proxy.is_open = False
    proxy.cut()
    client.cancel()
    await asyncio.wait([client])
    proxy.is_open = True
    await until(lambda: not whole.site.audit.active)


async def test_an_answer_that_the_site_had_finished_is_read_again_when_its_tab_was_loaded_anew(
    broken: tuple[Bridge, FaultProxy],
) -> None:
    whole, proxy = broken
    answer = asyncio.ensure_future(whole.say(f"SAY<<{WORDS[:300]}>>"))
    await until(lambda: whole.site.audit.active)
    proxy.is_open = False
    proxy.cut()
    await until(lambda: not whole.site.audit.active)
    await whole.page.reload()
    proxy.is_open = True
    assert await answer == WORDS[:300]
    assert calls(whole) == 1
    await ready(whole)


async def test_an_answer_that_the_site_had_not_finished_is_lost_with_its_tab(
    broken: tuple[Bridge, FaultProxy],
) -> None:
    whole, _ = broken
    whole.site.settings.record_delay_seconds = 0.5
    pieces = whole.stream(f"SAY<<{WORDS}>>")
    while not await anext(pieces):
        pass
    await whole.page.reload()
    with pytest.raises(APIError, match="disconnected"):
        await collect(pieces)
    assert calls(whole) == 1
    await ready(whole)
