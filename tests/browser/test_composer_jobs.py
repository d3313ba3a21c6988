"""A job in the page from its offer to its end: one at a time, at most once, and stopped wherever it is."""

from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Page, expect

from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.arena.composer import SIGNS
from arenabridge.wire.composition import Finder
from arenabridge.wire.link.messages import Accept, Chunks, End, Failed, Refuse, Start
from browser.composing import LAYOUTS, Arena, said
from browser.conftest import OpenComposer
from browser.link_double import DoubledWorker, LinkDouble
from browser.person import Layout


async def cancelled(worker: DoubledWorker, job: str) -> Failed:
    await worker.cancel(job)
    ending = (await worker.answer(job)).ending
    assert isinstance(ending, Failed)
    assert ending.kind == "cancelled"
    return ending


async def is_idle(page: Page) -> None:
    await expect(page.locator("textarea")).to_have_value("")
    await expect(page.get_by_role("button", name="Stop generating")).to_have_count(0)


async def works(worker: DoubledWorker, arena: Arena) -> bool:
    return said(await worker.compose("next", arena.composition("SAY<<still here>>"))) == "still here"


async def test_a_model_is_picked_among_hundreds(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    arena.settings.catalogue_size = 320
    async with composer(double.url):
        worker = await double.worker()
        for at in (0, 150, -1):
            arena.site.audit.clear()
            model = arena.model(at=at)
            assert isinstance((await worker.compose(model.id, arena.composition("Hi", model))).ending, End)
            assert arena.call().json["modelAId"] == model.id


async def test_a_search_field_of_something_else_is_left_alone(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    add = "Object.assign(document.createElement('input'), { type: 'search', placeholder: 'Search chats' })"
    async with composer(double.url) as page:
        worker = await double.worker()
        await page.locator("html[data-hydrated]").wait_for()
        await page.evaluate(f"document.querySelector('#sidebar').append({add})")
        assert await works(worker, arena)
        await expect(page.get_by_placeholder("Search chats")).to_have_value("")


@pytest.mark.parametrize("modality", ["image", "search"])
async def test_the_page_is_switched_to_what_the_model_gives(
    composer: OpenComposer, arena: Arena, double: LinkDouble, modality: Modality
) -> None:
    model = arena.model(modality)
    async with composer(double.url):
        worker = await double.worker()
        assert isinstance((await worker.compose("j1", arena.composition("Hi", model))).ending, End)
    assert (arena.call().json["modality"], arena.call().json["modelAId"]) == (modality, model.id)


async def test_each_job_is_a_conversation_of_its_own(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        for job in ("j1", "j2", "j3"):
            assert said(await worker.compose(job, arena.composition(f"SAY<<{job}>>"))) == job
    calls = arena.site.audit.calls("create-evaluation")
    assert len({call.json["id"] for call in calls}) == 3
    assert {call.verdict for call in calls} == {"accepted"}


async def test_the_page_does_one_job_at_a_time(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        assert isinstance(await worker.offer("j1", "composer"), Accept)
        assert isinstance(await worker.offer("j2", "composer"), Refuse)
        await worker.go("j1", arena.composition("HANG<<so far>>"))
        await worker.receive(Chunks)
        assert isinstance(await worker.offer("j3", "composer"), Refuse)
        assert isinstance(await worker.offer("j4", "fetch"), Accept)
        await cancelled(worker, "j1")
        assert await works(worker, arena)


async def test_a_repeated_grant_does_nothing(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        await worker.go("j1", arena.composition("SAY<<once>>"))
        await worker.go("j1", arena.composition("SAY<<once>>"))
        await worker.answer("j1")
        await worker.go("j1", arena.composition("SAY<<once>>"))
        await worker.settled()
        assert await works(worker, arena)
    assert len(arena.site.audit.calls()) == 2


async def test_cancel_before_the_page_is_alive(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    arena.settings.hydration_seconds = 30
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.go("j1", arena.composition("Hi"))
        await worker.settled()
        assert not (await cancelled(worker, "j1")).started
        await is_idle(page)
    assert arena.site.audit.calls() == []


async def test_cancel_before_the_send_empties_the_box(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    arena.settings.max_prompt_characters = 10  # so that the job waits for a Send that is never enabled
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.go("j1", arena.composition("longer than that"))
        await expect(page.locator("textarea")).to_have_value("longer than that")
        assert not (await cancelled(worker, "j1")).started
        await is_idle(page)
        assert isinstance(await worker.offer("j2", "composer"), Accept)
    assert arena.site.audit.calls() == []


@pytest.mark.parametrize("prompt", ["HANGHEAD<<>>", "HANG<<so far>>"])
async def test_cancel_after_the_send_ends_the_request(
    composer: OpenComposer, arena: Arena, double: LinkDouble, prompt: str
) -> None:
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.go("j1", arena.composition(prompt))
        await arena.site.audit.until(lambda audit: audit.active == 1)
        assert (await cancelled(worker, "j1")).started
        await arena.site.audit.until(lambda audit: audit.active == 0)
        await is_idle(page)
        assert await works(worker, arena)


async def test_a_lost_link_ends_the_job(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.go("j1", arena.composition("HANG<<so far>>"))
        await worker.receive(Chunks)
        await double.stop()
        await arena.site.audit.until(lambda audit: audit.active == 0)
        await double.start()
        returned = await double.worker()
        await returned.go("j1", arena.composition("HANG<<so far>>"))
        await returned.settled()
        await is_idle(page)
        assert await works(returned, arena)
    assert len(arena.site.audit.calls()) == 2, "the grant was carried out again"


async def test_another_model_than_wanted_is_stopped(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        composition = replace(arena.composition("HANG<<so far>>"), model="another")
        told = await worker.compose("j1", composition)
        assert isinstance(told.ending, Failed)
        assert (told.ending.kind, told.ending.started) == ("wrong_model", True)
        assert arena.model().id in told.ending.detail
        await arena.site.audit.until(lambda audit: audit.active == 0)


@pytest.mark.parametrize("fields", [{"model_field": "notThere"}, {"forbidden_fields": ("userMessageId",)}])
async def test_a_request_for_no_model_or_for_a_second_one_is_stopped(
    composer: OpenComposer, arena: Arena, double: LinkDouble, fields: dict[str, Any]
) -> None:
    async with composer(double.url):
        worker = await double.worker()
        arena.patience.update(fields)
        told = await worker.compose("j1", arena.composition("HANG<<so far>>"))
        assert isinstance(told.ending, Failed)
        assert (told.ending.kind, told.ending.started) == ("wrong_model", True)
        await arena.site.audit.until(lambda audit: audit.active == 0)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("query", ["", "?mode=side-by-side"])
async def test_a_tab_in_another_mode_is_switched_to_direct_chat(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout, query: str
) -> None:
    arena.settings.layout = layout
    async with composer(double.url, url=arena.url.partition("?")[0] + query):
        assert await works(await double.worker(), arena)
    assert arena.call().json["mode"] == "direct"


async def test_a_page_without_a_message_box_takes_no_jobs(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    double.signs = SIGNS
    arena.patience["element_seconds"] = 0.5
    async with composer(double.url, url=arena.url.partition("?")[0] + "c/not-there"):
        refused = await (await double.worker()).offer("j1", "composer")
        assert isinstance(refused, Refuse)
        assert "no message box" in refused.why
    async with composer(double.url, url=arena.url.partition("?")[0] + "leaderboard"):
        worker = await double.worker()
        told = await worker.compose("j2", arena.composition("Hi"))
        assert isinstance(told.ending, Failed)
        assert (told.ending.kind, told.ending.detail) == ("element_missing", "direct mode")
        assert isinstance(await worker.offer("j3", "composer"), Refuse), "it did not get away before"


async def test_what_is_missing_is_named(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        arena.patience["element_seconds"] = 1
        whole = arena.composition("Hi")
        broken = {**whole.recipe.elements, "send": (Finder(css="button.that-is-not-there"),)}
        told = await worker.compose("j1", replace(whole, recipe=replace(whole.recipe, elements=broken)))
        assert isinstance(told.ending, Failed)
        assert (told.ending.kind, told.ending.detail, told.ending.started) == ("element_missing", "send", False)
        unknown = replace(arena.model(), public_name="No such model", id="no-such-id")
        told = await worker.compose("j2", arena.composition("Hi", unknown))
        assert isinstance(told.ending, Failed)
        assert (told.ending.kind, told.ending.started) == ("element_missing", False)
        assert told.ending.detail == "model_option: No such model"
        assert await works(worker, arena)


async def test_a_page_that_hydrates_slowly_is_waited_for(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    arena.settings.hydration_seconds = 1
    async with composer(double.url):
        worker = await double.worker()
        assert await works(worker, arena)
    assert len(arena.site.audit.calls()) == 1


async def test_a_refusal_of_the_site_is_passed_on_as_it_is(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    async with composer(double.url):
        worker = await double.worker()
        for status in (429, 500):
            told = await worker.compose(str(status), arena.composition(f"STATUS<<{status}>>"))
            assert told.head is not None
            assert told.head.status == status
            assert told.text
            assert isinstance(told.ending, End)


async def test_a_connection_that_breaks_is_told(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        told = await worker.compose("j1", arena.composition("RESET<<so far>>"))
        assert isinstance(told.ending, Failed)
        assert (told.ending.kind, told.ending.started) == ("fetch_failed", True)
        assert await works(worker, arena)


async def test_the_persons_draft_is_left_alone(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url) as page:
        worker = await double.worker()
        await page.locator("textarea").fill("my own words")
        told = await worker.compose("j1", arena.composition("Hi"))
        assert isinstance(told.ending, Failed)
        assert (told.ending.kind, told.ending.started) == ("page_busy", False)
        assert isinstance(await worker.offer("j2", "composer"), Refuse)
        await expect(page.locator("textarea")).to_have_value("my own words")
    assert arena.site.audit.calls() == []


async def test_the_persons_own_chat_is_not_a_job(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url) as page:
        worker = await double.worker()
        assert await works(worker, arena)
        heard = len(worker.frames)
        await page.locator("textarea").fill("HANG<<for the person>>")
        await page.locator("textarea").press("Enter")
        await expect(page.get_by_text("for the person", exact=True)).to_be_visible()
        assert isinstance(await worker.offer("j2", "composer"), Refuse)
        await page.get_by_role("button", name="Stop generating").click()
        await is_idle(page)
        assert not any(isinstance(frame, Start | Chunks) for frame in worker.frames[heard:])


async def test_an_offer_waits_for_a_page_that_is_about_to_be_idle(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    async with composer(double.url):
        worker = await double.worker()
        for job in range(5):
            assert said(await worker.compose(f"j{job}", arena.composition("SAY<<at once>>"))) == "at once"
