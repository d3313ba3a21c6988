"""The whole way through Firefox: client, gateway, userscript in its tab, site, and back."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import pytest
from openai import AsyncOpenAI

from arenabridge.app import Running, running_gateway
from arenabridge.http.links.script import script_text
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from browser.bridge import HOSTNAMES, ORIGIN, URL, clients_of
from browser.firefox import VARIABLE, Firefox, find_firefox, firefox
from browser.manager import EXTENSION, under_manager
from integration.gateway.worker_double import until

TEXT = "Grüße, 世界! 😀 " + " ".join(f"word{number}" for number in range(30))


@pytest.fixture
def program() -> str:
    found = find_firefox()
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("Firefox is not installed")
    if found is None:
        pytest.skip(f"Firefox is not installed: install firefox-esr, or name its program in {VARIABLE}")
    return found


@dataclass(frozen=True)
class Bridged:
    """The whole way, with nothing in the tab yet."""

    running: Running
    openai: AsyncOpenAI
    http: httpx.AsyncClient
    browser: Firefox

    async def transport(self) -> tuple[str, str | None]:
        """How the only tab is connected, once it is."""
        gateway = self.running.gateway
        await until(lambda: gateway.hub.workers and len(gateway.models.catalogue))
        (worker,) = (await self.http.get("/health")).json()["workers"]
        return worker["transport"], worker["transport_because"]

    async def streams(self) -> None:
        """An answer comes whole, and piece by piece."""
        chunks = await self.openai.chat.completions.create(
            model=next(entry.name for entry in self.running.gateway.models.catalogue if entry.model.modality == "chat"),
            messages=[{"role": "user", "content": f"SAY###<<{TEXT}>>###"}],
            stream=True,
        )
        pieces = [(time.monotonic(), chunk.choices[0].delta.content or "") async for chunk in chunks if chunk.choices]
        assert "".join(piece for _, piece in pieces) == TEXT
        assert pieces[-1][0] - pieces[0][0] > 1, "it came at once, not as a stream"


@asynccontextmanager
async def bridged(program: str, folder: Path, csp: Literal["report_only", "enforced"]) -> AsyncIterator[Bridged]:
    settings = Settings(data_dir=folder, port=0, site_origins=(ORIGIN,))
    site = SiteSettings(check="ignore", record_delay_seconds=0.05, csp=csp)
    async with (
        Site(site).serving(tls=True, hostnames=HOSTNAMES) as served,
        running_gateway(settings, environment={}) as running,
        clients_of(running) as (openai, http),
        firefox(program, HOSTNAMES, served.port) as browser,
    ):
        yield Bridged(running, openai, http, browser)


async def test_an_answer_streams_through_firefox(program: str, tmp_path: Path) -> None:
    async with bridged(program, tmp_path, "report_only") as whole:
        tab = await whole.browser.open(URL, script_text(whole.running.gateway))
        assert await whole.transport() == ("ws", None)
        await whole.streams()
        badge = "document.querySelector('arena-bridge-badge').dataset.state"
        assert await whole.browser.evaluate(tab, badge) == "ready"


async def test_a_policy_that_forbids_the_socket_is_gone_round_in_firefox_too(program: str, tmp_path: Path) -> None:
    async with bridged(program, tmp_path, "enforced") as whole:
        await whole.browser.install(EXTENSION)
        await whole.browser.open(URL, under_manager(script_text(whole.running.gateway)))
        assert await whole.transport() == ("gm", "csp")
        await whole.streams()
