"""Whoever sends slowly, or much at once, takes no room from others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from arenabridge.errors import InvalidRequest, TooManyUploads
from arenabridge.http.files.arrivals import OF_ONE_STRANGER_AT_ONCE, Arrivals, in_time


async def sent(*pieces: bytes, every: float = 0.0) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(every)
        yield piece


async def test_a_body_in_time_is_the_same() -> None:
    assert [piece async for piece in in_time(sent(b"a", b"b"))] == [b"a", b"b"]


@pytest.mark.parametrize("body", [sent(b"{", b"}", every=9.0), sent(*[b"x"] * 9, every=0.02)])
async def test_silence_ends_a_body_and_so_does_a_byte_now_and_then(body: AsyncIterator[bytes]) -> None:
    with pytest.raises(InvalidRequest, match="too slowly"):
        [piece async for piece in in_time(body, silence_seconds=0.05)]


def test_one_stranger_leaves_room_for_others() -> None:
    arrivals = Arrivals()
    with ExitStack() as sending:
        for _ in range(OF_ONE_STRANGER_AT_ONCE):
            sending.enter_context(arrivals.room_for("here", is_known=False))
        with pytest.raises(TooManyUploads), arrivals.room_for("here", is_known=False):
            pass
        with arrivals.room_for("there", is_known=False), arrivals.room_for("here", is_known=True):
            pass
    with arrivals.room_for("here", is_known=False):
        pass
