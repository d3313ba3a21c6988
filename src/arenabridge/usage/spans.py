"""Spans of time, and the steps in which a chart shows them, in the viewer's zone. Pure."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

HOUR = 3600
DAY = 86400

MAX_STEPS = 200

_STEPS = ((2 * DAY, 1), (10 * DAY, 6))
"""Longest spans that are shown in steps of so many hours; longer ones are shown by the day, or several days at once."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` up to but without `until`, in seconds since 1970; `since` is the beginning of an hour."""

    since: int
    until: int

    @classmethod
    def of(cls, since: float, until: float) -> "Span":
        return cls(int(since) - int(since) % HOUR, max(int(until) + 1, int(since) + 1))

    @property
    def seconds(self) -> int:
        return self.until - self.since

    def before(self) -> "Span":
        """The one of the same length before it."""
        return Span(self.since - self.seconds - (self.since - self.seconds) % HOUR, self.since)

    def in_days(self) -> "Span":
        """As whole days of UTC."""
        return Span(self.since - self.since % DAY, self.until)


class NoZone(ValueError):
    """There is no such time zone."""


def zone_of(name: str) -> tzinfo:
    """`Europe/Berlin`, `UTC`, or an offset such as `+05:30`; raises `NoZone`."""
    if name in {"", "UTC"}:
        return UTC
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", name)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes >= 24 * 60:
            raise NoZone(name)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    if not re.fullmatch(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,2}", name):
        raise NoZone(name)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise NoZone(name) from error


def starts(span: Span, zone: tzinfo) -> list[int]:
    """
    When each step begins, the first with the span; days begin at midnight in that zone, summer time or not.

    What is counted by the hour and begins in the middle of one, where a zone has half hours, counts for the step in
    which its hour began.
    """
    hours = next((step for longest, step in _STEPS if span.seconds <= longest), 24)
    begin = datetime.fromtimestamp(span.since, zone)
    if hours < 24:
        aligned = begin.replace(hour=begin.hour - begin.hour % hours, minute=0).timestamp()
        found = range(int(aligned), span.until, hours * HOUR)
    else:
        days = -(-span.seconds // DAY // MAX_STEPS) or 1
        midnights = [begin.replace(hour=0, minute=0)]
        while (following := midnights[-1] + timedelta(days=days)).timestamp() < span.until:
            midnights.append(following)
        return _from(span.since, [int(each.timestamp()) for each in midnights])
    return _from(span.since, list(found))


def step_of(starts: list[int], second: int) -> int:
    """The index of the step in which a second is."""
    return max(0, bisect_right(starts, second) - 1)


def _from(since: int, found: list[int]) -> list[int]:
    return [since, *(each for each in found if each > since)]
