"""Every request of a key is recorded: who asked whom, how it ended, and how long what took."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from arenabridge.app import Running
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.waterfall import phases, redacted
from arenabridge.wire.profile import ClientProfile
from integration.gateway.conftest import Start
from integration.gateway.scripted_worker import COUNTED, STOP
from integration.gateway.worker_double import Job, WorkerDouble, connected, until

ASKED: dict[str, Any] = {"model": "gpt", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running) as worker:
        await until(lambda: len(running.gateway.models.catalogue))
        yield worker


async def recorded(running: Running) -> RequestRecord:
    ledger = running.gateway.usage.ledger
    await until(lambda: ledger.recent)
    return ledger.recent.pop()


def asking(http: httpx.AsyncClient, **wishes: Any) -> asyncio.Future[httpx.Response]:
    return asyncio.ensure_future(http.post("/v1/chat/completions", json=ASKED | wishes))


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_an_answer_is_recorded_from_its_arrival_to_its_last_byte(
    running: Running, http: httpx.AsyncClient, worker: WorkerDouble, *, stream: bool
) -> None:
    answering = asking(http, stream=stream, temperature=0.2, **{"a,b": 1})
    job = await worker.granted()
    (under_way,) = running.gateway.usage.ledger.under_way
    assert under_way.model == "gpt"
    await job.answer('a0:"Hello you"', COUNTED)
    answer = await answering
    record = await recorded(running)
    assert record.request_id == answer.headers["x-request-id"]
    assert (record.model, record.asked_for, record.endpoint, record.mode) == (
        "gpt",
        "gpt",
        "chat/completions",
        "direct",
    )
    assert (record.end_reason, record.outcome, record.status, record.error) == ("completed", "succeeded", 200, None)
    assert (record.tokens_in, record.tokens_out, record.tokens_estimated) == (7, 2, False)
    assert (record.how, record.attempts, record.streamed) == ("fetch", 1, stream)
    assert (record.ignored, answer.headers["x-arenabridge-ignored"]) == ("a,b, temperature", "a%2Cb, temperature")
    assert record.worker is not None
    assert record.site_session is not None
    assert record.bytes_out == len(answer.content)
    assert record.bytes_in > 0
    assert record.key_name == "first key"
    assert [phase.name for phase in phases(record)] == [
        "reading",
        "waiting",
        "offering",
        "asking",
        "answering",
        "ending",
    ]
    times = [time for phase in phases(record) for time in (phase.begin, phase.end)]
    assert times == sorted(times)
    assert record.worker not in redacted(record)
    assert not running.gateway.usage.ledger.under_way


async def end(job: Job, how: str) -> None:
    match how:
        case "limited":
            await job.refuse(429, "Too many requests")
        case "cut":
            await job.answer('a0:"one STOP two"', STOP)
        case "length":
            await job.answer('a0:"cut short"', 'ad:{"finishReason":"length"}')
        case "broken":
            await job.answer('a0:"Hel"', 'a3:"An error occurred"')


@pytest.mark.parametrize(
    ("how", "reason", "code"),
    [
        ("limited", "upstream_rate_limited", "upstream_rate_limited"),
        ("cut", "stopped_by_stop_sequence", None),
        ("length", "stopped_by_length", None),
        ("broken", "upstream_failed", "upstream_error"),
    ],
)
async def test_how_it_ended_is_told(
    running: Running, http: httpx.AsyncClient, worker: WorkerDouble, how: str, reason: str, code: str | None
) -> None:
    answering = asking(http, stream=True, stop="STOP")
    await end(await worker.granted(), how)
    await answering
    record = await recorded(running)
    assert (record.end_reason.value, record.error_code) == (reason, code)


async def test_a_chat_that_was_only_cut_to_fit_has_not_been_answered(start: Start) -> None:
    """That it was cut is told before anything is generated: nothing is counted, and nothing has begun to come."""
    hello = "Hello" * 40
    turns = [ASKED["messages"][0], {"role": "assistant", "content": hello}, {"role": "user", "content": "More"}]
    async with start(max_prompt_characters=200) as running, connected(running) as worker:
        await until(lambda: len(running.gateway.models.catalogue))
        key = running.gateway.accounts.keys.create("x", ClientProfile(overflow="trim_oldest"))
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=running.base_url, headers=headers) as http:
            first = asking(http)
            await (await worker.granted()).answer(f'a0:"{hello}"', STOP)
            await first
            await recorded(running)
            answering = asking(http, messages=turns)
            await (await worker.granted()).refuse(404, '{"error":"Not found"}')
            cut = await worker.granted()
            await end(cut, "limited")
            record = await recorded(running)
            assert ((await answering).status_code, hello in (cut.step.body or "")) == (429, False)
            assert (record.tokens_in, record.tokens_out, record.first_token) == (None, None, None)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_a_client_that_left_is_told_apart(
    running: Running, http: httpx.AsyncClient, worker: WorkerDouble, *, stream: bool
) -> None:
    answering = asking(http, stream=stream)
    await worker.granted()
    answering.cancel()
    record = await recorded(running)
    assert (record.end_reason, record.outcome) == ("client_gone", "gone")
    assert record.attempts == 1


async def test_what_is_refused_before_anything_is_asked_is_recorded_and_strangers_are_counted_only(
    running: Running, http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    del worker
    await http.post("/v1/chat/completions", content=b"{")
    record = await recorded(running)
    assert (record.status, record.end_reason, record.error_code) == (400, "refused", "invalid_json")
    await asking(http, model="no such model")
    record = await recorded(running)
    assert (record.end_reason, record.model, record.asked_for) == ("model_not_found", "", "no such model")
    ledger = running.gateway.usage.ledger
    await http.post("/v1/chat/completions", json=ASKED, headers={"authorization": "Bearer sk-wrong"})
    await until(lambda: ledger.strangers[401])
    assert not ledger.recent


async def test_what_was_recorded_is_in_the_database_when_the_gateway_has_stopped(
    running: Running, http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    answering = asking(http)
    await (await worker.granted()).answer('a0:"Hello you"', STOP)
    await answering
    usage = running.gateway.usage
    record = await recorded(running)
    await until(lambda: usage.recorder.newest_written == record.id)
    assert usage.search.one(record.id) == record


@pytest.mark.parametrize("keeps", [False, True])
async def test_what_was_said_is_kept_only_for_a_key_that_wants_it(running: Running, *, keeps: bool) -> None:
    gateway = running.gateway
    key = gateway.accounts.keys.create("mine", ClientProfile(keep_bodies=keeps))
    headers = {"authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=running.base_url, headers=headers, timeout=10) as http,
        connected(running) as worker,
    ):
        await until(lambda: len(gateway.models.catalogue))
        answering = asking(http, messages=[{"role": "user", "content": "ASKED-CANARY"}])
        await (await worker.granted()).answer('a0:"ANSWERED-CANARY"', STOP)
        await answering
        record = await recorded(running)
        await until(lambda: gateway.usage.recorder.newest_written == record.id)
    bodies = gateway.usage.search.bodies(record.id)
    assert (bodies is not None) == keeps
    if bodies is not None:
        assert b"ASKED-CANARY" in bodies.asked
        assert b"ANSWERED-CANARY" in bodies.answered
    files = b"".join(path.read_bytes() for path in gateway.settings.data_dir.glob("*.sqlite3*"))
    assert (b"-CANARY" in files) == keeps
    assert key.encode() not in files
