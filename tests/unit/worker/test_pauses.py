"""Pauses grow, are spread, and end somewhere."""

from hypothesis import given, strategies as st

from arenabridge.worker.relay.pauses import LONGEST_IN_DELAYS, pause

CHANCES = st.floats(0, 1)


def test_it_doubles_up_to_twelve_delays() -> None:
    assert [pause(failures, 5, 1) for failures in range(1, 8)] == [5, 10, 20, 40, 60, 60, 60]


@given(st.integers(1, 10**9), st.floats(0.001, 3600), CHANCES)
def test_it_is_never_longer_and_never_less_than_half(failures: int, delay: float, chance: float) -> None:
    longest = pause(failures, delay, 1)
    assert longest / 2 <= pause(failures, delay, chance) <= longest <= delay * LONGEST_IN_DELAYS
