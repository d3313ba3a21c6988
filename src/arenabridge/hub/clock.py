"""The clock that the hub judges and records by, so that tests can set it. Timeouts go by the event loop's."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Both in seconds: `now` never goes back, `unix` is the calendar's time, since 1970."""

    now: Callable[[], float]
    unix: Callable[[], float]
