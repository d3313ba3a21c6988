"""The person at a tab hands their session over, by presses in the badge, and it works when the tab is closed."""

from pathlib import Path

from playwright.async_api import Locator, Page, expect

from arenabridge.app import running_gateway
from arenabridge.http.links.script import script_text
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from arenabridge.wire.link.messages import SessionGiven
from arenabridge.worker.browser import bridged_tab, launched
from browser.bridge import PERMISSION, clients_of
from browser.conftest import OpenTab
from browser.link_double import LinkDouble
from integration.gateway.worker_double import until

WHO = """() => {
  const cookie = document.cookie.split('; ').find((each) => each.startsWith('arena-auth-prod-v1='));
  return JSON.parse(atob(cookie.split('=base64-')[1])).user.id;
}"""


def badge(page: Page) -> Locator:
    return page.locator("arena-bridge-badge")


async def hand_over(page: Page) -> None:
    """As far as the question, by mouse, then by keyboard: what is asked lies behind what the page can reach."""
    box = await badge(page).bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] - 22, box["y"] + 16)
    await expect(badge(page)).to_have_attribute("data-session", "offered")
    await page.keyboard.press("Enter")
    await expect(badge(page)).to_have_attribute("data-session", "asked")
    await page.keyboard.press("Shift+Tab")


async def test_a_session_that_was_handed_over_answers_when_the_tab_is_closed(tmp_path: Path) -> None:
    site = Site(SiteSettings(check="ignore"))
    async with (
        site.serving() as served,
        running_gateway(Settings(data_dir=tmp_path, port=0, site_origins=(served.url,)), environment={}) as running,
        launched() as browser,
        bridged_tab(
            browser, script_text(running.gateway), f"{served.url}/?mode=direct", permissions=PERMISSION
        ) as page,
        clients_of(running) as (openai, _),
    ):
        gateway = running.gateway
        await expect(badge(page)).to_have_attribute("data-state", "ready")
        await page.evaluate("document.querySelector('arena-bridge-badge').click()")
        await hand_over(page)
        assert gateway.accounts.site_sessions.all() == []
        await page.keyboard.press("Enter")
        await expect(badge(page)).to_have_attribute("data-session", "kept")
        assert "works for everybody" in (await badge(page).get_attribute("data-session-text") or "")
        (kept,) = gateway.accounts.site_sessions.all()
        assert kept.site_user == await page.evaluate(WHO)
        await page.close()
        await until(lambda: [each.transport for each in gateway.hub.workers] == ["session"])
        model = next(each.name for each in gateway.models.catalogue if each.model.modality == "chat")
        answer = await openai.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "SAY<<without a tab>>"}]
        )
        assert answer.choices[0].message.content == "without a tab"


async def test_where_the_site_keeps_it_from_scripts_the_badge_says_how_to_copy_it(
    tab: OpenTab, double: LinkDouble
) -> None:
    async with tab(double.url) as page:
        worker = await double.worker()
        await expect(badge(page)).to_have_attribute("data-state", "ready")
        await hand_over(page)
        await page.keyboard.press("Enter")
        await expect(badge(page)).to_have_attribute("data-session", "not_kept")
        assert "Copy it by hand" in (await badge(page).get_attribute("data-session-text") or "")
        await page.context.add_cookies(
            [{"name": f"arena-auth-prod-v1.{n}", "value": f"piece{n}", "url": page.url} for n in (0, 1)]
        )
        await page.keyboard.press("Enter")
        await hand_over(page)
        await page.keyboard.press("Enter")
        given = await worker.receive(SessionGiven)
        assert given.value == "arena-auth-prod-v1.0=piece0; arena-auth-prod-v1.1=piece1"
