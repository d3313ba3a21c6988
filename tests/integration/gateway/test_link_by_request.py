"""The link by requests: one answer down, numbered posts up, and nobody else's requests."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from openai import AsyncOpenAI

from arenabridge.app import Running
from arenabridge.http.links import request_socket
from arenabridge.wire.link import messages as m
from integration.gateway.conftest import Start
from integration.gateway.worker_double import PATIENCE_SECONDS, hello, page_with_models, until

SESSION = "0123456789abcdef" * 2
OTHER_SESSION = "fedcba9876543210" * 2
EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"


@dataclass
class Ends:
    """Both ends of one session, as a userscript manager has them."""

    http: httpx.AsyncClient
    events: AsyncIterator[tuple[str, str]]
    number: int = 0

    async def post(self, *messages: m.FromWorker, number: int | None = None) -> int:
        at = self.number if number is None else number
        answer = await self.http.post(
            "/link/up",
            content="\n".join(m.encode(message) for message in messages),
            headers={"x-arenabridge-number": str(at)},
        )
        self.number = max(self.number, at + 1)
        return answer.status_code

    async def event(self) -> tuple[str, str]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await anext(self.events)

    async def message(self) -> m.FromGateway | m.UnknownMessage:
        name, data = await self.event()
        assert not name
        return m.decode_from_gateway(data)


async def events_in(answer: httpx.Response) -> AsyncIterator[tuple[str, str]]:
    name = ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            yield name, value.strip()
            name = ""


def client(running: Running, session: str = SESSION, **headers: str) -> httpx.AsyncClient:
    usual = {"x-arenabridge-secret": running.gateway.secrets.pairing, "x-arenabridge-session": session}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.AsyncClient(base_url=running.base_url, headers=usual | given, timeout=10)


@asynccontextmanager
async def opened(running: Running, **headers: str) -> AsyncIterator[Ends]:
    async with client(running, **headers) as http, http.stream("GET", "/link/down") as answer:
        ends = Ends(http, events_in(answer))
        assert (answer.status_code, await ends.event()) == (200, ("open", "new"))
        yield ends


@asynccontextmanager
async def connected(running: Running) -> AsyncIterator[Ends]:
    async with opened(running) as ends:
        greeting = hello(running, transport="gm", why="csp")
        assert await ends.post(greeting, m.Page("/", page_with_models("gpt"))) == 204
        assert isinstance(await ends.message(), m.Welcome)
        yield ends


async def test_a_worker_is_one_like_any_other_and_says_why_it_comes_this_way(
    running: Running, http: httpx.AsyncClient
) -> None:
    async with connected(running):
        (worker,) = (await http.get("/health")).json()["workers"]
        assert (worker["transport"], worker["transport_because"]) == ("gm", "csp")
    await until(lambda: not running.gateway.hub.workers)


async def test_an_answer_comes_whole(running: Running, openai: AsyncOpenAI) -> None:
    async with connected(running) as ends:
        asked = asyncio.ensure_future(
            openai.chat.completions.create(model="gpt", messages=[{"role": "user", "content": "Hello"}])
        )
        offer = await ends.message()
        assert isinstance(offer, m.Offer)
        await ends.post(m.Accept(offer.job))
        go = await ends.message()
        assert isinstance(go, m.Go)
        await ends.post(m.Start(go.job, go.epoch, 0), m.Head(job=go.job, epoch=go.epoch, seq=1, status=200))
        await ends.post(
            m.Chunks([m.Chunk(go.job, go.epoch, 2, 'a0:"Grüße \u2028 世界"\nad:{"finishReason":"stop"}\n')])
        )
        await ends.post(m.End(go.job, go.epoch, 3))
        assert (await asked).choices[0].message.content == "Grüße \u2028 世界"


async def test_a_post_that_is_repeated_is_taken_once(running: Running) -> None:
    async with connected(running) as ends:
        before = running.gateway.hub.unknown_messages
        strange = m.encode(m.Pong()).replace("pong", "strange")
        for _ in range(3):
            answer = await ends.http.post("/link/up", content=strange, headers={"x-arenabridge-number": "1"})
            assert answer.status_code == 204
        assert running.gateway.hub.unknown_messages == before + 1


async def test_a_post_that_is_missing_ends_the_session(running: Running) -> None:
    async with connected(running) as ends:
        assert await ends.post(m.Pong(), number=7) == 409
        await until(lambda: not running.gateway.hub.workers)
        assert await ends.post(m.Pong(), number=1) == 410


async def test_a_session_ends_with_its_answer(running: Running) -> None:
    async with client(running) as http:
        async with connected(running):
            pass
        await until(lambda: not running.gateway.hub.workers)
        answer = await http.post("/link/up", content="", headers={"x-arenabridge-number": "1"})
        assert answer.status_code == 410


async def test_a_goodbye_ends_the_answer(running: Running) -> None:
    async with connected(running) as ends:
        assert await ends.post(m.Bye()) == 204
        with pytest.raises(StopAsyncIteration):
            await ends.event()
        assert not running.gateway.hub.workers


async def test_a_gateway_that_stops_ends_the_answer(start: Start) -> None:
    async with AsyncExitStack() as stack:
        async with asyncio.timeout(PATIENCE_SECONDS), start() as running:
            ends = await stack.enter_async_context(connected(running))
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert [event async for event in ends.events] == []


async def test_an_answer_that_is_used_up_is_followed_by_the_next_and_nothing_is_lost(running: Running) -> None:
    content = bytes(range(256)) * (request_socket.MAX_ANSWER_BYTES // 256)
    received = bytearray()
    async with connected(running) as ends:
        (worker,) = running.gateway.hub._roster._workers.values()
        worker.send_file(m.JobId("f1"), content)
        while (event := await ends.event())[0] == "file":
            received += base64.b64decode(event[1])[3:]
        assert event == ("again", "")
        async with ends.http.stream("GET", "/link/down") as answer:
            ends.events = events_in(answer)
            assert await ends.event() == ("open", "more")
            while len(received) < len(content):
                name, data = await ends.event()
                received += base64.b64decode(data)[3:] if name == "file" else b""
            assert bytes(received) == content
            assert await ends.post(m.Pong()) == 204


async def refused_by(http: httpx.AsyncClient) -> str:
    answer = await http.get("/link/down")
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    message = m.decode_from_gateway(answer.text.removeprefix("data: ").strip())
    assert isinstance(message, m.RefusedLink)
    return message.code


@pytest.mark.parametrize("secret", ["", "wrong", "wröng"])
async def test_without_the_secret_there_is_no_session(running: Running, secret: str) -> None:
    async with opened(running):
        wrong = {"x-arenabridge-secret": secret.encode()}
        async with client(running) as http:
            http.headers.update(httpx.Headers(list(wrong.items())))  # type: ignore[arg-type]  # bytes are sent as they are
            assert await refused_by(http) == "wrong_secret"
            answer = await http.post("/link/up", content="", headers={"x-arenabridge-number": "0"})
            assert answer.status_code == 403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:5102", "https://arena.ai.evil.example"]
)
async def test_pages_of_other_sites_are_refused_even_with_the_secret(running: Running, origin: str) -> None:
    async with client(running, origin=origin) as http:
        assert await refused_by(http) == "wrong_origin"


async def test_an_extension_may_name_itself(running: Running) -> None:
    async with opened(running, origin=EXTENSION):
        pass


@pytest.mark.parametrize("path", ["/link/down", "/link/up"])
@pytest.mark.parametrize("origin", ["https://evil.example", "https://arena.ai"])
async def test_no_preflight_is_ever_granted(running: Running, path: str, origin: str) -> None:
    asking = {"access-control-request-method": "POST", "access-control-request-headers": "x-arenabridge-secret"}
    async with client(running, origin=origin) as http:
        answer = await http.options(path, headers=asking)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_other_names_of_the_gateway_are_refused(running: Running) -> None:
    async with client(running, host="evil.example") as http:
        assert (await http.get("/link/down")).status_code == 421


async def test_a_session_has_one_answer(running: Running) -> None:
    async with opened(running) as ends:
        assert await refused_by(ends.http) == "session_in_use"


@pytest.mark.parametrize("session", ["", "short", SESSION.upper()])
async def test_a_session_has_an_id_that_cannot_be_guessed(running: Running, session: str) -> None:
    async with client(running, session) as http:
        assert await refused_by(http) == "not_a_worker"


async def test_an_unknown_session_takes_no_posts(running: Running) -> None:
    async with connected(running), client(running, OTHER_SESSION) as http:
        answer = await http.post("/link/up", content="", headers={"x-arenabridge-number": "0"})
        assert answer.status_code == 410


async def test_a_fourth_tab_of_a_browser_would_leave_no_connection_free(running: Running) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), contextful(running, 4) as answers:
        assert [type(answer) for answer in answers] == [m.Welcome] * 3 + [m.RefusedLink]


@asynccontextmanager
async def contextful(running: Running, count: int) -> AsyncIterator[list[m.FromGateway | m.UnknownMessage]]:
    """What so many tabs of one browser are answered, one after the other."""
    if count == 0:
        yield []
        return
    async with contextful(running, count - 1) as before, opened(running, session=f"{count:032x}") as ends:
        await ends.post(hello(running, transport="gm", page=f"page {count}"))
        yield [*before, await ends.message()]
