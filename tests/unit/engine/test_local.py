"""The engine in this process: commands in, the matching events out, in order."""

from arenabridge.engine.interface import Claimed, EngineEvent, Entry, Rejected, Waiting
from arenabridge.engine.local import LocalEngine
from arenabridge.wire.link.messages import JobId

J1, J2 = JobId("j1"), JobId("j2")
OF_J1, OF_J2 = Entry(J1, "k"), Entry(J2, "k")


def started(queue_length: int = 10) -> tuple[LocalEngine, list[EngineEvent]]:
    engine, heard = LocalEngine(queue_length), list[EngineEvent]()
    engine.start(heard.append)
    return engine, heard


def test_a_job_is_queued_claimed_put_back_and_claimed_again() -> None:
    engine, heard = started()
    engine.submit(Entry(J1, "k"))
    engine.submit(Entry(J2, "k"))
    engine.claim(1)
    engine.requeue(J1)
    engine.claim(5)
    assert heard == [Waiting(), Waiting(), Claimed(1, (OF_J1,)), Waiting(), Claimed(5, (OF_J1, OF_J2))]
    assert engine.length() == 0


def test_every_claim_is_answered_with_its_own_limit_even_if_nothing_waits() -> None:
    engine, heard = started()
    engine.claim(3)
    assert heard == [Claimed(3, ())]


def test_over_its_bound_the_queue_says_no_and_keeps_nothing() -> None:
    engine, heard = started(queue_length=1)
    engine.submit(Entry(J1, "k"))
    engine.submit(Entry(J2, "k"))
    assert heard == [Waiting(), Rejected(J2)]
    assert engine.length() == 1
    engine.claim(5)
    assert heard[-1] == Claimed(5, (OF_J1,))


def test_a_withdrawn_job_is_not_given_and_a_released_one_not_put_back() -> None:
    engine, heard = started()
    engine.submit(Entry(J1, "k"))
    engine.withdraw(J1)
    engine.withdraw(J1)
    engine.submit(Entry(J2, "k"))
    engine.claim(5)
    engine.release(J2)
    engine.requeue(J2)
    engine.claim(5)
    assert [event for event in heard if isinstance(event, Claimed)] == [Claimed(5, (OF_J2,)), Claimed(5, ())]


def test_before_anybody_listens_nothing_is_lost() -> None:
    engine, heard = LocalEngine(10), list[EngineEvent]()
    engine.submit(Entry(J1, "k"))
    engine.start(heard.append)
    engine.claim(1)
    assert heard == [Claimed(1, (OF_J1,))]
