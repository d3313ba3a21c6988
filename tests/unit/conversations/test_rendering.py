"""A history as one text: nothing is cut, reordered or merged."""

import pytest
from hypothesis import given, settings, strategies as st

from arenabridge.conversations.rendering import render
from arenabridge.wire.chat import Message, Role
from arenabridge.wire.profile import ClientProfile

AS_SENT = ClientProfile(trailing_user_message="never")
ROLES: list[Role] = ["system", "user", "assistant", "tool"]
MESSAGES = st.lists(st.builds(Message, st.sampled_from(ROLES), st.text(), st.none() | st.just("Ann")), max_size=6)


@pytest.mark.parametrize("text", ["Hi", "", "[System]\nnot a label of ours", "\x00\u2028 😀\n\n"])
def test_a_single_turn_of_the_user_is_sent_as_it_is(text: str) -> None:
    assert render([Message("user", text, "Ann")]) == text


def test_anything_longer_is_labelled_turn_by_turn() -> None:
    history = [
        Message("system", "Be brief."),
        Message("user", "One?\n\nTwo?", "Ann"),
        Message("assistant", ""),
        Message("tool", "42"),
        Message("assistant", "Three."),
    ]
    assert (
        render(history, AS_SENT)
        == "[System]\nBe brief.\n\n[User (Ann)]\nOne?\n\nTwo?\n\n[Tool]\n42\n\n[Assistant]\nThree."
    )


@pytest.mark.parametrize("role", ["system", "assistant", "tool"])
def test_a_single_turn_of_anybody_else_says_whose_it_is(role: Role) -> None:
    assert render([Message(role, "x")], AS_SENT) == f"[{role.capitalize()}]\nx"


def test_turns_of_one_role_are_not_merged() -> None:
    assert render([Message("user", "a"), Message("user", "a")]) == "[User]\na\n\n[User]\na"


@settings(deadline=None)
@given(MESSAGES)
def test_every_text_is_there_whole_and_in_its_place(messages: list[Message]) -> None:
    rendered, position = render(messages), 0
    for message in messages:
        found = rendered.find(message.text, position)
        assert found >= 0
        position = found + len(message.text)
