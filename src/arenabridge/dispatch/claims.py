"""
Claims that are under way: they hold their slots, so that free capacity is never promised twice and never leaks.

Slots differ in which jobs they are for; each claim is for slots that are alike. One that was not filled has emptied
the queue of the jobs that it was for: there is no other for the like until there are new jobs.
"""

from collections.abc import Iterator, Mapping

from arenabridge.dispatch.commands import ClaimJobs
from arenabridge.wire.opening import Opening

MAX_IN_VAIN = 4096
"""Openings remembered that nothing waited for; beyond that the queue is asked for them again."""


class Claims:
    """Claims under way, by what their slots are for."""

    def __init__(self) -> None:
        self._under_way: dict[Opening, int] = {}
        self._outdated: dict[Opening, int] = {}
        """The slots of claims under way that may not have seen the newest jobs."""
        self._in_vain: set[Opening] = set()
        self._is_held_up = False
        """Slots could not be claimed for, since claims for others hold as many."""

    def news(self, model: str | None = None, asker: str = "") -> None:
        """The queue has a job of this person for the model; with no model given, any job."""
        if model is None:
            self._in_vain.clear()
            self._outdated = dict(self._under_way)
        else:
            self._in_vain -= {each for each in self._in_vain if each.takes(model, asker)}
            self._outdated |= {each: slots for each, slots in self._under_way.items() if each.takes(model, asker)}

    def against(self, openings: Mapping[Opening, int]) -> Iterator[ClaimJobs]:
        """Claims for the free slots that no claim holds yet, and for which there may be jobs."""
        left = sum(openings.values()) - sum(self._under_way.values())
        self._is_held_up = False
        for opening, free in openings.items():
            if opening in self._in_vain:
                continue
            held = self._under_way.get(opening, 0)
            limit = max(0, min(left, free - held))
            self._is_held_up |= limit < free - held
            if limit:
                left -= limit
                self._under_way[opening] = held + limit
                yield ClaimJobs(limit, opening)

    def answered(self, limit: int, opening: Opening, jobs: int) -> bool:
        """The claim got so many. Says whether there may be more for the slots that are left, or those that it held."""
        _less(self._under_way, opening, limit)
        is_outdated = opening in self._outdated
        if is_outdated:
            _less(self._outdated, opening, limit)
        elif jobs < limit and len(self._in_vain) < MAX_IN_VAIN:
            self._in_vain.add(opening)
        return is_outdated or jobs == limit or self._is_held_up


def _less(slots: dict[Opening, int], opening: Opening, by: int) -> None:
    left = slots.pop(opening, 0) - by
    if left > 0:
        slots[opening] = left
