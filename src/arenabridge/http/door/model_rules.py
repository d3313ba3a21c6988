"""
Which models a key, and its owner, may use, under all the names that one model has.

A name of the person's own (`aliases`) is judged with each model that it stands for, two models side by side one by one.
Who answers in a battle is known only afterwards: there the name of the battle itself is judged.
"""

from collections.abc import Iterable

from arenabridge.accounts.keys import ApiKey
from arenabridge.errors import GatewayError
from arenabridge.hub.models.offered import Models
from arenabridge.wire.offered_model import OfferedModel


def check_model(models: Models, key: ApiKey, asked: str) -> None:
    """Raises `ModelNotAllowed`."""
    for held in key.held:
        limits = held.limits
        if limits.allowed_models or limits.denied_models:
            for side in models.sides(models.meant(asked)) or [asked]:
                for names in _names(models, side):
                    limits.check_model(*names, whose=held.whose)


def allowed(offered: Iterable[OfferedModel], key: ApiKey) -> list[OfferedModel]:
    """The models of a list that the key may use."""
    limits = [held.limits for held in key.held]
    return [each for each in offered if all(one.allows_model(*names) for names in _names_of(each) for one in limits)]


def _names(models: Models, asked: str) -> list[list[str]]:
    try:
        return [[asked, *names] for names in _names_of(models.find(asked))]
    except GatewayError:
        return [[asked]]  # a model that does not exist is refused for that, later


def _names_of(offered: OfferedModel) -> list[list[str]]:
    """The names of each model that this name stands for."""
    if offered.alias_of:
        return [[offered.name, target] for target in offered.alias_of]
    return [[offered.name, offered.known.model.public_name]]
