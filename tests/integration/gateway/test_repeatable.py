"""With an `Idempotency-Key` a request is carried out once, however often it is sent."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from arenabridge.app import Running
from arenabridge.http.answers.kept_answers import MAX_ANSWER_BYTES
from arenabridge.http.answers.open_answers import MAX_BUFFERED_BYTES
from arenabridge.wire.link import messages as m
from integration.gateway.conftest import Start
from integration.gateway.test_endpoints import ASK, until_models_are_known
from integration.gateway.test_slow_clients import ask_and_read_nothing
from integration.gateway.worker_double import WorkerDouble, connected, until

CHAT = "/v1/chat/completions"
ONE = {"idempotency-key": "one"}
STOP = 'ad:{"finishReason":"stop"}\n'


@pytest_asyncio.fixture
async def scene(start: Start) -> AsyncIterator[tuple[Running, WorkerDouble, httpx.AsyncClient]]:
    async with start(head_hold_seconds=0.05) as running, connected(running) as worker:
        await until_models_are_known(running)
        async with httpx.AsyncClient(base_url=running.base_url) as client:
            client.headers["x-api-key"] = running.first_key or ""
            yield running, worker, client


Scene = tuple[Running, WorkerDouble, httpx.AsyncClient]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_repetition_gets_the_same_answer_and_nothing_is_asked_again(scene: Scene, *, stream: bool) -> None:
    running, worker, client = scene
    ask = ASK | {"stream": stream}
    first = asyncio.ensure_future(client.post(CHAT, json=ask, headers=ONE))
    await (await worker.granted()).answer('a0:"paid once"\n', STOP)
    again = await client.post(CHAT, json=ask, headers=ONE)
    assert (await first).content == again.content
    assert "paid once" in again.text
    assert again.headers["x-arenabridge-replayed"] == "true"
    assert "x-arenabridge-replayed" not in (await first).headers
    assert running.gateway.hub.under_way == 0


async def test_a_repetition_joins_an_answer_that_is_under_way(scene: Scene) -> None:
    _, worker, client = scene
    ask = ASK | {"stream": True}
    first = asyncio.ensure_future(client.post(CHAT, json=ask, headers=ONE))
    job = await worker.granted()
    await job.start()
    await job.head(content_type="text/event-stream")
    await job.body('a0:"begun, "\n')
    second = asyncio.ensure_future(client.post(CHAT, json=ask, headers=ONE))
    await job.body('a0:"ended"\n', STOP)
    await job.end()
    assert (await first).content == (await second).content
    assert b"begun, " in (await second).content


async def test_a_client_that_lost_its_connection_can_come_back_for_its_answer(scene: Scene) -> None:
    running, worker, client = scene
    first = asyncio.ensure_future(client.post(CHAT, json=ASK, headers=ONE))
    job = await worker.granted()
    first.cancel()
    await asyncio.wait([first])
    again = asyncio.ensure_future(client.post(CHAT, json=ASK, headers=ONE))
    await job.answer('a0:"still here"\n', STOP)
    assert (await again).json()["choices"][0]["message"]["content"] == "still here"
    await until(lambda: not running.gateway.hub.under_way)


async def test_another_body_under_the_same_key_is_refused(scene: Scene) -> None:
    _, worker, client = scene
    first = asyncio.ensure_future(client.post(CHAT, json=ASK, headers=ONE))
    await (await worker.granted()).answer('a0:"one"\n', STOP)
    await first
    other = await client.post(CHAT, json=ASK | {"temperature": 1}, headers=ONE)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")


async def test_another_api_key_has_keys_of_its_own(scene: Scene) -> None:
    running, worker, client = scene
    first = asyncio.ensure_future(client.post(CHAT, json=ASK, headers=ONE))
    await (await worker.granted()).answer('a0:"one"\n', STOP)
    await first
    other = running.gateway.accounts.keys.create("other")
    second = asyncio.ensure_future(client.post(CHAT, json=ASK, headers={**ONE, "x-api-key": other}))
    await (await worker.granted()).answer('a0:"two"\n', STOP)
    assert "two" in (await second).text


async def test_a_failure_that_generated_nothing_is_not_kept(scene: Scene) -> None:
    _, worker, client = scene
    first = asyncio.ensure_future(client.post(CHAT, json=ASK | {"model": "unknown"}, headers=ONE))
    assert (await first).status_code == 404
    second = asyncio.ensure_future(client.post(CHAT, json=ASK, headers=ONE))
    await (await worker.granted()).answer('a0:"now"\n', STOP)
    assert "now" in (await second).text


async def test_a_failure_that_may_have_been_paid_for_is_kept(scene: Scene) -> None:
    _, worker, client = scene
    first = asyncio.ensure_future(client.post(CHAT, json=ASK, headers=ONE))
    await (await worker.granted()).answer('a0:"cut')
    failed = await first
    assert failed.headers["x-should-retry"] == "false"
    again = await client.post(CHAT, json=ASK, headers=ONE)
    assert (again.status_code, again.content) == (failed.status_code, failed.content)


async def test_an_event_that_tells_of_a_failure_without_cost_is_not_kept_either(scene: Scene) -> None:
    _, worker, client = scene
    async with client.stream("POST", CHAT, json=ASK | {"stream": True}, headers=ONE) as failed:
        await (await worker.granted()).refuse(429, "Too many requests", retry_after="0")
        assert b"upstream_rate_limited" in await failed.aread()
    assert failed.status_code == 200
    again = await client.post(CHAT, json=ASK | {"stream": True}, headers=ONE)
    assert "x-arenabridge-replayed" not in again.headers


async def test_a_client_with_a_key_that_reads_nothing_is_cut_off_like_any_other(scene: Scene) -> None:
    running, worker, _ = scene
    headers = f"Authorization: Bearer {running.first_key}\r\nIdempotency-Key: one\r\n"
    _, writer = await ask_and_read_nothing(running, headers)
    job = await worker.granted()
    await job.start()
    await job.head()
    piece = f'a0:"{"x" * 600_000}"\n'
    for _ in range(2 * (MAX_BUFFERED_BYTES + MAX_ANSWER_BYTES) // len(piece)):
        await job.body(piece)
    assert (await worker.next(m.Cancel)).job == job.id
    assert sum(kept.size for kept in running.gateway.repeatable._kept.values()) < MAX_ANSWER_BYTES + MAX_BUFFERED_BYTES
    writer.close()
    await until(lambda: not running.gateway.hub.under_way)
