"""Spans of time are shown in steps that fit them, which begin where the viewer's hours and days do."""

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from arenabridge.usage.spans import DAY, HOUR, MAX_STEPS, NoZone, Span, starts, step_of, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = int(datetime(2026, 11, 22, 14, 25, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(("days", "steps", "seconds"), [(1, 25, HOUR), (7, 30, 6 * HOUR), (30, 31, DAY), (90, 91, DAY)])
def test_steps_are_hours_quarters_of_a_day_or_days(days: int, steps: int, seconds: int) -> None:
    begins = starts(Span.of(NOW - days * DAY, NOW), UTC)
    assert abs(len(begins) - steps) <= 1
    assert begins[2] - begins[1] == seconds


def test_days_begin_at_the_viewers_midnight_when_summer_time_ends_too() -> None:
    end = int(datetime(2026, 10, 31, 12, tzinfo=UTC).timestamp())
    begins = starts(Span.of(end - 14 * DAY, end), BERLIN)
    local = [datetime.fromtimestamp(begin, BERLIN) for begin in begins[1:]]
    assert {(each.hour, each.minute) for each in local} == {(0, 0)}
    assert 25 * HOUR in {later - earlier for earlier, later in itertools.pairwise(begins)}


@given(
    st.integers(10**9, 2 * 10**9),
    st.integers(1, 400 * DAY),
    st.sampled_from(["UTC", "Europe/Berlin", "+05:45", "-09:30", "Asia/Kathmandu"]),
)
def test_every_second_of_a_span_is_in_one_step(since: int, seconds: int, zone: str) -> None:
    span = Span.of(since, since + seconds)
    begins = starts(span, zone_of(zone))
    assert begins[0] == span.since
    assert begins == sorted(set(begins))
    assert len(begins) <= 2 * MAX_STEPS
    for second in (span.since, span.until - 1, begins[-1]):
        step = step_of(begins, second)
        assert begins[step] <= second
        assert step + 1 == len(begins) or second < begins[step + 1]


@pytest.mark.parametrize("name", ["../etc/passwd", "Nowhere/Nothing", "+25:00", "a" * 60, "/etc/localtime"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(NoZone):
        zone_of(name)
