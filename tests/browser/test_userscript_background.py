"""A tab works on when nobody looks at it, says when the browser is about to stop it, and asks before it is left."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
from openai import APIError, AsyncOpenAI

from arenabridge.app import Running, running_gateway
from arenabridge.http.links.script import script_text
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from arenabridge.wire.link.messages import Chunks, Refuse, State
from arenabridge.wire.step import Step
from arenabridge.worker.browser import site_arguments
from browser.bridge import HOSTNAMES as SITE_HOSTNAMES, ORIGIN, URL, clients_of
from browser.conftest import OpenTab, script_for
from browser.link_double import LinkDouble
from browser.plain_chromium import PlainChromium, PlainTab, plain_chromium
from browser.scripted_site import HOSTNAMES, Answer, ScriptedSite
from integration.gateway.worker_double import until

STREAM = "/api/stream/x"
POST = Step(method="POST", path=STREAM)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plain(served_site: ScriptedSite) -> AsyncIterator[PlainChromium]:
    async with plain_chromium(site_arguments(HOSTNAMES, served_site.port, served_site.spki)) as chromium:
        yield chromium


async def test_a_hidden_tab_streams_at_full_pace(plain: PlainChromium, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer([b"piece\n"] * 40, pace_seconds=0.02)
    await plain.open(site.url, script_for(double.url))
    worker = await double.worker()
    await plain.open("about:blank")
    assert await worker.receive(State) == State(visible=False, frozen=False)
    await worker.go("j1", POST)
    assert (await worker.answer("j1")).text == "piece\n" * 40
    frames = sum(isinstance(message, Chunks) for message in worker.frames)
    assert frames > 20, "the pieces waited for a timer, which rings once a second here"


async def test_a_tab_says_that_it_is_being_frozen(plain: PlainChromium, site: ScriptedSite, double: LinkDouble) -> None:
    tab = await plain.open(site.url, script_for(double.url))
    worker = await double.worker()
    await worker.settled()
    await tab.freeze()
    assert (await worker.first(lambda said: said if isinstance(said, State) and said.frozen else None)).frozen
    await tab.thaw()


async def test_a_thawed_tab_gives_its_jobs_up_and_comes_back(
    plain: PlainChromium, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer(held=True)
    tab = await plain.open(site.url, script_for(double.url))
    worker = await double.worker()
    await worker.go("j1", POST)
    await site.until_open(STREAM)
    await tab.freeze()
    await tab.thaw()
    await site.until_open()
    await worker.until_gone()
    returned = await double.worker()
    assert returned.hello.page == worker.hello.page
    assert not isinstance(await returned.offer("j2"), Refuse)


@dataclass(frozen=True)
class FreezableBridge:
    """The whole way, through a tab that can be frozen."""

    site: Site
    running: Running
    openai: AsyncOpenAI
    tab: PlainTab

    @property
    def model(self) -> str:
        return next(entry.name for entry in self.running.gateway.models.catalogue if entry.model.modality == "chat")

    async def ask(self, prompt: str, *, stream: bool) -> str:
        """The answer, or the code of the error that came instead."""
        messages: list[Any] = [{"role": "user", "content": prompt}]
        try:
            if not stream:
                answer = await self.openai.chat.completions.create(model=self.model, messages=messages)
                return answer.choices[0].message.content or ""
            chunks = await self.openai.chat.completions.create(model=self.model, messages=messages, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in chunks if chunk.choices])
        except APIError as error:
            return str(error.code)


@pytest_asyncio.fixture(loop_scope="session")
async def freezable(tmp_path: Path) -> AsyncIterator[FreezableBridge]:
    settings = Settings(
        data_dir=tmp_path,
        port=0,
        site_origins=(ORIGIN,),
        slots=8,
        worker_timeout_seconds=600,  # its silence is not waited for
        resume_grace_seconds=600,
    )
    async with (
        Site(SiteSettings(check="ignore")).serving(tls=True, hostnames=SITE_HOSTNAMES) as served,
        running_gateway(settings, environment={}) as running,
        clients_of(running) as (openai, _),
        plain_chromium(site_arguments(SITE_HOSTNAMES, served.port, served.spki)) as chromium,
    ):
        tab = await chromium.open(URL, script_text(running.gateway))
        await until(lambda: running.gateway.hub.workers and len(running.gateway.models.catalogue))
        yield FreezableBridge(served.site, running, openai, tab)


async def test_eight_answers_of_a_tab_that_freezes_end_at_once_and_it_works_again_when_it_thaws(
    freezable: FreezableBridge,
) -> None:
    asked = [
        asyncio.ensure_future(freezable.ask(f"HANG<<text {number}>>", stream=number % 2 == 0)) for number in range(8)
    ]
    await freezable.site.audit.until(lambda audit: audit.active == 8)
    await freezable.tab.freeze()
    await until(lambda: not freezable.running.gateway.hub.running)
    assert await asyncio.gather(*asked) == ["worker_lost"] * 8
    assert len(freezable.site.audit.calls("create-evaluation")) == 8
    await freezable.tab.thaw()
    await freezable.site.audit.until(lambda audit: audit.active == 0)
    await until(lambda: [not worker.frozen for worker in freezable.running.gateway.hub.workers] == [True])
    assert await freezable.ask("SAY<<again>>", stream=False) == "again"


async def test_a_person_is_asked_before_a_page_is_left_that_is_at_work(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer(held=True)
    questions: asyncio.Queue[Any] = asyncio.Queue()
    async with tab(double.url) as page:
        page.on("dialog", questions.put_nowait)
        worker = await double.worker()
        await page.locator("h1").click()  # browsers ask on behalf of pages that were used, no others
        await worker.go("j1", POST)
        await site.until_open(STREAM)
        await page.evaluate("void setTimeout(() => location.reload())")
        question = await asyncio.wait_for(questions.get(), 10)
        assert question.type == "beforeunload"
        await question.dismiss()
        await worker.settled()
        assert site.open == {STREAM}
        await worker.cancel("j1")
        await worker.answer("j1")
        await page.reload()
        await worker.until_gone()
        assert questions.empty()


async def test_a_tab_that_the_browser_had_put_away_says_so(tab: OpenTab, double: LinkDouble) -> None:
    put_away = "Object.defineProperty(Document.prototype, 'wasDiscarded', { get: () => true });"
    async with tab(double.url, before=put_away):
        assert (await double.worker()).hello.discarded
