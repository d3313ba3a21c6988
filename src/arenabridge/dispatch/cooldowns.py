"""
Models that rest after the site said that a limit is reached.

A limit belongs to the person at the browser and the model, not to a tab: other tabs and other accounts of the same
person rest too, since going on there would only dodge the limit.

What was asked of the site before a limit was heard of says nothing about the time after: an answer to it ends no rest,
and another 429 is the same limit heard again.
"""

from dataclasses import dataclass

BACK_OFF_SECONDS = 30.0
"""For the first limit of which the site does not say how long it lasts; doubled with each that follows a rest."""

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
        self._rests: dict[tuple[str, str], _Rest] = {}

    def limited(self, person: str, model: str, seconds: float | None, *, asked: float | None, now: float) -> float:
        """
        The site said so; how long the model rests now.

        `seconds` as the site says, None if it does not; `asked` is when the request that it refused went to the site,
        None if another replica tells of it.
        """
        before = self._rests.pop((person, model), None)
        if before is None:
            before = _Rest(now, now, 1)
        elif (before.until <= now) if asked is None else (before.began < asked):
            before.in_a_row += 1
        back_off = min(BACK_OFF_SECONDS * 2.0 ** (before.in_a_row - 1), MAX_BACK_OFF_SECONDS)
        until = max(before.until, now + (back_off if seconds is None else seconds))
        if len(self._rests) >= MAX_RESTING:
            del self._rests[next(iter(self._rests))]
        self._rests[person, model] = _Rest(now, until, before.in_a_row)
        return until - now

    def served(self, person: str, model: str, *, asked: float) -> None:
        """What was asked of the site then is answered."""
        rest = self._rests.get((person, model))
        if rest is not None and rest.began < asked:
            del self._rests[person, model]

    def left(self, person: str, model: str, now: float) -> float:
        """Seconds until it may be tried again; 0 when it may."""
        rest = self._rests.get((person, model))
        return max(0.0, rest.until - now) if rest else 0.0

    def resting(self, person: str, now: float) -> dict[str, float]:
        """The models that rest, and for how many seconds."""
        return {
            model: rest.until - now for (who, model), rest in self._rests.items() if who == person and rest.until > now
        }
