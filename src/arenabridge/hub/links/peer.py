"""Who has come in as a worker: by the gateway's own secret, or with a credential that is a person's."""

from dataclasses import dataclass

from arenabridge.accounts.workers import Sharing
from arenabridge.dispatch.events import OPEN, Terms


@dataclass(frozen=True, slots=True)
class Peer:
    """As its credential says. One without an owner came in by the gateway's own secret, or a token of its settings."""

    terms: Terms = OPEN
    name: str = ""
    owner: str = ""
    """The owner's name, for people to read."""
    kind: str = ""
    """`relay` or `browser`."""
    sharing: Sharing = "all"
    paused: bool = False
    """Its owner lets all workers with this credential rest."""


ANYBODY = Peer()
