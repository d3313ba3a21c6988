"""The dashboard in a real browser, signed in, with everything written down that should not happen on any page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from arenabridge.accounts.people import Role
from arenabridge.app import Running
from arenabridge.http.door.cookies import NAME

Theme = Literal["light", "dark"]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass
class Dashboard:
    """One browser profile that is signed in. `faults` are errors of its pages, policies that were broken among them."""

    running: Running
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    async def go(self, path: str, page: Page | None = None) -> Page:
        """Load the page at this path of the dashboard, until its head is there."""
        page = page or self.page
        await page.goto(f"{self.running.base_url}/dashboard/{path}".rstrip("/"))
        await page.get_by_role("heading", level=1).wait_for()
        return page

    async def another_tab(self) -> Page:
        page = await self.context.new_page()
        self.watch(page)
        return page

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)


async def add_person(running: Running, name: str = "admin", role: Role = "admin") -> str:
    """The token of a new session of somebody who is new if need be."""
    accounts = running.gateway.accounts

    def begin() -> str:
        user = accounts.people.find(name) or accounts.people.add(name, None, role, "no password")
        return accounts.sessions.begin(user.id, address="127.0.0.1", agent="a test")

    return await asyncio.to_thread(begin)


@contextlib.asynccontextmanager
async def dashboard(
    browser: Browser,
    running: Running,
    *,
    person: str = "admin",
    role: Role = "admin",
    theme: Theme = "light",
    **options: Any,
) -> AsyncIterator[Dashboard]:
    """Options are those of Playwright's contexts. What should not have happened fails the test at the end."""
    token = await add_person(running, person, role)
    wanted = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Europe/Berlin", **options}
    context = await browser.new_context(color_scheme=theme, **wanted)
    try:
        await context.add_cookies([{"name": NAME, "value": token, "url": running.base_url}])
        context.set_default_timeout(30_000)
        opened = Dashboard(running, context, await context.new_page())
        opened.watch(opened.page)
        yield opened
        assert not opened.faults, opened.faults
    finally:
        await context.close()
