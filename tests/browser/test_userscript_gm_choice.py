"""Which way the link takes, and what the person is told of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from arenabridge.app import Running, running_gateway
from arenabridge.http.links.script import script_text
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.settings import Settings
from arenabridge.worker.browser import site_arguments
from browser.manager import browser_with_manager, under_manager
from browser.scripted_site import HOSTNAMES, ScriptedSite
from integration.gateway.worker_double import until

ELSEWHERE = "gateway.example"

ASKS_FOR_PERMISSION = """
window.WebSocket = class extends EventTarget {
    static CONNECTING = 0;
    static OPEN = 1;
    readyState = 0;
    close() { this.readyState = 3; }
};
navigator.permissions.query = async () => Object.assign(new EventTarget(), { state: 'prompt' });
"""
"""A browser that shows its question: one without a window answers it by itself, with no."""

BLOCKS_SOCKETS = """
window.WebSocket = class extends EventTarget {
    static CONNECTING = 0;
    static OPEN = 1;
    readyState = 0;
    constructor() { super(); setTimeout(() => { this.readyState = 3; this.dispatchEvent(new Event('close')); }); }
    close() { this.readyState = 3; }
};
"""

Open = Callable[[str], Awaitable[Page]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def context(served_site: ScriptedSite) -> AsyncIterator[BrowserContext]:
    rules, *others = site_arguments(HOSTNAMES, served_site.port, served_site.spki, "public")
    named = rules.replace("MAP *", f"MAP {ELSEWHERE} 127.0.0.1, MAP *")
    async with browser_with_manager([named, *others]) as context:
        yield context


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("choice")
    settings = Settings(data_dir=folder, port=0, site_origins=("https://lmarena.ai",), allowed_hosts=(ELSEWHERE,))
    async with running_gateway(settings, environment={}) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(context: BrowserContext, site: ScriptedSite, running: Running) -> AsyncIterator[Open]:
    """Opens the site with this script in the page, and closes it at the end."""
    async with AsyncExitStack() as stack:

        async def open_one(script: str) -> Page:
            page = await context.new_page()
            stack.push_async_callback(page.close)
            await page.add_init_script(script)
            await page.goto(site.url)
            return page

        yield open_one
    await until(lambda: not running.gateway.hub.workers)


def worker(running: Running) -> WorkerState:
    (only,) = running.gateway.hub.workers
    return only


async def says(page: Page, state: str, reason: str, words: str) -> None:
    badge = page.locator("arena-bridge-badge")
    await expect(badge).to_have_attribute("data-reason", reason)
    await expect(badge).to_have_attribute("data-state", state)
    assert words in (await badge.get_attribute("data-text") or "")


async def test_what_is_allowed_is_done_by_socket(context: BrowserContext, open_tab: Open, running: Running) -> None:
    await context.grant_permissions(["local-network-access"])
    page = await open_tab(under_manager(script_text(running.gateway)))
    await says(page, "ready", "", "ready, 0 of 8 running")
    assert (worker(running).transport, worker(running).transport_because) == ("ws", "")
    await context.clear_permissions()


async def test_nobody_waits_for_the_persons_answer(open_tab: Open, running: Running) -> None:
    page = await open_tab(ASKS_FOR_PERMISSION + under_manager(script_text(running.gateway)))
    await says(page, "ready", "permission_waiting", "as long as its question is not answered")
    assert worker(running).transport_because == "permission_waiting"


async def test_what_blocks_the_socket_without_a_word_is_told_from_a_gateway_that_is_down(
    open_tab: Open, running: Running
) -> None:
    page = await open_tab(BLOCKS_SOCKETS + under_manager(script_text(running.gateway)))
    await says(page, "ready", "blocked", "such as a blocker")


async def test_without_a_manager_the_person_is_told_to_answer(open_tab: Open, running: Running) -> None:
    page = await open_tab(ASKS_FOR_PERMISSION + script_text(running.gateway))
    await says(page, "waiting", "permission", "Choose “Allow”.")


async def test_an_insecure_gateway_elsewhere_is_reached_by_requests(open_tab: Open, running: Running) -> None:
    script = script_text(running.gateway).replace("//127.0.0.1:", f"//{ELSEWHERE}:")
    page = await open_tab(under_manager(script))
    await says(page, "ready", "mixed_content", "by way of the userscript manager")
    assert worker(running).transport_because == "mixed_content"


async def test_without_a_manager_a_policy_is_named_with_what_to_do(
    open_tab: Open, running: Running, site: ScriptedSite
) -> None:
    site.page_headers["content-security-policy"] = "connect-src 'self'"
    page = await open_tab(script_text(running.gateway))
    await says(page, "blocked", "csp", "Install the script again in a userscript manager")


@pytest.fixture
def forbidden(site: ScriptedSite) -> None:
    site.page_headers["content-security-policy"] = "connect-src 'self'"


@pytest.mark.usefixtures("forbidden")
async def test_a_wrong_secret_is_named(open_tab: Open, running: Running) -> None:
    script = script_text(running.gateway).replace(running.gateway.secrets.pairing, "another")
    await says(await open_tab(under_manager(script)), "blocked", "wrong_secret", "install it from this one")


@pytest.mark.usefixtures("forbidden")
async def test_an_old_script_is_named(open_tab: Open, running: Running) -> None:
    script = script_text(running.gateway).replace("const PROTOCOL = 2;", "const PROTOCOL = 1;")
    await says(await open_tab(under_manager(script)), "blocked", "old_script", "install it anew")


@pytest.mark.usefixtures("forbidden")
async def test_a_gateway_that_is_not_there_is_named(open_tab: Open, running: Running) -> None:
    script = script_text(running.gateway).replace(f":{running.listens_on}", ":9")
    await says(await open_tab(under_manager(script)), "down", "down", "Is it running?")


@pytest.mark.usefixtures("forbidden")
async def test_a_manager_that_is_not_as_expected_is_tried_the_other_way(open_tab: Open, running: Running) -> None:
    script = under_manager(script_text(running.gateway), "Tampermonkey")
    for old, new in [
        ('scriptHandler: "Tampermonkey"', 'scriptHandler: "Violentmonkey"'),
        ("const REQUEST_OPENING_LIMIT_MS = 10_000;", "const REQUEST_OPENING_LIMIT_MS = 500;"),
    ]:
        assert old in script
        script = script.replace(old, new)
    await says(await open_tab(script), "ready", "csp", "by way of the userscript manager")


@pytest.mark.usefixtures("forbidden")
async def test_a_manager_that_throws_is_no_better_than_none(open_tab: Open, running: Running) -> None:
    throws = "function GM_xmlhttpRequest() { throw new Error('not connected'); }\n"
    await says(await open_tab(throws + script_text(running.gateway)), "down", "down", "Is it running?")
