"""The door: only under our own names."""

from typing import Any

import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from arenabridge.http.door.guard import Guard


async def application(scope: Scope, _receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
        await send({"type": "http.response.body", "body": b"in"})
    else:
        await send({"type": "websocket.accept"})


async def knock(
    *hosts: str, type: str = "http", allowed: tuple[str, ...] = (), by_address: bool = False
) -> list[Message]:
    """What the door or the application behind it answers to a request with these `Host` headers."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect" if type == "websocket" else "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", host.encode("latin-1")) for host in hosts]
    scope: dict[str, Any] = {"type": type, "method": "GET", "path": "/", "headers": headers}
    await Guard(application, allowed, by_address=by_address)(scope, receive, send)
    return sent


async def status(*hosts: str, allowed: tuple[str, ...] = ()) -> int:
    code: int = (await knock(*hosts, allowed=allowed))[0]["status"]
    return code


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5102", "LocalHost:1", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:5102"]
)
async def test_the_names_of_this_computer_are_ours(host: str) -> None:
    assert await status(host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":",
        ":5102",
        "evil.example",
        "evil.example:5102",
        "localhost.evil.example",
        "localhost:5102.evil.example:80",
        "evil.example/localhost",
        "localhost@evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "::1",
        "[::1",
        "[::1]evil.example",
        "\xe9",
    ],
)
async def test_any_other_name_is_not(host: str) -> None:
    assert await status(host) == 421


@pytest.mark.parametrize("hosts", [(), ("localhost", "localhost"), ("localhost", "evil.example"), ("", "")])
async def test_without_exactly_one_name_nobody_is_meant(hosts: tuple[str, ...]) -> None:
    assert await status(*hosts) == 421
    assert await status(*hosts, allowed=("", "bridge.example")) == 421


async def test_further_names_are_ours_too_in_any_case_and_on_any_port() -> None:
    assert await status("bridge.EXAMPLE:443", allowed=("Bridge.example",)) == 200
    assert await status("sub.bridge.example", allowed=("bridge.example",)) == 421


@pytest.mark.parametrize("host", ["192.168.1.20", "192.168.1.20:5102", "8.8.8.8", "[fe80::1]:5102", "[2001:db8::1]"])
async def test_addresses_in_digits_are_ours_where_we_listen_to_a_network(host: str) -> None:
    assert (await knock(host, by_address=True))[0]["status"] == 200
    assert await status(host) == 421


@pytest.mark.parametrize(
    "host",
    ["evil.example", "192.168.1.20.evil.example", "192.168.1.20@evil.example", "192.168.1", "3232235796", "fe80::1"],
)
async def test_names_are_not_whatever_they_look_like(host: str) -> None:
    assert (await knock(host, by_address=True))[0]["status"] == 421


async def test_the_refusal_says_which_names_are_ours_and_not_the_one_that_was_sent() -> None:
    start, body = await knock("evil.example", allowed=("bridge.example",))
    message = orjson.loads(body["body"])["error"]["message"]
    assert "bridge.example" in message
    assert "evil" not in message
    assert start["status"] == 421


async def test_a_socket_under_another_name_is_refused_in_its_handshake() -> None:
    assert await knock("localhost:1", type="websocket") == [{"type": "websocket.accept"}]
    (refusal,) = await knock("evil.example", type="websocket")
    assert refusal["type"] == "websocket.close"
    (refusal,) = await knock(type="websocket", allowed=("",))
    assert refusal["type"] == "websocket.close"


async def test_what_has_no_host_passes() -> None:
    assert await knock(type="lifespan") == [{"type": "websocket.accept"}]
