"""No name gets a key to a model that it may not use."""

from dataclasses import replace

import pytest

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import ApiKey, Owner
from arenabridge.errors import ModelNotAllowed
from arenabridge.http.door.model_rules import allowed, check_model
from arenabridge.hub.models.names import ModelNames
from arenabridge.hub.models.offered import Models
from arenabridge.wire.arena.site_model import Outputs, SiteModel
from unit.hub.doubles import known_since

ALIASES = {"best": ["nothing", "gpt"], "both": "claude vs gpt", "fight": "battle"}
MODELS = Models(
    known_since(
        0.0,
        [
            SiteModel(id=name, public_name=name, organization="o", outputs=Outputs(text=True))
            for name in ("gpt", "claude")
        ],
    ),
    keep=lambda _: None,
    unix=lambda: 0.0,
    names=ModelNames(ALIASES),
)


def key(denied_models: tuple[str, ...]) -> ApiKey:
    return ApiKey("id", "mine", "", 0.0, limits=KeyLimits(denied_models=denied_models))


@pytest.mark.parametrize("name", ["gpt", "GPT", "best", "both", "gpt vs claude", "claude vs best"])
def test_a_denied_model_is_denied_under_all_its_names(name: str) -> None:
    with pytest.raises(ModelNotAllowed):
        check_model(MODELS, key(denied_models=("gpt",)), name)


@pytest.mark.parametrize("name", ["battle", "fight"])
def test_a_denied_battle_is_denied_under_all_its_names(name: str) -> None:
    with pytest.raises(ModelNotAllowed):
        check_model(MODELS, key(denied_models=("battle",)), name)


@pytest.mark.parametrize("name", ["claude", "battle", "claude vs claude"])
def test_what_is_not_denied_is_allowed(name: str) -> None:
    check_model(MODELS, key(denied_models=("gpt",)), name)


def test_what_an_owner_may_not_use_none_of_their_keys_may() -> None:
    owner = Owner("ben", "Ben", "user", is_disabled=False, limits=KeyLimits(allowed_models=("claude",)))
    bens = replace(key(denied_models=("battle",)), owner=owner)
    check_model(MODELS, bens, "claude")
    for name in ("gpt", "battle"):
        with pytest.raises(ModelNotAllowed):
            check_model(MODELS, bens, name)
    assert [each.name for each in allowed(MODELS.listed(), bens)] == ["claude"]
