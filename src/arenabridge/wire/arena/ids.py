"""
The ids that a request of the site carries. The client chooses them, and the site refuses those it has seen.

That refusal is our second fence against carrying out one grant twice: the ids of an attempt are fixed when it is
granted.
"""

from collections.abc import Callable

import msgspec

RANDOM_BITS = 74
"""What a UUID of version 7 leaves to chance."""


class AttemptIds(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of one request: the site session, the user's message and the answers of `a` and `b`."""

    session: str
    user: str
    a: str
    b: str


def uuid7(unix_ms: int, random_bits: int) -> str:
    """RFC 9562, as the site's page makes them since autumn 2025: 48 bits of time, the version, 12 + 62 random bits."""
    high, low = (random_bits >> 62) & 0xFFF, random_bits & (2**62 - 1)
    digits = f"{(unix_ms & (2**48 - 1)) << 80 | 7 << 76 | high << 64 | 2 << 62 | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def attempt_ids(unix_ms: int, random_bits: Callable[[], int], session: str | None = None) -> AttemptIds:
    """
    Fresh ids that share the millisecond and ascend, the user's first, as the page's own do.

    `random_bits` gives `RANDOM_BITS` of them at each call. `session` continues a site session instead of naming a
    new one.
    """
    user, a, b, new = (uuid7(unix_ms, bits) for bits in sorted(random_bits() for _ in range(4)))
    return AttemptIds(session=session or new, user=user, a=a, b=b)
