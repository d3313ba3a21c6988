"""The visible page in a real Chromium: what a person, or a script in their tab, finds and does there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from arenabridge.simulator import Site, SiteSettings
from arenabridge.worker.browser import BrowserNotFound, find_browser, launched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from arenabridge.simulator import Call

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

HOOK = """(() => {
  const original = window.fetch;
  window.seen = [];
  window.fetch = (...given) => {
    window.seen.push([typeof given[0], given[1]?.method, given[0]]);
    return original(...given);
  };
})()"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    try:
        find_browser()
    except BrowserNotFound as error:
        pytest.skip(str(error))
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def site() -> Site:
    return Site(SiteSettings(csp="enforced"))


@pytest_asyncio.fixture(loop_scope="module")
async def page(site: Site, browser: Browser) -> AsyncIterator[Page]:
    """A fresh visitor's tab; errors and violated policies in it fail the test."""
    problems: list[str] = []
    async with site.serving() as running:
        context = await browser.new_context(base_url=running.url)
        page = await context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if "Policy" in message.text else None)
        yield page
        await context.close()
    assert not problems
    assert not site.failures


async def say(page: Page, text: str) -> None:
    await page.locator('textarea[name="text"]').fill(text)
    await page.locator('button[type="submit"]').click()


async def test_a_direct_chat_goes_on_in_its_conversation(page: Page, site: Site) -> None:
    await page.goto("/?mode=direct")
    await say(page, "SAY<<Hello <b>there</b>>>")
    shown = page.locator('.card.assistant[data-status="success"] .text')
    await expect(shown).to_have_text("Hello <b>there</b>")
    await expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}$"))
    await say(page, "ROLES<<>>")
    await expect(shown.nth(1)).to_have_text('["user","assistant","user"]')
    calls = ["create-evaluation", "post-to-evaluation"]
    assert [exchange.call for exchange in site.audit.calls()] == calls
    assert await page.title() == "LMArena"


async def test_a_reloaded_conversation_is_all_there(page: Page, site: Site) -> None:
    await page.goto("/?mode=direct")
    await say(page, "SAY<<one>>")
    await expect(page.locator(".card.assistant .text")).to_have_text("one")
    await site.audit.until(lambda audit: audit.last().finished_at)
    await page.reload()
    await expect(page.locator(".card .text")).to_have_text(["SAY<<one>>", "one"])
    await say(page, "SAY<<two>>")
    await expect(page.locator(".card.assistant .text").nth(1)).to_have_text("two")


async def test_a_battle_shows_two_answers_and_names_nobody(page: Page, site: Site) -> None:
    await page.goto("/")
    await say(page, "SAY<<x>>")
    await expect(page.locator(".card.assistant .text")).to_have_text(["x", "x"])
    await expect(page.locator(".who")).to_have_text(["Assistant A", "Assistant B"])
    assert "modelAId" not in site.audit.last().json


async def test_retry_goes_through_whatever_fetch_is_at_that_moment(page: Page, site: Site) -> None:
    await page.goto("/?mode=direct")
    await say(page, "SAY<<x>>")
    await expect(page.locator(".card.assistant")).to_have_attribute("data-status", "success")
    await page.evaluate(HOOK)
    await page.get_by_role("button", name="Retry").click()
    await site.audit.until(lambda audit: audit.calls("retry-evaluation-session-message"))
    [kind, method, url] = (await page.evaluate("window.seen"))[0]
    assert (kind, method) == ("string", "PUT")
    assert re.fullmatch(r"/nextjs-api/stream/retry-evaluation-session-message/[0-9a-f-]+/messages/[0-9a-f-]+", url)


async def test_stop_ends_the_stream_at_the_site(page: Page, site: Site) -> None:
    await page.goto("/?mode=direct")
    await say(page, "HANG<<Hello>>")
    await expect(page.locator(".card.assistant .text")).to_have_text("Hello")
    await page.get_by_role("button", name="Stop generating").click()
    await site.audit.until(lambda audit: audit.last().disconnected_at)


async def test_every_kind_of_record_is_shown(page: Page) -> None:
    await page.goto("/?mode=direct")
    await say(page, "THINK<<hm>>SAY<<See>>CITE<<2>>DRAW<<a cat>>")
    await expect(page.locator(".reasoning p")).to_have_text("hm")
    await expect(page.locator(".sources li")).to_have_count(2)
    await expect(page.locator(".files img")).to_have_js_property("naturalWidth", 64)
    await say(page, "FAILAFTER<<Half>>")
    await expect(page.locator(".problem").last).to_have_text("An error occurred")
    await say(page, "STATUS<<429>>")
    await expect(page.locator(".problem").last).to_contain_text("429: Too many requests")


async def test_the_page_speaks_as_the_site_did_in_its_day(page: Page, site: Site) -> None:
    retries: Call = "retry-evaluation-session-message"
    for version in ("2025-08", "2025-11"):
        site.settings.changed({"site_version": version})
        await page.goto("/?mode=direct")
        await say(page, "SAY<<one>>")
        await expect(page.locator(".card.assistant .text")).to_have_text("one")
        await say(page, "ROLES<<>>")
        await expect(page.locator(".card.assistant .text").nth(1)).to_have_text('["user","assistant","user"]')
        site.audit.clear()
        await page.get_by_role("button", name="Retry").nth(1).click()
        await site.audit.until(lambda audit: any(each.finished_at for each in audit.calls(retries)))
        assert site.audit.last(retries).status == 200
        assert [each["role"] for each in site.audit.last(retries).json["messages"]] == ["user", "assistant", "user"]


async def test_the_picker_offers_the_models_of_every_variant(page: Page, site: Site) -> None:
    for variant in ("split_pushes", "initial_state", "odd_names", "id_not_first"):
        site.settings.changed({"page_variant": variant})
        await page.goto("/?mode=direct")
        offered = [each.public_name for each in site.catalogue if each.organization and "text" in each.outputs]
        await page.locator(".model[data-side=a] button").click()
        await expect(page.get_by_role("option").locator("span:first-child")).to_have_text(offered)


async def test_the_page_signs_its_visitor_up_where_it_has_to(page: Page, site: Site) -> None:
    site.settings.sign_in = "sign_up"
    await page.goto("/?mode=direct")
    await site.audit.until(lambda audit: any(each.finished_at for each in audit.calls("sign-up")))
    await say(page, "SAY<<in>>")
    await expect(page.locator(".card.assistant .text")).to_have_text("in")


async def test_a_challenge_goes_away_by_a_reload_once_it_is_over(page: Page) -> None:
    await page.goto("/")
    await page.request.post("/__simulator__/faults", data={"kind": "challenge", "calls": ["page"]})
    await page.reload()
    assert await page.title() == "Just a moment..."
    await page.reload()
    assert await page.title() == "LMArena"
    await expect(page.locator('textarea[name="text"]')).to_be_visible()
