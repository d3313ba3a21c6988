"""
Claims that are under way: they hold their slots, so that free capacity is never promised twice and never leaks.

Slots differ in the jobs that they are for; each claim is for slots that are alike.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from arenabridge.dispatch.commands import ClaimJobs
from arenabridge.wire.opening import Opening


class Claims:
    """By what their slots are for."""

    def __init__(self) -> None:
        self._under_way: Counter[Opening] = Counter()

    def against(self, openings: Mapping[Opening, int]) -> Iterator[ClaimJobs]:
        """Claims for the free slots that no claim holds yet."""
        left = sum(openings.values()) - self._under_way.total()
        for opening, free in openings.items():
            limit = min(left, free - self._under_way[opening])
            if limit > 0:
                left -= limit
                self._under_way[opening] += limit
                yield ClaimJobs(limit, opening)

    def answered(self, limit: int, opening: Opening) -> None:
        self._under_way[opening] -= limit
        if self._under_way[opening] <= 0:
            del self._under_way[opening]
