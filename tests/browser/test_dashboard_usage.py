"""What was used, as the dashboard shows it: requests, analytics and files, from real requests through a real tab."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from arenabridge.accounts.keys import KeyForm
from arenabridge.usage.end_reasons import EndReason
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.search import Wanted
from arenabridge.worker.browser import launched
from browser.bridge import Bridge, bridge
from browser.dashboard import DESKTOP, PHONE, Dashboard, Theme, dashboard
from browser.test_dashboard_pages import violations
from integration.gateway.worker_double import until

PAINTER = "aurora-3-image (paper-lantern)"
CELLS = "[...document.querySelectorAll('td:not(.u-legend td)')].map(each => getComputedStyle(each).display)"
XSS = "<img src=x onerror=\"document.title='broken'\">"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bridged(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    """An answer, a failure of the site, a client that left, and a picture."""
    async with bridge(tmp_path_factory.mktemp("usage")) as whole:
        await whole.say("SAY<<the first answer>>")
        with contextlib.suppress(openai.APIStatusError):
            await whole.say("FAIL<<no, not today>>")
        leaver = asyncio.ensure_future(whole.say("HANG<<half>>"))
        await until(lambda: whole.running.gateway.hub.running)
        leaver.cancel()
        await whole.openai.images.generate(model=PAINTER, prompt="a fox")
        await until(lambda: len(found(whole)) == 4)
        yield whole


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plain() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def opened(plain: Browser, bridged: Bridge) -> AsyncIterator[Dashboard]:
    async with dashboard(plain, bridged.running, permissions=["clipboard-read", "clipboard-write"]) as opened:
        yield opened


def found(whole: Bridge) -> list[RequestRecord]:
    return whole.running.gateway.usage.search.page(Wanted()).records


def rows(page: Page, words: str) -> Any:
    return page.get_by_role("row").filter(has_text=words)


async def test_requests_appear_as_they_end_unless_somebody_reads(opened: Dashboard, bridged: Bridge) -> None:
    page = await opened.go("requests")
    await expect(rows(page, "site error")).to_have_count(1)
    complete = await rows(page, "complete").count()
    await bridged.say("SAY<<another>>")
    await expect(rows(page, "complete")).to_have_count(complete + 1)
    await page.get_by_role("button", name="Pause").click()
    await bridged.say("SAY<<one more>>")
    await page.get_by_role("button", name="Show 1 new request").click()
    await expect(rows(page, "complete")).to_have_count(complete + 2)


async def test_requests_are_found_by_what_they_have_in_common(opened: Dashboard) -> None:
    page = await opened.go("requests")
    await page.get_by_role("combobox", name="Why it ended").select_option(label="client left")
    await expect(rows(page, "client left")).to_have_count(1)
    await expect(rows(page, "site error")).to_have_count(0)
    await page.reload()  # the address has what was looked for
    await expect(rows(page, "client left")).to_have_count(1)
    await page.get_by_role("button", name="Show all").click()
    await page.keyboard.press("/")
    await page.keyboard.type("not today")
    await expect(rows(page, "site error")).to_have_count(1)
    await expect(page.get_by_role("row")).to_have_count(2)


async def test_one_request_tells_its_time_its_error_and_a_report_without_names(
    opened: Dashboard, bridged: Bridge
) -> None:
    page = await opened.go("requests?search=not+today")
    await rows(page, "site error").get_by_role("link").focus()
    await page.keyboard.press("Enter")
    shown = page.get_by_role("dialog")
    await expect(shown).to_contain_text("The site reported a failure: try again, or another model.")
    await expect(shown).to_contain_text("no, not today")
    help_link = shown.get_by_role("link", name="What to do: upstream_error")
    assert (await bridged.http.get(await help_link.get_attribute("href") or "")).status_code == 200
    phases = shown.get_by_role("list", name="From the client to the last byte").get_by_role("listitem")
    await expect(phases.first).to_contain_text("Reading")
    await expect(phases.last).to_contain_text("Site thinks")
    await shown.get_by_role("button", name="Copy as redacted report").click()
    report = await page.evaluate("navigator.clipboard.readText()")
    record = next(each for each in found(bridged) if each.error_code == "upstream_error")
    assert record.model in report
    assert "upstream_failed" in report
    assert not any(words in report for words in ("not today", record.key_name, record.request_id, record.worker))
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(rows(page, "site error").get_by_role("link")).to_be_focused()


async def test_the_keyboard_goes_through_requests(opened: Dashboard) -> None:
    page = await opened.go("requests")
    links = page.get_by_role("table").get_by_role("link")
    await links.first.focus()
    await page.keyboard.press("ArrowDown")
    await expect(links.nth(1)).to_be_focused()
    await page.keyboard.press("Enter")
    first = await page.get_by_role("dialog").get_by_text(re.compile(r"^req_\w+$")).text_content()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("dialog").get_by_text(re.compile(r"^req_\w+$"))).not_to_have_text(first or "")


async def test_analytics_adds_up_what_was_asked(opened: Dashboard, bridged: Bridge) -> None:
    page = await opened.go("analytics")
    count = len(found(bridged))
    await expect(page.get_by_role("group", name="Requests", exact=True)).to_contain_text(str(count))
    await expect(page.get_by_role("group", name="Success")).to_contain_text("not counting 1 client that left")
    card = page.get_by_role("region", name="Requests by result")
    await card.get_by_role("img", name="Requests by result").hover()
    await expect(card.locator(".u-legend")).not_to_contain_text("—")
    await card.get_by_text("As a table").click()
    failed = await card.locator("details tbody tr td:last-child").all_text_contents()
    assert sum(map(int, failed)) == 1
    ends = page.get_by_role("region", name="How requests ended")
    await expect(ends.get_by_role("row").filter(has_text="upstream_error")).to_contain_text("site error")
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Models as CSV").click()
    path = await (await downloading.value).path()
    assert PAINTER in path.read_text(encoding="utf-8")
    await page.get_by_role("region", name="Models").get_by_role("button", name=PAINTER).click()
    await expect(page.get_by_role("group", name="Requests", exact=True)).to_contain_text("1")
    await page.get_by_role("button", name="Custom").click()
    await expect(page.get_by_label("From")).to_have_value(re.compile(r"\d{4}-\d\d-\d\d"))
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_pictures_are_seen_found_and_removed(opened: Dashboard, bridged: Bridge) -> None:
    page = await opened.go("files")
    row = page.get_by_role("row").filter(has_text="image/png")
    picture = row.locator("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("each => each.decode().then(() => each.naturalWidth)")
    await row.get_by_role("button", name="Copy address").click()
    address = await page.evaluate("navigator.clipboard.readText()")
    assert (await bridged.http.get(address)).status_code == 200
    await page.get_by_role("button", name="Others").click()
    await expect(row).to_have_count(0)
    await page.get_by_role("button", name="Pictures").click()
    await row.get_by_role("button", name=re.compile("^Remove")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_role("group", name="All files")).to_contain_text("0 of 20,000")
    assert (await bridged.http.get(address)).status_code == 404


async def test_the_overview_has_real_figures_and_leads_to_what_they_are_of(opened: Dashboard, bridged: Bridge) -> None:
    page = await opened.go("")
    await expect(page.get_by_role("group", name="Requests", exact=True)).to_contain_text(str(len(found(bridged))))
    for name in ("Success", "First token, median", "Whole answer, mean", "Tokens", "Keys in use", "Failed uploads"):
        await expect(page.get_by_role("group", name=name)).not_to_contain_text("—")
    await rows(page, "site error").get_by_role("link").click()
    await expect(page.get_by_role("dialog")).to_contain_text("no, not today")


def record_of_markup(whole: Bridge, user: str) -> RequestRecord:
    now = whole.running.gateway.clock.unix()
    return RequestRecord(
        id=int(now * 1e6),
        request_id="req_markup",
        at=now - 1,
        key_id="key-of-markup",
        key_name=XSS,
        user_id=user,
        model=f"{XSS}model",
        asked_for=f"{XSS}asked",
        worker="0123456789",
        browser=f"{XSS}browser",
        client=f"{XSS}client",
        status=502,
        end_reason=EndReason.UPSTREAM_FAILED,
        error_code="upstream_error",
        error=f"{XSS}error",
        duration=0.5,
    )


async def test_whatever_clients_and_sites_say_of_requests_is_text(opened: Dashboard, bridged: Bridge) -> None:
    gateway = bridged.running.gateway
    user = gateway.accounts.people.find("admin")
    assert user is not None
    record = record_of_markup(bridged, user.id)
    await asyncio.to_thread(gateway.usage.store.write, [(record, None)])
    key = (await asyncio.to_thread(gateway.accounts.keys.make, KeyForm(name=f"{XSS}key"), user.id))[0]
    await gateway.files.keep(b"text", "text/plain", "a'b&c;<i>.txt", key.id)
    for path in ("requests", f"requests?id={record.id}", "analytics", "files", ""):
        page = await opened.go(path)
        await expect(page.get_by_text(XSS).first).to_be_attached()
        assert await page.locator("img:not(.thumbnail img), i > *").count() == 0
        assert "broken" not in await page.title()


@pytest.mark.parametrize(("theme", "viewport"), [("dark", DESKTOP), ("light", PHONE)], ids=["dark", "phone"])
async def test_pages_with_figures_are_for_everybody_and_fit(
    plain: Browser, bridged: Bridge, theme: Theme, viewport: dict[str, int]
) -> None:
    async with dashboard(plain, bridged.running, theme=theme, viewport=viewport) as opened:
        for path in ("requests", f"requests?id={found(bridged)[0].id}", "analytics", "files", "models", ""):
            page = await opened.go(path)
            await expect(page.get_by_role("status", name="Loading")).to_have_count(0)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            if viewport is DESKTOP:
                assert set(await page.evaluate(CELLS)) <= {"table-cell"}, path
            assert await violations(page) == [], path
