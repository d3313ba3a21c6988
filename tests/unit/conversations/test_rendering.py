"""A history as one text: nothing is cut, reordered or merged."""

import pytest
from hypothesis import given, settings, strategies as st

from arenabridge.conversations.rendering import arranged, render
from arenabridge.wire.chat import Message, Role
from arenabridge.wire.profile import ClientProfile, RoleMode

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


def test_as_turns_a_history_is_the_same_and_what_the_site_has_no_place_for_is_said() -> None:
    history = [
        Message("user", "One?", "Ann"),
        Message("assistant", "x"),
        Message("assistant", ""),
        Message("tool", "42"),
    ]
    assert [(turn.role, turn.text) for turn in arranged(history, AS_SENT)] == [
        ("user", "[User (Ann)]\nOne?"),
        ("assistant", "x"),
        ("user", "[Tool]\n42"),
    ]


@pytest.mark.parametrize(
    ("mode", "turns"),
    [("merge_system", ["system", "user", "user"]), ("strict", ["user"]), ("single_user", ["user"])],
)
def test_the_role_modes_arrange_turns_as_they_do_a_text(mode: RoleMode, turns: list[Role]) -> None:
    history = [Message("user", "One"), Message("user", "Two"), Message("system", "Rules")]
    arrangement = arranged(history, ClientProfile(role_mode=mode))
    assert [turn.role for turn in arrangement] == turns
    assert all(turn.text in "\n\n".join(each.text for each in arrangement) for turn in history)


@pytest.mark.parametrize("last", ["assistant", "system", "tool"])
def test_whoever_is_last_the_user_asks_to_go_on_and_a_user_needs_no_other(last: Role) -> None:
    asked = Message("user", "Hi")
    assert render([asked, Message(last, "x")]).endswith("\n\n[User]\nContinue.")
    assert [turn.role for turn in arranged([asked, Message(last, "x")])][-1] == "user"
    assert render([asked]) == "Hi"
    assert not render([asked, Message(last, "x")], ClientProfile(trailing_user_message="never")).endswith("Continue.")
