"""A gateway with its managed browser, on a screen that nobody sees, and the simulated site."""

import asyncio
import contextlib
import shlex
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from openai import AsyncOpenAI

from arenabridge.app import Running, running_gateway
from arenabridge.app.browser_beside import browser_beside
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from arenabridge.worker.browser import find_browser, quiet_arguments, site_arguments
from arenabridge.worker.managed.keeper import ManagedBrowser
from arenabridge.worker.managed.page import Page
from arenabridge.worker.managed.run import BrowserRun
from browser.bridge import HOSTNAMES, ORIGIN, clients_of
from integration.gateway.worker_double import until

STRANGER = "stranger.example"
"""A name of the same server that is none of the site's."""


@dataclass(frozen=True)
class Home:
    """Where the person of a managed browser is at home: the whole way, from client to site."""

    site: Site
    running: Running
    browser: ManagedBrowser
    openai: AsyncOpenAI
    http: httpx.AsyncClient

    async def ready(self) -> None:
        """A tab is connected, its page is alive, and the models are known."""
        hub, models = self.running.gateway.hub, self.running.gateway.models
        async with asyncio.timeout(20):
            while not (hub.workers and len(models.catalogue)):  # noqa: ASYNC110 - the gateway has no event for tests
                await asyncio.sleep(0.01)
        await self.until(self.first, "document.querySelector('html[data-hydrated]') !== null")

    async def alone(self) -> None:
        """No tab is connected."""
        await until(lambda: not self.running.gateway.hub.workers)

    async def say(self, prompt: str, **options: Any) -> str:
        name = next(each.name for each in self.running.gateway.models.catalogue if each.model.modality == "chat")
        answer = await self.openai.chat.completions.create(
            model=options.pop("model", name), messages=[{"role": "user", "content": prompt}], **options
        )
        return answer.choices[0].message.content or ""

    @property
    def run(self) -> BrowserRun:
        assert self.browser.run is not None
        return self.browser.run

    @property
    def first(self) -> Page:
        """The tab that was opened by us."""
        return next(iter(self.run.pages.values()))

    async def evaluate(self, expression: str, page: Page | None = None) -> Any:
        answer = await self.call(page or self.first, "Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def call(self, page: Page, method: str, **parameters: Any) -> Mapping[str, Any]:
        return await self.run.devtools.call(method, session=page.session, **parameters)

    @contextlib.asynccontextmanager
    async def another_tab(self, url: str) -> AsyncIterator[Page]:
        """In front of the others, loaded."""
        made = await self.run.devtools.call("Target.createTarget", url=url)
        page = next(page for page in self.run.pages.values() if page.target == made["targetId"])
        await self.until(page, f"location.href === '{url}' && document.readyState === 'complete'")
        yield page
        await self.run.devtools.call("Target.closeTarget", targetId=page.target)

    async def until(self, page: Page, expression: str) -> None:
        async with asyncio.timeout(30):
            while not await self.evaluate(expression, page):  # noqa: ASYNC110 - a page has no event for tests
                await asyncio.sleep(0.01)

    async def cookies(self) -> set[str]:
        """The names of those that the profile has."""
        answer = await self.run.devtools.call("Storage.getCookies")
        return {cookie["name"] for cookie in answer["cookies"]}


def program_with(folder: Path, arguments: list[str]) -> str:
    """The installed browser as a program that always has these arguments too."""
    program = folder / "browser-for-tests"
    program.write_text(f'#!/bin/sh\nexec {find_browser()} "$@" {shlex.join(arguments)}\n')
    program.chmod(0o755)
    return str(program)


@contextlib.asynccontextmanager
async def home(folder: Path, *, site: SiteSettings, **settings: Any) -> AsyncIterator[Home]:
    """Everything up and connected; the data directory is in `folder`."""
    hostnames = (*HOSTNAMES, STRANGER)
    async with Site(site).serving(tls=True, hostnames=hostnames) as served:
        arguments = [*quiet_arguments(), *site_arguments(hostnames, served.port, served.spki, "public")]
        wanted = Settings(
            data_dir=folder / "data",
            port=0,
            site_origins=(ORIGIN,),
            browser_program=program_with(folder, arguments),
            browser_without_sandbox=True,
            **settings,
        )
        async with (
            running_gateway(wanted, environment={}) as running,
            clients_of(running) as (openai, http),
            browser_beside(running) as browser,
        ):
            whole = Home(served.site, running, browser, openai, http)
            await whole.ready()
            yield whole
            assert not served.site.failures
