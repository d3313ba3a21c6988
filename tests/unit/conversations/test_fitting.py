"""A conversation fits, is trimmed and says so, or is refused: it is never cut in silence."""

import pytest
from hypothesis import given, strategies as st

from arenabridge.conversations.fitting import fit
from arenabridge.conversations.rendering import render
from arenabridge.errors import ContextTooLong
from arenabridge.wire.chat import Message
from arenabridge.wire.profile import ClientProfile

ERROR, TRIM = ClientProfile(), ClientProfile(overflow="trim_oldest")
RULES = Message("system", "Rules")


def chat(turns: int) -> list[Message]:
    return [RULES, *(Message("user" if turn % 2 == 0 else "assistant", f"turn {turn}") for turn in range(turns))]


def test_what_fits_is_left_alone() -> None:
    assert fit(chat(5), TRIM, 1000).messages == tuple(chat(5))


def test_what_does_not_fit_is_refused_with_both_figures() -> None:
    with pytest.raises(ContextTooLong, match="is 9 characters long, the site takes 8"):
        fit([Message("user", "x" * 9)], ERROR, 8)


def test_the_oldest_turns_go_first_and_the_rules_and_the_last_turn_stay() -> None:
    fitted = fit(chat(9), TRIM, 70)
    assert fitted.messages[0] == RULES
    assert fitted.messages[-1] == chat(9)[-1]
    assert fitted.messages[1:] == tuple(chat(9)[1 + fitted.dropped :])
    assert fitted.dropped > 0


def test_a_last_turn_that_is_too_long_by_itself_is_refused_even_when_trimming() -> None:
    with pytest.raises(ContextTooLong):
        fit([*chat(3), Message("user", "x" * 100)], TRIM, 100)


def test_characters_are_counted_as_the_page_counts_them() -> None:
    assert fit([Message("user", "😀" * 4)], ERROR, 8).dropped == 0
    with pytest.raises(ContextTooLong):
        fit([Message("user", "😀" * 5)], ERROR, 9)


@given(st.integers(1, 60), st.integers(20, 400))
def test_no_more_is_dropped_than_has_to_be(turns: int, limit: int) -> None:
    messages = chat(turns)
    try:
        fitted = fit(messages, TRIM, limit)
    except ContextTooLong:
        return
    assert len(render(fitted.messages, TRIM)) <= limit
    if fitted.dropped:
        one_more = [RULES, *messages[fitted.dropped :]]
        assert len(render(one_more, TRIM)) > limit
