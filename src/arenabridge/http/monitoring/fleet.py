"""
The other gateways of a fleet as this one's screens show them: who they are, how they are, and whose tabs they have.

What they say of themselves comes with each beat (`wire.fleet`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from arenabridge.engine.interface import ReplicaId
from arenabridge.usage.alerts import RecentFailures
from arenabridge.wire.fleet import ReplicaFacts, WorkerFacts

MAX_REPLICAS = 64
"""Gateways that are shown."""


@dataclass(frozen=True, slots=True)
class Replica:
    """Another gateway, as of its last beat."""

    id: ReplicaId
    facts: ReplicaFacts


class FleetView:
    """The other gateways that live. `note` is called whenever they are heard of again."""

    def __init__(self, since: float) -> None:
        self.since = since
        """When this one was started."""
        self.recent_failures = RecentFailures()
        """This gateway's; they are to be told of every record."""
        self._others: tuple[Replica, ...] = ()

    @property
    def others(self) -> tuple[Replica, ...]:
        """By name."""
        return self._others

    def note(self, replicas: Mapping[ReplicaId, ReplicaFacts]) -> None:
        found = [Replica(id_, facts) for id_, facts in replicas.items()]
        found.sort(key=lambda replica: (replica.facts.name, replica.id))
        self._others = tuple(found[:MAX_REPLICAS])

    def workers(self) -> Iterator[tuple[Replica, WorkerFacts]]:
        """The tabs of the others, with where each is."""
        for replica in self._others:
            for worker in replica.facts.workers:
                yield replica, worker

    def needs(self) -> Iterator[tuple[str, str]]:
        """The browsers of the others whose page wants its person, with what it wants."""
        for _, worker in self.workers():
            if worker.needs is not None:
                yield worker.name or worker.browser, worker.needs.words or worker.needs.what
