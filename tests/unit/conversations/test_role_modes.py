"""Who is said to have said what: the role modes, and the turn at the end."""

import pytest

from arenabridge.conversations.rendering import render
from arenabridge.wire.chat import Message
from arenabridge.wire.profile import ClientProfile, RoleMode

CHAT = [
    Message("system", "Rules"),
    Message("assistant", "Welcome"),
    Message("user", "One"),
    Message("user", "Two"),
    Message("system", "Remember"),
    Message("user", "Three"),
]


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("labelled", "[System]Rules [Assistant]Welcome [User]One [User]Two [System]Remember [User]Three"),
        ("merge_system", "[System]Rules|Remember [Assistant]Welcome [User]One [User]Two [User]Three"),
        ("semi_strict", "[System]Rules [Assistant]Welcome [User]One|Two|Remember|Three"),
        ("strict", "[System]Rules [User]Begin. [Assistant]Welcome [User]One|Two|Remember|Three"),
        ("single_user", "Rules|Welcome|One|Two|Remember|Three"),
    ],
)
def test_each_mode_says_all_of_it_in_its_own_way(mode: RoleMode, text: str) -> None:
    expected = text.replace("]", "]\n").replace(" [", "\n\n[").replace("|", "\n\n")
    assert render(CHAT, ClientProfile(role_mode=mode)) == expected


@pytest.mark.parametrize("mode", ["labelled", "merge_system", "semi_strict", "strict", "single_user"])
def test_a_single_user_turn_is_sent_as_it_is_in_every_mode(mode: RoleMode) -> None:
    assert render([Message("user", " Hi\n")], ClientProfile(role_mode=mode)) == " Hi\n"


def test_an_answer_to_go_on_from_is_followed_by_a_user_who_asks_for_it() -> None:
    prefilled = [Message("user", "Count"), Message("assistant", "One, ")]
    asked = "[User]\nCount\n\n[Assistant]\nOne, "
    assert render(prefilled) == asked + "\n\n[User]\nContinue."
    assert render(prefilled, ClientProfile(trailing_user_message="never")) == asked


def test_always_means_always() -> None:
    always = ClientProfile(trailing_user_message="always")
    assert render([Message("user", "Hi")], always) == "[User]\nHi\n\n[User]\nContinue."
