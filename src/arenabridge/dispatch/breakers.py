"""
Which worker keeps failing with which model.

After some failures in a row the pair is left out for a while, then tried with one job: if that is served all is well
again, if not the pair is left out for longer. Failures that the client caused do not count. A pair is only ever left
out while another worker could do it.
"""

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


class Breakers:
    """By worker and model."""

    def __init__(self) -> None:
        self._circuits: dict[tuple[WorkerId, str], _Circuit] = {}

    def __len__(self) -> int:
        return len(self._circuits)

    def is_open(self, worker: WorkerId, model: str, now: float) -> bool:
        circuit = self._circuits.get((worker, model))
        return circuit is not None and (now < circuit.open_until or circuit.tried_with is not None)

    def tries(self, worker: WorkerId, model: str, job: JobId, now: float) -> None:
        """The job was given to the pair: if it was left out until now, this one decides."""
        circuit = self._circuits.get((worker, model))
        if circuit is not None and circuit.trips and now >= circuit.open_until:
            circuit.tried_with = job

    def failed(self, worker: WorkerId, model: str, now: float) -> None:
        circuit = self._circuits.pop((worker, model), None) or _Circuit()
        if len(self._circuits) >= MAX_CIRCUITS:
            del self._circuits[next(iter(self._circuits))]
        self._circuits[worker, model] = circuit
        circuit.failures += 1
        if circuit.tried_with is not None or circuit.failures >= FAILURES:
            circuit.open_until = now + min(OPEN_SECONDS * 2.0**circuit.trips, MAX_OPEN_SECONDS)
            circuit.trips += 1
            circuit.failures, circuit.tried_with = 0, None

    def served(self, worker: WorkerId, model: str) -> None:
        self._circuits.pop((worker, model), None)

    def gone(self, worker: WorkerId, model: str, job: JobId) -> None:
        """The job has left the pair: if it was to decide, and there was no verdict, the next one does."""
        circuit = self._circuits.get((worker, model))
        if circuit is not None and circuit.tried_with == job:
            circuit.tried_with = None

    def open_for(self, worker: WorkerId, now: float) -> set[str]:
        """The models that it is left out for now."""
        return {model for who, model in self._circuits if who == worker and self.is_open(who, model, now)}

    def left(self, worker: WorkerId) -> None:
        for pair in [pair for pair in self._circuits if pair[0] == worker]:
            del self._circuits[pair]
