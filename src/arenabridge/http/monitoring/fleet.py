"""
What gateways of a fleet tell each other for their screens: who they are, how they are, and whose tabs they have.

It goes with each beat, so it is small, and bounded; what another version says is shown as far as it is understood.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from arenabridge.engine.interface import ReplicaId
from arenabridge.usage.alerts import RecentFailures

_log = logging.getLogger(__name__)

MAX_SHOWN_WORKERS = 50
"""Of each gateway; more are counted, but not shown at the others."""

MAX_BYTES = 48 * 1024
"""Of what one gateway says. Where that is not enough its workers are only counted."""

MAX_REPLICAS = 64
"""That are shown."""


class Counts(msgspec.Struct, frozen=True):
    """What goes on at one gateway."""

    running: int = 0
    waiting: int = 0
    free_slots: int = 0
    workers: int = 0
    able: int = 0
    finished: int = 0
    """The id of the newest record."""
    requests: int = 0
    """Of the last minutes, that a failure of ours or the site's could have met; and those that it met."""
    failures: int = 0


class ReplicaFacts(msgspec.Struct, frozen=True):
    """What a gateway says of itself. `since` is in seconds since 1970."""

    name: str
    address: str
    version: str
    since: float
    closing: bool
    now: Counts
    workers: list[dict[str, Any]] = []
    """As its own dashboard has them."""


def encode(facts: ReplicaFacts) -> bytes:
    """Never more than `MAX_BYTES`."""
    facts = msgspec.structs.replace(facts, workers=facts.workers[:MAX_SHOWN_WORKERS])
    said = msgspec.json.encode(facts)
    return said if len(said) <= MAX_BYTES else msgspec.json.encode(msgspec.structs.replace(facts, workers=[]))


@dataclass(frozen=True, slots=True)
class Replica:
    """Another gateway, as of its last beat."""

    id: ReplicaId
    facts: ReplicaFacts


class FleetView:
    """The other gateways that live. `note` is called when that is known anew."""

    def __init__(self, since: float) -> None:
        self.since = since
        """When this one was started."""
        self.recent_failures = RecentFailures()
        """Of this one; is to be told of every record."""
        self._others: tuple[Replica, ...] = ()

    @property
    def others(self) -> tuple[Replica, ...]:
        """By name."""
        return self._others

    def note(self, replicas: Mapping[ReplicaId, bytes]) -> None:
        found = sorted(_read(replicas), key=lambda replica: (replica.facts.name, replica.id))
        self._others = tuple(found[:MAX_REPLICAS])

    def workers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The tabs of the others, under names that are nobody else's."""
        for replica in self._others:
            for worker in replica.facts.workers:
                if isinstance(id_ := worker.get("id"), str):
                    yield f"{replica.id}:{id_}", {**worker, "replica": replica.facts.name, "elsewhere": True}

    def needs(self) -> Iterator[tuple[str, str]]:
        """The browsers of the others whose page wants its person, with what it wants."""
        for _, worker in self.workers():
            if isinstance(needs := worker.get("needs"), dict):
                name = worker.get("name") or worker.get("browser")
                yield str(name), str(needs.get("words") or needs.get("what"))


def _read(replicas: Mapping[ReplicaId, bytes]) -> Iterator[Replica]:
    for id_, said in replicas.items():
        try:
            yield Replica(id_, msgspec.json.decode(said, type=ReplicaFacts))
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            _log.debug("what the gateway %s says of itself is not understood: %s", id_, error)
