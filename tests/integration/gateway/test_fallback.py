"""An alias of several models: what the first one can't do is asked of the next, as long as nothing was heard of it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.app import Running
from integration.gateway.conftest import Start
from integration.gateway.worker_double import Job, WorkerDouble, connected

BEST: dict[str, Any] = {"model": "Best", "messages": [{"role": "user", "content": "Hi"}]}
STOP = 'ad:{"finishReason":"stop"}'
GONE, LIMIT = (404, '{"error":"Model not found"}'), (429, "Too many requests, please try again later.")


@pytest.fixture
async def running(start: Start) -> AsyncIterator[Running]:
    async with start(require_api_key=False, aliases={"best": ["not there", "one", "two", "three"]}) as running:
        yield running


@pytest.fixture
async def http(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.base_url, timeout=10) as client:
        yield client


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running, models=("one", "two", "three")) as worker:
        yield worker


def asking(http: httpx.AsyncClient, **wishes: Any) -> asyncio.Future[httpx.Response]:
    return asyncio.ensure_future(http.post("/v1/chat/completions", json=BEST | wishes))


def model(job: Job) -> int:
    """Which of the models: their ids end with their number."""
    return int(orjson.loads(job.step.body or "")["modelAId"][-1])


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_the_next_model_answers_and_the_client_sees_only_the_alias(
    http: httpx.AsyncClient, worker: WorkerDouble, caplog: pytest.LogCaptureFixture, *, stream: bool
) -> None:
    caplog.set_level(logging.INFO)
    answering = asking(http, stream=stream)
    first = await worker.granted()
    await first.refuse(*GONE)
    second = await worker.granted()
    await second.refuse(*LIMIT)
    third = await worker.granted()
    assert [model(job) for job in (first, second, third)] == [0, 1, 2]
    assert len({job.id for job in (first, second, third)}) == 3
    await third.answer('a0:"Hello"', STOP)
    answer = await answering
    assert answer.status_code == 200
    assert '"model":"Best"' in answer.text
    assert answer.text.count("Hello") == 1
    assert answer.headers["x-arenabridge-model"] == "three"
    said = (
        "one failed with model_not_found, so two was asked, two failed with upstream_rate_limited, so three was asked"
    )
    assert said in caplog.text


async def test_when_none_is_left_the_last_failure_is_told(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http)
    await (await worker.granted()).refuse(500, '{"error":"Internal Server Error"}')
    await (await worker.granted()).refuse(*GONE)
    await (await worker.granted()).refuse(*GONE)
    answer = await answering
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    assert answer.headers["x-should-retry"] == "false"  # the first failure may have been paid for


async def test_an_empty_answer_is_first_asked_for_once_more(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http)
    jobs = [await worker.granted()]
    for _ in range(2):
        await jobs[-1].answer(STOP)
        jobs.append(await worker.granted())
    assert [model(job) for job in jobs] == [0, 0, 1]
    await jobs[-1].answer('a0:"Hello"', STOP)
    assert (await answering).status_code == 200


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (422, '{"error":"flagged"}', "content_filter"),
        (413, "", "context_length_exceeded"),
    ],
)
async def test_what_no_model_could_mend_is_told_at_once(
    http: httpx.AsyncClient, worker: WorkerDouble, status: int, body: str, code: str
) -> None:
    answering = asking(http)
    await (await worker.granted()).refuse(status, body)
    assert (await answering).json()["error"]["code"] == code


async def test_an_answer_that_has_begun_is_no_other_models(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http, stream=True)
    await (await worker.granted()).answer('a0:"Hel"', 'a3:"out of luck"')
    assert "upstream_error" in (await answering).text
