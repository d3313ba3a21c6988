"""Tab, relay and a real gateway: what clients get through a relay, and what they don't notice."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from openai import AsyncOpenAI

from arenabridge.accounts.workers import WorkerForm
from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings
from arenabridge.wire.link import messages as m
from chaos.fault_proxy import FaultProxy, fault_proxy
from chaos.reference_site import ReferenceSite, prompt, reference
from chaos.scene import quiet_site
from chaos.tab import Page, Record, open_tab
from integration.gateway.test_files_in import PNG, STOP, asking, carry_out, page, picture, result, user
from integration.gateway.worker_double import until
from integration.relay.conftest import StartRelay, Watched
from integration.relay.gateway_double import CREDENTIAL
from integration.relay.tabs import tab_of

WORDS = 600


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    settings = Settings(data_dir=tmp_path / "gateway", port=0, worker_tokens=(CREDENTIAL,))
    async with running_gateway(settings, environment={}) as running:
        yield running


@pytest.fixture
async def http(gateway: Running) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.first_key}"}
    async with httpx.AsyncClient(base_url=gateway.base_url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
async def openai(gateway: Running) -> AsyncIterator[AsyncOpenAI]:
    key = gateway.first_key or ""
    async with AsyncOpenAI(base_url=f"{gateway.base_url}/v1", api_key=key, max_retries=0, timeout=30) as client:
        yield client


async def test_a_gateway_knows_its_relay_and_says_for_whom_it_works(relay: StartRelay, gateway: Running) -> None:
    record, credential = gateway.gateway.accounts.workers.make("relay", WorkerForm(name="study", sharing="all"), None)
    async with relay(gateway.base_url, token=credential, worker_id="study pc") as watched:
        await until(lambda: watched.said("Connected", "'study'", "everybody"))
        async with tab_of(watched.running):
            await until(lambda: gateway.gateway.hub.workers)
            [worker] = gateway.gateway.hub.workers
            assert (worker.relay, worker.terms.credential) == ("study pc", record.id)


async def test_a_chat_with_a_picture_goes_through(relay: StartRelay, gateway: Running, http: httpx.AsyncClient) -> None:
    async with relay(gateway.base_url) as watched, tab_of(watched.running, models=()) as tab:
        await tab.next(m.Welcome)
        await tab.say(m.Page("/", page()))
        await until(lambda: len(gateway.gateway.models.catalogue))
        answer = asking(http, "eyes", user("What is it?", picture(PNG * 10_000)))
        offer = await tab.next(m.Offer)
        await tab.say(m.Accept(offer.job))
        await carry_out(tab, result(uploadUrl="https://store.example/put", key="u/1-image.png"))
        await carry_out(tab)
        await carry_out(tab, result(url="https://store.example/get?X-Amz-Date=20300101T000000Z&X-Amz-Expires=3600"))
        go = await tab.next(m.Go)
        assert bytes(tab.files) == PNG * 10_000
        await tab.say(m.Start(go.job, go.epoch, 0))
        await tab.say(
            m.Head(job=go.job, epoch=go.epoch, seq=1, status=200, headers={"content-type": "text/event-stream"})
        )
        await tab.say(m.Chunks([m.Chunk(go.job, go.epoch, 2, f'a0:"A cat."\n{STOP}\n')]))
        await tab.say(m.End(go.job, go.epoch, 3))
        assert (await answer).json()["choices"][0]["message"]["content"] == "A cat."


async def test_a_client_that_hangs_up_is_told_to_the_tab(
    relay: StartRelay, gateway: Running, http: httpx.AsyncClient
) -> None:
    async with relay(gateway.base_url) as watched, tab_of(watched.running) as tab:
        await until(lambda: len(gateway.gateway.models.catalogue))
        answer = asking(http, "gpt", user("Hello"))
        job = await tab.granted()
        await job.start()
        answer.cancel()
        assert (await tab.next(m.Cancel)).job == job.id


class Bridge:
    """A relay between two networks that break: `near` to the tab, `far` to the gateway."""

    def __init__(self, relay: StartRelay, near: FaultProxy, far: FaultProxy) -> None:
        self._relay = relay
        self._stack = AsyncExitStack()
        self.near, self.far = near, far

    async def start(self, port: int | None = 0) -> Watched:
        watched = await self._stack.enter_async_context(self._relay(f"http://127.0.0.1:{self.far.port}", port=port))
        self.near.target = int(watched.running.base_url.rpartition(":")[2])
        return watched

    async def stop(self) -> None:
        await self._stack.aclose()

    async def cut_near(self) -> None:
        self.near.cut()

    async def cut_far(self) -> None:
        self.far.cut()

    async def restart(self) -> None:
        port = self.near.target
        await self.stop()
        await self.start(port=None)
        assert self.near.target == port


@pytest.mark.parametrize("breaks", [Bridge.cut_near, Bridge.cut_far, Bridge.restart], ids=["tab", "gateway", "restart"])
async def test_an_answer_goes_on_byte_for_byte_whatever_breaks_beside_the_relay(
    relay: StartRelay, gateway: Running, openai: AsyncOpenAI, breaks: Callable[[Bridge], Awaitable[None]]
) -> None:
    async with fault_proxy() as near, fault_proxy() as far:
        far.target = gateway.listens_on
        bridge = Bridge(relay, near, far)
        secret = (await bridge.start()).running.local.secrets.pairing
        site = quiet_site(record_seconds=0.004)
        tab = _page(near, secret, site)
        async with open_tab(tab):
            await until(lambda: len(gateway.gateway.models.catalogue))
            pieces = []
            async for piece in _stream(openai):
                pieces.append(piece)
                if len(pieces) == 10:
                    await breaks(bridge)
        assert "".join(pieces) == reference(1, WORDS)
        assert (len(site.calls), tab.record.resumed) == (1, 1)
        await bridge.stop()


def _page(near: FaultProxy, secret: str, site: ReferenceSite) -> Page:
    return Page(f"ws://127.0.0.1:{near.port}/ws", secret, site, Record(), site.random)


async def _stream(openai: AsyncOpenAI) -> AsyncIterator[str]:
    chunks = await openai.chat.completions.create(
        model="gpt", messages=[{"role": "user", "content": prompt(1, WORDS)}], stream=True
    )
    async for chunk in chunks:
        yield chunk.choices[0].delta.content or ""


async def test_a_credential_that_is_revoked_is_said_to_person_and_tab_and_an_other_relay_goes_on(
    relay: StartRelay, gateway: Running
) -> None:
    workers = gateway.gateway.accounts.workers
    record, credential = workers.make("relay", WorkerForm(name="study", sharing="all"), None)
    async with (
        relay(gateway.base_url, token=credential) as first,
        relay(gateway.base_url, folder="other") as second,
        tab_of(first.running, page="one") as one,
        tab_of(second.running, page="two", profile="other") as two,
    ):
        await until(lambda: len(gateway.gateway.hub.workers) == 2)
        workers.revoke(record.id)
        gateway.gateway.worker_credentials.forget()
        await gateway.gateway.link_policy.peers.refresh(gateway.gateway.hub.roster)
        await one.until_closed()
        async with tab_of(first.running, models=(), page="one") as again:
            assert "revoked" in (await again.next(m.RefusedLink)).message
        await until(lambda: first.said("does not accept this relay's credential", "--enrol"))
        assert not two.closed
        assert second.running.standing.is_connected
