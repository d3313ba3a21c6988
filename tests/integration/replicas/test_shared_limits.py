"""Limits of the moment that several gateways count together at a real Redis; without it each counts alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.shared_limits import SharedMeters
from arenabridge.errors import RateLimited
from arenabridge.hub.tasks import Tasks
from servers.redis import RedisServer

NOBODY = "unix:///nowhere/redis.sock"


@pytest.fixture
async def gateways(redis_server: RedisServer) -> AsyncIterator[list[SharedMeters]]:
    tasks = Tasks()
    async with AsyncExitStack() as stack:
        made = [SharedMeters(redis_server.url, tasks.start, now=lambda: 0.0) for _ in range(2)]
        for each in made:
            stack.push_async_callback(each.close)
        stack.push_async_callback(tasks.close)
        yield made


async def let_in(meters: SharedMeters, key: str, limits: KeyLimits, tokens: int = 0) -> bool:
    try:
        return await meters.reserve(key, limits, requests=1, tokens=tokens) is not None
    except RateLimited:
        return False


async def test_of_all_that_ask_at_two_gateways_at_once_as_many_get_in_as_may(gateways: list[SharedMeters]) -> None:
    limits = KeyLimits(requests_per_minute=50)
    told = await asyncio.gather(*(let_in(gateways[number % 2], "many", limits) for number in range(100)))
    assert sum(told) == 50


async def test_a_refusal_says_what_all_have_used_and_when_to_come_again(gateways: list[SharedMeters]) -> None:
    limits = KeyLimits(tokens_per_minute=100, requests_per_minute=10)
    here, there = gateways
    ticket = await here.reserve("words", limits, requests=1, tokens=70)
    with pytest.raises(RateLimited, match="Used 70, requested 40") as refused:
        await there.reserve("words", limits, requests=1, tokens=40)
    assert refused.value.headers is not None
    assert refused.value.headers["x-ratelimit-remaining-requests"] == "9"
    assert 1 <= (refused.value.retry_after_seconds or 0) <= 61
    assert ticket is not None
    await here.settle(ticket, 10)
    assert await let_in(there, "words", limits, tokens=90)
    assert not await let_in(there, "words", limits, tokens=1)


async def test_what_runs_no_longer_makes_room_at_the_other(gateways: list[SharedMeters]) -> None:
    limits = KeyLimits(parallel_requests=2)
    here, there = gateways
    first = await here.reserve("parallel", limits, requests=2, tokens=0)
    assert first is not None
    assert not await let_in(there, "parallel", limits)
    await here.beat()
    here.release(first)
    async with asyncio.timeout(1):
        while not await let_in(there, "parallel", limits):  # noqa: ASYNC110 - the place is given back by a task
            await asyncio.sleep(0.01)


async def test_what_was_refused_elsewhere_is_taken_back_whole(gateways: list[SharedMeters]) -> None:
    limits = KeyLimits(requests_per_minute=1, tokens_per_minute=9, parallel_requests=1)
    here, there = gateways
    for _ in range(3):
        ticket = await here.reserve("refused", limits, requests=1, tokens=9)
        assert ticket is not None
        assert not await let_in(there, "refused", limits)
        await here.take_back(ticket)
    assert await let_in(there, "refused", limits, tokens=9)


async def test_without_the_server_nothing_is_counted_there_and_nobody_waits() -> None:
    tasks = Tasks()
    meters = SharedMeters(NOBODY, tasks.start, now=lambda: 0.0)
    async with asyncio.timeout(2):
        for _ in range(100):
            assert await meters.reserve("key", KeyLimits(requests_per_minute=1), requests=1, tokens=0) is None
    await meters.close()
