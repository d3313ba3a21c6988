"""The dashboard's one connection: shared by tabs, handed on, and ended with the session."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings
from arenabridge.worker.browser import launched
from browser.dashboard import Dashboard, dashboard
from integration.gateway.worker_double import connected, hello, until

XSS = "<img src=x onerror=\"document.title='broken'\">"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("feed"), port=0)
    async with running_gateway(settings, environment={}) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plain() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def opened(plain: Browser, running: Running) -> AsyncIterator[Dashboard]:
    async with dashboard(plain, running) as opened:
        yield opened


def listeners(running: Running) -> int:
    return sum(feed._listeners for feed in running.gateway.feeds._feeds.values())


async def test_tabs_share_one_connection_and_hand_it_on(opened: Dashboard, running: Running) -> None:
    first = await opened.go("")
    second = await opened.go("workers", await opened.another_tab())
    for page in (first, second):
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert listeners(running) == 1
    async with connected(running):
        for page in (first, second):
            await expect(page.get_by_label("1 of 1 tabs can work")).to_be_visible()
        await first.close()
        await until(lambda: listeners(running) == 1)
        running.gateway.hub.roster.pause(running.gateway.hub.workers[0].worker, paused=True)
        await expect(second.get_by_role("row", name=re.compile("Paused"))).to_be_visible()
        running.gateway.hub.roster.pause(running.gateway.hub.workers[0].worker, paused=False)
    await expect(second.get_by_label("0 of 0 tabs can work")).to_be_visible()


async def test_whatever_a_page_or_a_site_says_is_text(opened: Dashboard, running: Running) -> None:
    greeting = hello(running, script=XSS[:60], profile=XSS[:60])
    async with connected(running, greeting, models=(XSS, "</script><b>bold</b>")):
        running.gateway.hub.roster.rename(running.gateway.hub.workers[0].worker, XSS)
        for path in ("", "workers", "models", "playground"):
            page = await opened.go(path)
            if path == "playground":
                await page.get_by_role("combobox", name="Model").click()
            await expect(page.get_by_text(XSS).first).to_be_attached()
            assert await page.locator("img").count() == 0
            assert "broken" not in await page.title()


async def test_the_end_of_a_session_leads_to_signing_in_and_back(plain: Browser, running: Running) -> None:
    async with dashboard(plain, running, person="leaver") as opened:
        page = await opened.go("models")
        await expect(page.get_by_role("heading", name="Models")).to_be_visible()
        user = running.gateway.accounts.people.find("leaver")
        assert user is not None
        await asyncio.to_thread(running.gateway.accounts.sessions.end_all, user.id)
        await page.wait_for_url(re.compile(r"/sign-in\?next="), timeout=15_000)
        assert "next=%2Fdashboard%2Fmodels" in page.url


async def test_the_page_is_gone_to_and_come_back_from_by_the_keyboard(opened: Dashboard) -> None:
    page = await opened.go("")
    await page.get_by_role("link", name=re.compile("^Models")).press("Enter")
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Models")
    await expect(heading).to_be_focused()
    await page.go_back()
    await expect(heading).to_have_text("Overview")
    await expect(page.get_by_role("link", name="Overview")).to_have_attribute("aria-current", "page")
    await page.get_by_role("link", name="Skip to the page").press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()


async def test_what_an_outage_kept_away_comes_by_itself_when_it_is_over(opened: Dashboard) -> None:
    page = await opened.another_tab()
    await page.route("**/api/tokens", lambda route: route.abort())
    await page.route("**/api/feed*", lambda route: route.abort())
    await opened.go("tokens", page)
    await expect(page.get_by_text("The gateway does not answer")).to_be_visible()
    await page.unroute_all()
    await expect(page.get_by_role("row").filter(has_text="first key")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)
