"""
Who holds the places of a queue that is full.

A key with fewer jobs for its weight than another gets a place from it: the job that came last, among those of the key
that holds the most, gives up its place. This stops where it would make the newcomer hold more than the other has left.
A job that has had its turn and was put back keeps its place.
"""

from arenabridge.engine.interface import Entry
from arenabridge.wire.link.messages import JobId


class Places:
    """Jobs by key. Bounded by what is queued."""

    def __init__(self) -> None:
        self._weights: dict[str, dict[JobId, float]] = {}
        """The keys' jobs, in the order in which they came."""
        self._loads: dict[str, float] = {}
        """Jobs by weight; where a key's weight has changed, that of the job that came or went last counts."""

    def add(self, entry: Entry) -> None:
        self._weights.setdefault(entry.key, {})[entry.job] = entry.weight
        self._weigh(entry)

    def remove(self, entry: Entry) -> None:
        """Nothing happens if it was not added."""
        if self._weights.get(entry.key, {}).pop(entry.job, None) is not None:
            self._weigh(entry)

    def yielded_to(self, entry: Entry) -> JobId | None:
        """The job that has to give up its place to this one; None if this one has to go."""
        if not self._loads:
            return None
        key = max(self._loads, key=lambda key: (self._loads[key], key.encode()))
        job, weight = next(reversed(self._weights[key].items()))
        mine = (len(self._weights.get(entry.key, ())) + 1) / entry.weight
        return job if mine <= (len(self._weights[key]) - 1) / weight else None

    def _weigh(self, entry: Entry) -> None:
        if jobs := len(self._weights[entry.key]):
            self._loads[entry.key] = jobs / entry.weight
        else:
            del self._weights[entry.key], self._loads[entry.key]
