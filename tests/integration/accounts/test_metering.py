"""Limits where they bite: at `/v1`, with a worker that answers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from integration.accounts.conftest import Browser, Staffed, Start, staffed_gateway
from integration.gateway.worker_double import WorkerDouble, connected, until

ANSWER = ('a0:"Hello there"', 'ad:{"finishReason":"stop","usage":{"promptTokens":4,"completionTokens":6}}')
TOKENS = 10
ESTIMATE = 2
"""Of the prompt, by its length."""


@pytest.fixture
async def worker(staffed: Staffed) -> AsyncIterator[WorkerDouble]:
    async with connected(staffed.running, models=("gpt", "gpt-mini")) as worker:
        await until(lambda: len(staffed.running.gateway.models.catalogue))
        yield worker


def ask(program: httpx.AsyncClient, model: str = "gpt", **fields: Any) -> "asyncio.Task[httpx.Response]":
    body = {"model": model, "messages": [{"role": "user", "content": "Hi, you"}], **fields}
    return asyncio.ensure_future(program.post("/v1/chat/completions", json=body))


async def use_of(staffed: Staffed, key: dict[str, Any]) -> dict[str, int]:
    use: dict[str, int] = (await staffed.ada.get(f"/api/tokens/{key['id']}")).json()["use"]
    return use


async def settled(staffed: Staffed, key: dict[str, Any], **expected: int) -> None:
    """Settling goes on after the answer."""
    async with asyncio.timeout(30):
        while not expected.items() <= (await use_of(staffed, key)).items():  # noqa: ASYNC110 - it has no event for tests
            await asyncio.sleep(0.01)


async def answered(worker: WorkerDouble, asking: "asyncio.Task[httpx.Response]") -> httpx.Response:
    await (await worker.granted()).answer(*ANSWER)
    return await asking


async def test_what_is_left_is_told_and_what_is_too_much_refused(staffed: Staffed, worker: WorkerDouble) -> None:
    key = await staffed.key(limits={"requests_per_minute": 2, "tokens_per_minute": 1000})
    async with staffed.program(key["key"]) as program:
        first = await answered(worker, ask(program))
        assert first.headers["x-ratelimit-limit-requests"] == "2"
        assert first.headers["x-ratelimit-remaining-requests"] == "1"
        assert first.headers["x-ratelimit-reset-requests"].endswith("s")
        assert first.headers["x-ratelimit-remaining-tokens"] == str(1000 - ESTIMATE)
        streamed = await answered(worker, ask(program, stream=True))
        assert streamed.headers["x-ratelimit-remaining-requests"] == "0"
        assert streamed.headers["x-ratelimit-remaining-tokens"] == str(1000 - TOKENS - ESTIMATE)
        refused = await ask(program)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    assert staffed.running.gateway.hub.waiting == 0


async def test_requests_at_a_time_are_those_that_run(staffed: Staffed, worker: WorkerDouble) -> None:
    key = await staffed.key(limits={"parallel_requests": 1})
    async with staffed.program(key["key"]) as program:
        for stream in (False, True):
            asking = ask(program, stream=stream)
            job = await worker.granted()
            assert (await ask(program)).json()["error"]["code"] == "rate_limit_exceeded"
            assert (await use_of(staffed, key))["running"] == 1
            await job.answer(*ANSWER)
            assert (await asking).status_code == 200
        wrong: list[dict[str, Any]] = [
            {"messages": []},
            {"model": "x"},
            {"messages": [{"role": "user", "content": ""}]},
        ]
        for body in wrong:
            assert (await ask(program, **body)).status_code in {400, 404}
        assert (await use_of(staffed, key))["running"] == 0


async def test_a_budget_counts_what_was_answered_and_gives_back_the_rest(
    staffed: Staffed, worker: WorkerDouble
) -> None:
    key = await staffed.key(limits={"requests_per_day": 2, "tokens_per_month": 1000})
    async with staffed.program(key["key"]) as program:
        await answered(worker, ask(program))
        await settled(staffed, key, day_requests=1, month_tokens=TOKENS)
        asking = ask(program)
        await (await worker.granted()).refuse(500, "no")
        assert (await asking).status_code == 502
        await settled(staffed, key, day_requests=1, month_tokens=TOKENS)
        cancelled = ask(program, stream=True)
        await worker.granted()
        assert (await use_of(staffed, key))["day_requests"] == 2
        refused = await ask(program)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "budget_exceeded")
        assert refused.headers["x-should-retry"] == "false"
        assert 0 < int(refused.headers["retry-after"]) <= 86400
        cancelled.cancel()
        await settled(staffed, key, day_requests=1, month_tokens=TOKENS)
        assert (await answered(worker, ask(program))).status_code == 200
        await settled(staffed, key, day_requests=2, month_tokens=2 * TOKENS)


async def test_what_came_before_a_client_hung_up_is_counted(staffed: Staffed, worker: WorkerDouble) -> None:
    key = await staffed.key(limits={"requests_per_day": 2, "tokens_per_day": 1000})
    body = {"model": "gpt", "stream": True, "messages": [{"role": "user", "content": "Hi, you"}]}
    async with staffed.program(key["key"]) as program:
        asking = asyncio.ensure_future(worker.granted())
        async with program.stream("POST", "/v1/chat/completions", json=body) as answer:
            job = await asking
            await job.start()
            await job.head(content_type="text/event-stream")
            await job.body('a0:"Twelve chars"\n')
            async for line in answer.aiter_lines():
                if "Twelve" in line:
                    break
    counted = await staffed.running.gateway.tokens.count(["Hi, you", "Twelve chars"])
    await settled(staffed, key, day_requests=1, day_tokens=sum(counted))


async def test_a_budget_holds_however_many_ask_at_once(staffed: Staffed, worker: WorkerDouble) -> None:
    key = await staffed.key(limits={"requests_per_day": 10})
    limits = httpx.Limits(max_connections=30)
    headers = {"x-api-key": key["key"]}
    async with httpx.AsyncClient(base_url=staffed.running.base_url, headers=headers, limits=limits) as program:
        asking = [ask(program) for _ in range(30)]
        for _ in range(10):
            await (await worker.granted()).answer(*ANSWER)
        statuses = [answer.status_code for answer in await asyncio.gather(*asking)]
    assert (statuses.count(200), statuses.count(429)) == (10, 20)


async def test_models_that_a_key_may_not_use_are_as_good_as_not_there(staffed: Staffed, worker: WorkerDouble) -> None:
    key = await staffed.key(limits={"allowed_models": ["GPT*"], "denied_models": ["*-mini"]})
    async with staffed.program(key["key"]) as program:
        listed = (await program.get("/v1/models")).json()["data"]
        assert [model["id"] for model in listed] == ["gpt"]
        for refused in (await ask(program, "gpt-mini"), await program.get("/v1/models/gpt-mini")):
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "model_not_allowed")
        refused = await ask(program, "gpt vs gpt-mini")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "model_not_allowed")
        assert (await answered(worker, ask(program))).status_code == 200


# -- limits of a person


async def limit_ben(staffed: Staffed, **limits: Any) -> dict[str, Any]:
    ben = (await staffed.ben.get("/api/session")).json()["user"]["id"]
    changed = await staffed.ada.patch(f"/api/users/{ben}", json={"limits": limits})
    assert changed.status_code == 200, changed.text
    row: dict[str, Any] = changed.json()
    return row


async def play(browser: Browser, model: str = "gpt", **params: str) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "Hi, you"}]}
    return await browser.post("/api/playground/chat", json=body, params=params)


async def test_a_persons_limits_count_all_keys_and_the_playground_together(
    staffed: Staffed, worker: WorkerDouble
) -> None:
    keys = [await staffed.key(staffed.ben, limits={"requests_per_minute": 50}) for _ in range(2)]
    bens = await limit_ben(staffed, requests_per_day=3, requests_per_minute=20, denied_models=["*-mini"])
    for key in keys:
        async with staffed.program(key["key"]) as program:
            answer = await answered(worker, ask(program))
            assert answer.headers["x-ratelimit-limit-requests"] == "20", "of two limits the one that is nearer"
            assert (await ask(program, "gpt-mini")).json()["error"]["code"] == "model_not_allowed"
    assert (await play(staffed.ben, "gpt-mini")).json()["error"]["code"] == "model_not_allowed"
    assert (await answered(worker, asyncio.ensure_future(play(staffed.ben)))).status_code == 200
    async with staffed.program(keys[0]["key"]) as program:
        for refused in (await play(staffed.ben), await ask(program)):
            assert (refused.status_code, refused.json()["error"]["code"]) == (429, "budget_exceeded")
            assert "this person, with all keys and the Playground" in refused.json()["error"]["message"]
    now = (await staffed.ada.get(f"/api/users/{bens['id']}")).json()
    assert (now["use"]["day_requests"], now["use"]["running"], now["limits"]) == (3, 0, bens["limits"])
    assert (await answered(worker, asyncio.ensure_future(play(staffed.ada)))).status_code == 200
    await limit_ben(staffed)
    assert (await answered(worker, asyncio.ensure_future(play(staffed.ben)))).status_code == 200


async def test_what_a_person_may_not_have_is_given_back_to_the_key(staffed: Staffed, worker: WorkerDouble) -> None:
    key = await staffed.key(staffed.ben, limits={"requests_per_day": 5, "parallel_requests": 1})
    await limit_ben(staffed, requests_per_month=1)
    async with staffed.program(key["key"]) as program:
        await answered(worker, ask(program))
        await settled(staffed, key, day_requests=1)
        for _ in range(2):
            assert (await ask(program)).json()["error"]["code"] == "budget_exceeded"
        assert (await use_of(staffed, key)).items() >= {"day_requests": 1, "running": 0}.items()


async def test_where_only_administrators_make_keys_the_playground_asks_with_those_that_were_given(
    start: Start,
) -> None:
    async with (
        start(users_make_keys=False) as running,
        staffed_gateway(running) as staffed,
        connected(running, models=("gpt", "gpt-mini")) as worker,
    ):
        await until(lambda: len(running.gateway.models.catalogue))
        refused = await play(staffed.ben)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_permitted")
        ben = (await staffed.ben.get("/api/session")).json()["user"]["id"]
        first = await staffed.key(owner_id=ben, limits={"requests_per_day": 1, "denied_models": ["*-mini"]})
        second = await staffed.key(owner_id=ben, limits={"allowed_models": ["gpt"]})
        assert (await play(staffed.ben, "gpt-mini")).status_code == 403
        assert (await answered(worker, asyncio.ensure_future(play(staffed.ben)))).status_code == 200
        assert (await play(staffed.ben)).json()["error"]["code"] == "budget_exceeded"
        other = asyncio.ensure_future(play(staffed.ben, key=second["id"]))
        assert (await answered(worker, other)).status_code == 200
        for key in (first, second):
            await staffed.ada.patch(f"/api/tokens/{key['id']}", json={"disabled": True})
        assert (await play(staffed.ben)).status_code == 403
