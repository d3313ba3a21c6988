"""Tabs that connect to a relay, as the userscript would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect

from arenabridge.wire.link import messages as m
from arenabridge.worker.relay.running import RunningRelay
from integration.gateway.worker_double import ORIGIN, WorkerDouble, page_with_models


def hello_to(relay: RunningRelay, **changes: object) -> m.Hello:
    fields: dict[str, object] = {
        "protocol": m.PROTOCOL,
        "script": "test",
        "token": relay.local.secrets.pairing,
        "origin": ORIGIN,
        "profile": "profile",
        "page": "page",
        "slots": 4,
    }
    return m.Hello(**{**fields, **changes})  # type: ignore[arg-type]  # the fields are those above


@asynccontextmanager
async def socket_to(relay: RunningRelay, origin: str = ORIGIN, **headers: str) -> AsyncIterator[ClientConnection]:
    """A bare WebSocket that has said nothing yet."""
    url = relay.base_url.replace("http", "ws", 1) + "/ws"
    options = {"Origin": origin, **headers}
    async with connect(url, additional_headers=options, compression=None, max_size=None, close_timeout=1) as socket:
        yield socket


@asynccontextmanager
async def tab_of(
    relay: RunningRelay, *, models: tuple[str, ...] = ("gpt",), **hello: object
) -> AsyncIterator[WorkerDouble]:
    """A tab that says hello, and once it is welcome what models there are."""
    async with socket_to(relay) as socket:
        tab = WorkerDouble(socket)
        listening = asyncio.ensure_future(tab.listen())
        await tab.say(hello_to(relay, **hello))
        if models:
            await tab.next(m.Welcome)
            await tab.say(m.Page("/", page_with_models(*models)))
        try:
            yield tab
        finally:
            await socket.close()
            await listening
