"""What several replicas have of one queue, and of each other."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import msgspec
from redis import Redis

from arenabridge.engine.interface import Claimed, Fleet as FleetEvent, Heard, Rejected, ReplicaGone, Told, Waiting
from arenabridge.engine.redis.engine import FORM, PREFIX
from arenabridge.wire.link.messages import JobId
from integration.engine.replicas import IMPATIENT, Fleet, Replica
from servers.redis import RedisServer

CALM = replace(IMPATIENT, lease=60.0)
"""No beat within a test but the first."""


async def test_jobs_of_one_are_claimed_by_another_who_learns_whose_they_are(fleet: Fleet) -> None:
    a, b = await fleet.joins(), await fleet.joins()
    a.submits("j1", "j2")
    await a.is_settled()
    b.engine.claim(1)
    await b.until(lambda: b.all_heard(Claimed))
    assert [entry.home for entry in b.all_heard(Claimed)[0].entries] == [a.engine.me]
    assert await a.claims(5) == ["j2"]


async def test_who_asked_in_vain_hears_of_new_jobs_once_and_nobody_else(fleet: Fleet) -> None:
    a, hungry, busy = [await fleet.joins(pace=CALM) for _ in range(3)]
    await hungry.claims(1)
    await busy.is_settled()
    hungry.heard.clear()
    busy.heard.clear()
    a.submits(*(f"j{n}" for n in range(100)))
    await a.is_settled()
    await hungry.hears(Waiting())
    await say_something(a, hungry, busy)
    assert hungry.all_heard(Waiting) == [Waiting()]
    assert busy.all_heard(Waiting) == []
    assert len(await hungry.claims(100)) == 100


async def test_a_home_with_a_free_slot_gets_its_own_job_before_anybody_is_woken(fleet: Fleet) -> None:
    a, b = await fleet.joins(pace=CALM), await fleet.joins(pace=CALM)
    await b.claims(1)
    b.heard.clear()
    for n in range(50):
        a.submits(f"j{n}")
        assert await a.claims(1) == [f"j{n}"]
    await say_something(a, b)
    assert b.all_heard(Waiting) == []


async def test_a_job_that_is_put_back_is_there_for_all(fleet: Fleet) -> None:
    a, b = await fleet.joins(pace=CALM), await fleet.joins(pace=CALM)
    a.submits("j1", "j2")
    assert await a.claims(1) == ["j1"]
    a.engine.requeue(JobId("j1"))
    await a.is_settled()
    assert await b.claims(1) == ["j1"]


async def test_a_home_may_say_that_a_job_is_over_which_another_has(fleet: Fleet) -> None:
    a, b = await fleet.joins(pace=CALM), await fleet.joins(pace=CALM)
    a.submits("j1")
    await a.is_settled()
    assert await b.claims(1) == ["j1"]
    await say_something(b, a)
    a.engine.release(JobId("j1"))
    await a.is_settled()
    b.engine.requeue(JobId("j1"))
    assert await b.claims(1) == []


async def test_a_key_with_500_jobs_at_one_replica_does_not_delay_a_newcomer_at_another(fleet: Fleet) -> None:
    a, b = await fleet.joins(), await fleet.joins()
    a.submits(*(f"busy{n}" for n in range(500)), key="busy")
    assert len(await a.claims(10)) == 10
    b.submits("new", key="newcomer")
    await b.is_settled()
    assert "new" in await a.claims(2)


async def test_whose_job_gave_its_place_up_to_another_replicas_hears_of_it(fleet: Fleet) -> None:
    a, b = await fleet.joins(queue_length=4, pace=CALM), await fleet.joins(queue_length=4, pace=CALM)
    a.submits(*(f"busy{n}" for n in range(4)), key="busy")
    await a.is_settled()
    b.submits("new", key="newcomer")
    await a.hears(Rejected(JobId("busy3")))
    assert await b.claims(5) == ["busy0", "new", "busy1", "busy2"]
    assert (a.engine.position(JobId("busy3")), b.all_heard(Rejected)) == (None, [])


async def test_frames_arrive_whole_and_in_order_however_many(fleet: Fleet) -> None:
    a, b = await fleet.joins(), await fleet.joins()
    sent = [b"%d" % n * (n % 50) for n in range(10_000)]
    for n, frame in enumerate(sent):
        a.engine.send(b.engine.me, frame)
        if n % 100 == 0:
            await asyncio.sleep(0)
    heard: list[bytes] = []
    await b.until(lambda: sum(len(each.frames) for each in b.all_heard(Heard)) == len(sent))
    for each in b.all_heard(Heard):
        assert each.sender == a.engine.me
        heard += each.frames
    assert heard == sent
    assert len(b.all_heard(Heard)) < 500


async def test_a_frame_that_waits_for_others_does_not_wait_for_long(fleet: Fleet) -> None:
    a, b = await fleet.joins(pace=CALM), await fleet.joins(pace=CALM)
    for frame in (b"first", b"second", b"third"):
        a.engine.send(b.engine.me, frame)
        await b.hears(Heard(a.engine.me, (frame,)))


async def test_what_is_told_to_all_is_heard_by_all_others(fleet: Fleet) -> None:
    a, b, c = [await fleet.joins(pace=CALM) for _ in range(3)]
    a.engine.tell_all("keys", b"\xff\x00")
    await b.hears(Told("keys", b"\xff\x00"))
    await c.hears(Told("keys", b"\xff\x00"))
    await say_something(b, a)
    assert a.all_heard(Told) == [Told("", b"")]


async def test_what_each_says_of_itself_is_known_to_the_others_with_the_next_beat(fleet: Fleet) -> None:
    a, b = await fleet.joins(), await fleet.joins()
    b.engine.present(b"\xffthree tabs")
    await a.hears(FleetEvent({b.engine.me: b"\xffthree tabs"}))
    b.engine.present(b"none")
    await a.hears(FleetEvent({b.engine.me: b"none"}))


async def test_who_closes_says_goodbye_and_leaves_what_it_had(fleet: Fleet) -> None:
    a, b = await fleet.joins(pace=CALM), await fleet.joins(pace=CALM)
    a.submits("lent", "over", "later")
    await a.is_settled()
    assert await b.claims(2) == ["lent", "over"]
    b.submits("theirs")
    b.engine.release(JobId("over"))
    b.engine.send(a.engine.me, b"farewell")
    await b.engine.close()
    await a.hears(ReplicaGone(b.engine.me))
    assert a.all_heard(Heard) == [Heard(b.engine.me, (b"farewell",))]
    assert await a.claims(5) == ["lent", "later"]


async def test_rows_that_an_earlier_version_left_break_nothing_and_stay_its_own(redis_server: RedisServer) -> None:
    url = f"{redis_server.url}?db=5"
    member = "4000000000000001old"
    row = msgspec.msgpack.encode([["old", "k", 1, "", 1, "", "r-old"], member])
    with Redis.from_url(url) as client:
        client.zadd("arenabridge:5:line:1", {member: 0})
        client.hset("arenabridge:5:queued", "old", row)
        async with AsyncExitStack() as stack:
            a = await Fleet(url, stack, PREFIX).joins(pace=CALM)
            a.submits("new")
            assert await a.claims(2) == ["new"]
        assert client.hkeys("arenabridge:5:queued") == [b"old"]


async def test_rows_have_the_form_whose_number_is_in_their_names(fleet: Fleet) -> None:
    a = await fleet.joins(pace=CALM)
    a.submits("j1", "j2")
    assert await a.claims(1) == ["j1"]
    with Redis.from_url(fleet.url) as client:
        rows = {name: client.hvals(f"{fleet.prefix}0:{name}")[0] for name in ("queued", "claimed")}
    entries = [[job, "k", 1, "", 1, "", a.engine.me] for job in ("j1", "j2")]
    assert {name: msgspec.msgpack.decode(row) for name, row in rows.items()} == {
        "claimed": [entries[0], a.engine.me],
        "queued": [entries[1], "4000000000000002j2\0"],
    }, "rows of another form need another number"
    assert FORM == 2


async def say_something(speaker: Replica, *listeners: Replica) -> None:
    """What comes before it over the same connections was heard then."""
    speaker.engine.tell_all("", b"")
    for each in listeners:
        await each.hears(Told("", b""))
