"""What becomes of jobs and frames when the server is away, and comes back with what it had, or without."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

import pytest
from redis import Redis

from arenabridge.engine.interface import (
    Claimed,
    EngineEvent,
    Fleet as FleetEvent,
    Heard,
    ReplicaGone,
    Unreachable,
    Waiting,
)
from arenabridge.engine.redis.engine import RedisEngine
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.link.messages import JobId
from integration.engine.replicas import IMPATIENT, Fleet, Replica
from servers.redis import RedisServer, running_redis

PACE = replace(IMPATIENT, lease=3.0, settling=0.5, patience=2.0)


FORGETFUL = pytest.mark.parametrize("mortal_server", ["forgetful"], indirect=True)


@pytest.fixture(params=["forgetful", "durable"])
def mortal_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    yield from running_redis(durable=request.param == "durable")


@pytest.fixture
async def mortal_fleet(mortal_server: RedisServer) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        yield Fleet(mortal_server.url, stack, "mortal:")


class Worker:
    """Claims one job after the other, as long as there are any, and keeps each for a moment."""

    def __init__(self, replica: Replica, given: Counter[str]) -> None:
        self._replica = replica
        self._given = given
        self._loop = asyncio.get_running_loop()
        self._claims = 0
        replica.reacts(self._hear)
        self._ask()

    def _ask(self) -> None:
        if not self._claims:
            self._claims += 1
            self._replica.engine.claim(2)

    def _hear(self, event: EngineEvent) -> None:
        if isinstance(event, Claimed):
            self._claims -= 1
            for entry in event.entries:
                self._given[entry.job] += 1
                self._loop.call_later(0.02, self._is_done, entry.job)
        if isinstance(event, Waiting):
            self._ask()

    def _is_done(self, job: JobId) -> None:
        self._replica.engine.release(job)
        self._ask()


async def test_all_that_waits_is_served_once_whatever_becomes_of_the_server(
    mortal_fleet: Fleet, mortal_server: RedisServer
) -> None:
    a, b, c = [await mortal_fleet.joins(pace=PACE) for _ in range(3)]
    jobs = [f"a{n}" for n in range(100)] + [f"b{n}" for n in range(100)]
    given: Counter[str] = Counter()

    def has_given(count: float) -> bool:
        return given.total() > count

    a.submits(*jobs[:100], key="a's")
    b.submits(*jobs[100:], key="b's")
    for replica in (a, b, c):
        Worker(replica, given)
    for share in (0.2, 0.5):
        await c.until(partial(has_given, share * len(jobs)))
        mortal_server.kill()
        await asyncio.to_thread(mortal_server.start)
    await c.until(lambda: len(given) == len(jobs))
    await c.until(lambda: not c.engine.length())
    assert given == Counter(jobs)
    for replica in (a, b, c):
        assert replica.all_heard(Unreachable) == []
        assert replica.all_heard(ReplicaGone) == []


async def test_what_was_claimed_before_is_not_given_again_after(
    mortal_fleet: Fleet, mortal_server: RedisServer
) -> None:
    a, b = await mortal_fleet.joins(pace=PACE), await mortal_fleet.joins(pace=PACE)
    a.submits("lent", "own", "waiting")
    await a.is_settled()
    assert await b.claims(1) == ["lent"]
    assert await a.claims(1) == ["own"]
    await goes_and_comes(mortal_server, a, b)
    assert await b.gets(5) == ["waiting"]
    b.engine.requeue(JobId("lent"))
    await b.is_settled()
    assert await a.claims(5) == ["lent"]
    assert [*await b.claims(5), *await a.claims(5)] == []


@FORGETFUL
async def test_while_the_server_is_away_new_jobs_are_refused_and_claims_are_empty(
    mortal_fleet: Fleet, mortal_server: RedisServer
) -> None:
    a = await mortal_fleet.joins()
    a.submits("before")
    await a.is_settled()
    mortal_server.kill()
    a.submits("meanwhile")
    await a.hears(Unreachable(JobId("meanwhile")))
    a.submits("later")
    assert a.heard[-1] == Unreachable(JobId("later"))
    assert await a.claims(1) == []
    await asyncio.to_thread(mortal_server.start)
    assert await a.gets(5) == ["before"]


@FORGETFUL
async def test_replicas_that_hear_again_hear_each_other(mortal_fleet: Fleet, mortal_server: RedisServer) -> None:
    a, b = await mortal_fleet.joins(), await mortal_fleet.joins()
    await a.until(lambda: FleetEvent({b.engine.me: b""}) in a.heard)
    await goes_and_comes(mortal_server, a, b)
    a.heard.clear()
    await a.hears(FleetEvent({b.engine.me: b""}))
    a.engine.send(b.engine.me, b"hello again")
    await b.hears(Heard(a.engine.me, (b"hello again",)))
    assert a.all_heard(ReplicaGone) == []


@FORGETFUL
async def test_a_server_that_says_nothing_is_away_too_and_does_late_what_nobody_waits_for(
    mortal_fleet: Fleet, mortal_server: RedisServer
) -> None:
    a = await mortal_fleet.joins()
    a.submits("before")
    await a.is_settled()
    a.heard.clear()
    mortal_server.pause()
    a.submits("meanwhile")
    a.engine.claim(1)
    await a.hears(Unreachable(JobId("meanwhile")))
    assert a.all_heard(Claimed) == [Claimed(1, ())]
    mortal_server.go_on()
    await a.until(lambda: a.engine.is_reachable)
    assert await a.claims(5) == ["before"]


async def test_a_server_whose_data_was_deleted_is_told_again(fleet: Fleet) -> None:
    a, b = await fleet.joins(), await fleet.joins()
    a.submits("lent", "waiting")
    await a.is_settled()
    assert await b.claims(1) == ["lent"]
    with Redis.from_url(fleet.url) as client:
        client.delete(*client.scan_iter(f"{fleet.prefix}*"))
    a.heard.clear()
    await a.until(lambda: len(a.all_heard(FleetEvent)) > 2)
    assert [*await b.claims(5), *await a.claims(5)] == ["waiting"]


async def test_without_a_server_a_gateway_starts_and_says_so() -> None:
    tasks = Tasks()
    engine = RedisEngine("unix:///nowhere/redis.sock", 10, tasks.start, pace=IMPATIENT)
    replica = Replica(engine)
    assert not engine.is_reachable
    replica.submits("j1")
    await replica.hears(Unreachable(JobId("j1")))
    await engine.close()
    assert len(tasks) == 0


async def goes_and_comes(server: RedisServer, *replicas: Replica) -> None:
    """The server is killed, and everybody is connected again to another."""
    server.kill()
    for each in replicas:
        each.heard.clear()
        assert await each.claims(0) == []
    await asyncio.to_thread(server.start)
    for each in replicas:
        await each.hears(Waiting())
