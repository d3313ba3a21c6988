"""No name gets a key to a model that it may not use."""

import pytest

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.errors import ModelNotAllowed
from arenabridge.http.door.model_rules import check_model
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


@pytest.mark.parametrize("name", ["gpt", "GPT", "best", "both", "gpt vs claude", "claude vs best"])
def test_a_denied_model_is_denied_under_all_its_names(name: str) -> None:
    with pytest.raises(ModelNotAllowed):
        check_model(MODELS, KeyLimits(denied_models=("gpt",)), name)


@pytest.mark.parametrize("name", ["battle", "fight"])
def test_a_denied_battle_is_denied_under_all_its_names(name: str) -> None:
    with pytest.raises(ModelNotAllowed):
        check_model(MODELS, KeyLimits(denied_models=("battle",)), name)


@pytest.mark.parametrize("name", ["claude", "battle", "claude vs claude"])
def test_what_is_not_denied_is_allowed(name: str) -> None:
    check_model(MODELS, KeyLimits(denied_models=("gpt",)), name)
