"""Captured sessions are used in turn; which strategy a model has is said by patterns."""

from typing import Any

import pytest

from arenabridge.conversations.captured import MAX_FAILURES, CapturedSessions
from arenabridge.conversations.strategies import Strategies
from arenabridge.settings import SessionStrategy
from arenabridge.wire.arena.captured import CapturedSession


def captured(id_: str, model: str | None = None, **more: Any) -> CapturedSession:
    return CapturedSession(id=id_, session=f"session {id_}", message="m", model=model, **more)


def turns(sessions: CapturedSessions, count: int, *names: str) -> str:
    """Which sessions serve these requests, one after the other."""
    served = ""
    for now in range(count):
        found = sessions.next_for(names)
        assert found is not None
        sessions.used(found, 100.0 + now)
        served += found.id
    return served


def test_those_of_a_model_take_turns_before_those_of_all() -> None:
    sessions = CapturedSessions([captured("x"), captured("a", "GPT"), captured("b", "gpt"), captured("o", "other")])
    assert turns(sessions, 4, "gpt", "id-1") == "abab"
    assert turns(sessions, 2, "claude") == "xx"
    assert CapturedSessions([captured("o", "other")]).next_for(["gpt"]) is None


def test_one_that_failed_comes_last_and_is_then_left_alone_until_it_is_captured_anew() -> None:
    kept: list[CapturedSession] = []
    first, second = captured("a"), captured("b")
    sessions = CapturedSessions([first, second], keep=kept.append)
    sessions.failed(first)
    assert turns(sessions, 2, "gpt") == "bb"
    for _ in range(MAX_FAILURES - 1):
        sessions.failed(first)
    assert sessions.next_for(["gpt"], without=[second.session]) is None
    assert [each.failures for each in kept if each.id == "a"] == [1, 2, 3]
    sessions.replace([captured("a", created_at=5.0)])
    assert turns(sessions, 1, "gpt") == "a"


def test_one_that_works_is_as_good_as_new() -> None:
    sessions = CapturedSessions([captured("a", failures=2), captured("b", failures=1)])
    sessions.worked(captured("a"))
    assert turns(sessions, 1, "gpt") == "a"


def test_what_is_read_anew_does_not_disturb_the_turns() -> None:
    both = [captured("a"), captured("b")]
    sessions = CapturedSessions(both)
    assert turns(sessions, 1, "gpt") == "a"
    sessions.replace(both)
    assert turns(sessions, 1, "gpt") == "b"


def test_one_that_was_removed_meanwhile_stays_removed() -> None:
    kept: list[CapturedSession] = []
    sessions = CapturedSessions(keep=kept.append)
    sessions.used(captured("a"), 1.0)
    assert (sessions.next_for(["gpt"]), kept) == (None, [])


@pytest.mark.parametrize(
    ("names", "strategy"),
    [
        (("gpt-5", "id-1"), "captured"),
        (("GPT-4", "id-1"), "captured"),
        (("claude", "id-7"), "fresh"),
        (("claude", "id-1"), "auto"),
    ],
)
def test_the_first_pattern_that_matches_a_name_counts(names: tuple[str, ...], strategy: SessionStrategy) -> None:
    strategies = Strategies("auto", {"gpt-*": "captured", "*-7": "fresh", "GPT-4": "auto"})
    assert strategies.of(names) == strategy
    assert [each for each in ("auto", "captured", "fresh") if strategies.uses(each)] == ["auto", "captured", "fresh"]
    assert not Strategies("fresh", {"gpt": "captured"}).uses("auto")
