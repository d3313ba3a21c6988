"""Client profiles as they are kept."""

from typing import Any

import pytest

from arenabridge.accounts import profiles
from arenabridge.accounts.profiles import ProfileError
from arenabridge.wire.profile import ClientProfile

PARTICULAR = ClientProfile(strict=True, role_mode="merge_system")


def test_only_what_differs_from_the_defaults_is_kept() -> None:
    assert profiles.stored(ClientProfile()) == {}
    assert profiles.stored(PARTICULAR) == {"strict": True, "role_mode": "merge_system"}
    assert profiles.read(profiles.stored(PARTICULAR)) == PARTICULAR


def test_what_is_usual_here_holds_where_a_key_says_nothing_and_a_key_may_say_otherwise() -> None:
    usual = ClientProfile(role_mode="merge_system")
    assert profiles.stored(usual, usual) == {}
    assert profiles.read({}, usual) == usual
    assert profiles.stored(ClientProfile(), usual) == {"role_mode": "labelled"}
    assert profiles.read({"role_mode": "labelled"}, usual) == ClientProfile()


@pytest.mark.parametrize("kept", [None, [], "text", {"later": 1}, {"reasoning": "sung"}, {"strict": 7}])
def test_what_another_version_kept_is_as_good_as_absent(kept: Any) -> None:
    assert profiles.read(kept) == ClientProfile()
    if isinstance(kept, dict):
        assert profiles.read({**kept, "overflow": "trim_oldest"}) == ClientProfile(overflow="trim_oldest")


def test_a_wish_takes_the_place_of_its_own_kind_alone() -> None:
    assert profiles.changed(PARTICULAR, {"strict": False}) == ClientProfile(role_mode="merge_system")
    assert profiles.changed(PARTICULAR, {}) == PARTICULAR


@pytest.mark.parametrize("wishes", [{"reasoning": "sung"}, {"strict": "yes"}, {"later": True}])
def test_a_wish_that_can_t_be_had_is_named(wishes: dict[str, Any]) -> None:
    with pytest.raises(ProfileError, match=next(iter(wishes))):
        profiles.changed(PARTICULAR, wishes)
