"""Chat completions over real HTTP, answered by a worker that is played by the test."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from openai import APIError, AsyncOpenAI

from arenabridge.app import Running
from arenabridge.wire.link import messages as m
from integration.gateway.worker_double import MODEL_ID, Job, WorkerDouble, connected

ASK: dict[str, Any] = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}
STREAM = {**ASK, "stream": True}
DONE = "[DONE]"


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running) as worker:
        yield worker


def events(body: str) -> list[Any]:
    """The data of each event; comments are left out."""
    data = [event.removeprefix("data: ") for event in body.split("\n\n") if event.startswith("data: ")]
    return [piece if piece == DONE else orjson.loads(piece) for piece in data]


async def test_an_answer_is_streamed_piece_by_piece(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=STREAM))
    job = await worker.granted()
    await job.answer('ag:"Hm. "', 'a0:"Hel"', 'a0:"lo 😀\u2028"', 'ad:{"finishReason":"stop"}')
    answer = await asking
    *chunks, finish, done = events(answer.text)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["x-accel-buffering"] == "no"
    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "Hm. ", "reasoning": "Hm. "},
        {"content": "Hel"},
        {"content": "lo 😀\u2028"},
    ]
    assert finish["choices"][0] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}
    assert done == DONE
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in [*chunks, finish]}) == 1


async def test_an_answer_in_one_piece(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=ASK))
    await (await worker.granted()).answer('a0:"Hello "', 'a0:"you"', 'ad:{"finishReason":"length"}')
    answer = (await asking).json()
    assert answer["choices"][0]["message"]["content"] == "Hello you"
    assert answer["choices"][0]["finish_reason"] == "length"
    usage = answer["usage"]
    assert usage["prompt_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


async def test_the_official_client_reads_both(openai: AsyncOpenAI, worker: WorkerDouble) -> None:
    lines = 'a0:"One "', 'a0:"two"', 'ad:{"finishReason":"stop","usage":{"promptTokens":7,"completionTokens":2}}'
    streaming = asyncio.ensure_future(openai.chat.completions.create(**STREAM, stream_options={"include_usage": True}))
    await (await worker.granted()).answer(*lines)
    chunks = [chunk async for chunk in await streaming]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == "One two"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 9
    plain = asyncio.ensure_future(openai.chat.completions.create(**ASK))
    await (await worker.granted()).answer(*lines)
    assert (await plain).choices[0].message.content == "One two"


async def test_the_sites_request_holds_the_whole_conversation(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "One"}, {"type": "text", "text": "Two"}]},
        {"role": "assistant", "content": "Three"},
        {"role": "user", "content": "四 😀"},
    ]
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json={**ASK, "messages": messages}))
    job = await worker.granted()
    step = job.step
    assert (step.method, step.path) == ("POST", "/nextjs-api/stream/create-evaluation")
    body = orjson.loads(step.body or "")
    assert (body["mode"], body["modelAId"], body["modality"]) == ("direct", MODEL_ID[:-1] + "0", "chat")
    said = body["userMessage"]["content"]
    assert said == "[System]\nBe brief.\n\n[User]\nOne\n\nTwo\n\n[Assistant]\nThree\n\n[User]\n四 😀"
    await job.answer('a0:"ok"', 'ad:{"finishReason":"stop"}')
    assert (await asking).status_code == 200


REFUSALS = [
    (429, "Too many requests, please try again later.", {"retry_after": "7"}, 429, "upstream_rate_limited"),
    (422, '{"error":"flagged"}', {}, 400, "content_filter"),
    (413, "Payload Too Large", {}, 400, "context_length_exceeded"),
    (500, '{"error":"Internal Server Error"}', {}, 502, "upstream_error"),
]


@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
@pytest.mark.parametrize(("status", "body", "headers", "expected", "code"), REFUSALS, ids=[r[4] for r in REFUSALS])
async def test_a_refusal_of_the_site_is_an_error_with_its_own_status(
    http: httpx.AsyncClient,
    worker: WorkerDouble,
    ask: dict[str, Any],
    status: int,
    body: str,
    headers: dict[str, str],
    expected: int,
    code: str,
) -> None:
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=ask))
    await (await worker.granted()).refuse(status, body, **headers)
    answer = await asking
    assert (answer.status_code, answer.json()["error"]["code"]) == (expected, code)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert answer.headers["content-type"] == "application/json"
    if code == "upstream_rate_limited":
        assert answer.headers["retry-after"] == "7"
        assert answer.headers["x-should-retry"] == "false"


async def test_an_error_in_the_stream_is_never_assistant_text(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    """Before the first piece it is a status; after it an event, `[DONE]`, and no finish chunk."""
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=STREAM))
    await (await worker.granted()).answer('a3:"Resource exhausted."')
    assert (await asking).status_code == 502
    async with http.stream("POST", "/v1/chat/completions", json=STREAM) as answer:
        job = await worker.granted()
        await job.start()
        await job.head()
        await job.body('a0:"Half an ans"\n')
        pieces = answer.aiter_text()
        seen = await anext(pieces)
        await job.body('a3:"An error occurred"\n')
        seen += "".join([piece async for piece in pieces])
    *chunks, error, done = events(seen)
    assert error["error"]["code"] == "upstream_error"
    assert "An error occurred" in error["error"]["message"]
    assert done == DONE
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in chunks)
    assert (await worker.next(m.Cancel)).job


async def test_the_official_client_raises_on_an_error_in_the_stream(openai: AsyncOpenAI, worker: WorkerDouble) -> None:
    streaming = asyncio.ensure_future(openai.chat.completions.create(**STREAM))
    job = await worker.granted()
    await job.start()
    await job.head()
    await job.body('a0:"Half"\n')
    chunks = aiter(await streaming)
    assert (await anext(chunks)).choices[0].delta.role == "assistant"
    await job.body('a3:"An error occurred"\n')
    with pytest.raises(APIError, match="An error occurred"):
        [chunk async for chunk in chunks]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (['a0:"cut"'], "upstream_error"),
        (['a0:"failed"', 'ad:{"finishReason":"error"}'], "upstream_error"),
        ([], "upstream_error"),
        (['ad:{"finishReason":"content-filter"}'], "content_filter"),
    ],
)
async def test_an_answer_that_is_not_whole_is_not_a_success(
    http: httpx.AsyncClient, worker: WorkerDouble, lines: list[str], code: str
) -> None:
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=ASK))
    await (await worker.granted()).answer(*lines)
    answer = await asking
    assert answer.status_code >= 400
    assert answer.json()["error"]["code"] == code


async def test_silence_is_filled_with_keep_alives(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    """The head is held for a moment, then sent without the answer; comments keep the way open."""
    async with http.stream("POST", "/v1/chat/completions", json=STREAM) as answer:
        job = await worker.granted()
        await job.start()
        pieces = answer.aiter_text()
        seen = await anext(pieces)
        while "keep-alive" not in seen:
            seen += await anext(pieces)
        assert '"role":"assistant"' in seen
        await job.head()
        await job.body('a0:"late"\n', 'ad:{"finishReason":"stop"}\n')
        await job.end()
        seen += "".join([piece async for piece in pieces])
    assert [chunk["choices"][0]["delta"] for chunk in events(seen)[:-1]] == [
        {"role": "assistant", "content": ""},
        {"content": "late"},
        {},
    ]


async def test_a_failure_after_the_head_is_an_event(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    async with http.stream("POST", "/v1/chat/completions", json=STREAM) as answer:
        job = await worker.granted()
        pieces = answer.aiter_text()
        seen = await anext(pieces)
        await job.refuse(429, "Too many requests, please try again later.")
        seen += "".join([piece async for piece in pieces])
    assert answer.status_code == 200
    assert events(seen)[-2]["error"]["code"] == "upstream_rate_limited"
    assert events(seen)[-1] == DONE


@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
@pytest.mark.parametrize("phase", ["offered", "granted", "started", "answering"])
async def test_a_client_that_hangs_up_stops_the_job_at_the_worker(
    http: httpx.AsyncClient, worker: WorkerDouble, running: Running, ask: dict[str, Any], phase: str
) -> None:
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=ask))
    offer = await worker.next(m.Offer)
    if phase != "offered":
        await worker.say(m.Accept(offer.job))
        job = Job(worker, await worker.next(m.Go))
        if phase != "granted":
            await job.start()
        if phase == "answering":
            await job.head()
            await job.body('a0:"Once "\n')
    asking.cancel()
    assert (await worker.next(m.Cancel)).job == offer.job
    assert running.gateway.hub.running == running.gateway.hub.waiting == 0


async def test_reports_that_come_twice_are_used_once(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=ASK))
    job = await worker.granted()
    await job.start()
    await job.head()
    await job.body('a0:"once"\n')
    job.seq -= 1
    await job.body('a0:"once"\n', 'ad:{"finishReason":"stop"}\n')
    await job.end()
    assert (await asking).json()["choices"][0]["message"]["content"] == "once"


async def test_a_gap_in_the_reports_ends_the_request(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=ASK))
    job = await worker.granted()
    await job.start()
    await job.head()
    job.seq += 1
    await job.body('a0:"something before is missing"\n')
    assert (await asking).json()["error"]["code"] == "worker_lost"
    assert (await worker.next(m.Cancel)).job == job.id


async def test_a_worker_that_proves_that_it_did_not_start_is_asked_again(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=ASK))
    first = await worker.granted()
    await first.fail("frozen", started=False)
    second = await worker.granted()
    assert (second.id, second.go.epoch) == (first.id, first.go.epoch + 1)
    await first.answer('a0:"of the old epoch"', 'ad:{"finishReason":"stop"}')
    await second.answer('a0:"of the new one"', 'ad:{"finishReason":"stop"}')
    assert (await asking).json()["choices"][0]["message"]["content"] == "of the new one"


async def test_a_tab_that_goes_away_in_the_middle_is_said(http: httpx.AsyncClient, running: Running) -> None:
    async with connected(running) as worker:
        asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=ASK))
        job = await worker.granted()
        await job.start()
    answer = await asking
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "worker_lost")
    assert answer.headers["x-should-retry"] == "false"


async def test_a_request_waits_for_a_tab_that_reloads(http: httpx.AsyncClient, running: Running) -> None:
    async with connected(running):
        pass
    asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=ASK))
    async with connected(running, models=()) as worker:
        await (await worker.granted()).answer('a0:"back"', 'ad:{"finishReason":"stop"}')
        assert (await asking).json()["choices"][0]["message"]["content"] == "back"


async def test_answers_of_several_jobs_never_mix(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    asks = [
        asyncio.ensure_future(
            http.post("/v1/chat/completions", json={**ASK, "messages": [{"role": "user", "content": str(n)}]})
        )
        for n in range(4)
    ]
    jobs = [await worker.granted() for _ in asks]
    for job in jobs:
        await job.start()
        await job.head()
    texts = [orjson.loads(job.step.body or "")["userMessage"]["content"] for job in jobs]
    for _ in range(3):
        chunks = [
            m.Chunk(job.id, job.go.epoch, job.number(), f'a0:"{text}"\n') for job, text in zip(jobs, texts, strict=True)
        ]
        await worker.say(m.Chunks(chunks))
    for job in jobs:
        await job.body('ad:{"finishReason":"stop"}\n')
        await job.end()
    answers = [(await ask).json()["choices"][0]["message"]["content"] for ask in asks]
    assert answers == ["000", "111", "222", "333"]
