"""Between tries to connect: longer and longer, up to a bound, and not all replicas at once."""

import asyncio
import random

FIRST = 0.02
"""Seconds."""


class Pauses:
    """`longest` in seconds."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._next = FIRST

    @property
    def is_repeated(self) -> bool:
        """Whether there was a pause since the last success."""
        return self._next > FIRST

    def reset(self) -> None:
        self._next = FIRST

    async def pause(self) -> None:
        seconds, self._next = self._next, min(self._longest, self._next * 2)
        await asyncio.sleep(seconds * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
