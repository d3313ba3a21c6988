"""Clients that ask and never read take bounded memory, are cut off, and cost nobody else anything."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chaos.client import Client, Wish
from chaos.gateway_process import GatewayProcess, gateway_process
from chaos.reference_site import ReferenceSite
from chaos.scene import quiet_site
from chaos.tab import Page, Record, open_tab
from integration.gateway.worker_double import until

SLEEPERS = 20 if os.environ.get("CHAOS_REQUESTS") else 6
UNREAD_WORDS = 4_000_000
"""An answer of 15 MB: more than the gateway keeps for a client and the system for a connection together."""
KEPT_BYTES = 8 * 2**20
"""The most that waits for one client (`http/answers/open_answers.py`)."""
COPIES = 3
"""Of as much: what waits, what is on its way to and from it, and what the allocator does not give back at once."""

WORKING_BYTES = 64 * 2**20
"""What the gateway needs for anybody's answers of this size, once."""


@asynccontextmanager
async def clients_that_never_read(client: Client) -> AsyncIterator[None]:
    """They ask, and take nothing from then on."""
    loop = asyncio.get_running_loop()
    sleepers = [socket.socket() for _ in range(SLEEPERS)]
    try:
        for number, sleeper in enumerate(sleepers):
            sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sleeper.setblocking(False)
            await loop.sock_connect(sleeper, ("127.0.0.1", client.port))
            await loop.sock_sendall(sleeper, client.request(Wish(number=number, words=UNREAD_WORDS)))
        yield
    finally:
        for sleeper in sleepers:
            sleeper.close()


@pytest.mark.timeout(180)
async def test_clients_that_never_read_are_cut_off_and_cost_nobody_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, record = quiet_site(record_characters=2**16), Record()
    async with gateway_process(tmp_path) as gateway:
        url = f"ws://127.0.0.1:{gateway.port}/ws"
        page = Page(url, gateway.pairing, site, record, site.random, slots=SLEEPERS + 4)
        client = Client(gateway.port, gateway.key)
        async with open_tab(page):
            await whole_answer(client, SLEEPERS, 20)
            before = gateway.resident_bytes
            began = time.monotonic()
            async with clients_that_never_read(client):
                await until(lambda: len(site.active) == SLEEPERS)
                most, answered, slowest = await meanwhile(gateway, client, site)
                took = time.monotonic() - began
            await until(lambda: not site.active)
    with capsys.disabled():
        grown = (most - before) / 2**20
        print(  # noqa: T201 - the figures
            f"\n{SLEEPERS} clients that never read: cut off after {took:.1f} s, the gateway grew by {grown:.0f} MiB at"
            f" most; meanwhile {answered} other answers of that tab, the slowest in {slowest:.2f} s"
        )
    assert most - before < COPIES * SLEEPERS * KEPT_BYTES + WORKING_BYTES
    assert answered > 3


async def meanwhile(gateway: GatewayProcess, client: Client, site: ReferenceSite) -> tuple[int, int, float]:
    """Until all are cut off: the most memory, how many others were answered whole, and the slowest of them."""
    most, answered, slowest = 0, 0, 0.0
    async with asyncio.timeout(120):
        while len(site.active):
            answered += 1
            slowest = max(slowest, await whole_answer(client, SLEEPERS + answered, 50))
            most = max(most, gateway.resident_bytes)
    return most, answered, slowest


async def whole_answer(client: Client, number: int, words: int) -> float:
    outcome, _ = await client.ask(Wish(number=number, words=words, streamed=bool(number % 2)))
    assert (outcome.ending, outcome.wrong) == ("whole", "")
    return outcome.seconds
