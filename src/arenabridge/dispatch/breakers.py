"""
Which worker keeps failing with which model.

After some failures in a row the pair is left out for a while, then tried with one job: if that is served all is well
again, if not the pair is left out for longer. Failures that the client caused do not count. A pair is only ever left
out while another worker could do it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from arenabridge.wire.link.messages import JobId, WorkerId

FAILURES = 3
OPEN_SECONDS = 30.0
MAX_OPEN_SECONDS = 300.0
MAX_CIRCUITS = 4096
"""Pairs that have failed lately; the one that did so longest ago is forgotten first."""


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    trips: int = 0
    open_until: float = 0.0
    tried_with: JobId | None = None
    """The job that decides whether it is left out for longer."""

    def is_open(self, now: float) -> bool:
        return now < self.open_until or self.tried_with is not None


class Breakers:
    """By worker and model."""

    def __init__(self) -> None:
        self._circuits: dict[WorkerId, dict[str, _Circuit]] = {}
        self._failed: dict[tuple[WorkerId, str], None] = {}
        """All pairs of them, the one that failed longest ago first."""

    def __len__(self) -> int:
        return len(self._failed)

    def is_open(self, worker: WorkerId, model: str, now: float) -> bool:
        circuit = self._get(worker, model)
        return circuit is not None and circuit.is_open(now)

    def tries(self, worker: WorkerId, model: str, job: JobId, now: float) -> None:
        """The job was given to the pair: if it was left out until now, this one decides."""
        circuit = self._get(worker, model)
        if circuit is not None and circuit.trips and now >= circuit.open_until:
            circuit.tried_with = job

    def failed(self, worker: WorkerId, model: str, now: float) -> None:
        circuit = self._get(worker, model) or _Circuit()
        self._forget(worker, model)
        if len(self._failed) >= MAX_CIRCUITS:
            self._forget(*next(iter(self._failed)))
        self._circuits.setdefault(worker, {})[model] = circuit
        self._failed[worker, model] = None
        circuit.failures += 1
        if circuit.tried_with is not None or circuit.failures >= FAILURES:
            circuit.open_until = now + min(OPEN_SECONDS * 2.0**circuit.trips, MAX_OPEN_SECONDS)
            circuit.trips += 1
            circuit.failures, circuit.tried_with = 0, None

    def served(self, worker: WorkerId, model: str) -> None:
        self._forget(worker, model)

    def gone(self, worker: WorkerId, model: str, job: JobId) -> None:
        """The job has left the pair: if it was to decide, and there was no verdict, the next one does."""
        circuit = self._get(worker, model)
        if circuit is not None and circuit.tried_with == job:
            circuit.tried_with = None

    def open_now(self, now: float) -> Iterator[tuple[WorkerId, frozenset[str]]]:
        """The workers that are left out for some models, and for which."""
        for worker, circuits in self._circuits.items():
            if models := frozenset(model for model, circuit in circuits.items() if circuit.is_open(now)):
                yield worker, models

    def open_with(self, model: str, now: float) -> frozenset[WorkerId]:
        """The workers that are left out for the model."""
        return frozenset(worker for worker in self._circuits if self.is_open(worker, model, now))

    def left(self, worker: WorkerId) -> None:
        for model in list(self._circuits.get(worker, ())):
            self._forget(worker, model)

    def _get(self, worker: WorkerId, model: str) -> _Circuit | None:
        circuits = self._circuits.get(worker)
        return circuits.get(model) if circuits else None

    def _forget(self, worker: WorkerId, model: str) -> None:
        if (worker, model) in self._failed:
            del self._failed[worker, model], self._circuits[worker][model]
            if not self._circuits[worker]:
                del self._circuits[worker]
