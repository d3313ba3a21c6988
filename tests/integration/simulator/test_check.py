"""The site's check of its page: what a token is good for, and what the audit tells of it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from integration.simulator.caller import CREATE, PAGE_TYPE, Caller
from integration.simulator.conftest import NO_AUTHORITIES
from integration.simulator.page_token import digest_header, page_token

if TYPE_CHECKING:
    from arenabridge.simulator import Site

REJECTED = '{"error":"recaptcha validation failed"}'


@pytest.fixture(autouse=True)
def required(site: Site) -> None:
    site.settings.check = "required"


async def html_of(caller: Caller) -> str:
    return (await caller.http.get("/?mode=direct")).text


def verdicts(site: Site) -> list[str | None]:
    return [exchange.verdict for exchange in site.audit.calls()]


async def test_a_token_of_the_page_is_good_once(caller: Caller, site: Site) -> None:
    token = page_token(await html_of(caller))
    first = await caller.say("SAY<<x>>", recaptchaV3Token=token)
    second = await caller.say("SAY<<x>>", recaptchaV3Token=token)
    assert [first.status, second.status] == [200, 403]
    assert second.body == REJECTED
    assert verdicts(site) == ["accepted", "reused"]


async def test_without_a_token_there_is_no_answer(caller: Caller, site: Site) -> None:
    assert (await caller.say("SAY<<x>>")).body == REJECTED
    assert (await caller.say("SAY<<x>>", recaptchaV3Token="")).status == 403
    assert verdicts(site) == ["missing", "missing"]
    assert len(site.conversations) == 0


async def test_a_token_that_no_page_made_is_unknown(caller: Caller, site: Site) -> None:
    html = await html_of(caller)
    good = page_token(html)
    for bad in ("x" * 1750, f"{good[:-4]}AAAA", good.partition(".")[0], page_token(html, page="another"), 7, "ä.ö"):
        assert (await caller.say("SAY<<x>>", recaptchaV3Token=bad)).status == 403
    assert set(verdicts(site)) == {"unknown"}


async def test_a_token_is_bound_to_its_field_and_to_its_kind_of_call(caller: Caller, site: Site) -> None:
    html = await html_of(caller)
    await caller.say("SAY<<x>>", recaptchaV2Token=page_token(html))
    await caller.say("SAY<<x>>", recaptchaV3Token=page_token(html, action="chat_retry"))
    assert verdicts(site) == ["unknown", "unknown"]


async def test_a_token_expires(caller: Caller, site: Site) -> None:
    html = await html_of(caller)
    before = round((time.time() - site.settings.check_seconds) * 1000)
    assert (await caller.say("SAY<<x>>", recaptchaV3Token=page_token(html, at=before))).body == REJECTED
    assert (await caller.say("SAY<<x>>", recaptchaV3Token=page_token(html, at=before + 60_000))).status == 200
    assert verdicts(site) == ["expired", "accepted"]


async def test_a_token_of_another_visitors_page_is_foreign(caller: Caller, site: Site) -> None:
    async with httpx.AsyncClient(base_url=caller.running.url, verify=NO_AUTHORITIES) as other:
        theirs = (await other.get("/")).text
    assert (await caller.say("SAY<<x>>", recaptchaV3Token=page_token(theirs))).body == REJECTED
    assert verdicts(site) == ["foreign"]


@pytest.mark.parametrize("claims", [{"typed": 0}, {"pressed": 0}])
async def test_a_page_that_saw_nobody_gets_no_answer(caller: Caller, site: Site, claims: dict[str, int]) -> None:
    token = page_token(await html_of(caller), **claims)
    assert (await caller.say("SAY<<x>>", recaptchaV3Token=token)).body == REJECTED
    assert verdicts(site) == ["untouched"]


async def test_a_retry_needs_a_press_alone(caller: Caller, site: Site) -> None:
    html = await html_of(caller)
    body = caller.create_body("SAY<<x>>", recaptchaV3Token=page_token(html))
    await caller.send(body)
    retry = {"recaptchaV3Token": page_token(html, action="chat_retry", typed=0)}
    assert (await caller.send(retry, caller.retry_path(body["modelAMessageId"]), "PUT")).status == 200
    assert verdicts(site) == ["accepted", "accepted"]


async def test_a_right_token_may_be_rejected_and_the_visible_check_then_counts(caller: Caller, site: Site) -> None:
    site.settings.check_rejections = 1
    html = await html_of(caller)
    body = caller.create_body("SAY<<x>>", recaptchaV3Token=page_token(html))
    refused = await caller.send(body)
    del body["recaptchaV3Token"]
    body["recaptchaV2Token"] = page_token(html, field="recaptchaV2Token", action="visible_check", typed=0)
    passed, again = await caller.send(body), await caller.send(caller.create_body("x") | {"recaptchaV2Token": "x"})
    assert [refused.status, passed.status, again.status] == [403, 200, 403]
    assert verdicts(site) == ["rejected", "accepted", "unknown"]
    assert [each.check_field for each in site.audit.calls()] == ["recaptchaV3Token", *["recaptchaV2Token"] * 2]


async def test_where_nothing_is_checked_calls_can_still_be_rejected(caller: Caller, site: Site) -> None:
    site.settings.changed({"check": "ignore", "check_rejections": 2})
    assert [(await caller.say("SAY<<x>>")).status for _ in range(3)] == [403, 403, 200]
    assert verdicts(site) == ["rejected", "rejected", "missing"]


async def test_the_audit_tells_a_body_that_is_not_the_pages(caller: Caller, site: Site) -> None:
    token = page_token(await html_of(caller))
    body = json.dumps(caller.create_body("SAY<<x>>", recaptchaV3Token=token))
    altered = body.replace("SAY<<x>>", "SAY<<y>>")
    for sent, headers in ((altered, digest_header(body)), (body, digest_header(body)), (body, {})):
        await caller.http.post(CREATE, content=sent, headers=PAGE_TYPE | headers)
    assert [each.altered for each in site.audit.calls()] == [True, False, None]


async def test_a_refusal_for_another_reason_uses_the_token_up_as_well(caller: Caller, site: Site) -> None:
    token = page_token(await html_of(caller))
    assert (await caller.say("STATUS<<429>>", recaptchaV3Token=token)).status == 429
    assert (await caller.say("SAY<<x>>", recaptchaV3Token=token)).status == 403
    assert verdicts(site) == ["accepted", "reused"]
