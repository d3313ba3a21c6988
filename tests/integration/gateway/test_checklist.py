"""What docs/client-checklist.md lists and no other test holds: what clients send, in odd orders, under odd names."""

import asyncio
import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.app import Running
from integration.gateway.worker_double import WorkerDouble, connected, until

CHAT = "/v1/chat/completions"
ASK: dict[str, Any] = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}
HELLO = ('a0:"Hello"', 'ad:{"finishReason":"stop"}')

EVERYTHING: dict[str, Any] = {
    "temperature": 0.7,
    "top_p": 1,
    "top_k": 40,
    "min_p": 0,
    "seed": -1,
    "n": 1,
    "stop": [],
    "logit_bias": {},
    "logprobs": None,
    "top_logprobs": None,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "max_tokens": 300,
    "max_completion_tokens": 300,
    "stream": None,
    "stream_options": None,
    "tools": [],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "response_format": {"type": "text"},
    "reasoning_effort": "high",
    "verbosity": "low",
    "modalities": ["text"],
    "prompt_cache_key": "k",
    "store": False,
    "metadata": {"a": "b"},
    "user": "u",
    "safety_identifier": "s",
    "service_tier": "auto",
    "x_unknown": {"deep": [1]},
}
"""Of the clients that were tried: what one or another of them sends beside model and messages."""

ODD_TURNS: list[dict[str, Any]] = [
    {"role": "assistant", "content": "Greetings, traveller."},
    {"role": "system", "content": [{"type": "text", "text": "You are an innkeeper."}]},
    {"role": "user", "content": "A room."},
    {"role": "user", "content": [{"type": "text", "text": "And ale."}], "name": "Ann"},
    {"role": "user", "content": ""},
    {"role": "system", "content": "Be gruff."},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "1", "function": {"name": "price", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "3 silver"}]},
    {"role": "function", "name": "old", "content": "x"},
    {"role": "developer", "content": "Stay in character."},
    {"role": "assistant", "content": "Hmph.", "reasoning_content": "I should be gruff.", "refusal": None},
]


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running) as worker:
        await until(lambda: len(running.gateway.models.catalogue))
        yield worker


async def asked(http: httpx.AsyncClient, worker: WorkerDouble, **how: Any) -> tuple[httpx.Response, str]:
    """The answer, and what the site was sent."""
    asking = asyncio.ensure_future(http.post(CHAT, **how))
    job = await worker.granted()
    await job.answer(*HELLO)
    sent: str = orjson.loads(job.step.body or "")["userMessage"]["content"]
    return await asking, sent


async def test_a_stream_is_never_packed_or_kept_and_a_whole_answer_is_no_stream(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    streamed, _ = await asked(http, worker, json={**ASK, "stream": True}, headers={"accept-encoding": "gzip, br"})
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (streamed.headers["cache-control"], streamed.headers["x-accel-buffering"]) == ("no-cache", "no")
    assert "content-encoding" not in streamed.headers
    assert streamed.text.endswith("data: [DONE]\n\n")
    whole, _ = await asked(http, worker, json=ASK, headers={"accept": "text/event-stream"})
    assert whole.headers["content-type"] == "application/json"
    assert whole.json()["object"] == "chat.completion"
    assert whole.headers["x-request-id"]


async def test_everything_that_clients_send_is_taken_and_what_was_not_used_is_named(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    answer, _ = await asked(http, worker, json={**ASK, **EVERYTHING})
    assert answer.status_code == 200
    ignored = answer.headers["x-arenabridge-ignored"].split(", ")
    assert {"temperature", "seed", "x_unknown"} <= set(ignored)
    assert not {"stop", "tools", "logprobs", "stream", "user", "max_tokens"} & set(ignored)


async def test_turns_in_any_order_are_all_shown_to_the_model(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    """And nothing else is: what a model thought in an earlier turn is no part of it."""
    answer, sent = await asked(http, worker, json={**ASK, "messages": ODD_TURNS})
    assert answer.status_code == 200
    texts = ["Greetings, traveller.", "You are an innkeeper.", "A room.", "And ale.", "Be gruff.", "price({})"]
    texts += ["3 silver", "x", "Stay in character.", "Hmph."]
    places = [sent.index(text) for text in texts]
    assert places == sorted(places)
    assert "should be gruff" not in sent


async def test_the_connection_can_be_used_again_after_a_stream(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    for stream in (True, False, True):
        answer, _ = await asked(http, worker, json={**ASK, "stream": stream})
        assert "Hello" in answer.text
        assert answer.headers.get("connection") != "close"


async def test_a_body_may_come_in_pieces_with_its_charset_and_two_forms_of_the_key(
    http: httpx.AsyncClient, worker: WorkerDouble, running: Running
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for byte in orjson.dumps(ASK):
            yield bytes([byte])

    headers = {"content-type": "application/json; charset=utf-8", "x-api-key": running.first_key or ""}
    answer, _ = await asked(http, worker, content=pieces(), headers=headers)
    assert answer.status_code == 200


async def test_errors_have_the_phrases_of_their_statuses(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    """One client shows nothing else of an error."""
    assert not worker.closed
    answers = [
        await http.get("/v1/models", headers={"authorization": "none"}),
        await http.get("/v1/nothing"),
        await http.get(CHAT),
        await http.post(CHAT, content=b"{"),
        await http.post(CHAT, content=b"x", headers={"content-encoding": "br"}),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 405, 400, 415]
    for answer in answers:
        assert answer.reason_phrase == HTTPStatus(answer.status_code).phrase
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


async def test_what_the_api_takes_and_gives_is_said_to_programs_and_to_people(running: Running) -> None:
    async with httpx.AsyncClient(base_url=running.base_url) as http:
        document = (await http.get("/openapi.json")).json()
        page = await http.get("/docs")
        assert {CHAT, "/v1/completions", "/v1/models", "/v1/models/{name}", "/health"} <= set(document["paths"])
        assert document["servers"] == [{"url": running.base_url}]
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert all(path in page.text for path in document["paths"])
        for address in set(re.findall(r'href="(/[^"]+)"', page.text)):
            assert (await http.get(address)).status_code == 200, address
        assert 'href="/docs"' in (await http.get("/")).text


@pytest.mark.parametrize("surface", ["responses", "embeddings", "messages", "audio/speech", "moderations", "rerank"])
async def test_a_surface_that_is_not_offered_is_a_404_in_json(http: httpx.AsyncClient, surface: str) -> None:
    answer = await http.post(f"/v1/{surface}", json={"model": "gpt", "input": "Hi"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_route")
