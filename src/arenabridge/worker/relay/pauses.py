"""How long a relay waits before it tries its gateway again. Pure."""

LONGEST_IN_DELAYS = 12
"""With the usual delay of 5 s that is a minute; a gateway that restarts seldom takes so long."""


def pause(failures: int, delay_seconds: float, chance: float) -> float:
    """
    Seconds to wait after so many failures in a row (from 1).

    The delay doubles with each, up to `LONGEST_IN_DELAYS`. `chance`, from 0 to 1, spreads the upper half of it, so that
    the relays of a gateway that comes back don't all come at once.
    """
    longest = delay_seconds * min(LONGEST_IN_DELAYS, 1 << min(failures - 1, LONGEST_IN_DELAYS))
    return longest * (0.5 + chance / 2)
