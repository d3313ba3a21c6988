"""Whose turn it is."""

import pytest
from hypothesis import given, strategies as st

from arenabridge.engine.interface import Entry
from arenabridge.engine.queue import BEGINS_WITH, FairQueue, QueueIsFull
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import ANYTHING, Opening


def filled(*entries: tuple[str, str, float]) -> FairQueue:
    queue = FairQueue(limit=1000)
    for job, key, weight in entries:
        queue.put(Entry(JobId(job), key, weight))
    return queue


def taken_from(queue: FairQueue, limit: int, opening: Opening = ANYTHING) -> list[JobId]:
    return [entry.job for entry in queue.take(limit, opening)]


def test_one_key_is_served_in_order_of_arrival() -> None:
    assert taken_from(filled(*((f"j{n}", "k", 1) for n in range(5))), 5) == ["j0", "j1", "j2", "j3", "j4"]


def test_a_newcomer_does_not_wait_for_all_of_a_busy_key() -> None:
    queue = filled(*((f"busy{n}", "busy", 1) for n in range(500)))
    assert len(taken_from(queue, 10)) == 10
    queue.put(Entry(JobId("new"), "newcomer"))
    assert "new" in taken_from(queue, 2)


def test_turns_are_in_proportion_to_weight() -> None:
    queue = filled(*((f"a{n}", "a", 3) for n in range(300)), *((f"b{n}", "b", 1) for n in range(300)))
    assert sum(job.startswith("a") for job in taken_from(queue, 100)) == pytest.approx(75, abs=1)


def test_what_is_put_back_comes_first_again() -> None:
    queue = filled(("j1", "k", 1), ("j2", "k", 1))
    assert taken_from(queue, 1) == ["j1"]
    queue.put_back(JobId("j1"))
    assert taken_from(queue, 2) == ["j1", "j2"]


def test_a_withdrawn_job_is_never_given_and_frees_its_place() -> None:
    queue = FairQueue(limit=1)
    queue.put(Entry(JobId("j1"), "k"))
    with pytest.raises(QueueIsFull):
        queue.put(Entry(JobId("j2"), "k"))
    queue.withdraw(JobId("j1"))
    queue.put(Entry(JobId("j2"), "k"))
    assert taken_from(queue, 5) == ["j2"]


@given(st.lists(st.tuples(st.sampled_from(["put", "take", "back", "withdraw", "release"]), st.integers(0, 9))))
def test_every_job_is_given_at_most_once_per_stay(moves: list[tuple[str, int]]) -> None:
    queue, waiting, held = FairQueue(limit=5), set[str](), set[str]()
    for move, number in moves:
        job = JobId(f"j{number}")
        if move == "put" and job not in waiting | held and len(waiting) < 5:
            queue.put(Entry(job, key=str(number % 3)))
            waiting.add(job)
        elif move == "take":
            taken = taken_from(queue, number)
            assert len(set(taken)) == len(taken) == min(number, len(waiting))
            assert waiting >= set(taken)
            waiting -= set(taken)
            held |= set(taken)
        elif move == "back" and job in held:
            queue.put_back(job)
            held.discard(job)
            waiting.add(job)
        elif move == "withdraw":
            queue.withdraw(job)
            waiting.discard(job)
        elif move == "release":
            queue.release(job)
            held.discard(job)
        assert len(queue) == len(waiting)


def test_a_higher_priority_comes_first_and_the_lowest_not_last_for_ever() -> None:
    queue = FairQueue(limit=1000)
    for n in range(100):
        queue.put(Entry(JobId(f"low{n}"), "k", priority=2))
        queue.put(Entry(JobId(f"high{n}"), "k", priority=0))
    taken = taken_from(queue, 33)
    assert taken[0] == "high0"
    assert sum(job.startswith("low") for job in taken) == 3


def test_what_nobody_free_can_serve_keeps_its_place_and_lets_others_pass() -> None:
    queue = FairQueue(limit=1000)
    for job, model in (("j1", "limited"), ("j2", "free"), ("j3", "limited")):
        queue.put(Entry(JobId(job), "k", model=model))
    assert taken_from(queue, 5, Opening(frozenset({"limited"}))) == ["j2"]
    assert taken_from(queue, 5) == ["j1", "j3"]


def test_a_position_is_how_many_come_before() -> None:
    queue = FairQueue(limit=1000)
    for n in range(3):
        queue.put(Entry(JobId(f"j{n}"), "k"))
    queue.put(Entry(JobId("first"), "other", priority=0))
    assert [queue.position(JobId(job)) for job in ("first", "j0", "j2", "unknown")] == [0, 1, 3, None]
    queue.withdraw(JobId("j0"))
    assert queue.position(JobId("j2")) == 2


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.sampled_from("xyz")), max_size=40))
def test_positions_tell_the_order_of_claims_until_a_lower_priority_has_its_turn(
    entries: list[tuple[str, int, str]],
) -> None:
    queue = FairQueue(limit=1000)
    for n, (key, priority, model) in enumerate(entries):
        queue.put(Entry(JobId(f"j{n}"), key, model=model, priority=priority))
    by_position = sorted((queue.position(JobId(f"j{n}")), f"j{n}") for n in range(len(entries)))
    first = [job for _, job in by_position][: BEGINS_WITH.index(1)]
    assert taken_from(queue, len(first)) == first


def test_a_persons_own_worker_finds_their_job_behind_any_number_of_others() -> None:
    queue = FairQueue(limit=1000)
    for n in range(100):
        queue.put(Entry(JobId(f"j{n}"), "k", asker="ann"))
    queue.put(Entry(JobId("bobs"), "k", asker="bob"))
    assert taken_from(queue, 5, Opening(askers=frozenset({"bob", "carl"}))) == ["bobs"]
    assert taken_from(queue, 1) == ["j0"]


def test_a_key_whose_jobs_had_to_go_is_not_behind_for_that() -> None:
    queue = FairQueue(limit=10)
    for n in range(10):
        queue.put(Entry(JobId(f"busy{n}"), "busy"))
    gone = [queue.put(Entry(JobId(f"new{n}"), "new")) for n in range(5)]
    assert [entry and entry.job for entry in gone] == ["busy9", "busy8", "busy7", "busy6", "busy5"]
    assert taken_from(queue, 9) == [f"{key}{n}" for n in range(5) for key in ("busy", "new")][:9]
    queue.put(Entry(JobId("later"), "busy"))
    queue.put(Entry(JobId("latest"), "new"))
    assert taken_from(queue, 3) == ["new4", "later", "latest"]
