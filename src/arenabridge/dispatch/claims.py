"""
Claims that are under way: they hold their slots, so that free capacity is never promised twice and never leaks.

Slots differ in the models that they can't serve now; each claim is for slots that are alike.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from arenabridge.dispatch.commands import ClaimJobs


class Claims:
    """By the models that are excluded."""

    def __init__(self) -> None:
        self._under_way: Counter[frozenset[str]] = Counter()

    def against(self, openings: Mapping[frozenset[str], int]) -> Iterator[ClaimJobs]:
        """Claims for the free slots that no claim holds yet."""
        left = sum(openings.values()) - self._under_way.total()
        for excluding, free in openings.items():
            limit = min(left, free - self._under_way[excluding])
            if limit > 0:
                left -= limit
                self._under_way[excluding] += limit
                yield ClaimJobs(limit, excluding)

    def answered(self, limit: int, excluding: frozenset[str]) -> None:
        self._under_way[excluding] -= limit
        if self._under_way[excluding] <= 0:
            del self._under_way[excluding]
