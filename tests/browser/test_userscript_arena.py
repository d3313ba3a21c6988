"""The script beside the site's own page, as the simulator shows it."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from arenabridge.simulator import RunningSite, Site, SiteSettings
from arenabridge.wire.link.messages import Page
from arenabridge.worker.browser import bridged_tab, launched, site_arguments
from browser.conftest import script_for
from browser.link_double import LinkDouble
from browser.scripted_site import HOSTNAMES

URL = f"https://{HOSTNAMES[0]}/?mode=direct"


@pytest_asyncio.fixture(loop_scope="session")
async def arena() -> AsyncIterator[RunningSite]:
    async with Site(SiteSettings(page_filler_bytes=8_000)).serving(tls=True, hostnames=HOSTNAMES) as running:
        yield running
    assert not running.site.failures


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(arena: RunningSite) -> AsyncIterator[Browser]:
    async with launched(site_arguments(HOSTNAMES, arena.port, arena.spki, "public")) as browser:
        yield browser


async def test_the_models_of_the_page_reach_the_gateway(
    visitor: Browser, arena: RunningSite, double: LinkDouble
) -> None:
    async with bridged_tab(visitor, script_for(double.url), URL):
        page = await (await double.worker()).receive(Page)
    assert page.url == URL.partition("?")[0]
    assert "initialModels" in page.html
    assert [model.public_name for model in arena.site.catalogue if model.id not in page.html] == []


async def test_the_pages_own_chat_goes_on_as_without_the_script(
    visitor: Browser, arena: RunningSite, double: LinkDouble
) -> None:
    for script in ("", script_for(double.url)):
        async with bridged_tab(visitor, script, URL) as page:
            await page.locator('textarea[name="text"]').fill("SAY<<as ever>>")
            await page.locator('button[type="submit"]').click()
            await expect(page.get_by_text("as ever", exact=True)).to_be_visible()
    alone, beside = arena.site.audit.calls()
    assert set(alone.headers) == set(beside.headers)
    assert set(alone.json) == set(beside.json)
    assert set(alone.cookies) == set(beside.cookies)


async def test_the_enforced_policy_of_the_site_is_named(
    visitor: Browser, arena: RunningSite, double: LinkDouble
) -> None:
    arena.site.settings.csp = "enforced"
    async with bridged_tab(visitor, script_for(double.url), URL) as page:
        await expect(page.locator("arena-bridge-badge")).to_have_attribute("data-reason", "csp")
