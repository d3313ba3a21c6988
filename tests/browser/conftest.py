"""
Real Chromium, a site under the real one's name, and a gateway's end of the link: each a fixture of its own.

One browser and one event loop serve all tests of this folder; a tab has a profile of its own. The browser believes
the site to be public, as the real one is: otherwise it would not guard this device from it, and hide what users meet.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from arenabridge.simulator import STORAGE_HOST, Site
from arenabridge.userscript.assemble import ScriptSettings, assemble
from arenabridge.worker.browser import bridged_tab, launched, site_arguments
from browser.composing import QUICK, Arena
from browser.link_double import LinkDouble, serving_link_double
from browser.scripted_site import HOSTNAMES, ScriptedSite, serving_scripted_site

expect.set_options(timeout=30_000)  # a busy machine is slow, and what never comes fails all the same
SECRET = "pairing-secret"
VERSION = "9.8.7"


class OpenTab(Protocol):
    """
    Opens a tab at the site, with the userscript of the gateway at this address inside.

    `before` is a script of the test's own, there before ours. Permissions that are not named are denied.
    """

    def __call__(
        self, gateway: str, *, permissions: tuple[str, ...] = ..., before: str = ...
    ) -> AbstractAsyncContextManager[Page]: ...


class OpenComposer(Protocol):
    """Opens a tab of the simulated site, with the userscript inside that can use its page."""

    def __call__(self, gateway: str, *, url: str = ..., before: str = ...) -> AbstractAsyncContextManager[Page]: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def script_for(gateway: str) -> str:
    origins = tuple(f"https://{hostname}" for hostname in HOSTNAMES)
    return assemble(ScriptSettings(gateway, SECRET, origins, VERSION, "http://127.0.0.1:5102/install/x.user.js"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served_site() -> AsyncIterator[ScriptedSite]:
    async with serving_scripted_site() as site:
        yield site


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(served_site: ScriptedSite) -> AsyncIterator[Browser]:
    arguments = site_arguments(HOSTNAMES, served_site.port, served_site.spki, "public")
    async with launched(arguments) as browser:
        yield browser


@pytest.fixture
def site(served_site: ScriptedSite) -> Iterator[ScriptedSite]:
    yield served_site
    served_site.answers.clear()
    served_site.page_headers.clear()
    served_site.seen.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def double() -> AsyncIterator[LinkDouble]:
    async with serving_link_double() as double:
        yield double


@pytest.fixture
def tab(chromium: Browser, site: ScriptedSite) -> OpenTab:
    def open_tab(
        gateway: str, *, permissions: tuple[str, ...] = ("local-network-access",), before: str = ""
    ) -> AbstractAsyncContextManager[Page]:
        return bridged_tab(chromium, before + script_for(gateway), site.url, permissions=permissions)

    return open_tab


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served_arena() -> AsyncIterator[Arena]:
    async with Site(replace(QUICK)).serving(tls=True, hostnames=(*HOSTNAMES, STORAGE_HOST)) as running:
        yield Arena(running)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def visitor(served_arena: Arena) -> AsyncIterator[Browser]:
    running = served_arena.running
    hostnames = (*HOSTNAMES, STORAGE_HOST)
    async with launched(site_arguments(hostnames, running.port, running.spki, "public")) as browser:
        yield browser


@pytest.fixture
def arena(served_arena: Arena) -> Iterator[Arena]:
    served_arena.reset()
    yield served_arena
    assert not served_arena.site.failures


@pytest.fixture
def composer(visitor: Browser, arena: Arena) -> OpenComposer:
    def open_composer(gateway: str, *, url: str = arena.url, before: str = "") -> AbstractAsyncContextManager[Page]:
        return bridged_tab(visitor, before + script_for(gateway), url)

    return open_composer
