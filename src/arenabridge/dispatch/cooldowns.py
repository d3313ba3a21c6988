"""
Models that rest after the site said that a limit is reached.

A limit belongs to the person at the browser and the model, not to a tab: other tabs and other accounts of the same
person rest too, since going on there would only dodge the limit.
"""

from dataclasses import dataclass

BACK_OFF_SECONDS = 30.0
"""For the first limit of which the site does not say how long it lasts; doubled with each that follows."""

MAX_BACK_OFF_SECONDS = 600.0
MAX_RESTING = 4096
"""Persons times models; the one that was limited longest ago is forgotten first."""


@dataclass(slots=True)
class _Rest:
    until: float
    in_a_row: int


class CoolDowns:
    """By person and model."""

    def __init__(self) -> None:
        self._rests: dict[tuple[str, str], _Rest] = {}

    def limited(self, person: str, model: str, seconds: float | None, now: float) -> float:
        """The site said so; how long the model rests now. `seconds` as the site says, None if it does not."""
        before = self._rests.pop((person, model), None)
        in_a_row = before.in_a_row + 1 if before else 1
        wait = min(BACK_OFF_SECONDS * 2.0 ** (in_a_row - 1), MAX_BACK_OFF_SECONDS) if seconds is None else seconds
        if len(self._rests) >= MAX_RESTING:
            del self._rests[next(iter(self._rests))]
        self._rests[person, model] = _Rest(now + wait, in_a_row)
        return wait

    def served(self, person: str, model: str) -> None:
        self._rests.pop((person, model), None)

    def left(self, person: str, model: str, now: float) -> float:
        """Seconds until it may be tried again; 0 when it may."""
        rest = self._rests.get((person, model))
        return max(0.0, rest.until - now) if rest else 0.0

    def resting(self, person: str, now: float) -> dict[str, float]:
        """The models that rest, and for how many seconds."""
        return {
            model: rest.until - now for (who, model), rest in self._rests.items() if who == person and rest.until > now
        }
