"""Several gateways behind the files of `deploy/`, while each is restarted in turn: who asks is served."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import httpx
import pytest

from servers.proxies import free_port, running_caddy_as_balancer, running_load_balancer

Balancer = Callable[[Sequence[int]], AbstractContextManager[int]]

BALANCERS = {"nginx": (running_load_balancer, "POST"), "caddy": (running_caddy_as_balancer, "GET")}
"""Each with a request that it brings to another gateway: Caddy of 2.6 loses a body with the first that refuses."""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"{}" if (await reader.readline()).startswith(b"POST") else b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(("balancer", "method"), BALANCERS.values(), ids=BALANCERS)
async def test_a_gateway_that_was_away_is_asked_again_as_soon_as_it_is_back(balancer: Balancer, method: str) -> None:
    """Were it passed over for a while, nobody would be left when the next one is restarted."""
    ports, body = [free_port(), free_port()], b"{}" if method == "POST" else None
    with balancer(ports) as port:
        async with httpx.AsyncClient(base_url=f"http://localhost:{port}") as client:
            for alone in (*ports, ports[0]):
                async with await asyncio.start_server(answer, "127.0.0.1", alone):
                    asked = [client.request(method, "/v1/models", content=body) for _ in range(4)]
                    assert [each.status_code for each in await asyncio.gather(*asked)] == [200] * 4
