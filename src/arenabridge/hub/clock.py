"""The hub's only source of time, so that tests can set it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Both in seconds: `now` never goes back, `unix` is what calendars use."""

    now: Callable[[], float]
    unix: Callable[[], float]
