"""What is kept for repetitions: whole as long as there is room, and no more of a client's than its share."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

import pytest
from starlette.types import Message

from arenabridge.errors import AnswerNotKept, ClientTooSlow, TooManyRepeatable
from arenabridge.http.answers.kept_answers import (
    LINGER_SECONDS,
    MAX_ANSWER_BYTES,
    MAX_KEPT,
    MAX_KEPT_BYTES,
    MAX_UNDER_WAY,
    KeptAnswer,
    Name,
    RepeatableRequests,
)

HEAD: Message = {"type": "http.response.start", "status": 200, "headers": []}
END: Message = {"type": "http.response.body", "body": b""}
HALF = b"x" * (MAX_ANSWER_BYTES // 2 + 1)


def piece(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


def name(number: int = 0, key: str = "mine") -> Name:
    return Name(key, "/v1/chat/completions", str(number))


@dataclass(eq=False)
class Reader:
    heard: int = 0

    def hears(self, kept: KeptAnswer, messages: int) -> None:
        self.heard += messages
        kept.moved()


async def waits(awaitable: Awaitable[object]) -> asyncio.Future[object]:
    """It does not end by itself."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.sleep(0)
    assert not task.done()
    return task


async def ended(requests: RepeatableRequests, name: Name, body: bytes = b"x", *, free: bool = False) -> KeptAnswer:
    kept = requests.begin(name, b"d", 0)
    await kept.take(HEAD)
    await kept.take({**END, "body": body})
    requests.ended(name, kept, may_be_tried_again=free)
    return kept


async def test_an_answer_longer_than_is_kept_waits_for_who_hears_it_and_can_not_be_had_again() -> None:
    requests, reader = RepeatableRequests(), Reader()
    kept = requests.begin(name(), b"d", 0)
    kept.listeners.add(reader)
    for message in HEAD, piece(HALF):
        await kept.take(message)
    held = await waits(kept.take(piece(HALF)))
    reader.hears(kept, 2)
    await held
    assert kept.size == len(HALF)
    with pytest.raises(ClientTooSlow):
        kept.message(1)
    with pytest.raises(AnswerNotKept):
        requests.find(name(), b"d", 1)
    await kept.take(END)
    requests.ended(name(), kept, may_be_tried_again=False)
    with pytest.raises(AnswerNotKept):
        requests.find(name(), b"d", 1)


async def test_the_fastest_listener_is_waited_for() -> None:
    kept = RepeatableRequests().begin(name(), b"d", 0)
    fast, slow = Reader(heard=2), Reader(heard=1)
    kept.listeners |= {fast, slow}
    for message in HEAD, piece(HALF), piece(HALF):
        await kept.take(message)
    assert kept.message(fast.heard) is not None
    with pytest.raises(ClientTooSlow):
        kept.message(slow.heard)


async def test_nobody_waits_for_clients_that_stay_away() -> None:
    requests = RepeatableRequests()
    kept = requests.begin(name(), b"d", 0)
    for message in HEAD, piece(HALF):
        await kept.take(message)
    held = await waits(kept.take(piece(HALF)))
    requests.tick(0)
    requests.tick(LINGER_SECONDS + 1)
    await held
    assert kept.gone.is_set()
    requests.ended(name(), kept, may_be_tried_again=False)
    assert requests.find(name(), b"d", 60) is None


def test_whoever_comes_back_has_the_whole_time_again_when_it_leaves() -> None:
    requests, reader = RepeatableRequests(), Reader()
    kept = requests.begin(name(), b"d", 0)
    requests.tick(0)
    kept.listeners.add(reader)
    requests.tick(LINGER_SECONDS - 1)
    kept.listeners.clear()
    requests.tick(LINGER_SECONDS)
    requests.tick(2 * LINGER_SECONDS)
    assert not kept.gone.is_set()
    requests.tick(2 * LINGER_SECONDS + 1)
    assert kept.gone.is_set()


async def test_another_key_s_answers_push_out_neither_what_is_under_way_nor_what_is_kept() -> None:
    requests = RepeatableRequests()
    running, over = requests.begin(name(0), b"d", 0), await ended(requests, name(1))
    for number in range(MAX_KEPT + 1):
        await ended(requests, name(number, "other"))
    for number in range(MAX_KEPT_BYTES // MAX_ANSWER_BYTES + 1):
        await ended(requests, name(number, "third"), b"x" * MAX_ANSWER_BYTES)
    assert requests.find(name(0), b"d", 1) is running
    assert requests.find(name(1), b"d", 1) is over
    assert requests.find(name(0, "third"), b"d", 1) is None
    assert requests.find(name(MAX_KEPT, "other"), b"d", 1) is not None
    assert len(requests) <= MAX_KEPT


def test_one_key_has_a_share_of_what_may_be_under_way_and_all_together_have_a_bound() -> None:
    requests = RepeatableRequests()
    for key in "one", "two":
        for number in range(MAX_UNDER_WAY):
            requests.begin(name(number, key), b"d", 0)
        with pytest.raises(TooManyRepeatable):
            requests.begin(name(MAX_UNDER_WAY, key), b"d", 0)
    with pytest.raises(TooManyRepeatable):
        requests.begin(name(0, "three"), b"d", 0)


def test_who_comes_when_an_answer_is_given_up_asks_anew() -> None:
    requests = RepeatableRequests()
    given_up = requests.begin(name(), b"d", 0)
    requests.tick(0)
    requests.tick(LINGER_SECONDS + 1)
    assert requests.find(name(), b"d", 1) is None
    anew = requests.begin(name(), b"d", 1)
    requests.ended(name(), given_up, may_be_tried_again=False)
    assert requests.find(name(), b"d", 1) is anew


async def test_what_cost_nothing_is_not_kept() -> None:
    requests = RepeatableRequests()
    await ended(requests, name(), free=True)
    assert requests.find(name(), b"d", 1) is None
