"""Faults: what goes wrong on demand, how often, and how it looks."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from arenabridge.simulator import Fault
from integration.simulator.caller import PAGE_TYPE

if TYPE_CHECKING:
    from arenabridge.simulator import Site
    from integration.simulator.caller import Caller


async def test_a_fault_meets_so_many_requests_and_then_no_more(caller: Caller, site: Site) -> None:
    site.faults.add(Fault("server_error", times=2))
    statuses = [(await caller.say("SAY<<x>>")).status for _ in range(3)]
    assert statuses == [500, 500, 200]


async def test_a_fault_without_a_number_stays_until_it_is_cleared(caller: Caller, site: Site) -> None:
    site.faults.add(Fault("challenge", times=None))
    assert [(await caller.say("SAY<<x>>")).status for _ in range(3)] == [403, 403, 403]
    site.faults.clear("challenge")
    assert (await caller.say("SAY<<x>>")).status == 200


async def test_a_rate_limit_may_say_zero_a_number_a_date_or_nothing(caller: Caller, site: Site) -> None:
    for retry_after in ("0", "7", None, "date"):
        site.faults.add(Fault("rate_limited", retry_after=retry_after, seconds=90))
    replies = [await caller.say("SAY<<x>>") for _ in range(4)]
    assert {(each.status, each.body) for each in replies} == {(429, "Too many requests, please try again later.")}
    told = [each.headers.get("retry-after") for each in replies]
    assert told[:3] == ["0", "7", None]
    assert told[3] is not None
    assert parsedate_to_datetime(told[3]).tzinfo is not None
    assert replies[0].headers["ratelimit"] == "limit=0, remaining=0, reset=0"


async def test_a_rate_limit_may_be_of_pictures_or_of_one_model(caller: Caller, site: Site) -> None:
    site.faults.add(Fault("rate_limited", quota="image", seconds=3600))
    site.faults.add(Fault("rate_limited", quota="model", seconds=60))
    pictures, model = await caller.say("x"), await caller.say("x")
    assert pictures.headers["ratelimit-modality"] == "image"
    assert pictures.headers["ratelimit-remaining"] == "3600"
    assert model.headers["content-type"] == "application/json"
    assert model.body == f'{{"modelId":"{caller.model}"}}'
    assert "remaining=60" in model.headers["ratelimit"]


async def test_a_challenge_is_the_page_that_everybody_knows(caller: Caller, site: Site) -> None:
    site.faults.add(Fault("challenge", calls=("page", "create-evaluation"), times=2))
    for answer in (await caller.http.get("/"), await caller.http.post("/nextjs-api/stream/create-evaluation")):
        assert answer.status_code == 403
        assert answer.headers["cf-mitigated"] == "challenge"
        assert answer.headers["content-type"] == "text/html; charset=UTF-8"
        assert "<title>Just a moment...</title>" in answer.text
        assert "Enable JavaScript and cookies to continue" in answer.text
        assert "window._cf_chl_opt" in answer.text
    assert "self.__next_f" in (await caller.http.get("/")).text


@pytest.mark.parametrize(("kind", "status"), [("login_wall", 401), ("flagged", 422), ("too_large", 413)])
async def test_other_refusals_can_be_switched_on(caller: Caller, site: Site, kind: str, status: int) -> None:
    await caller.http.post("/__simulator__/faults", json={"kind": kind})
    assert [(await caller.say("SAY<<x>>")).status for _ in range(2)] == [status, 200]
    assert [exchange.fault for exchange in site.audit.calls()] == [kind, None]


async def test_the_login_wall_stands_before_the_page_too(caller: Caller, site: Site) -> None:
    site.faults.add(Fault("login_wall", calls=("page",)))
    walled, open_again = await caller.http.get("/"), await caller.http.get("/")
    assert (walled.status_code, 'data-demands="sign_in"' in walled.text) == (200, True)
    assert 'data-demands=""' in open_again.text


async def test_any_other_answer_can_be_given(caller: Caller, site: Site) -> None:
    site.faults.add(Fault("status", status=429, text='{"error":"prompt failed"}'))
    reply = await caller.say("x")
    assert (reply.status, reply.headers["content-type"], reply.body) == (
        429,
        "application/json",
        '{"error":"prompt failed"}',
    )


async def test_a_stream_can_fail_or_be_cut_after_some_records(caller: Caller, site: Site) -> None:
    site.faults.add(Fault("error_in_stream", records=1, text="Out of order"))
    site.faults.add(Fault("cut", records=2))
    site.faults.add(Fault("cut"))
    replies = [await caller.say("SAY<<a b c>>") for _ in range(3)]
    assert [each.lines for each in replies] == [['a0:"a "', 'a3:"Out of order"'], ['a0:"a "', 'a0:"b "'], [""]]


async def test_a_stream_can_end_abortively(either_caller: Caller) -> None:
    site = either_caller.running.site
    site.faults.add(Fault("reset", records=1))
    async with either_caller.streaming("SAY<<a b c>>") as answer:
        pieces = answer.aiter_raw()
        assert await anext(pieces) == b'a0:"a "\n'
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await anext(pieces)
    assert site.audit.last().cut_by_site
    assert site.audit.last().disconnected_at is None
    assert (await either_caller.say("SAY<<x>>")).status == 200


async def test_a_stream_can_be_slow(caller: Caller, site: Site) -> None:
    site.faults.add(Fault("slow", seconds=0.02))
    await caller.say("SAY<<a b c>>")
    exchange = site.audit.last()
    assert exchange.finished_at is not None
    assert exchange.finished_at - exchange.started_at >= 4 * 0.02


@pytest.mark.parametrize("fault", [Fault("hang_before_head"), Fault("hang_after_head", records=1)])
async def test_a_call_can_hang_until_the_client_goes(caller: Caller, site: Site, fault: Fault) -> None:
    site.faults.add(fault)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await caller.say("SAY<<a b c>>")
    await site.audit.until(lambda audit: audit.last().disconnected_at)
    exchange = site.audit.last()
    assert exchange.status == (None if fault.kind == "hang_before_head" else 200)
    assert exchange.bytes_written == (0 if fault.kind == "hang_before_head" else len('a0:"a "\n'))


async def test_the_whole_origin_can_move(caller: Caller, site: Site) -> None:
    site.settings.moved_to = f"http://localhost:{caller.running.port}"
    page = await caller.http.get("/c/x?mode=direct")
    call = await caller.http.post("/nextjs-api/stream/create-evaluation", content=b"{}", headers=PAGE_TYPE)
    assert page.status_code == call.status_code == 301
    assert page.headers["location"] == f"{site.settings.moved_to}/c/x?mode=direct"
    async with httpx.AsyncClient(follow_redirects=True) as http:
        assert (await http.get(caller.running.url)).status_code == 200
