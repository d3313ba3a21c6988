"""A relay that reaches its gateway as from elsewhere: over TLS, through a real nginx and a real Caddy."""

import asyncio
from pathlib import Path

import httpx

from arenabridge.app import Running
from arenabridge.worker.relay.configuration import RelayConfiguration
from arenabridge.worker.relay.running import running_relay
from integration.accounts.conftest import Browser, set_up
from integration.deployment.test_behind_proxies import CHAT
from integration.gateway.worker_double import until
from integration.relay.tabs import tab_of
from servers.proxies import Proxy

LARGE = "x" * 4_000_000
"""Of an answer's piece: more than any buffer of a proxy's."""


async def test_a_code_of_the_dashboard_brings_a_tab_through_the_proxy(
    running: Running, proxy: Proxy, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    told: list[str] = []
    async with Browser(running, verify=proxy.trust) as browser:
        await set_up(browser, running)
        made = await browser.post("/api/workers/codes", json={"name": "study", "sharing": "all"})
        code = made.json()["code"]
    configuration = RelayConfiguration(folder=tmp_path / "relay", gateway=proxy.url.replace("https", "wss"), port=0)
    async with (
        running_relay(configuration, told.append, code=code, tls=proxy.trust) as relay,
        tab_of(relay) as tab,
    ):
        await until(lambda: any("Connected" in words and "'study'" in words for words in told))
        await until(lambda: len(running.gateway.models.catalogue))
        asked = client.build_request(
            "POST", CHAT, json={"model": "gpt", "messages": [{"role": "user", "content": "go"}]}
        )
        answer = asyncio.ensure_future(client.send(asked))
        await (await tab.granted()).answer(f'a0:"{LARGE}"', 'ad:{"finishReason":"stop"}')
        assert (await answer).json()["choices"][0]["message"]["content"] == LARGE
