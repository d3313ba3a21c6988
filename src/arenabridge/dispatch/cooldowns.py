"""
Models that rest after the site said that a limit is reached.

A limit belongs to the person at the browser and the model, not to a tab: other tabs and other accounts of the same
person rest too, since going on there would only dodge the limit.

What was asked of the site before a limit was heard of says nothing about the time after: an answer to it ends no rest,
and another 429 is the same limit heard again.
"""

import heapq
from collections import Counter
from dataclasses import dataclass

BACK_OFF_SECONDS = 30.0
"""For the first limit whose length the site does not tell; doubled with each one that follows a rest."""

MAX_BACK_OFF_SECONDS = 600.0
MAX_RESTING = 4096
"""Persons times models; the one that was limited longest ago is forgotten first."""


@dataclass(slots=True)
class _Rest:
    began: float
    """When the site said so last."""
    until: float
    in_a_row: int


class CoolDowns:
    """By person and model."""

    def __init__(self) -> None:
        self._rests: dict[str, dict[str, _Rest]] = {}
        self._limited: dict[tuple[str, str], None] = {}
        """All pairs of them, the one that was limited longest ago first."""
        self._persons: Counter[str] = Counter()
        """How many rest, or have rested, by model."""
        self._changed: set[str] = set()
        self._ends: list[tuple[float, str]] = []
        """A heap of when rests end, and whose they are; some have been made longer or shorter since."""

    def limited(self, person: str, model: str, seconds: float | None, *, asked: float | None, now: float) -> float:
        """
        The site has refused: returns how long the model rests now.

        `seconds` as the site says, None if it does not; `asked` is when the request that it refused went to the site,
        None if another replica tells of it.
        """
        before = self._get(person, model)
        if before is None:
            before = _Rest(now, now, 1)
        elif (before.until <= now) if asked is None else (before.began < asked):
            before.in_a_row += 1
        back_off = min(BACK_OFF_SECONDS * 2.0 ** (before.in_a_row - 1), MAX_BACK_OFF_SECONDS)
        until = max(before.until, now + (back_off if seconds is None else seconds))
        self._forget(person, model)
        if len(self._limited) >= MAX_RESTING:
            self._forget(*next(iter(self._limited)))
        self._remember(person, model, _Rest(now, until, before.in_a_row))
        return until - now

    def served(self, person: str, model: str, *, asked: float) -> None:
        """The site has answered what was asked of it at that time."""
        rest = self._get(person, model)
        if rest is not None and rest.began < asked:
            self._forget(person, model)

    def left(self, person: str, model: str, now: float) -> float:
        """Seconds until it may be tried again; 0 when it may."""
        rest = self._get(person, model)
        return max(0.0, rest.until - now) if rest else 0.0

    def may_rest(self, model: str) -> bool:
        """Whether anybody's limit is remembered; if not, the model rests for nobody."""
        return model in self._persons

    def changed(self, now: float) -> set[str]:
        """The people for whom the set of resting models has changed since this was last asked."""
        while self._ends and self._ends[0][0] <= now:
            self._changed.add(heapq.heappop(self._ends)[1])
        changed, self._changed = self._changed, set()
        return changed

    def resting(self, person: str, now: float) -> dict[str, float]:
        """The models that rest, and for how many seconds."""
        rests = self._rests.get(person)
        return {model: rest.until - now for model, rest in rests.items() if rest.until > now} if rests else {}

    def _get(self, person: str, model: str) -> _Rest | None:
        rests = self._rests.get(person)
        return rests.get(model) if rests else None

    def _remember(self, person: str, model: str, rest: _Rest) -> None:
        self._rests.setdefault(person, {})[model] = rest
        self._limited[person, model] = None
        self._persons[model] += 1
        self._changed.add(person)
        heapq.heappush(self._ends, (rest.until, person))
        if len(self._ends) > 2 * MAX_RESTING:
            self._ends = sorted((rest.until, who) for who, rests in self._rests.items() for rest in rests.values())

    def _forget(self, person: str, model: str) -> None:
        if (person, model) in self._limited:
            self._changed.add(person)
            del self._limited[person, model], self._rests[person][model]
            if not self._rests[person]:
                del self._rests[person]
            self._persons[model] -= 1
            if not self._persons[model]:
                del self._persons[model]
