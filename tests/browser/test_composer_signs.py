"""The page wants its person: that is said and shown, nothing is sent meanwhile, and work goes on once they came."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from arenabridge.simulator.demands import DemandKind
from arenabridge.wire.arena.composer import SIGNS
from arenabridge.wire.composition import HumanKind
from arenabridge.wire.link.messages import End, Failed, Human, Refuse, State
from arenabridge.wire.step import Step
from browser.composing import LAYOUTS, Arena, said
from browser.conftest import OpenComposer
from browser.link_double import DoubledWorker, LinkDouble
from browser.person import Layout, Person


@pytest.fixture(autouse=True)
def signs(double: LinkDouble, arena: Arena) -> Iterator[None]:
    double.signs = SIGNS
    yield
    arena.site.demands.withdraw()


async def wants(worker: DoubledWorker, kind: HumanKind) -> Human:
    return await worker.first(
        lambda said: said.human if isinstance(said, State) and said.human and said.human.kind == kind else None
    )


async def wants_nobody(worker: DoubledWorker) -> None:
    await worker.first(lambda said: said if isinstance(said, State) and said.human is None else None)


async def badge_says(page: Page, state: str, reason: str, words: str) -> None:
    badge = page.locator("arena-bridge-badge")
    await expect(badge).to_have_attribute("data-state", state)
    await expect(badge).to_have_attribute("data-reason", reason)
    assert words in (await badge.get_attribute("data-text") or "")


async def answered(person: Person, demand: DemandKind) -> None:
    """The person does what the page wants."""
    if demand == "sign_in":
        await person.dialog.locator("input[type=email]").fill("me@example.org")
        await person.dialog.locator("input[type=password]").fill("secret")
        await person.dialog.get_by_role("button", name="Log in").click()
    else:
        await person.dialog.get_by_role("button", name="Accept").click()


@pytest.mark.parametrize(
    ("layout", "demand", "kind", "words"),
    [
        ("classic", "sign_in", "sign_in", "Log in to continue"),
        ("studio", "terms", "dialog", "accept our terms of use"),
    ],
)
async def test_what_the_page_wants_is_said_in_its_own_words_and_work_goes_on_afterwards(
    composer: OpenComposer,
    arena: Arena,
    double: LinkDouble,
    layout: Layout,
    demand: DemandKind,
    kind: HumanKind,
    words: str,
) -> None:
    arena.settings.layout = layout
    async with composer(double.url) as page:
        worker = await double.worker()
        person = Person(page, arena.site, layout)
        arena.site.demands.make(demand)
        assert words in (await wants(worker, kind)).words
        await badge_says(page, "needs_you", kind, words)
        assert isinstance(await worker.offer("j1", "composer"), Refuse)
        await worker.go("j2", Step(method="GET", path="/leaderboard"))
        assert isinstance((await worker.answer("j2")).ending, End), "jobs by fetch go on"
        await answered(person, demand)
        await wants_nobody(worker)
        assert said(await worker.compose("j3", arena.composition("SAY<<thank you>>"))) == "thank you"
        await badge_says(page, "ready", "", "ready")


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_dialog_that_hides_the_rest_is_a_sign_without_saying_so(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.changed({"layout": layout, "modal_form": "hides_rest"})
    async with composer(double.url) as page:
        worker = await double.worker()
        assert said(await worker.compose("j1", arena.composition("SAY<<one>>"))) == "one"
        assert not [frame for frame in worker.frames if isinstance(frame, State) and frame.human], "our own picker"
        arena.site.demands.make("terms")
        await wants(worker, "dialog")
        assert isinstance(await worker.offer("j2", "composer"), Refuse)
        await answered(Person(page, arena.site, layout), "terms")
        await wants_nobody(worker)


async def test_a_blocked_account_is_said(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url) as page:
        worker = await double.worker()
        arena.site.demands.make("blocked")
        assert await wants(worker, "blocked") == Human("blocked", "Your account has been blocked.")
        await badge_says(page, "needs_you", "blocked", "account is blocked")


async def test_a_challenge_page_is_said_from_within(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    arena.site.demands.make("challenge")
    async with composer(double.url) as page:
        worker = await double.worker()
        human = await wants(worker, "challenge")
        assert human.words.startswith("Just a moment...")
        assert isinstance(await worker.offer("j1", "composer"), Refuse)
        await page.locator("#challenge-form button").click()
        beyond = await double.worker()
        assert said(await beyond.compose("j1", arena.composition("SAY<<thank you>>"))) == "thank you"


async def test_a_new_connection_is_told_what_is_shown(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        arena.site.demands.make("terms")
        await wants(worker, "dialog")
        await double.stop()
        await double.start()
        await wants(await double.worker(), "dialog")


async def test_a_job_that_meets_a_sign_before_the_send_has_not_started(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    async with composer(double.url) as page:
        worker = await double.worker()
        arena.settings.max_prompt_characters = 10  # so that the job waits before its send
        await page.reload()
        worker = await double.worker()
        await worker.go("j1", arena.composition("longer than that"))
        await expect(page.locator("textarea")).to_have_value("longer than that")
        arena.site.demands.make("terms")
        failed = (await worker.answer("j1")).ending
        assert isinstance(failed, Failed)
        assert (failed.kind, failed.started) == ("needs_human", False)
        await expect(page.locator("textarea")).to_have_value("")
    assert arena.site.audit.calls() == []


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_job_waits_for_the_person_who_is_shown_a_check(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.layout = layout
    arena.settings.check_rejections = 1
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.go("j1", arena.composition("SAY<<after the check>>"))
        assert "robot" in (await wants(worker, "check")).words
        await page.locator(".g-recaptcha").get_by_role("checkbox").click()
        told = await worker.answer("j1")
        assert said(told) == "after the check"
        await wants_nobody(worker)
    first, second = arena.site.audit.calls()
    assert (first.verdict, second.verdict) == ("rejected", "accepted")
    assert (first.altered, second.altered) == (False, False)


async def test_a_check_that_is_slow_to_appear_is_waited_for(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    arena.settings.check_rejections = 1
    arena.settings.visible_check_seconds = 4
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.go("j1", arena.composition("SAY<<after the check>>"))
        await wants(worker, "check")
        await page.locator(".g-recaptcha").get_by_role("checkbox").click()
        assert said(await worker.answer("j1")) == "after the check"


async def test_a_page_that_does_not_ask_again_has_been_refused(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    arena.settings.check_rejections = 1
    arena.settings.check_resends = False
    arena.patience["refusal_seconds"] = 1
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.go("j1", arena.composition("SAY<<after the check>>"))
        await wants(worker, "check")
        await page.locator(".g-recaptcha").get_by_role("checkbox").click()
        told = await worker.answer("j1")
        assert told.head is not None
        assert (told.head.status, isinstance(told.ending, End)) == (403, True)
        assert "recaptcha" in told.text


async def test_a_cancelled_job_is_stopped_also_when_the_person_comes_later(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    arena.settings.check_rejections = 1
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.go("j1", arena.composition("HANG<<nobody wants this any more>>"))
        await wants(worker, "check")
        await worker.cancel("j1")
        await worker.answer("j1")
        assert isinstance(await worker.offer("j2", "composer"), Refuse)
        await page.locator(".g-recaptcha").get_by_role("checkbox").click()
        await expect(page.get_by_role("button", name="Stop generating")).to_have_count(0)
        await arena.site.audit.until(lambda audit: audit.active == 0)
        assert said(await worker.compose("j3", arena.composition("SAY<<still here>>"))) == "still here"


async def test_nobody_comes(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    arena.settings.check_rejections = 1
    arena.patience["human_seconds"] = 1
    async with composer(double.url):
        worker = await double.worker()
        told = await worker.compose("j1", arena.composition("Hi"))
        assert isinstance(told.ending, Failed)
        assert (told.ending.kind, told.ending.started) == ("needs_human", True)
        assert isinstance(await worker.offer("j2", "composer"), Refuse)


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_the_composers_own_picker_is_no_sign(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.layout = layout
    async with composer(double.url):
        worker = await double.worker()
        await worker.compose("j1", arena.composition("Hi"))
        await worker.settled()
    assert not [frame for frame in worker.frames if isinstance(frame, State) and frame.human]


NOTES = """
window.notes = [];
window.Notification = class {
    static permission = 'PERMISSION';
    static requestPermission() { window.notes.push('asked'); return Promise.resolve('granted'); }
    constructor(title, { body }) { window.notes.push(`${title}: ${body}`); }
};
"""


@pytest.mark.parametrize(("permission", "noted"), [("granted", 1), ("denied", 0), ("default", 0)])
async def test_a_note_on_the_desktop_comes_only_where_it_was_allowed_and_is_never_asked_for(
    composer: OpenComposer, arena: Arena, double: LinkDouble, permission: str, noted: int
) -> None:
    async with composer(double.url, before=NOTES.replace("PERMISSION", permission)) as page:
        worker = await double.worker()
        arena.site.demands.make("terms")
        await wants(worker, "dialog")
        notes = await page.evaluate("window.notes")
        assert len(notes) == noted
        assert all("accept our terms" in note for note in notes)
        await expect(page.locator("arena-bridge-badge")).to_have_attribute("data-state", "needs_you")
        box = await page.locator("arena-bridge-badge").bounding_box()
        assert box is not None
        if permission == "default":
            await page.locator("arena-bridge-badge").click(position={"x": 60, "y": box["height"] - 24})
            assert await page.evaluate("window.notes") == ["asked"]


async def test_a_job_is_shown_in_the_badge(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url) as page:
        worker = await double.worker()
        await worker.go("j1", arena.composition("HANG<<so far>>"))
        await badge_says(page, "composing", "", "use this page now")
        await worker.cancel("j1")
        await badge_says(page, "ready", "", "ready")
