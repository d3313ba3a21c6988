"""A person adds their own session at the site in the dashboard, sees how it is, and takes it away again."""

from pathlib import Path

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped] # it has no types
from playwright.async_api import Page, expect

from arenabridge.app import running_gateway
from arenabridge.settings import Settings
from arenabridge.simulator.faults import Fault
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from arenabridge.worker.browser import launched
from browser.dashboard import PHONE, dashboard
from integration.gateway.worker_double import until


async def violations(page: Page) -> list[str]:
    results = await Axe().run(page)
    return [f"{each['id']}: {node['target']}" for each in results.response["violations"] for node in each["nodes"]]


async def test_a_person_adds_shares_pauses_and_removes_their_session(tmp_path: Path) -> None:
    site = Site(SiteSettings(check="ignore"))
    async with (
        site.serving() as served,
        running_gateway(Settings(data_dir=tmp_path, port=0, site_origins=(served.url,)), environment={}) as running,
        launched() as browser,
        dashboard(browser, running, person="ben", role="user", theme="dark", viewport=PHONE) as opened,
    ):
        page = await opened.go("direct")
        await expect(page.get_by_text("A session is your whole account at the site.")).to_be_visible()
        await page.get_by_role("button", name="Add a session").first.click()
        form = page.get_by_role("dialog", name="Add a session")
        await form.get_by_text("Where do I find it?").click()
        assert await violations(page) == []
        assert await form.get_by_label("Value of the cookie").get_attribute("spellcheck") == "false"
        await expect(form.get_by_label("Belongs to")).to_have_count(0)
        await form.get_by_role("textbox", name="Name", exact=True).fill("<b>mine</b>")
        await form.get_by_label("Value of the cookie").fill("sb-something-else")
        await form.get_by_role("button", name="Add", exact=True).click()
        await expect(form.get_by_role("alert")).to_contain_text("begins with")
        cookie = site.visitors.sign_in(3600).cookie
        pieces = f"arena-auth-prod-v1.0={cookie[:500]}\narena-auth-prod-v1.1={cookie[500:]}"
        await form.get_by_label("Value of the cookie").fill(pieces)
        await form.get_by_role("button", name="Add", exact=True).click()
        row = page.get_by_role("row", name="<b>mine</b>")
        await expect(row).to_contain_text("Working")
        await expect(row).to_contain_text("only its owner")
        await expect(row).to_contain_text("in 59 min")
        assert cookie[:200] not in await page.content()
        await row.get_by_role("button").click()
        await page.get_by_role("combobox", name="Serves").select_option(value="all")
        await page.get_by_role("button", name="Save").click()
        await expect(row).to_contain_text("everybody")
        site.faults.add(Fault("challenge", calls=("page",), times=None))
        await row.get_by_role("button").click()
        await page.get_by_role("button", name="Pause").click()
        await expect(row).to_contain_text("Paused")
        await until(lambda: not running.gateway.hub.workers)
        await page.get_by_role("button", name="Resume").click()
        await expect(page.get_by_role("status").filter(has_text="<b>mine</b> needs you.")).to_contain_text("use a tab")
        await expect(row).to_contain_text("Needs you")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_role("button", name="Remove", exact=True).click()
        await page.get_by_role("button", name="Remove", exact=True).click()
        await expect(page.get_by_text("No session has been added")).to_be_visible()
