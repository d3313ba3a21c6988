"""What has changed between two readings of the site's models. Pure."""

import msgspec

from arenabridge.wire.arena.catalogue import Catalogue, Entry


class Renamed(msgspec.Struct, frozen=True):
    """A model that is asked for by another name now."""

    before: str
    after: str


class ModelChanges(msgspec.Struct, frozen=True):
    """Names, in the order in which the models are shown; models are told apart by their ids."""

    count: int
    """How many there are now."""
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()


def changes(before: Catalogue, after: Catalogue) -> ModelChanges:
    was, now = _by_id(before), _by_id(after)
    return ModelChanges(
        count=len(after),
        new=tuple(entry.name for entry in after if entry.model.id not in was),
        gone=tuple(entry.name for entry in before if entry.model.id not in now),
        renamed=tuple(
            Renamed(was[model].name, entry.name)
            for model, entry in now.items()
            if model in was and was[model].name != entry.name
        ),
    )


def _by_id(catalogue: Catalogue) -> dict[str, Entry]:
    return {entry.model.id: entry for entry in catalogue}
