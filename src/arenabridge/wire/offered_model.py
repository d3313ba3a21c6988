"""A model under a name by which clients may ask for it."""

from dataclasses import dataclass

from arenabridge.wire.arena.known_model import KnownModel


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """The name is unique among all that is offered."""

    name: str
    known: KnownModel
    alias_of: tuple[str, ...] = ()
    """For a name that the person gave: the names it stands for, in their order."""
