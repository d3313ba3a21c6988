"""What is new of the program is shown to its administrators, and what was closed stays closed."""

import asyncio
from pathlib import Path

from packaging.version import Version
from playwright.async_api import expect

from arenabridge.app import running_gateway
from arenabridge.settings import Settings
from arenabridge.updates.announcements import Announcement
from arenabridge.updates.index import Release
from arenabridge.worker.browser import launched
from browser.dashboard import dashboard


async def test_a_release_is_shown_with_its_command_and_an_announcement_until_it_is_closed(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0, file_bed_enabled=True)
    async with running_gateway(settings, environment={}) as running, launched() as browser:
        news = running.gateway.news
        news.newer, news.command = Release(Version("99.0"), "", "", ""), "arenabridge update"
        await asyncio.to_thread(news.announcements.tell, [Announcement("Hear <b>this</b>", ("one", "two"))])
        async with dashboard(browser, running) as opened:
            page = await opened.go("")
            await expect(page.get_by_text("Version 99.0 is there")).to_be_visible()
            await expect(page.get_by_text("arenabridge update")).to_be_visible()
            await expect(page.get_by_text(f"They get addresses at {running.base_url},")).to_be_visible()
            told = page.get_by_role("status").filter(has_text="Hear <b>this</b>")
            await expect(told).to_contain_text("two")
            await told.get_by_role("button", name="Close").click()
            await expect(told).to_have_count(0)
            await opened.go("")
            await expect(page.get_by_text("Version 99.0 is there")).to_be_visible()
            await expect(told).to_have_count(0)
        async with dashboard(browser, running, person="ben", role="user", locale="zh-CN") as opened:
            page = await opened.go("")
            await expect(page.get_by_text("99.0")).to_have_count(0)
