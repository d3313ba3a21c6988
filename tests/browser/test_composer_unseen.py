"""Where the page's own request can't be seen, its answer is read from the page; and the page sees nothing of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from arenabridge.wire.arena.composer import SIGNS
from arenabridge.wire.composition import PAGE_TEXT
from arenabridge.wire.link.messages import Accept, Chunks, End, Failed, Refuse, Reload, State
from arenabridge.worker.browser import site_arguments
from browser.composing import LAYOUTS, Arena, content, said
from browser.conftest import OpenComposer, script_for
from browser.link_double import LinkDouble, Told
from browser.person import Layout, Person
from browser.plain_chromium import PlainChromium, plain_chromium
from browser.scripted_site import HOSTNAMES

ODD = "Grüße 世界 \U0001f600\n\n\n\tindented  <b>&amp;</b>\n  two blanks: a  b   c\n`code` **bold** \\n end"


@asynccontextmanager
async def page_without_script(visitor: Browser, arena: Arena) -> AsyncIterator[Page]:
    context = await visitor.new_context(permissions=["local-network-access"])
    try:
        page = await context.new_page()
        await page.goto(arena.url)
        await page.locator("html[data-hydrated]").wait_for()
        yield page
    finally:
        await context.close()


async def begin_late(page: Page, double: LinkDouble) -> None:
    await page.locator("html[data-hydrated]").wait_for()
    await page.evaluate(f"{script_for(double.url)};0")


def is_read_from_page(told: Told) -> bool:
    return told.head is not None and told.head.headers == {"content-type": PAGE_TEXT}


async def test_an_answer_is_read_from_the_page_to_the_byte(visitor: Browser, arena: Arena, double: LinkDouble) -> None:
    arena.settings.changed({"layout": "studio", "private_fetch": True, "record_delay_seconds": 0.12})
    async with page_without_script(visitor, arena) as page:
        await begin_late(page, double)
        worker = await double.worker()
        told = await worker.compose("j1", arena.composition(f"SAY##<<{ODD}>>##"))
    assert is_read_from_page(told)
    assert told.text == ODD
    assert isinstance(told.ending, End)
    assert told.numbers == list(range(len(told.numbers)))
    assert len(told.numbers) > len(["start", "head", "one piece", "end"]), "it came all at once"


async def test_a_script_that_came_late_loads_the_page_anew_once_and_no_more(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    arena.settings.private_fetch = True
    async with page_without_script(visitor, arena) as page:
        for job in ("j1", "j2"):
            await begin_late(page, double)
            worker = await double.worker()
            told = await worker.compose(job, arena.composition("SAY<<late>>"))
            assert (is_read_from_page(told), told.text) == (True, "late")
            if job == "j1":
                await worker.until_gone()
        assert isinstance(await worker.offer("j3", "composer"), Accept)
        assert not worker.gone


async def test_a_script_that_is_early_sees_even_a_page_that_keeps_fetch_to_itself(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    arena.settings.private_fetch = True
    async with composer(double.url):
        worker = await double.worker()
        told = await worker.compose("j1", arena.composition("SAY<<early>>"))
    assert (is_read_from_page(told), said(told)) == (False, "early")


async def test_a_page_that_could_not_call_a_wrapped_fetch_keeps_its_own(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    async with composer(double.url, before="window.exportFunction = () => {};") as page:
        worker = await double.worker()
        told = await worker.compose("j1", arena.composition("SAY<<unseen>>"))
        assert (is_read_from_page(told), told.text) == (True, "unseen")
        await page.wait_for_event("load")


async def test_cancel_reaches_an_answer_that_is_read_from_the_page(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    arena.settings.private_fetch = True
    async with page_without_script(visitor, arena) as page:
        await begin_late(page, double)
        worker = await double.worker()
        await worker.go("j1", arena.composition("HANG<<so far>>"))
        await worker.receive(Chunks)
        await worker.cancel("j1")
        ending = (await worker.answer("j1")).ending
        assert isinstance(ending, Failed)
        assert (ending.kind, ending.started) == ("cancelled", True)
        await arena.site.audit.until(lambda audit: audit.active == 0)


async def test_the_gateway_may_have_the_page_loaded_anew_but_not_again_at_once(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    async with composer(double.url):
        worker = await double.worker()
        await worker.say(Reload())
        await worker.until_gone()
        again = await double.worker()
        assert again.hello.page != worker.hello.page
        await again.say(Reload())
        assert said(await again.compose("j1", arena.composition("SAY<<still here>>"))) == "still here"


async def test_the_page_is_not_loaded_anew_while_the_person_writes(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.compose("j1", arena.composition("Hi"))
        await page.locator("textarea").fill("my own words")
        await worker.say(Reload())
        await worker.settled()
        await expect(page.get_by_role("button", name="Send message")).to_be_enabled()
        await page.locator("textarea").press("Enter")
        await arena.site.audit.until(lambda audit: len(audit.calls()) == 2)
    assert content(arena.site.audit.calls()[1]) == "my own words"


async def test_a_draft_is_seen_before_any_job(composer: OpenComposer, double: LinkDouble) -> None:
    double.signs = SIGNS
    async with composer(double.url) as page:
        worker = await double.worker()
        await page.locator("html[data-hydrated]").wait_for()
        await page.locator("textarea").fill("my own words")
        await worker.say(Reload())
        assert isinstance(await worker.offer("j1", "composer"), Refuse)
        assert not worker.gone
        assert await page.locator("textarea").input_value() == "my own words"


PAGE_SEES = """async (path) => {
    const given = [path, { method: 'POST', headers: { 'x-own': '1' }, body: '{"no":"json' }];
    const asked = window.fetch(...given);
    const response = await asked;
    const signal = AbortSignal.abort(new Error('mine'));
    const lost = await window.fetch('/x', { signal }).catch((error) => error.message);
    const wrong = await window.fetch('http://').catch((error) => error.name);
    return [asked instanceof Promise, response.constructor === Response, response.bodyUsed, await response.text(), lost,
            wrong, window.fetch.name, window.fetch.length, String(window.fetch).includes('native code')];
}"""


async def test_the_page_sees_what_it_would_see_without_the_script(
    visitor: Browser, composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    path = "/nextjs-api/stream/create-evaluation"
    async with page_without_script(visitor, arena) as page:
        alone = await page.evaluate(PAGE_SEES, path)
    async with composer(double.url) as page:
        worker = await double.worker()
        await page.locator("html[data-hydrated]").wait_for()
        assert await page.evaluate(PAGE_SEES, path) == alone
        await worker.go("j1", arena.composition("HANG<<so far>>"))
        await worker.receive(Chunks)
        assert await page.evaluate(PAGE_SEES, path) == alone
        await worker.cancel("j1")
        await worker.answer("j1")


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_the_site_is_asked_as_by_the_person_alone(
    visitor: Browser, composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.layout = layout
    async with page_without_script(visitor, arena) as page:
        person = Person(page, arena.site, layout)
        await person.say(ODD)
        await arena.site.audit.until(lambda audit: audit.calls())
    async with composer(double.url):
        worker = await double.worker()
        await worker.compose("j1", arena.composition(ODD))
    alone, ours = arena.site.audit.calls()
    assert content(ours) == ODD
    assert list(ours.headers) == list(alone.headers)
    assert list(ours.json) == list(alone.json)
    assert set(ours.cookies) == set(alone.cookies)
    assert (ours.verdict, ours.altered) == ("accepted", False)


@pytest_asyncio.fixture(loop_scope="session")
async def plain(served_arena: Arena) -> AsyncIterator[PlainChromium]:
    running = served_arena.running
    async with plain_chromium(site_arguments(HOSTNAMES, running.port, running.spki)) as chromium:
        yield chromium


async def test_a_hidden_tab_works_at_full_pace(plain: PlainChromium, arena: Arena, double: LinkDouble) -> None:
    for layout in LAYOUTS:
        arena.settings.layout = layout
        await plain.open(arena.url, script_for(double.url))
        worker = await double.worker()
        await plain.open("about:blank")
        assert not (await worker.receive(State)).visible
        for job in range(4):
            assert said(await worker.compose(f"{layout}{job}", arena.composition(f"SAY##<<{ODD}>>##"))) == ODD
