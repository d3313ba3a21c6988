"""A tab works on when nobody looks at it, and says when the browser is about to stop it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from arenabridge.wire.link.messages import Chunks, Refuse, State
from arenabridge.wire.step import Step
from arenabridge.worker.browser import site_arguments
from browser.conftest import script_for
from browser.link_double import LinkDouble
from browser.plain_chromium import PlainChromium, plain_chromium
from browser.scripted_site import HOSTNAMES, Answer, ScriptedSite

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
