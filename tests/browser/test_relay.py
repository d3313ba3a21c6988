"""A browser at home and a gateway elsewhere: Chromium with the relay's script, the relay, the gateway, and back."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import msgspec
from openai import AsyncOpenAI

from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from arenabridge.worker.browser import bridged_tab, launched, site_arguments
from arenabridge.worker.relay.configuration import RelayConfiguration
from arenabridge.worker.relay.running import RunningRelay, running_relay
from browser.bridge import HOSTNAMES, ORIGIN, PERMISSION, URL, clients_of
from integration.gateway.worker_double import until

WORDS = " ".join(f"word{number}" for number in range(300))
TOKEN = "token-of-the-earlier-kind"


async def script_of(relay: RunningRelay) -> str:
    """As the browser's userscript manager gets it."""
    async with httpx.AsyncClient() as browser:
        return (await browser.get(relay.install_address)).text


async def answer(openai: AsyncOpenAI, running: Running, prompt: str) -> str:
    model = next(each.name for each in running.gateway.models.catalogue if each.model.modality == "chat")
    told = await openai.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])
    return told.choices[0].message.content or ""


async def test_an_answer_comes_through_a_relay_that_is_started_again_in_its_midst(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "gateway", port=0, site_origins=(ORIGIN,), worker_tokens=(TOKEN,))
    told: list[str] = []
    async with (
        Site(SiteSettings(check="ignore", record_delay_seconds=0.02)).serving(tls=True, hostnames=HOSTNAMES) as site,
        running_gateway(settings, environment={}) as running,
        clients_of(running) as (openai, _),
        launched(site_arguments(HOSTNAMES, site.port, site.spki, "public")) as browser,
        AsyncExitStack() as tabs,
    ):
        configuration = RelayConfiguration(
            folder=tmp_path / "relay", gateway=running.base_url, token=TOKEN, site_origins=(ORIGIN,), port=0
        )
        async with running_relay(configuration, told.append) as relay:
            script = await script_of(relay)
            await tabs.enter_async_context(bridged_tab(browser, script, URL, permissions=PERMISSION))
            await until(lambda: len(running.gateway.models.catalogue))
            asked = asyncio.ensure_future(answer(openai, running, f"SAY<<{WORDS}>>"))
            await until(lambda: running.gateway.hub.running)
            await until(lambda: site.site.audit.calls("create-evaluation"))
        same_port = msgspec.structs.replace(configuration, port=None)
        async with running_relay(same_port, told.append) as again:
            assert again.base_url == relay.base_url
            assert await asked == WORDS
            assert len(site.site.audit.calls("create-evaluation")) == 1
        assert sum(sentence.startswith("Serving: tab") for sentence in told) == 2
