"""Everything around the chat: models, health, the home page, and requests that make no sense."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from arenabridge.app import Running
from arenabridge.hub.models.asked import BATTLES
from integration.gateway.conftest import Start
from integration.gateway.worker_double import connected, until

ASK: dict[str, Any] = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}


async def test_models_are_listed_under_both_roots(http: httpx.AsyncClient, running: Running) -> None:
    async with connected(running, models=("gpt", "a/b (c)")):
        await until_models_are_known(running)
        listed = (await http.get("/v1/models")).json()
        assert listed["object"] == "list"
        assert [model["id"] for model in listed["data"]] == ["a/b (c)", "gpt", *BATTLES]
        assert set(listed["data"][0]) >= {"id", "object", "created", "owned_by"}
        assert (await http.get("/api/v1/models")).json() == listed
        assert (await http.get("/v1/models/a%2Fb%20(c)")).json() == listed["data"][0]
        assert (await http.get("/v1/models/a/b (c)")).json() == listed["data"][0]


async def until_models_are_known(running: Running) -> None:
    await until(lambda: len(running.gateway.models.catalogue))


async def test_a_list_of_models_can_be_narrowed_down_and_only_looked_at(
    http: httpx.AsyncClient, running: Running
) -> None:
    async with connected(running):
        await until_models_are_known(running)
        assert len((await http.get("/v1/models?type=chat")).json()["data"]) == 1 + len(BATTLES)
        assert (await http.get("/v1/models?type=image")).json()["data"] == []
        wrong = await http.get("/v1/models?type=music")
        assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "type")
        for path in ("/v1/models", "/v1/models/gpt"):
            head = await http.head(path)
            assert (head.status_code, head.content) == (200, b"")
            assert (await http.head(path, headers={"authorization": "none"})).status_code == 401


async def test_a_client_of_anthropics_api_gets_its_own_list(http: httpx.AsyncClient, running: Running) -> None:
    async with connected(running):
        await until_models_are_known(running)
        headers = {"anthropic-version": "2023-06-01"}
        listed = (await http.get("/v1/models", headers=headers)).json()
        assert (listed["first_id"], listed["has_more"]) == ("gpt", False)
        assert (await http.get("/v1/models/gpt", headers=headers)).json() == listed["data"][0]


async def test_models_are_known_after_a_restart_before_a_tab_connects(start: Start) -> None:
    listed = []
    for turn in range(2):
        async with start(aliases={"mine": "b"}, hidden_models=("c*",), require_api_key=False) as running:
            if turn == 0:
                async with connected(running, models=("a", "b", "c")):
                    await until_models_are_known(running)
            async with httpx.AsyncClient(base_url=running.base_url) as client:
                listed.append((await client.get("/v1/models")).json())
    assert [model["id"] for model in listed[0]["data"]] == ["mine", "a", "b", *BATTLES]
    assert listed[0] == listed[1]


async def test_an_unknown_model_is_named_with_those_that_are_near(http: httpx.AsyncClient, running: Running) -> None:
    async with connected(running, models=("gpt-5.2", "claude")):
        await until_models_are_known(running)
        answer = await http.post("/v1/chat/completions", json={**ASK, "model": "gtp-5.2"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (404, "model_not_found", "model")
    assert "gpt-5.2" in error["message"]


async def test_without_a_browser_the_client_is_told_so(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/chat/completions", json=ASK)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_worker_connected")


async def test_a_tab_that_has_not_told_its_models_yet_is_worth_a_retry(
    http: httpx.AsyncClient, running: Running
) -> None:
    async with connected(running, models=()):
        await until(lambda: running.gateway.hub.workers)
        answer = await http.post("/v1/chat/completions", json=ASK)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "models_not_known_yet")
    assert answer.headers["retry-after"] == "2"


async def test_health_tells_counts_and_nothing_of_who_is_behind_a_worker(
    http: httpx.AsyncClient, running: Running
) -> None:
    assert (await http.get("/health")).json()["status"] == "no_worker"
    async with connected(running):
        await until_models_are_known(running)
        health = (await http.get("/health")).json()
    assert (health["status"], health["models"], health["running"], health["waiting"]) == ("ok", 1, 0, 0)
    assert set(health["workers"][0]) == {
        "id",
        "site",
        "script",
        "slots",
        "running",
        "visible",
        "frozen",
        "transport",
        "transport_because",
        "discarded",
        "needs",
        "refused_because",
        "served",
    }
    assert (await http.get("/livez")).json() == (await http.get("/readyz")).json() == {"status": "ok"}


async def test_the_home_page_says_what_to_do_and_no_secret(http: httpx.AsyncClient, running: Running) -> None:
    page = await http.get("/")
    assert "No browser connected" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for secret in (running.first_key or "", running.gateway.secrets.install, running.gateway.secrets.pairing):
        assert secret not in page.text
    async with connected(running):
        await until_models_are_known(running)
        assert "1 browser tab connected" in (await http.get("/")).text


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        (b"", 400, "invalid_json", None),
        (b"{", 400, "invalid_json", None),
        (b"[]", 400, "invalid_request", None),
        (b'"text"', 400, "invalid_request", None),
        (b"\xff\xfe", 400, "invalid_json", None),
        (b'{"model":"gpt"}', 400, "invalid_request", "messages"),
        (b'{"model":"gpt","messages":[]}', 400, "invalid_request", "messages"),
        (b'{"model":"gpt","messages":[{"role":"user","content":" "}]}', 400, "invalid_request", "messages"),
        (b'{"messages":[{"role":"user","content":"x"}]}', 400, "invalid_request", "model"),
        (b'{"model":7,"messages":[{"role":"user","content":"x"}]}', 400, "invalid_request", "model"),
        (b'{"model":"gpt","messages":[{"role":"bard","content":"x"}]}', 400, "invalid_request", "messages[0].role"),
        (b'{"model":"gpt","messages":[{"role":"user","content":7}]}', 400, "invalid_request", "messages[0].content"),
        (b'{"model":"gpt","messages":[{"role":"user","content":"x"}],"n":9}', 400, "invalid_request", "n"),
        (b'{"model":"gpt","messages":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, None, None),
        (
            b'{"model":"gpt","messages":[{"role":"user","content":[{"type":"input_video"}]}]}',
            415,
            "attachment_unsupported",
            "messages[0].content[0]",
        ),
    ],
)
async def test_a_request_that_makes_no_sense_is_named(
    http: httpx.AsyncClient, body: bytes, status: int, code: str | None, param: str | None
) -> None:
    answer = await http.post("/v1/chat/completions", content=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (status, param)
    assert code is None or error["code"] == code
    assert answer.headers["x-request-id"].startswith("req_")


async def test_a_body_over_the_bound_is_refused_announced_or_not(start: Start) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    async with start(max_body_bytes=1000, require_api_key=False) as running, httpx.AsyncClient() as client:
        for content in (b"x" * 2000, pieces()):
            answer = await client.post(f"{running.base_url}/v1/chat/completions", content=content)
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "unknown_route"),
        ("POST", "/v1/embeddings", 404, "unknown_route"),
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("DELETE", "/health", 405, "method_not_allowed"),
    ],
)
async def test_wrong_addresses_and_methods_are_said_in_the_same_shape(
    http: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
