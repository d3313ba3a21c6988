"""The whole bridge for a test: simulated site, real gateway, real browser with the userscript in a tab."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from openai import AsyncOpenAI
from playwright.async_api import Browser, Page

from arenabridge.app import Running, running_gateway
from arenabridge.http.links.script import script_text
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from arenabridge.simulator.storage import STORAGE_HOST
from arenabridge.worker.browser import AddressSpace, bridged_tab, launched, site_arguments
from browser.manager import Manager, browser_with_manager, under_manager
from chaos.fault_proxy import FaultProxy
from integration.gateway.worker_double import until

SITE_NAME = "lmarena.ai"
ORIGIN = f"https://{SITE_NAME}"
URL = f"{ORIGIN}/?mode=direct"
HOSTNAMES = (SITE_NAME, STORAGE_HOST)
PERMISSION = ("local-network-access",)
PATIENCE = 60.0
"""Seconds a client waits in a test."""
PATIENCE_WITH_A_BROKEN_NETWORK = 180.0
"""A request may wait for a slot for 60 s, and its tab may need several connections before it says anything."""


@dataclass(frozen=True)
class Bridge:
    """Its parts. `page` is the tab that works."""

    site: Site
    running: Running
    browser: Browser
    page: Page
    openai: AsyncOpenAI
    http: httpx.AsyncClient

    async def say(self, prompt: str, **options: Any) -> str:
        """A plain answer to one user turn."""
        answer = await self.openai.chat.completions.create(
            model=options.pop("model", await self.model()), messages=[{"role": "user", "content": prompt}], **options
        )
        return answer.choices[0].message.content or ""

    async def stream(self, prompt: str, **options: Any) -> AsyncIterator[str]:
        """A streamed answer to one user turn, piece by piece."""
        chunks = await self.openai.chat.completions.create(
            model=options.pop("model", await self.model()),
            messages=[{"role": "user", "content": prompt}],
            stream=True,
            **options,
        )
        async for chunk in chunks:
            yield chunk.choices[0].delta.content or ""

    async def model(self) -> str:
        """A model that chats."""
        return next(entry.name for entry in self.running.gateway.models.catalogue if entry.model.modality == "chat")


@contextlib.asynccontextmanager
async def bridge(
    data_dir: Path,
    *,
    address_space: AddressSpace = "loopback",
    permissions: Sequence[str] = PERMISSION,
    ready: bool = True,
    site: SiteSettings | None = None,
    through: FaultProxy | None = None,
    manager: Manager | None = None,
    **settings: Any,
) -> AsyncIterator[Bridge]:
    """
    Everything up and, unless `ready` is false, connected. Further keyword arguments are the gateway's settings.

    `through` stands between the tab and the gateway; clients connect directly. With a `manager` the script can send
    requests from outside of the page.

    The site insists on its page's check only if `site` says so.
    """
    if through is not None:
        settings["public_url"] = f"http://127.0.0.1:{through.port}"
    wanted = Settings(**{"data_dir": data_dir, "port": 0, "site_origins": (ORIGIN,), **settings})
    async with (
        Site(site or SiteSettings(check="ignore")).serving(tls=True, hostnames=HOSTNAMES) as served,
        running_gateway(wanted, environment={}) as running,
        clients_of(running, through) as (openai, http),
        _tab(
            site_arguments(HOSTNAMES, served.port, served.spki, address_space),
            script_text(running.gateway),
            permissions,
            manager,
        ) as page,
    ):
        assert page.context.browser is not None
        whole = Bridge(served.site, running, page.context.browser, page, openai, http)
        if ready:
            await until(lambda: running.gateway.hub.workers and len(running.gateway.models.catalogue))
        yield whole
        assert not served.site.failures


@contextlib.asynccontextmanager
async def _tab(
    arguments: Sequence[str], script: str, permissions: Sequence[str], manager: Manager | None
) -> AsyncIterator[Page]:
    if manager is None:
        async with launched(arguments) as browser, bridged_tab(browser, script, URL, permissions=permissions) as page:
            yield page
        return
    async with browser_with_manager(arguments) as context:
        await context.grant_permissions(list(permissions))
        await context.add_init_script(under_manager(script, manager))
        page = await context.new_page()
        await page.goto(URL)
        yield page


@contextlib.asynccontextmanager
async def clients_of(
    running: Running, through: FaultProxy | None = None
) -> AsyncIterator[tuple[AsyncOpenAI, httpx.AsyncClient]]:
    if through is not None:
        through.target = running.listens_on
    base_url = f"http://127.0.0.1:{running.listens_on}"
    key = running.first_key or ""
    timeout = PATIENCE if through is None else PATIENCE_WITH_A_BROKEN_NETWORK
    async with (
        AsyncOpenAI(base_url=f"{base_url}/v1", api_key=key, max_retries=0, timeout=timeout) as openai,
        httpx.AsyncClient(base_url=base_url, headers={"x-api-key": key}, timeout=timeout) as http,
    ):
        yield openai, http
