"""What every engine does, whatever keeps its queue."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from arenabridge.engine.interface import Claimed, EngineEvent, Entry, Rejected, ReplicaId, Waiting
from arenabridge.engine.local import LocalEngine
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import ANYTHING, Opening
from integration.engine.replicas import Fleet, Replica
from servers.redis import RedisServer

LENGTH = 600
numbers = count()


@pytest.fixture(params=["local", "redis"])
async def replica(request: pytest.FixtureRequest) -> AsyncIterator[Replica]:
    if request.param == "local":
        yield Replica(LocalEngine(LENGTH))
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        async with AsyncExitStack() as stack:
            yield await Fleet(server.url, stack, f"contract-{next(numbers)}:").joins(LENGTH)


async def test_a_job_is_queued_claimed_put_back_and_claimed_again(replica: Replica) -> None:
    replica.submits("j1", "j2")
    assert await replica.claims(1) == ["j1"]
    replica.engine.requeue(JobId("j1"))
    assert await replica.claims(5) == ["j1", "j2"]


async def test_a_job_that_is_submitted_is_heard_of(replica: Replica) -> None:
    await replica.is_settled()
    replica.heard.clear()
    replica.submits("j1")
    await replica.hears(Waiting())


async def test_every_claim_is_answered_once_with_its_own_limit_and_opening(replica: Replica) -> None:
    opening = Opening(frozenset({"m"}), frozenset({"ann"}))
    replica.engine.claim(3, opening)
    replica.engine.claim(2)
    await replica.until(lambda: len(replica.all_heard(Claimed)) == 2)
    assert replica.all_heard(Claimed) == [Claimed(3, (), opening), Claimed(2, ())]


async def test_a_claim_in_the_turn_of_the_submission_gets_the_job_whole(replica: Replica) -> None:
    entry = Entry(JobId("j1"), "k", 0.5, "a model", 2, "ann")
    replica.engine.submit(entry)
    replica.engine.claim(1)
    await replica.until(lambda: replica.all_heard(Claimed))
    (claimed,) = replica.all_heard(Claimed)
    assert claimed.entries == (Entry(JobId("j1"), "k", 0.5, "a model", 2, "ann", replica.engine.me),)


async def test_over_its_bound_the_queue_says_no_and_keeps_nothing(replica: Replica) -> None:
    replica.submits(*(f"j{n}" for n in range(LENGTH + 1)))
    await replica.hears(Rejected(JobId(f"j{LENGTH}")))
    assert await replica.claims(LENGTH + 1) == [f"j{n}" for n in range(LENGTH)]
    replica.engine.requeue(JobId("j3"))
    assert (await replica.is_settled()).engine.length() == 1


async def test_a_full_queue_has_room_for_a_key_that_holds_less_than_its_share(replica: Replica) -> None:
    """Whoever holds the most for its weight gives up the job that came last, until the shares are even."""
    for n in range(LENGTH - 10):
        replica.engine.submit(Entry(JobId(f"greedy{n}"), "greedy", weight=2.0, priority=0))
    replica.submits(*(f"modest{n}" for n in range(10)), key="modest")
    for n in range(LENGTH):
        replica.engine.submit(Entry(JobId(f"new{n}"), "new", weight=3.0))
    await replica.is_settled()
    rejected = [each.job for each in replica.all_heard(Rejected)]
    left = (LENGTH - 10) * 2 // 5
    assert rejected[:2] == [f"greedy{LENGTH - 11}", f"greedy{LENGTH - 12}"]
    assert sum(job.startswith("greedy") for job in rejected) == LENGTH - 10 - left
    assert not any(job.startswith("modest") for job in rejected)
    assert rejected[-1] == f"new{LENGTH - 1}"
    assert replica.engine.length() == LENGTH


async def test_what_was_put_back_keeps_its_place(replica: Replica) -> None:
    replica.submits(*(f"busy{n}" for n in range(LENGTH)), key="busy")
    claimed = await replica.claims(LENGTH)
    for job in claimed:
        replica.engine.requeue(JobId(job))
    replica.submits("new", key="newcomer")
    await replica.hears(Rejected(JobId("new")))


async def test_a_withdrawn_job_is_not_given_and_a_released_one_not_put_back(replica: Replica) -> None:
    replica.submits("j1", "j2")
    replica.engine.withdraw(JobId("j1"))
    replica.engine.withdraw(JobId("j1"))
    assert await replica.claims(5) == ["j2"]
    replica.engine.release(JobId("j2"))
    replica.engine.requeue(JobId("j2"))
    assert await replica.claims(5) == []
    assert replica.engine.length() == 0


async def test_a_position_is_how_many_come_before(replica: Replica) -> None:
    replica.submits("j1", "j2", "j3")
    replica.submits("first", priority=0)
    positions = {"first": 0, "j1": 1, "j3": 3, "unknown": None}
    await replica.until(lambda: all(replica.engine.position(JobId(job)) == at for job, at in positions.items()))
    assert replica.engine.length() == 4
    await replica.claims(2)
    await replica.until(lambda: replica.engine.position(JobId("j3")) == 1)
    assert replica.engine.position(JobId("j1")) is None


async def test_a_newcomer_does_not_wait_for_all_of_a_busy_key(replica: Replica) -> None:
    replica.submits(*(f"busy{n}" for n in range(500)), key="busy")
    assert len(await replica.claims(10)) == 10
    replica.submits("new", key="newcomer")
    assert "new" in await replica.claims(2)


async def test_of_three_busy_priorities_each_has_turns_and_a_higher_one_more(replica: Replica) -> None:
    for priority, name in enumerate(("high", "normal", "low")):
        replica.submits(*(f"{name}{n}" for n in range(40)), priority=priority)
    taken = [(await replica.claims(1))[0] for _ in range(22)]
    assert [sum(job.startswith(name) for job in taken) for name in ("high", "normal", "low")] == [16, 4, 2]


async def test_a_claim_that_finds_nothing_costs_no_priority_its_turn(replica: Replica) -> None:
    for priority, name in enumerate(("high", "low"), start=1):
        replica.submits(*(f"{name}{n}" for n in range(20)), priority=priority)
    taken: list[str] = []
    while len(taken) < 11:
        taken += await replica.claims(1)
        await replica.claims(1, Opening(askers=frozenset()))
    assert sum(job.startswith("low") for job in taken) == 1


async def test_a_claim_finds_the_jobs_that_it_is_for_whatever_else_waits(replica: Replica) -> None:
    for n in range(500):
        replica.engine.submit(Entry(JobId(f"j{n}"), "k", model="other", asker=f"p{n % 100}"))
    replica.engine.submit(Entry(JobId("bobs"), "k", model="other", priority=2, asker="bob"))
    replica.submits("modest", priority=2)
    anns_and_bobs = Opening(askers=frozenset({"ann", "bob"}))
    assert await replica.claims(5, anns_and_bobs) == ["bobs"]
    assert await replica.claims(5, Opening(frozenset({"other"}), frozenset({"", "bob"}))) == ["modest"]
    assert await replica.claims(5, Opening(frozenset({"other"}))) == []
    assert await replica.claims(2, Opening(askers=frozenset({"p3", "p6", "eve"}))) == ["j3", "j6"]


# -- the same moves, the same answers

ENTRIES = st.builds(
    lambda key, weight, model, priority, asker: ("submit", Entry(JobId(""), key, weight, model, priority, asker)),
    st.sampled_from(["ann's", "bob's", "\N{SNOWMAN}"]),
    st.sampled_from([0.7, 1.0, 3.0]),
    st.sampled_from(["m1", "m2"]),
    st.integers(0, 2),
    st.sampled_from(["", "ann"]),
)
OPENINGS = st.builds(
    Opening,
    st.frozensets(st.sampled_from(["m1", "m2"]), max_size=1),
    st.none() | st.frozensets(st.sampled_from(["", "ann"]), max_size=2),
)
MOVES = st.one_of(
    ENTRIES,
    ENTRIES,
    st.tuples(st.just("claim"), st.tuples(st.integers(0, 6), OPENINGS | st.just(ANYTHING))),
    st.tuples(st.sampled_from(["requeue", "requeue", "withdraw", "release"]), st.integers(0, 40)),
)


async def play(replica: Replica, moves: list[tuple[str, object]]) -> list[EngineEvent]:
    jobs, held = count(), list[str]()
    for what, of in moves:
        match what, of:
            case "submit", Entry() as entry:
                replica.engine.submit(
                    Entry(JobId(f"j{next(jobs)}"), entry.key, entry.weight, entry.model, entry.priority, entry.asker)
                )
            case "claim", (int() as limit, Opening() as opening):
                held += await replica.claims(limit, opening)
            case "withdraw", int() as number:
                replica.engine.withdraw(JobId(f"j{number}"))
            case _, int() as number if held:
                getattr(replica.engine, what)(JobId(held[number % len(held)]))
    await replica.claims(100)
    return [anywhere(event) for event in replica.heard if isinstance(event, Claimed | Rejected)]


def anywhere(event: EngineEvent) -> EngineEvent:
    """As if it were of no replica."""
    if not isinstance(event, Claimed):
        return event
    entries = (Entry(e.job, e.key, e.weight, e.model, e.priority, e.asker, ReplicaId("")) for e in event.entries)
    return Claimed(event.limit, tuple(entries), event.opening)


@given(st.lists(MOVES, min_size=40, max_size=80))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_both_engines_answer_alike(redis_server: RedisServer, moves: list[tuple[str, object]]) -> None:
    async with AsyncExitStack() as stack:
        fleet = Fleet(redis_server.url, stack, f"alike-{next(numbers)}:")
        assert await play(await fleet.joins(8), moves) == await play(Replica(LocalEngine(8)), moves)
