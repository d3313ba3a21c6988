"""What the files of `deploy/` promise, through a real nginx and a real Caddy with TLS."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import KeyForm
from arenabridge.app import Running, open_keys
from arenabridge.hub.links.link import PING_SECONDS
from arenabridge.wire.link import messages as m
from integration.accounts.conftest import Browser, set_up
from integration.deployment.conftest import StartBehind
from integration.gateway.worker_double import connected
from servers.proxies import DEPLOY, NAME, Proxy

CHAT = "/v1/chat/completions"
STREAMED = {"model": "gpt", "stream": True, "messages": [{"role": "user", "content": "go"}]}
MIB = 2**20


async def texts(answer: httpx.Response) -> AsyncIterator[str]:
    async for line in answer.aiter_lines():
        if line.startswith("data: {"):
            for choice in orjson.loads(line[6:])["choices"]:
                if text := choice["delta"].get("content"):
                    yield text


async def test_each_piece_of_an_answer_arrives_before_the_next_is_said(
    running: Running, proxy: Proxy, client: httpx.AsyncClient
) -> None:
    """The worker says the next one only when the client has the one before."""
    async with connected(running, ssl=proxy.trust) as worker, client.stream("POST", CHAT, json=STREAMED) as answer:
        job = await worker.granted()
        await job.start()
        await job.head(content_type="text/event-stream")
        heard = texts(answer)
        for piece in ("one", "two", "three"):
            await job.body(f'a0:"{piece}"\n')
            assert await anext(heard) == piece
        await job.body('ad:{"finishReason":"stop"}\n')
        await job.end()
        assert [text async for text in heard] == []


async def test_the_gateway_hears_of_a_client_that_goes(
    running: Running, proxy: Proxy, client: httpx.AsyncClient
) -> None:
    async with connected(running, ssl=proxy.trust) as worker:
        async with client.stream("POST", CHAT, json=STREAMED) as answer:
            job = await worker.granted()
            await job.start()
            await job.head(content_type="text/event-stream")
            await job.body('a0:"one"\n')
            assert await anext(texts(answer)) == "one"
        assert (await worker.next(m.Cancel)).job == job.id


async def test_large_bodies_pass(client: httpx.AsyncClient) -> None:
    stored = await client.post("/upload", files={"file": ("noise.bin", bytes(24 * MIB))})
    assert (stored.status_code, stored.json()["success"]) == (200, True), stored.text
    back = await client.get(stored.json()["url"])
    assert len(back.content) == 24 * MIB


@pytest.mark.parametrize("proxy", ["nginx"], indirect=True)
async def test_too_large_ones_are_refused_in_our_words_before_they_are_sent(running: Running, proxy: Proxy) -> None:
    """Caddy passes an answer on only when it has the whole request."""
    reader, writer = await asyncio.open_connection(NAME, proxy.port, ssl=proxy.trust)
    head = (
        f"POST {CHAT} HTTP/1.1\r\nHost: {NAME}:{proxy.port}\r\nAuthorization: Bearer {running.first_key}\r\n"
        f"Content-Length: {33 * MIB}\r\n\r\n"
    )
    writer.write(head.encode() + b"{")
    async with asyncio.timeout(30):
        assert b" 413 " in await reader.readline()
        await reader.readuntil(b'"request_too_large"')
    writer.transport.abort()


async def test_clients_are_known_by_their_own_address_as_far_as_a_proxy_of_ours_says_it(
    running: Running, proxy: Proxy
) -> None:
    """A key for one address: what a client itself writes about that counts for nothing, with and without the proxy."""
    limits = KeyLimits(networks=("127.0.0.2/32",))
    _, key = open_keys(running.gateway.settings, {}).make(KeyForm(name="at home", limits=limits))
    gateway = f"http://127.0.0.1:{running.listens_on}"
    lie = {"x-forwarded-for": "127.0.0.2"}

    async def status(url: str, address: str, said: dict[str, str]) -> int:
        transport = httpx.AsyncHTTPTransport(local_address=address, verify=proxy.trust)
        async with httpx.AsyncClient(transport=transport, headers={"authorization": f"Bearer {key}", **said}) as client:
            return (await client.get(f"{url}/v1/models")).status_code

    assert await status(proxy.url, "127.0.0.2", {}) == 200
    assert await status(proxy.url, "127.0.0.2", {"x-forwarded-for": "203.0.113.9"}) == 200
    assert await status(proxy.url, "127.0.0.3", lie) == 403
    assert await status(gateway, "127.0.0.3", lie) == 403


async def test_the_dashboard_is_told_what_happens_when_it_happens(running: Running, proxy: Proxy) -> None:
    async with Browser(running, verify=proxy.trust) as browser:
        assert (await set_up(browser, running)).status_code == 201
        assert browser.cookies.get("__Host-arenabridge_session"), "signed in as over https"
        async with browser.stream("GET", "/api/feed") as feed, asyncio.timeout(30):
            lines = feed.aiter_lines()
            assert "event: snapshot" in [await anext(lines) for _ in range(2)]
            async with connected(running, ssl=proxy.trust):
                await anext(line async for line in lines if line == "event: change")


async def test_nothing_but_the_set_up_page_is_shown_before_there_is_an_owner(
    start_behind: StartBehind, proxy: Proxy
) -> None:
    async with start_behind(), httpx.AsyncClient(base_url=proxy.url, verify=proxy.trust) as stranger:
        for page in ("/", "/docs", "/help", "/dashboard", "/sign-in"):
            answer = await stranger.get(page, follow_redirects=True)
            assert (answer.status_code, answer.url.path) == (200, "/setup"), page
        for path in ("/v1/models", "/api/overview", "/api/users", "/metrics", "/ws"):
            assert (await stranger.get(path)).status_code in {401, 403, 404}, path
        assert "code" not in (await stranger.get("/setup")).text.lower().replace("charset", "")


def test_an_idle_link_speaks_more_often_than_a_proxy_waits() -> None:
    """Caddy's file sets no such limit, and Caddy has none by itself."""
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    waits = {name: int(hours) * 3600 for name, hours in re.findall(r"(proxy_(?:read|send)_timeout) (\d+)h;", nginx)}
    assert set(waits) == {"proxy_read_timeout", "proxy_send_timeout"}
    assert min(waits.values()) > 4 * PING_SECONDS
    caddy = re.sub(r"#.*", "", (DEPLOY / "Caddyfile").read_text(encoding="utf-8"))
    assert not re.search(r"(?<!dial_)timeout|stream_|flush_interval", caddy)
