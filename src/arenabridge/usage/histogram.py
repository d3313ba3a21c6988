"""
Times in buckets whose bounds grow by a half each, so that percentiles can be told from sums of counts. Pure.

A percentile is told to within its bucket, that is by at most a fifth (the square root of 1.5). From 50 ms to 47 min.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

from arenabridge.storage.tables.usage import BUCKETS

GROWTH = 1.5
BOUNDS = tuple(0.05 * GROWTH**bucket for bucket in range(BUCKETS - 1))
"""Upper bounds in seconds, inclusive; the last bucket has none."""


def bucket_of(seconds: float) -> int:
    return bisect_left(BOUNDS, seconds)


def percentile(counts: Sequence[int], share: float) -> float | None:
    """
    Seconds within which that share (0 to 1) of what was counted stayed; None if nothing was.

    Within a bucket it grows as between its bounds, geometrically; what is beyond the last is told as the last.
    """
    wanted, below = share * sum(counts), 0
    if not any(counts):
        return None
    for bucket, count in enumerate(counts):
        if count and below + count >= wanted:
            upper = BOUNDS[min(bucket, len(BOUNDS) - 1)]
            if bucket >= len(BOUNDS):
                return upper
            return upper * math.pow(GROWTH, (wanted - below) / count - 1)
        below += count
    return BOUNDS[-1]
