"""What the audit tells of requests: their parts, their ends, and who ended them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import pytest
from h2.errors import ErrorCodes

from arenabridge.simulator import audit as audit_module
from integration.simulator.caller import CREATE
from integration.simulator.h2_wire import h2_wire

if TYPE_CHECKING:
    from arenabridge.simulator import Exchange, Site
    from integration.simulator.caller import Caller

PROMPT_SECONDS = 0.2
"""A client's leaving is known within this time: a few milliseconds, and what a busy machine adds."""
PROMPTS = ("HANG<<Hello>>", "SLOW<<0.005|" + "word " * 2_000 + ">>")
"""An answer that has fallen silent, and one that is being given."""


async def test_every_request_is_noted_with_all_its_parts(either_caller: Caller) -> None:
    site = either_caller.running.site
    reply = await either_caller.say("SAY<<x>>")
    [exchange] = site.audit.calls("create-evaluation")
    assert (exchange.method, exchange.path, exchange.status) == ("POST", CREATE, 200)
    assert exchange.http_version == ("2" if either_caller.running.url.startswith("https") else "1.1")
    assert exchange.headers["content-type"] == "text/plain;charset=UTF-8"
    assert exchange.cookies["arena-auth-prod-v1"].startswith("base64-")
    assert exchange.json["userMessage"]["content"] == "SAY<<x>>"
    assert exchange.bytes_written == len(reply.body.encode())
    assert exchange.finished_at is not None
    assert exchange.disconnected_at is None


async def left(site: Site, left_at: float) -> Exchange:
    """The last exchange, whose client has left it just then."""
    await site.audit.until(lambda audit: audit.last().disconnected_at)
    exchange = site.audit.last()
    assert exchange.disconnected_at is not None
    assert exchange.disconnected_at - left_at < PROMPT_SECONDS
    assert exchange.finished_at is None
    assert site.audit.active == 0
    return exchange


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_a_closed_connection_is_noticed_at_once(either_caller: Caller, prompt: str) -> None:
    async with either_caller.streaming(prompt) as answer:
        await anext(answer.aiter_raw())
        left_at = time.time()
        await either_caller.http.aclose()
    await left(either_caller.running.site, left_at)


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_a_reset_stream_is_noticed_at_once(h2_caller: Caller, prompt: str) -> None:
    """What a browser does when a page aborts its fetch: the connection stays, and so does what else runs on it."""
    async with h2_wire(h2_caller.running) as wire:
        stream = wire.create(h2_caller.create_body(prompt))
        await wire.first_data(stream)
        wire.reset(stream)
        await left(h2_caller.running.site, time.time())
        assert await wire.first_data(wire.create(h2_caller.create_body("SAY<<x>>"))) == b'a0:"x"\n'


async def test_a_client_that_leaves_before_the_head_is_noticed_too(caller: Caller, site: Site) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await caller.say("HANGHEAD<<>>")
    exchange = await left(site, time.time())
    assert exchange.status is None


async def test_a_stream_that_is_reset_with_its_request_ends_as_well(h2_caller: Caller) -> None:
    site = h2_caller.running.site
    async with h2_wire(h2_caller.running) as wire:
        for _ in range(10):
            wire.reset(wire.create(h2_caller.create_body("SAY<<x>>")))
        assert await wire.first_data(wire.create(h2_caller.create_body("SAY<<y>>"))) == b'a0:"y"\n'
    await site.audit.until(lambda audit: audit.active == 0)


async def test_a_listener_that_closes_ends_its_streams(caller: Caller, site: Site) -> None:
    async with contextlib.AsyncExitStack() as client:
        async with site.serving(tls=True) as second:
            wire = await client.enter_async_context(h2_wire(second))
            wire.create(caller.create_body("HANG<<x>>"))
            await site.audit.until(lambda audit: audit.active == 1)
        assert site.audit.active == 0
        assert site.audit.last().disconnected_at is not None


async def test_an_abortive_end_is_the_sites_own_and_spares_the_connection(h2_caller: Caller) -> None:
    site = h2_caller.running.site
    async with h2_wire(h2_caller.running) as wire:
        stream = wire.create(h2_caller.create_body("RESET<<x>>"))
        assert await wire.first_data(stream) == b'a0:"x"\n'
        assert await wire.reset_of(stream) == ErrorCodes.INTERNAL_ERROR
        assert await wire.first_data(wire.create(h2_caller.create_body("SAY<<y>>"))) == b'a0:"y"\n'
    assert site.audit.calls()[0].cut_by_site


async def test_active_streams_are_counted(h2_caller: Caller) -> None:
    site = h2_caller.running.site
    async with h2_wire(h2_caller.running) as wire:
        streams = [wire.create(h2_caller.create_body("HANG<<x>>")) for _ in range(3)]
        await site.audit.until(lambda audit: audit.active == 3)
        for stream in streams:
            wire.reset(stream)
        await site.audit.until(lambda audit: audit.active == 0)
    assert site.audit.max_active == 3


async def test_the_audit_waits_in_vain_no_longer_than_told(site: Site) -> None:
    with pytest.raises(TimeoutError):
        await site.audit.until(len, within_seconds=0.01)


async def test_the_audit_is_bounded(caller: Caller, site: Site) -> None:
    assert site.audit.exchanges.maxlen == audit_module.EXCHANGES_KEPT
    await caller.say("x" * (audit_module.BODY_BYTES_KEPT + 1))
    exchange = site.audit.last()
    assert len(exchange.body) == audit_module.BODY_BYTES_KEPT < exchange.body_bytes
