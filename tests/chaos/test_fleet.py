"""Several gateways, and one part of the fleet after the other is killed."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.fleet import Fleet, fleet, until
from servers.postgres import Postgres
from servers.redis import RedisServer, running_redis

IS_LONG = bool(os.environ.get("CHAOS_REQUESTS"))
CLIENTS = 200 if IS_LONG else 24
WORDS = 150 if IS_LONG else 60
WATCHED_SECONDS = 12.0 if IS_LONG else 4.0
SLOTS = CLIENTS // 2
SPARED = 10_000 if IS_LONG else 50
"""One of so many may fail while gateways are restarted: on a machine that has no time for them."""


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    yield from running_redis(durable=True)


@pytest.mark.timeout(600)
async def test_whatever_part_dies_only_those_who_spoke_with_it_notice(
    tmp_path: Path, redis: RedisServer, postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    async with fleet(tmp_path, redis, postgres, gateways=3 if IS_LONG else 2, relays=2 if IS_LONG else 1) as whole:
        for relay in [None, *whole.relays, None][: 4 if IS_LONG else 2]:
            whole.open_page(relay=relay, slots=SLOTS)
        await until(lambda: all(page.is_ready for page in whole.pages))
        await asyncio.sleep(1.5)
        whole.load(CLIENTS, WORDS)
        whole.begin("nothing")
        await watch(whole)
        for step in (kill_tab, kill_relay, kill_gateway, kill_redis, kill_postgres, restart_one_after_the_other):
            await step(whole)
        with capsys.disabled():
            print("\n" + "\n".join(map(str, whole.tallies)))  # noqa: T201 - the proof
            calls, grants = len(whole.site.calls), len(set(whole.record.heard))
            print(f"{calls} calls at the site, {grants} grants heard, {whole.record.resumed} jobs resumed")  # noqa: T201 - likewise
    assert not whole.wrong
    whole.check_calls()
    for tally in whole.tallies:
        assert tally.recovered is not None, tally
    rolling = whole.tallies[-1]
    ended = rolling.then + rolling.after
    assert ended.total() - ended["whole"] <= ended.total() // SPARED, rolling


async def watch(whole: Fleet) -> None:
    await asyncio.sleep(WATCHED_SECONDS)
    await until(lambda: whole.tallies[-1].recovered is not None)


async def kill_tab(whole: Fleet) -> None:
    whole.begin("a tab killed, another opened")
    await whole.pages[0].crash()
    whole.open_page(slots=SLOTS)
    await watch(whole)


async def kill_relay(whole: Fleet) -> None:
    whole.begin("a relay killed and started again")
    whole.relays[0].kill()
    await whole.relays[0].start()
    await watch(whole)


async def kill_gateway(whole: Fleet) -> None:
    """Home of some, holder of the tabs of others."""
    name = next(iter(whole.gateways))
    whole.begin(f"a gateway killed ({await whole.workers_at(name)} tabs)")
    await whole.kill_gateway(name)
    await watch(whole)
    whole.begin("that gateway started again")
    await whole.restart_gateway(name)
    await watch(whole)


async def kill_redis(whole: Fleet) -> None:
    whole.begin("Redis killed, started a second later")
    whole.redis.kill()
    await asyncio.sleep(1)
    await asyncio.to_thread(whole.redis.start)
    await watch(whole)


async def kill_postgres(whole: Fleet) -> None:
    whole.begin("PostgreSQL killed, started again")
    await asyncio.to_thread(whole.postgres.end)
    await asyncio.sleep(1)
    await asyncio.to_thread(whole.postgres.start)
    await watch(whole)


async def restart_one_after_the_other(whole: Fleet) -> None:
    await asyncio.sleep(WATCHED_SECONDS)  # what the last step has broken is over
    whole.begin("each gateway restarted in turn")
    for name, gateway in list(whole.gateways.items()):
        gateway.terminate()
        await asyncio.wait_for(gateway.process.wait(), 40)
        await whole.restart_gateway(name)
    await watch(whole)
