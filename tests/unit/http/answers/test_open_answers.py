"""Bytes on their way to a client: bounded, in order, never waited for by the side that makes them."""

import asyncio
from collections.abc import Awaitable

import pytest

from arenabridge.errors import ClientTooSlow
from arenabridge.http.answers.open_answers import MAX_BUFFERED_BYTES, MAX_WRITTEN_BYTES, OpenAnswers, OutgoingBytes

LIMIT = 30.0


async def waits(awaitable: Awaitable[object]) -> bool:
    """Whether it is still waiting after everything that is ready has run."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = not task.done()
    task.cancel()
    return waiting


async def test_what_has_gathered_is_taken_in_one_piece() -> None:
    out = OutgoingBytes()
    assert out.push(b"a")
    assert out.push(b"b")
    assert await out.next() == b"ab"
    assert await waits(out.next())


async def test_a_consumer_that_waits_is_woken_by_the_first_piece_and_gets_all_that_came_with_it() -> None:
    out = OutgoingBytes()
    taking = asyncio.ensure_future(out.next())
    await asyncio.sleep(0)
    out.push(b"a")
    out.push(b"b")
    assert await taking == b"ab"


async def test_the_end_comes_after_what_is_there_and_stays() -> None:
    out = OutgoingBytes()
    out.push(b"a")
    out.end()
    assert not out.push(b"late")
    assert [await out.next(), await out.next(), await out.next()] == [b"a", b"", b""]


@pytest.mark.parametrize("how", ["end", "discard"])
async def test_a_consumer_that_waits_is_told_of_the_end(how: str) -> None:
    out = OutgoingBytes()
    taking = asyncio.ensure_future(out.next())
    await asyncio.sleep(0)
    getattr(out, how)()
    assert await taking == b""


async def test_what_is_discarded_is_not_given() -> None:
    out = OutgoingBytes()
    out.push(b"a")
    out.discard()
    assert not out.is_waiting
    assert await out.next() == b""


async def test_nothing_is_no_end() -> None:
    out = OutgoingBytes()
    assert out.push(b"")
    assert await waits(out.next())
    out.push(b"a")
    assert await out.next() == b"a"


async def test_over_the_bound_everything_is_dropped_and_nothing_more_is_taken() -> None:
    out = OutgoingBytes()
    assert out.push(b"x" * (MAX_BUFFERED_BYTES - 1))
    assert out.push(b"x")
    assert not out.push(b"x")
    assert not out.push(b"x")
    assert not out.is_waiting
    assert await out.next() == b""


async def test_what_was_taken_does_not_count_against_the_bound() -> None:
    out = OutgoingBytes()
    for _ in range(3):
        assert out.push(b"x" * MAX_BUFFERED_BYTES)
        assert len(await out.next()) == MAX_BUFFERED_BYTES


async def test_much_is_given_in_parts_since_the_server_copies_what_a_client_does_not_take() -> None:
    out = OutgoingBytes()
    pieces = [bytes([number % 256]) * 100_000 for number in range(10)]
    for piece in pieces:
        out.push(piece)
    out.end()
    given = []
    while data := await out.next():
        given.append(data)
    assert b"".join(given) == b"".join(pieces)
    assert len(given) == 5
    assert max(map(len, given)) <= MAX_WRITTEN_BYTES


async def test_one_piece_may_be_longer_than_the_bound_if_nothing_else_waits() -> None:
    """The largest picture that a line of the site can hold, in its events."""
    out = OutgoingBytes()
    assert out.push(b"x" * (MAX_BUFFERED_BYTES + 1))
    assert not out.push(b"x")


async def test_a_consumer_that_gave_up_waiting_loses_nothing() -> None:
    out = OutgoingBytes()
    assert await waits(out.next())
    out.push(b"a")
    assert await out.next() == b"a"


async def test_only_who_takes_nothing_while_something_waits_is_too_slow() -> None:
    out = OutgoingBytes()
    out.check_stall(0, LIMIT)
    out.check_stall(10 * LIMIT, LIMIT)
    out.push(b"a")
    out.check_stall(1000, LIMIT)
    out.check_stall(1000 + LIMIT, LIMIT)
    with pytest.raises(ClientTooSlow):
        out.check_stall(1001 + LIMIT, LIMIT)
    await out.next()
    out.push(b"b")
    out.check_stall(2000, LIMIT)
    out.check_stall(2000 + LIMIT, LIMIT)


async def test_who_does_not_come_back_for_more_is_too_slow_even_at_the_end() -> None:
    out = OutgoingBytes()
    out.push(b"a")
    out.end()
    for _ in range(2):
        await out.next()
        out.check_stall(0, LIMIT)
        with pytest.raises(ClientTooSlow):
            out.check_stall(LIMIT + 1, LIMIT)


class Leaving:
    """An answer that ends at its first tick."""

    def __init__(self, answers: OpenAnswers) -> None:
        self._answers = answers
        self.ticks: list[float] = []

    def tick(self, now: float) -> None:
        self.ticks.append(now)
        self._answers.remove(self)


def test_answers_may_end_while_the_clock_goes_round() -> None:
    answers = OpenAnswers()
    open_ = [Leaving(answers) for _ in range(3)]
    for answer in open_:
        answers.add(answer)
    answers.tick(1)
    answers.tick(2)
    answers.remove(open_[0])
    assert [answer.ticks for answer in open_] == [[1]] * 3
    assert len(answers) == 0
