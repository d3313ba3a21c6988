"""Bodies on their way in: how many there may be from one place, and how slow."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Final

from arenabridge.errors import InvalidRequest, TooManyUploads

AT_ONCE: Final = 64
"""Bodies from holders of a key; each may have `max_body_bytes` on the disk."""

OF_ONE_KEY_AT_ONCE: Final = 32
"""So that one key's slow uploads leave room for others."""

OF_STRANGERS_AT_ONCE: Final = 32
OF_ONE_STRANGER_AT_ONCE: Final = 8
"""Bodies from one address: the key, if any, is at the end of what they send."""

SILENCE_SECONDS: Final = 10.0
"""How long no byte may come, as web servers allow."""

BYTES_PER_SECOND: Final = 16 * 1024
"""The least rate overall, after the first `SILENCE_SECONDS`: a byte now and then is silence, too."""

LONGEST_SECONDS: Final = 600.0
"""For a body of 32 MiB at half a megabit a second."""


class Arrivals:
    """Who is sending."""

    def __init__(self) -> None:
        self._known: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()

    @contextlib.contextmanager
    def room_for(self, whence: str, *, is_known: bool) -> Iterator[None]:
        """`whence` is a key's id, or a stranger's address. Raises `TooManyUploads`."""
        under_way = self._known if is_known else self._strangers
        most, most_of_one = (
            (AT_ONCE, OF_ONE_KEY_AT_ONCE) if is_known else (OF_STRANGERS_AT_ONCE, OF_ONE_STRANGER_AT_ONCE)
        )
        if under_way.total() >= most or under_way[whence] >= most_of_one:
            raise TooManyUploads(retry_after_seconds=1)
        under_way[whence] += 1
        try:
            yield
        finally:
            under_way[whence] -= 1
            if not under_way[whence]:
                del under_way[whence]


async def in_time(pieces: AsyncIterator[bytes], *, silence_seconds: float = SILENCE_SECONDS) -> AsyncIterator[bytes]:
    """The same pieces; raises `InvalidRequest` when they come too slowly."""
    now = asyncio.get_running_loop().time
    began, size = now(), 0
    while True:
        allowed = min(silence_seconds + size / BYTES_PER_SECOND, LONGEST_SECONDS)
        until = min(now() + silence_seconds, began + allowed)
        try:
            async with asyncio.timeout_at(until):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise InvalidRequest("The body came too slowly: nothing for some seconds, or too little of it.") from None
        size += len(piece)
        yield piece
