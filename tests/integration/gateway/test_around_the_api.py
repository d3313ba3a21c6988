"""What surrounds the API: where a request comes from, how it is spelled, packed and numbered, and where help is."""

import asyncio
import gzip
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.app import Running
from integration.gateway.conftest import Start
from integration.gateway.worker_double import connected, until

PAGE = "https://page.example"
ASK: dict[str, Any] = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}
DONE = ('a0:"Hi"', 'ad:{"finishReason":"stop"}')


async def test_a_page_with_a_key_may_use_streams_and_read_errors(http: httpx.AsyncClient, running: Running) -> None:
    wrong = await http.get("/v1/models", headers={"origin": PAGE, "authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.headers["access-control-allow-origin"]) == (401, "*")
    assert "x-arenabridge-help" in wrong.headers["access-control-expose-headers"]
    async with connected(running) as worker:
        await until(lambda: len(running.gateway.models.catalogue))
        asking = asyncio.create_task(
            http.post("/v1/chat/completions", json={**ASK, "stream": True}, headers={"origin": PAGE})
        )
        await (await worker.granted()).answer(*DONE)
        answer = await asking
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-arenabridge-how" in answer.headers["access-control-expose-headers"]


async def test_a_preflight_needs_no_key(running: Running) -> None:
    asked = {
        "origin": PAGE,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    async with httpx.AsyncClient(base_url=running.base_url) as client:
        for path in ("/v1/chat/completions", "/api/v1/models", "/chat/completions", "/v1/nothing"):
            answer = await client.options(path, headers=asked)
            assert (answer.status_code, answer.headers["access-control-allow-headers"]) == (204, "authorization")
        for path in ("/", "/health", "/assets/home.css", "/help"):
            answer = await client.options(path, headers=asked)
            assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
            assert "access-control-allow-origin" not in answer.headers


async def test_without_keys_a_foreign_page_spends_nothing(start: Start) -> None:
    async with start(require_api_key=False) as running, connected(running) as worker:
        await until(lambda: len(running.gateway.models.catalogue))
        async with httpx.AsyncClient(base_url=running.base_url) as client:
            answer = await client.post("/chat/completions", json=ASK, headers={"origin": PAGE})
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_not_allowed")
            assert running.gateway.hub.waiting == running.gateway.hub.running == 0
            asking = asyncio.create_task(
                client.post("/v1/chat/completions", json=ASK, headers={"origin": running.base_url})
            )
            await (await worker.granted()).answer(*DONE)
            assert (await asking).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models",
        "/api/v1/models/",
        "/models",
        "/v1/v1/models",
        "//v1//models",
        "/v1/chat/completions/models",
        "/v1/models?type=chat",
    ],
)
async def test_the_api_is_found_however_its_base_was_entered(
    http: httpx.AsyncClient, running: Running, path: str
) -> None:
    async with connected(running):
        await until(lambda: len(running.gateway.models.catalogue))
        answer = await http.get(running.base_url + path)
    assert "gpt" in [model["id"] for model in answer.json()["data"]]


async def test_a_compressed_request_is_read_and_an_unknown_packing_refused(
    http: httpx.AsyncClient, running: Running
) -> None:
    packed = gzip.compress(orjson.dumps({**ASK, "model": "nothing"}))
    async with connected(running):
        await until(lambda: len(running.gateway.models.catalogue))
        read = await http.post("/v1/chat/completions", content=packed, headers={"content-encoding": "gzip"})
        assert read.json()["error"]["code"] == "model_not_found"
    unknown = await http.post("/v1/chat/completions", content=packed, headers={"content-encoding": "br"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (415, "encoding_unsupported")


@pytest.mark.parametrize("path", ["/v1/models", "/v1/nothing", "/health", "/"])
async def test_a_clients_own_number_comes_back(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path, headers={"x-request-id": "mine-1"})).headers["x-request-id"] == "mine-1"


async def test_every_error_answer_says_where_help_is(http: httpx.AsyncClient, running: Running) -> None:
    answer = await http.post("/v1/chat/completions", json=ASK)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert answer.json()["error"]["message"].endswith(f"{running.base_url}/ shows how things stand.")
    address = answer.headers["x-arenabridge-help"]
    assert address == f"{running.base_url}/help/no_worker_connected"
    page = await http.get(address)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "No browser tab is connected" in page.text
    assert "/help/no_worker_connected" in (await http.get("/help")).text
    assert (await http.get("/help/nothing")).json()["error"]["code"] == "unknown_route"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET", "HEAD"])
async def test_methods_that_are_not_taken_are_said_in_our_shape(http: httpx.AsyncClient, method: str) -> None:
    answer = await http.request(method, "/v1/chat/completions")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert method == "HEAD" or answer.json()["error"]["code"] == "method_not_allowed"
