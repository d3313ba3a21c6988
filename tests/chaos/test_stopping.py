"""The gateway is stopped, or dies, under load: clients and tabs are told, and the site works for nobody."""

import asyncio
import time
from pathlib import Path

from chaos.client import Client, Outcome, Wish
from chaos.fault_proxy import fault_proxy
from chaos.gateway_process import GatewayProcess, gateway_process
from chaos.reference_site import ReferenceSite
from chaos.scene import quiet_site
from chaos.tab import Page, Record, open_tab
from integration.gateway.worker_double import until

DRAIN_SECONDS = 2
LOAD = 12


def tab_at(gateway: GatewayProcess, site: ReferenceSite, port: int | None = None) -> Page:
    url = f"ws://127.0.0.1:{port or gateway.port}/ws"
    return Page(url, gateway.pairing, site, Record(), site.random, slots=2 * LOAD)


async def asked(client: Client, wishes: list[Wish]) -> list[Outcome]:
    return [outcome for outcome, _ in await asyncio.gather(*(client.ask(wish) for wish in wishes))]


def wishes(number: int, words: int) -> list[Wish]:
    return [Wish(number=number + n, words=words, streamed=bool(n % 2)) for n in range(LOAD)]


async def test_a_gateway_that_is_told_to_stop_ends_what_it_can_and_fails_the_rest_with_a_reason(tmp_path: Path) -> None:
    site = quiet_site(record_seconds=0.03)
    async with gateway_process(tmp_path, drain_seconds=DRAIN_SECONDS, head_hold_seconds=0.2) as gateway:
        client, page = Client(gateway.port, gateway.key), tab_at(gateway, site)
        async with open_tab(page):
            await asked(client, wishes(0, 5))
            short = asyncio.ensure_future(asked(client, wishes(100, 200)))
            await until(lambda: len(site.active) == LOAD)
            site.faults = {"hangs": 1000.0}
            stuck = asyncio.ensure_future(asked(client, wishes(200, 20)))
            await until(lambda: len(site.active) == 2 * LOAD)
            began = time.monotonic()
            gateway.terminate()
            await until_not_ready(gateway)
            refused = await asked(client, wishes(300, 5))
            ended, failed = await short, await stuck
            assert await gateway.process.wait() == 0
            took = time.monotonic() - began
            await until(lambda: not site.active)
    assert {outcome.wrong for outcome in [*ended, *failed, *refused]} == {""}
    assert {outcome.ending for outcome in ended} == {"whole"}
    assert {(outcome.ending, outcome.code) for outcome in [*failed, *refused]} == {("error", "shutting_down")}
    assert took < DRAIN_SECONDS + 30
    assert len(site.calls) == 3 * LOAD


async def until_not_ready(gateway: GatewayProcess) -> None:
    async with asyncio.timeout(30):
        while await gateway.is_ready():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)


async def test_a_tab_whose_gateway_died_with_its_jobs_stops_them_when_there_is_another(tmp_path: Path) -> None:
    site = quiet_site(faults={"hangs": 1000.0})
    async with fault_proxy() as proxy, gateway_process(tmp_path) as first:
        proxy.target = first.port
        client, page = Client(first.port, first.key), tab_at(first, site, proxy.port)
        running = asyncio.ensure_future(page.run())
        try:
            await until_answering(first)
            clients = asyncio.ensure_future(asked(client, wishes(0, 20)))
            await until(lambda: len(site.active) == LOAD)
            await first.kill()
            assert {outcome.ending for outcome in await clients} == {"broken"}
            assert len(site.active) == LOAD, "the tab does not know yet that nobody waits"
            async with gateway_process(tmp_path) as second:
                proxy.target = second.port
                await until(lambda: not site.active)
                assert page.record.dropped == LOAD
                site.faults.clear()
                (outcome, _) = await Client(second.port, client.key).ask(Wish(number=99))
                assert (outcome.ending, outcome.wrong) == ("whole", "")
                assert len(site.calls) == LOAD + 1
        finally:
            await page.leave()
            await running


async def until_answering(gateway: GatewayProcess) -> None:
    """The tab is there, with its models."""
    async with asyncio.timeout(30):
        while not (await gateway.health())["models"]:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
