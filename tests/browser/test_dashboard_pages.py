"""Every page of the dashboard, on a gateway with a real tab of the simulated site, by what a person sees and does."""

import asyncio
import re
from collections.abc import AsyncIterator

import json5
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped] # it has no types
from playwright.async_api import Browser, Page, Request, expect

from arenabridge.wire.link.messages import Captured
from arenabridge.worker.browser import launched
from browser.bridge import Bridge, bridge
from browser.dashboard import DESKTOP, PHONE, Dashboard, Theme, dashboard
from integration.gateway.worker_double import until

PAGES = (
    "",
    "workers",
    "direct",
    "connect",
    "requests",
    "models",
    "playground",
    "tokens",
    "analytics",
    "files",
    "users",
    "settings",
    "audit",
    "account",
)
PAGES_OF_USERS = (
    "",
    "workers",
    "direct",
    "requests",
    "models",
    "playground",
    "tokens",
    "analytics",
    "files",
    "account",
)
SETTINGS_FILE = '// ours\n{\n  "queue_length": 50, // enough\n  "hidden_models": ["secret-*"],\n}\n'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bridged(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    folder = tmp_path_factory.mktemp("dashboard")
    (folder / "config.jsonc").write_text(SETTINGS_FILE, encoding="utf-8")
    async with bridge(folder, slots=8, queue_length=50, hidden_models=("secret-*",)) as whole:
        await whole.say("SAY<<the first answer>>")
        yield whole


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plain() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def opened(plain: Browser, bridged: Bridge) -> AsyncIterator[Dashboard]:
    async with dashboard(plain, bridged.running) as opened:
        yield opened


async def violations(page: Page) -> list[str]:
    results = await Axe().run(page)
    return [f"{each['id']}: {node['target']}" for each in results.response["violations"] for node in each["nodes"]]


@pytest.mark.parametrize(("theme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["desktop", "dark phone"])
async def test_pages_are_for_everybody_and_fit(
    plain: Browser, bridged: Bridge, theme: Theme, viewport: dict[str, int]
) -> None:
    """Nothing that axe knows to hinder people, nothing wider than the screen, no error, no policy broken."""
    async with dashboard(plain, bridged.running, theme=theme, viewport=viewport) as opened:
        for path in PAGES:
            page = await opened.go(path)
            await expect(page.get_by_role("status", name="Loading")).to_have_count(0)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert await violations(page) == [], path


async def test_the_overview_says_what_is_and_a_dash_for_what_is_not_known(opened: Dashboard, bridged: Bridge) -> None:
    page = await opened.go("")
    now = page.get_by_role("group", name="Now")
    await expect(now).to_contain_text("0 running")
    asking = asyncio.ensure_future(bridged.say("HANG<<some text>>"))
    await expect(now).to_contain_text("1 running")
    await expect(page.get_by_role("img", name="1 of 8 busy")).to_be_visible()
    asking.cancel()
    await expect(now).to_contain_text("0 running")
    await expect(page.get_by_role("group", name="Failed uploads")).to_contain_text(re.compile(r"—|\d"))


async def test_a_browser_is_named_paused_and_resumed(opened: Dashboard, bridged: Bridge) -> None:
    page = await opened.go("workers")
    await page.get_by_role("button", name="Manage").click()
    await page.get_by_label("Name of this browser").fill("<b>Home</b>")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="<b>Home</b>")).to_be_visible()
    await page.get_by_role("button", name="Pause this browser").click()
    row = page.get_by_role("row", name=re.compile("Home"))
    await expect(row).to_contain_text("Paused")
    assert bridged.running.gateway.hub.free_slots == 0
    await page.get_by_role("button", name="Resume").click()
    await page.get_by_role("button", name="Close").click()
    await expect(row).to_contain_text("Ready")
    await expect(page.get_by_role("button", name=re.compile("^Manage"))).to_be_focused()


async def test_connecting_a_browser_ticks_its_steps(opened: Dashboard) -> None:
    page = await opened.go("connect")
    await expect(page.get_by_text("All done.")).to_be_visible()
    install = page.get_by_role("link", name="Install the userscript")
    assert (await install.get_attribute("href") or "").endswith("/arenabridge.user.js")


async def test_models_are_found_looked_at_and_hidden(opened: Dashboard, bridged: Bridge) -> None:
    models, name = bridged.running.gateway.models, await bridged.model()
    page = await opened.go("models")
    unlisted = page.get_by_role("switch", name="Show anonymous-1111 in lists")
    await expect(unlisted).to_be_disabled()
    await expect(unlisted).not_to_be_checked()
    listed = [each for each in models.catalogue if each.model.is_listed and not models.names.hides(each.name)]
    await expect(page.get_by_text(f"{len(listed)} models offered")).to_be_visible()
    await page.get_by_role("searchbox").fill(name)
    await page.get_by_role("button", name=name, exact=True).click()
    await expect(page.get_by_role("dialog", name=name)).to_contain_text("Organization")
    await page.keyboard.press("Escape")
    shown = page.get_by_role("switch", name=f"Show {name} in lists")
    await shown.uncheck()
    await until(lambda: name not in [each.name for each in models.listed()])
    await shown.check()
    await shown.uncheck()
    await shown.check()
    await until(lambda: name in [each.name for each in models.listed()])
    await expect(shown).to_be_checked()


async def test_models_are_read_anew_and_a_session_is_captured(opened: Dashboard, bridged: Bridge) -> None:
    capturing, page = bridged.running.gateway.capturing, await opened.go("models")
    await page.get_by_role("button", name="Read anew").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Nothing has changed")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Capture a session").click()
    form = page.get_by_role("dialog", name="Capture a session")
    await form.get_by_role("combobox", name="Mode").select_option("battle")
    await form.get_by_role("combobox", name="Whose answer").select_option("b")
    await form.get_by_role("textbox", name="Label").fill("mine")
    await form.get_by_role("button", name="Begin").click()
    await expect(page.get_by_text("Press Retry on the site", exact=False)).to_be_visible()
    assert capturing.last is not None
    assert (capturing.last.wanted.mode, capturing.last.wanted.target) == ("battle", "b")
    ids = "0199a6c2-1234-7abc-8def-000000000000", "0199a6c2-5678-7abc-8def-0123456789ab"
    (tab,) = bridged.running.gateway.hub.workers
    bridged.running.gateway.hub.on_captured(tab.worker, Captured(session=ids[0], message=ids[1]))
    row = page.get_by_role("row").filter(has_text=ids[0])
    await expect(row).to_contain_text("battle, B")
    await expect(page.get_by_text("The session is captured.")).to_be_visible()
    await row.get_by_role("button", name="Remove").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("No session is captured")).to_be_visible()


async def test_the_playground_streams_stops_and_renders_safely(opened: Dashboard) -> None:
    page = await opened.go("playground")
    box = page.get_by_role("textbox", name="Message")
    harmless = "### Heading\n\n[link](https://x.example) in **bold** "
    await box.fill(f"THINK<<Hm.>>SAY<<{harmless}<img src=x onerror=alert(1)> [x](javascript:alert(1))>>")
    await box.press("Enter")
    answer = page.get_by_role("log").get_by_role("article").last
    await expect(answer.get_by_text("bold")).to_have_css("font-weight", "700")
    await expect(answer).to_contain_text("<img src=x onerror=alert(1)> [x](javascript:alert(1))")
    await expect(answer.get_by_role("img")).to_have_count(0)
    await expect(answer.get_by_role("link")).to_have_count(1)
    assert await violations(page) == []
    await box.fill("HANG<<half an answer>>")
    await box.press("Enter")
    await expect(answer).to_contain_text("half an answer")
    await page.get_by_role("button", name="Stop").click()
    await expect(answer).to_contain_text("stopped")
    await page.get_by_role("switch", name="Two models").check()
    await box.fill("FAIL<<no>>")
    await box.press("Enter")
    await expect(page.get_by_role("log").get_by_role("alert")).to_have_count(2)


async def test_a_conversation_in_the_playground_takes_another_turn(opened: Dashboard, bridged: Bridge) -> None:
    name = await bridged.model()
    page = await opened.go("playground")
    model = page.get_by_role("combobox", name="Model")
    await model.click()
    await model.fill(name.upper())
    await model.press("Enter")
    await expect(model).to_have_value(name)
    await page.get_by_text("System prompt").click()
    await page.get_by_role("textbox", name="System prompt").fill("Be brief.")
    asked: list[list[str]] = []

    def note(request: Request) -> None:
        if request.post_data_json:
            asked.append([turn["content"] for turn in request.post_data_json["messages"]])

    page.on("request", note)
    box = page.get_by_role("textbox", name="Message")
    await box.fill("SAY<<one>>")
    await box.press("Enter")
    await page.get_by_role("button", name="Regenerate").click()
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_role("textbox", name="Edit").fill("SAY<<two>>")
    await page.get_by_role("log").get_by_role("button", name="Send").click()
    turns = page.get_by_role("log").get_by_role("article")
    await expect(turns.last).to_contain_text("two")
    await expect(turns).to_have_count(2)
    assert asked == [["Be brief.", "SAY<<one>>"], ["Be brief.", "SAY<<one>>"], ["Be brief.", "SAY<<two>>"]]


async def test_settings_are_changed_in_the_file_and_its_comments_stay(opened: Dashboard, bridged: Bridge) -> None:
    file = bridged.running.gateway.settings.data_dir / "config.jsonc"
    page = await opened.go("settings")
    await page.get_by_role("textbox", name="queue_length").fill("60")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Waiting: queue_length.")).to_be_visible()
    assert '"queue_length": 60, // enough' in file.read_text(encoding="utf-8")
    await page.get_by_role("textbox", name="queue_length").fill("many")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("queue_length: Expected `int`, got `str`")).to_be_visible()
    await page.get_by_role("combobox", name="log_level").select_option("warning")
    await page.get_by_role("button", name="Save").last.click()
    await until(lambda: json5.loads(file.read_text(encoding="utf-8")).get("log_level") == "warning")
    await expect(page.get_by_role("textbox", name="port", exact=True)).to_be_disabled()


async def test_a_key_is_made_shown_once_and_revoked(opened: Dashboard, bridged: Bridge) -> None:
    page = await opened.go("tokens")
    await page.get_by_role("button", name="New key").click()
    await page.get_by_role("textbox", name="Name").fill("<i>laptop</i>")
    await page.get_by_label("Requests a day").fill("10")
    await page.get_by_role("button", name="Make the key").click()
    shown = page.get_by_role("dialog").get_by_text("sk-lmarena-")
    key = await shown.text_content()
    models = await bridged.http.get("/v1/models", headers={"x-api-key": key or ""})
    assert models.status_code == 200
    await page.get_by_role("button", name="Done").click()
    row = page.get_by_role("row", name="<i>laptop</i>")
    await expect(row).to_contain_text("0 of 10 requests today")
    await row.get_by_role("button").click()
    await page.get_by_role("button", name="Revoke").click()
    await page.get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)
    await page.goto(f"{bridged.running.base_url}/dashboard/audit")
    await expect(page.get_by_role("row", name="revoked a key <i>laptop</i>").first).to_be_visible()


async def test_somebody_is_invited_and_the_link_is_shown(opened: Dashboard) -> None:
    page = await opened.go("users")
    await page.get_by_role("button", name="Invite").click()
    await page.get_by_role("textbox", name="For").fill("<u>Ann</u>")
    await page.get_by_role("button", name="Make a link").click()
    await expect(page.get_by_text("/join?code=")).to_be_visible()
    await page.get_by_role("dialog").get_by_role("button", name="Done").click()
    await page.get_by_role("row", name="<u>Ann</u>").get_by_role("button", name="Withdraw").click()
    await expect(page.get_by_text("No open invitations")).to_be_visible()


async def test_theme_and_language_are_the_readers(opened: Dashboard) -> None:
    page = await opened.go("account")
    await page.get_by_role("button", name="Dark").click()
    await page.get_by_role("button", name="中文").click()
    await expect(page.get_by_role("heading", level=1, name="您的账号")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", level=1, name="您的账号")).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 19, 16)"
    assert await page.locator("html").get_attribute("lang") == "zh-CN"


async def test_whoever_is_no_administrator_sees_only_what_is_theirs(plain: Browser, bridged: Bridge) -> None:
    async with dashboard(plain, bridged.running, person="<s>Bob</s>", role="user") as opened:
        page = await opened.go("")
        links = page.get_by_role("navigation").get_by_role("link")
        assert await links.count() == len(PAGES_OF_USERS) - 1
        await expect(page.get_by_role("link", name="<s>Bob</s>")).to_be_visible()
        await opened.go("settings")
        await expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
        for path in PAGES_OF_USERS:
            await opened.go(path)
            await expect(page.get_by_role("alert")).to_have_count(0)
