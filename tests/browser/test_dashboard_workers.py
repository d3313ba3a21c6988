"""A person adds workers of their own in the dashboard, says whom they serve, and takes them away again."""

import re
from pathlib import Path

import httpx
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped] # it has no types
from playwright.async_api import Page, expect

from arenabridge.app import running_gateway
from arenabridge.settings import Settings
from arenabridge.worker.browser import launched
from browser.dashboard import Dashboard, dashboard
from integration.gateway.worker_double import connected, hello


async def violations(page: Page) -> list[str]:
    results = await Axe().run(page)
    return [f"{each['id']}: {node['target']}" for each in results.response["violations"] for node in each["nodes"]]


async def add(opened: Dashboard, name: str, where: str) -> Page:
    page = await opened.go("workers")
    await page.get_by_role("button", name="Add a worker").first.click()
    await page.get_by_label(where).check()
    await page.get_by_label("Name").fill(name)
    assert await violations(page) == []
    await page.get_by_role("button", name="Add", exact=True).click()
    return page


async def test_a_person_adds_shares_pauses_and_revokes_workers(tmp_path: Path) -> None:
    async with (
        running_gateway(Settings(data_dir=tmp_path, port=0), environment={}) as running,
        launched() as browser,
        httpx.AsyncClient(base_url=running.base_url) as other_computer,
        dashboard(browser, running, person="ben", role="user", theme="dark") as opened,
    ):
        page = await add(opened, "<b>Attic</b>", "On another computer")
        command = await page.get_by_text("arenabridge worker --gateway").text_content()
        code = re.search(r"--enrol (\S+)$", command or "")
        assert code is not None
        enrolled = await other_computer.post("/api/workers/enrol", json={"code": code[1]})
        await expect(page.get_by_text("<b>Attic</b> is enrolled.")).to_be_visible()
        assert await violations(page) == []
        await page.get_by_role("button", name="Done").click()
        row = page.get_by_role("row", name="<b>Attic</b>")
        await expect(row).to_contain_text("Not connected")
        async with connected(running, hello(running), relay=enrolled.json()["credential"]) as worker:
            await expect(row).to_contain_text("1 tab")
            await row.get_by_role("button").click()
            await page.get_by_role("combobox", name="Serves").select_option("everybody")
            await page.get_by_label("Jobs of others at once").fill("2")
            await page.get_by_role("button", name="Save").click()
            await expect(row).to_contain_text("everybody")
            (state,) = running.gateway.hub.workers
            assert (state.terms.askers, state.terms.cap) == (None, 2)
            await row.get_by_role("button").click()
            await page.get_by_role("button", name="Pause").click()
            await expect(row).to_contain_text("Paused")
            assert state.is_paused
            assert await violations(page) == []
            await page.get_by_role("button", name="Revoke").click()
            await page.get_by_role("button", name="Revoke").click()
            await worker.until_closed()
        await expect(page.get_by_text("Nobody has added a worker yet")).to_be_visible()
        page = await add(opened, "Laptop", "Here: this browser")
        address = await page.get_by_role("link", name="Install the userscript").get_attribute("href")
        assert "wk-lmarena-" in (await other_computer.get(address or "")).text
