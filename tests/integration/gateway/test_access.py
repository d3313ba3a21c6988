"""Who is let in, and how those who are not are told."""

from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from arenabridge.app import Running
from arenabridge.wire.link import messages as m
from integration.gateway.conftest import Start
from integration.gateway.worker_double import ORIGIN, connected, hello

ASK: dict[str, Any] = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Bearer {}"}, {"authorization": "bearer   {}"}, {"x-api-key": "{}"}, {"api-key": "{}"}],
)
async def test_a_key_is_taken_in_every_form_that_clients_use(running: Running, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=running.base_url) as client:
        key = {name: value.format(running.first_key) for name, value in headers.items()}
        assert (await client.get("/v1/models", headers=key)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/gpt", "/api/v1/models"])
@pytest.mark.parametrize("key", [None, "sk-lmarena-wrong", "Bearer", "\u00e9"])
async def test_without_a_valid_key_nothing_is_told(running: Running, path: str, key: str | None) -> None:
    headers = {} if key is None else {b"authorization": f"Bearer {key}".encode("latin-1")}
    async with httpx.AsyncClient(base_url=running.base_url) as client:
        answer = await client.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
    assert str(running.first_key) not in answer.text


async def test_a_wrong_key_is_said_in_the_words_that_libraries_look_for(running: Running) -> None:
    async with httpx.AsyncClient(base_url=running.base_url) as client:
        answer = await client.post(
            "/v1/chat/completions", json=ASK, headers={"authorization": "Bearer sk-lmarena-0123456789"}
        )
    assert "Incorrect API key provided: sk-lmarena-0123..." in answer.json()["error"]["message"]


async def test_without_required_keys_any_or_none_is_let_in(start: Start) -> None:
    async with start(require_api_key=False) as running, httpx.AsyncClient(base_url=running.base_url) as client:
        assert (await client.get("/v1/models")).status_code == 200
        assert (await client.get("/v1/models", headers={"authorization": "Bearer anything"})).status_code == 200


@pytest.mark.parametrize("forwarded", [{"x-forwarded-for": "203.0.113.9"}, {"forwarded": "for=203.0.113.9"}])
async def test_whom_a_proxy_speaks_for_needs_a_key_all_the_same(start: Start, forwarded: dict[str, str]) -> None:
    async with start(require_api_key=False) as running, httpx.AsyncClient(base_url=running.base_url) as client:
        refused = await client.post("/v1/chat/completions", json=ASK, headers=forwarded)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
        assert "a proxy has passed this request on" in refused.json()["error"]["message"]
        guessed = {**forwarded, "authorization": "Bearer anything"}
        assert (await client.get("/v1/models", headers=guessed)).status_code == 401
        assert (await client.post("/upload", files={"file": ("a.png", b"x")}, headers=forwarded)).status_code == 401


async def test_a_host_name_that_is_not_ours_is_not_answered(running: Running) -> None:
    """A web page whose name was made to point at this computer still sends its own name."""
    async with httpx.AsyncClient(base_url=running.base_url) as client:
        answer = await client.get("/health", headers={"host": "evil.example:5102"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (421, "host_not_allowed")
        assert (await client.get("/health", headers={"host": "localhost:1"})).status_code == 200


async def test_a_further_host_name_can_be_allowed(start: Start) -> None:
    async with start(allowed_hosts=("Bridge.example",)) as running, httpx.AsyncClient() as client:
        answer = await client.get(f"{running.base_url}/livez", headers={"host": "bridge.example"})
        assert answer.json() == {"status": "ok"}


async def test_the_name_of_the_public_address_is_allowed_by_itself(start: Start) -> None:
    async with start(public_url="https://models.example/") as running, httpx.AsyncClient() as client:
        port = running.listens_on
        answer = await client.get(f"http://127.0.0.1:{port}/livez", headers={"host": "models.example"})
        assert answer.json() == {"status": "ok"}
        assert running.install_address.startswith("https://models.example/userscript/")


def link_url(running: Running) -> str:
    return running.base_url.replace("http", "ws", 1) + "/ws"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://arena.ai.evil.example", None])
async def test_the_link_is_refused_to_pages_of_other_origins(running: Running, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    with pytest.raises(InvalidStatus) as refused:
        await connect(link_url(running), additional_headers=headers)
    assert refused.value.response.status_code == 403


async def test_the_link_is_refused_under_another_host_name(running: Running) -> None:
    with pytest.raises(InvalidStatus):
        await connect(link_url(running), additional_headers={"Origin": ORIGIN, "Host": "evil.example"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "guessed"}, "wrong_secret"),
        ({"token": "\u00e9"}, "wrong_secret"),
        ({"protocol": 1}, "old_script"),
        ({"origin": "https://elsewhere.example"}, "wrong_origin"),
    ],
)
async def test_a_worker_is_told_why_it_is_refused(running: Running, change: dict[str, Any], code: str) -> None:
    async with connected(running, hello(running, **change), models=()) as worker:
        refused = await worker.next(m.RefusedLink)
        assert (refused.code, refused.permanent) == (code, True)
        await worker.until_closed()
    assert running.gateway.hub.workers == []


@pytest.mark.parametrize("frame", ["", "{}", "[1]", '{"type":"pong"}', '{"type":"sing"}', "\x00" * 100])
async def test_whatever_is_no_hello_is_turned_away(running: Running, frame: str) -> None:
    async with connect(link_url(running), additional_headers={"Origin": ORIGIN}) as connection:
        await connection.send(frame)
        assert '"code":"not_a_worker"' in str(await connection.recv())


async def test_the_userscript_is_found_only_at_its_own_address_and_never_as_a_script_element(running: Running) -> None:
    async with httpx.AsyncClient() as client:
        script = await client.get(running.install_address)
        assert script.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in script.headers
        assert running.gateway.secrets.pairing in script.text
        included = await client.get(running.install_address, headers={"sec-fetch-dest": "script"})
        assert (included.status_code, included.json()["error"]["code"]) == (403, "origin_not_allowed")
        guessed = await client.get(f"{running.base_url}/userscript/guessed/arenabridge.user.js")
        assert guessed.status_code == 404
        assert running.gateway.secrets.install not in guessed.text
