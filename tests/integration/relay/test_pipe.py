"""Between a tab and a gateway of the test's making a relay adds nothing, keeps nothing, and lets no stranger in."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from arenabridge.wire.link import messages as m
from arenabridge.worker.relay.relay import MAX_TABS
from integration.gateway.worker_double import until
from integration.relay.conftest import StartRelay
from integration.relay.gateway_double import GatewayDouble
from integration.relay.tabs import hello_to, socket_to, tab_of

WELCOME = m.encode(m.Welcome(protocol=2, worker=m.WorkerId("w-1"), slots=1, ping_seconds=15.0))
PIECE = b"\x02e1" + bytes(range(256))


async def echo(socket: WebSocket) -> None:
    """Says back the hello, welcomes, and then says everything back."""
    hello = await socket.receive_text()
    await socket.send_text(WELCOME)
    await socket.send_text(hello)
    while (message := await socket.receive())["type"] == "websocket.receive":
        await socket.send({"type": "websocket.send", **{key: message.get(key) for key in ("text", "bytes")}})


async def until_gone(socket: WebSocket) -> None:
    await socket.receive_text()
    await socket.send_text(WELCOME)
    while (await socket.receive())["type"] == "websocket.receive":
        pass


async def test_frames_pass_verbatim_and_in_order_and_the_secret_does_not(
    relay: StartRelay, double: GatewayDouble
) -> None:
    double.serve = echo
    async with relay(double.base, worker_id="study pc") as watched, socket_to(watched.running) as tab:
        unknown = json.loads(m.encode(hello_to(watched.running))) | {"later": {"than": ["us", 1.5]}}
        await tab.send(json.dumps(unknown))
        assert await tab.recv() == WELCOME
        assert json.loads(await tab.recv()) == unknown | {"token": ""}
        frames: list[str | bytes] = [PIECE, '{"type":"x"}', "no JSON \u2028 😀", PIECE * 1000, "", b"", "x" * 2_000_000]
        for frame in frames:
            await tab.send(frame)
        assert [await tab.recv() for _ in frames] == frames
        assert double.relays == ["study pc"]
        assert watched.said("Serving: tab 1 (https://arena.ai", "1 tab serves.")


async def test_the_largest_frame_passes(relay: StartRelay, double: GatewayDouble) -> None:
    double.serve = echo
    largest = "x" * m.MAX_FRAME_BYTES
    async with relay(double.base) as watched, socket_to(watched.running) as tab:
        await tab.send(m.encode(hello_to(watched.running)))
        await tab.recv(), await tab.recv()
        await tab.send(largest)
        assert await tab.recv() == largest


async def test_when_the_tab_goes_the_gateways_side_is_closed(relay: StartRelay, double: GatewayDouble) -> None:
    gone = asyncio.Event()

    async def serve(socket: WebSocket) -> None:
        await until_gone(socket)
        gone.set()

    double.serve = serve
    async with relay(double.base) as watched:
        async with tab_of(watched.running, models=()) as tab:
            await tab.next(m.Welcome)
        async with asyncio.timeout(30):
            await gone.wait()
        await until(lambda: watched.said("Gone: tab 1", "0 tabs serve."))


async def test_when_the_gateway_goes_the_tab_is_closed_after_its_last_words(
    relay: StartRelay, double: GatewayDouble
) -> None:
    async def refuse(socket: WebSocket) -> None:
        await socket.receive_text()
        await socket.send_text(m.encode(m.RefusedLink("old_script", "Install it anew.", permanent=True)))
        await socket.close(1008)

    double.serve = refuse
    async with relay(double.base) as watched:
        for _ in range(2):
            async with tab_of(watched.running, models=()) as tab:
                assert (await tab.next(m.RefusedLink)).code == "old_script"
                await tab.until_closed()
        assert [words for words in watched.told if "Not served" in words] == [
            "Not served: tab 1 (https://arena.ai, browser profile). Install it anew."
        ]


async def test_a_side_that_takes_nothing_stops_the_other(relay: StartRelay, double: GatewayDouble) -> None:
    """What lies between them is bounded: by the sockets' buffers and the few frames in the relay's hands."""
    frame = bytes(256 * 1024)
    reads = asyncio.Event()

    async def serve(socket: WebSocket) -> None:
        await socket.receive_text()
        await socket.send_text(WELCOME)
        await reads.wait()
        while (await socket.receive())["type"] == "websocket.receive":
            pass

    double.serve = serve
    async with relay(double.base) as watched, tab_of(watched.running, models=()) as tab:
        await tab.next(m.Welcome)
        taken = await _frames_taken(tab.connection, frame)
        assert taken < 400, f"{taken} of 256 KiB went somewhere"  # two hops' sockets may take 36 MiB each on Linux
        reads.set()
        async with asyncio.timeout(30):
            await tab.connection.send(frame)


async def _frames_taken(socket: ClientConnection, frame: bytes) -> int:
    """Of 512, how many before one is not taken for half a second."""
    for number in range(512):
        try:
            await asyncio.wait_for(socket.send(frame), 0.5)
        except TimeoutError:
            return number
    return 512


async def test_strangers_are_refused_before_the_gateway_is_asked(relay: StartRelay, double: GatewayDouble) -> None:
    async with relay(double.base) as watched:
        with pytest.raises(InvalidStatus):
            async with socket_to(watched.running, "https://evil.example"):
                pass
        with pytest.raises(InvalidStatus):
            async with socket_to(watched.running, Host="evil.example"):
                pass
        for greeting, code in (
            (m.encode(hello_to(watched.running, token="another")), "wrong_secret"),
            (m.encode(hello_to(watched.running, origin="https://evil.example")), "wrong_origin"),
            ('{"type":"page","url":"/","html":""}', "not_a_worker"),
            ("[1]", "not_a_worker"),
        ):
            async with socket_to(watched.running) as tab:
                await tab.send(greeting)
                assert json.loads(await tab.recv())["code"] == code
                with pytest.raises(ConnectionClosed):
                    await tab.recv()
        assert double.relays == []


async def test_a_tab_learns_why_there_is_no_gateway_and_the_person_does_too(
    relay: StartRelay, double: GatewayDouble
) -> None:
    async with relay(double.base) as watched:
        await until(lambda: watched.said("Connected"))
        double.refusal = (401, "invalid_worker_credential")
        async with tab_of(watched.running, models=()) as tab:
            refused = await tab.next(m.RefusedLink)
            assert (refused.code, refused.permanent) == ("gateway_unreachable", False)
            assert "was revoked" in refused.message
        await until(lambda: not watched.running.standing.is_connected)


async def test_a_proxy_that_knows_no_websockets_is_suspected(relay: StartRelay, double: GatewayDouble) -> None:
    double.knows_websockets = False
    async with relay(double.base) as watched, tab_of(watched.running, models=()) as tab:
        assert "does it pass WebSockets on?" in (await tab.next(m.RefusedLink)).message
        assert watched.said("Not served: tab 1", "WebSockets")


async def test_tabs_have_a_bound(relay: StartRelay, double: GatewayDouble) -> None:
    double.serve = until_gone
    async with relay(double.base) as watched:
        others = contextlib.ExitStack()
        for number in range(MAX_TABS):
            others.enter_context(watched.running.standing.tab("https://arena.ai", f"p{number}", "page", "ws"))
        async with tab_of(watched.running, models=()) as refused:
            assert (await refused.next(m.RefusedLink)).code == "too_many_tabs"


async def test_tabs_that_may_not_open_a_socket_come_by_requests(relay: StartRelay, double: GatewayDouble) -> None:
    double.serve = echo
    async with relay(double.base) as watched, httpx.AsyncClient(base_url=watched.running.base_url) as manager:
        headers = {"x-arenabridge-secret": watched.running.local.secrets.pairing, "x-arenabridge-session": "a" * 32}
        async with manager.stream("GET", "/link/down", headers=headers, timeout=5) as down:
            lines = down.aiter_lines()
            await _line(lines, "event: open")
            hello = m.encode(hello_to(watched.running, transport="gm", why="csp"))
            await manager.post("/link/up", headers={**headers, "x-arenabridge-number": "0"}, content=hello)
            assert await _line(lines, "data: {") == f"data: {WELCOME}"
        assert double.relays


async def _line(lines: AsyncIterator[str], start: str) -> str:
    async with asyncio.timeout(30):
        async for line in lines:
            if line.startswith(start):
                return str(line)
    raise AssertionError(start)
