"""A session is captured by the person's press of Retry in the site's page, and never by a job's."""

from pathlib import Path

import pytest
from openai import APIStatusError
from playwright.async_api import expect

from arenabridge.hub.capture.capturing import Wanted
from browser.bridge import URL, bridge
from browser.person import Person
from integration.gateway.worker_double import until


async def test_pressing_retry_captures_the_session_once_and_the_page_goes_on(tmp_path: Path) -> None:
    async with bridge(tmp_path, execution="composer", title_marks=True) as whole:
        capturing, calls = whole.running.gateway.capturing, whole.site.audit.calls
        person, badge = Person(whole.page, whole.site, "classic"), whole.page.locator("arena-bridge-badge")
        plain = (await whole.page.title()).removeprefix("✅ ")
        await expect(whole.page).to_have_title(f"✅ {plain}")
        capturing.begin(Wanted())
        await expect(badge).to_have_attribute("data-state", "capturing")
        assert "🎯 press Retry at an answer" in (await badge.get_attribute("data-text") or "")
        await expect(whole.page).to_have_title(f"🎯 {plain}")
        with pytest.raises(APIStatusError, match="without any content"):
            await whole.say("EMPTY<<>>")
        assert [call.method for call in calls()] == ["POST", "PUT"], "the job pressed Retry"
        assert capturing.last is not None
        assert capturing.last.outcome == "waiting"
        await person.open(URL)
        await expect(badge).to_have_attribute("data-state", "capturing")
        await person.say("SAY<<mine>>")
        await expect(person.answers.last).to_have_text("mine")
        await whole.page.get_by_role("button", name="Retry").last.click()
        await until(lambda: capturing.last and capturing.last.outcome == "captured")
        await expect(badge).to_have_attribute("data-state", "ready")
        await until(lambda: len(calls()) == 4)
        path = calls()[-1].path.split("/")
        (kept,) = await whole.running.gateway.captures.all()
        assert (kept.session, kept.message, kept.mode) == (path[-3], path[-1], "direct")
        await expect(person.answers.last).to_have_text("mine")
        await whole.page.get_by_role("button", name="Retry").last.click()
        await until(lambda: len(calls()) == 5)
        assert len(await whole.running.gateway.captures.all()) == 1
