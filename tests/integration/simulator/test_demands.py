"""What the site wants of the person, as the API and the pages show it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from integration.simulator.conftest import NO_AUTHORITIES

if TYPE_CHECKING:
    from arenabridge.simulator import DemandKind, Site
    from integration.simulator.caller import Caller

NEWS = "/__simulator__/page-events"


async def test_a_challenge_meets_pages_and_calls_until_there_is_a_clearance(caller: Caller, site: Site) -> None:
    site.demands.make("challenge")
    page, call = await caller.http.get("/"), await caller.say("SAY<<x>>")
    assert (page.status_code, call.status) == (403, 403)
    assert page.headers["cf-mitigated"] == call.headers["cf-mitigated"] == "challenge"
    assert 'form id="challenge-form"' in page.text
    await caller.http.post("/__simulator__/person/clearance")
    assert (await caller.http.get("/")).status_code == 200
    assert (await caller.say("SAY<<x>>")).status == 200


async def test_a_new_challenge_wants_a_new_clearance(caller: Caller, site: Site) -> None:
    site.demands.make("challenge")
    await caller.http.post("/__simulator__/person/clearance")
    site.demands.make("challenge")
    assert (await caller.say("SAY<<x>>")).status == 403
    site.demands.withdraw("challenge")
    assert (await caller.say("SAY<<x>>")).status == 200


async def test_what_one_visitor_has_done_another_has_still_to_do(caller: Caller, site: Site) -> None:
    site.demands.make("terms")
    await caller.http.post("/__simulator__/person/terms")
    async with httpx.AsyncClient(base_url=caller.running.url, verify=NO_AUTHORITIES) as other:
        await other.get("/")
        assert 'data-demands="terms"' in (await other.get("/")).text
    assert 'data-demands=""' in (await caller.http.get("/")).text


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("sign_in", 401, '{"message":"User not found"}'),
        ("blocked", 403, '{"error":"Your account has been blocked."}'),
        ("terms", 200, None),
    ],
)
async def test_each_demand_answers_calls_in_its_own_way(
    caller: Caller, site: Site, kind: DemandKind, status: int, body: str | None
) -> None:
    site.demands.make(kind)
    reply = await caller.say("SAY<<x>>")
    assert reply.status == status
    assert body is None or reply.body == body


async def test_demands_can_be_made_and_withdrawn_from_another_process(caller: Caller) -> None:
    made = await caller.http.post("/__simulator__/demands", json={"kind": "blocked"})
    assert made.json() == ["blocked"]
    assert (await caller.say("SAY<<x>>")).status == 403
    assert (await caller.http.delete("/__simulator__/demands?kind=blocked")).json() == []
    assert (await caller.say("SAY<<x>>")).status == 200
    for wrong in ({"kind": "rain"}, {}):
        assert (await caller.http.post("/__simulator__/demands", json=wrong)).status_code == 400


async def test_an_open_page_hears_of_it_at_once_and_outside_the_audit(caller: Caller, site: Site) -> None:
    seen = len(site.audit)
    assert (await caller.http.get(NEWS, params={"known": "terms"})).json() == {"demands": []}
    waiting = asyncio.ensure_future(caller.http.get(NEWS))
    await caller.http.get("/__simulator__/models")
    site.demands.make("terms")
    assert (await waiting).json() == {"demands": ["terms"]}
    assert len(site.audit) == seen
