"""The whole way through Firefox: client, gateway, userscript in its tab, site, and back."""

import os
import time
from pathlib import Path

import pytest

from arenabridge.app import running_gateway
from arenabridge.http.script import script_text
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from browser.bridge import HOSTNAMES, ORIGIN, URL, clients_of
from browser.firefox import VARIABLE, find_firefox, firefox
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


async def test_an_answer_streams_through_firefox(program: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0, site_origins=(ORIGIN,))
    site = SiteSettings(check="ignore", record_delay_seconds=0.05)
    async with (
        Site(site).serving(tls=True, hostnames=HOSTNAMES) as served,
        running_gateway(settings, environment={}) as running,
        clients_of(running) as (openai, http),
        firefox(program, HOSTNAMES, served.port) as browser,
    ):
        tab = await browser.open(URL, script_text(running.gateway))
        await until(lambda: running.gateway.hub.workers and len(running.gateway.models.catalogue))
        (worker,) = (await http.get("/health")).json()["workers"]
        assert (worker["transport"], worker["slots"]) == ("ws", 8)
        chunks = await openai.chat.completions.create(
            model=next(entry.name for entry in running.gateway.models.catalogue if entry.model.modality == "chat"),
            messages=[{"role": "user", "content": f"SAY###<<{TEXT}>>###"}],
            stream=True,
        )
        pieces = [(time.monotonic(), chunk.choices[0].delta.content or "") async for chunk in chunks if chunk.choices]
        assert "".join(piece for _, piece in pieces) == TEXT
        assert pieces[-1][0] - pieces[0][0] > 1, "it came at once, not as a stream"
        badge = "document.querySelector('arena-bridge-badge').dataset.state"
        assert await browser.evaluate(tab, badge) == "ready"
