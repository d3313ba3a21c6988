"""A worker that keeps failing with a model is left out, tried with one job, and trusted again when that is served."""

from arenabridge.dispatch.breakers import FAILURES, MAX_CIRCUITS, MAX_OPEN_SECONDS, OPEN_SECONDS, Breakers
from arenabridge.wire.link.messages import JobId, WorkerId

TAB = WorkerId("tab")
J1, J2 = JobId("j1"), JobId("j2")


def tripped() -> Breakers:
    breakers = Breakers()
    for _ in range(FAILURES):
        breakers.failed(TAB, "gpt", 0)
    return breakers


def test_some_failures_in_a_row_open_it_for_that_model_alone() -> None:
    breakers = tripped()
    assert breakers.is_open(TAB, "gpt", OPEN_SECONDS - 1)
    assert not breakers.is_open(TAB, "other", 1)
    assert list(breakers.open_now(1)) == [(TAB, frozenset({"gpt"}))]
    assert breakers.open_with("gpt", 1) == {TAB}
    assert breakers.open_with("other", 1) == set()


def test_an_answer_between_failures_starts_the_count_anew() -> None:
    breakers = Breakers()
    for _ in range(10 * FAILURES):
        breakers.failed(TAB, "gpt", 0)
        breakers.served(TAB, "gpt")
    assert len(breakers) == 0


def test_after_a_while_one_job_decides() -> None:
    breakers = tripped()
    assert not breakers.is_open(TAB, "gpt", OPEN_SECONDS)
    breakers.tries(TAB, "gpt", J1, OPEN_SECONDS)
    assert breakers.is_open(TAB, "gpt", OPEN_SECONDS), "a second job while the first is under way"
    breakers.failed(TAB, "gpt", OPEN_SECONDS)
    assert breakers.is_open(TAB, "gpt", 3 * OPEN_SECONDS - 1)
    breakers.tries(TAB, "gpt", J2, 3 * OPEN_SECONDS)
    breakers.served(TAB, "gpt")
    assert not breakers.is_open(TAB, "gpt", 3 * OPEN_SECONDS)


def test_a_trial_that_ends_without_a_verdict_is_followed_by_another() -> None:
    breakers = tripped()
    breakers.tries(TAB, "gpt", J1, OPEN_SECONDS)
    breakers.gone(TAB, "gpt", J2)
    assert breakers.is_open(TAB, "gpt", OPEN_SECONDS), "the end of another job decides nothing"
    breakers.gone(TAB, "gpt", J1)
    assert not breakers.is_open(TAB, "gpt", OPEN_SECONDS)


def test_it_is_never_open_for_longer_than_its_bound_and_remembers_no_more_than_its_bound() -> None:
    breakers = Breakers()
    now = 0.0
    for _ in range(100):
        breakers.failed(TAB, "gpt", now)
        now += MAX_OPEN_SECONDS
    assert not breakers.is_open(TAB, "gpt", now)
    for n in range(MAX_CIRCUITS + 10):
        breakers.failed(TAB, f"m{n}", now)
    assert len(breakers) == MAX_CIRCUITS
    breakers.left(TAB)
    assert len(breakers) == 0
