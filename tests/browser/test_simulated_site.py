"""The simulated site's page in a real Chromium, without the userscript: what a person finds and does there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from arenabridge.simulator import Site, SiteSettings
from browser.person import PASTE, Layout, Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

    from arenabridge.simulator import Call, DemandKind

EXACT = '  leading\n\n\ttab "quotes" <b> & 世界 😀\u00a0\u2028 \n\n\nend  \n'
HOOK = """(() => {
  const original = window.fetch;
  window.seen = [];
  window.fetch = (...given) => {
    window.seen.push([typeof given[0], given[1]?.method, given[0]]);
    return original(...given);
  };
})()"""


@pytest.fixture
def simulated() -> Site:
    """As the real site: it checks its page. What that page may not reach is enforced."""
    return Site(SiteSettings(csp="enforced", page_filler_bytes=8_000))


@pytest_asyncio.fixture(loop_scope="session")
async def tab(simulated: Site, chromium: Browser) -> AsyncIterator[Page]:
    """
    A fresh visitor's tab.

    Errors and violated policies in it fail the test, and so does a generating request that does not bring the page's
    own token, or not the body that the page sent.
    """
    problems: list[str] = []
    async with simulated.serving() as running:
        context = await chromium.new_context(base_url=running.url)
        context.set_default_timeout(30_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if "Policy" in message.text else None)
        yield page
        await context.close()
    assert not problems
    assert not simulated.failures
    assert {call.verdict for call in simulated.audit.calls()} <= {"accepted", "rejected"}
    assert not any(call.altered is not False for call in simulated.audit.calls())


@pytest.fixture
def classic(tab: Page, simulated: Site) -> Person:
    return Person(tab, simulated, "classic")


@pytest.fixture(params=["classic", "studio"])
def person(tab: Page, simulated: Site, request: pytest.FixtureRequest) -> Person:
    """The law holds in both layouts."""
    simulated.settings.layout = cast("Layout", request.param)
    return Person(tab, simulated, simulated.settings.layout)


def said(site: Site) -> str:
    content: str = site.audit.last().json["userMessage"]["content"]
    return content


async def test_a_chosen_model_answers_and_the_conversation_goes_on_without_a_load(person: Person) -> None:
    await person.open()
    await person.page.evaluate("window.same = true")
    await person.choose("keel-2-large")
    await expect(person.picker).to_contain_text("keel-2-large")
    await person.say("SAY<<Hello <b>there</b>>>")
    await expect(person.answers).to_have_text(["Hello <b>there</b>"])
    await expect(person.page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}$"))
    await person.say("ROLES<<>>")
    await expect(person.answers.nth(1)).to_have_text('["user","assistant","user"]')
    await person.new_chat.click()
    await expect(person.answers).to_have_count(0)
    await expect(person.page).to_have_url(re.compile(r"/\?mode=direct$"))
    await person.say("ROLES<<>>")
    await expect(person.answers).to_have_text(['["user"]'])
    calls = person.site.audit.calls()
    assert [each.call for each in calls] == ["create-evaluation", "post-to-evaluation", "create-evaluation"]
    assert {each.json["modelAId"] for each in calls} == {person.site.catalogue.named("keel-2-large").id}
    assert all(1721 <= len(each.json["recaptchaV3Token"]) <= 1785 for each in calls)
    assert await person.page.evaluate("window.same")
    assert await person.page.title() == "LMArena"


async def test_a_conversations_own_page_shows_it_and_goes_on(person: Person) -> None:
    await person.open()
    await person.say("SAY<<one>>")
    await person.site.audit.until(lambda audit: audit.calls() and audit.last().finished_at)
    await expect(person.page).to_have_url(re.compile("/c/"))
    await person.page.reload()
    await expect(person.page.locator(".card .text")).to_have_text(["SAY<<one>>", "one"])
    await person.say("SAY<<two>>")
    await expect(person.answers.nth(1)).to_have_text("two")


async def test_stop_ends_the_stream_at_the_site(person: Person) -> None:
    await person.open()
    await person.say("HANG<<Hello>>")
    await expect(person.answers).to_have_text("Hello")
    await expect(person.send).to_have_count(0)
    await person.stop.click()
    await person.site.audit.until(lambda audit: audit.last().disconnected_at)
    await expect(person.send).to_be_visible()


async def test_the_message_is_sent_to_the_byte(person: Person) -> None:
    await person.open()
    await person.say(EXACT)
    await person.site.audit.until(lambda audit: audit.calls())
    assert said(person.site) == EXACT


@pytest.mark.parametrize(
    "insert",
    [
        "document.execCommand('insertText', false, text)",
        "box.dispatchEvent(new InputEvent('beforeinput', {inputType: 'insertText', data: text, cancelable: true}))",
        f"({PASTE})(box, text)",
    ],
    ids=["a command", "an insertion", "a paste"],
)
async def test_the_editable_box_takes_text_to_the_byte_however_it_comes(
    tab: Page, simulated: Site, insert: str
) -> None:
    simulated.settings.layout = "studio"
    person = Person(tab, simulated, "studio")
    await person.open()
    await person.box.evaluate(f"(box, text) => {{ box.focus(); {insert}; }}", EXACT)
    assert await person.box.inner_text() == EXACT
    await person.send.click()
    await simulated.audit.until(lambda audit: audit.calls())
    assert said(simulated) == EXACT


async def test_keys_edit_the_editable_box_and_enter_sends(tab: Page, simulated: Site) -> None:
    simulated.settings.layout = "studio"
    person = Person(tab, simulated, "studio")
    await person.open()
    await person.box.press_sequentially("ac")
    for key in ("ArrowLeft", "b", "End", "Shift+Enter", "Shift+Enter", "d", "x", "Backspace", "Enter"):
        await person.page.keyboard.press(key)
    await simulated.audit.until(lambda audit: audit.calls())
    assert said(simulated) == "abc\n\nd"


async def test_a_hundred_thousand_characters_are_sent_at_once(person: Person) -> None:
    text = "\n".join(f"{number:05} {'word ' * 18}" for number in range(1_031))[:100_000]
    await person.open()
    await person.paste(text)
    await person.send.click()
    await person.site.audit.until(lambda audit: audit.calls())
    assert said(person.site) == text


async def test_what_is_put_into_the_box_without_an_event_is_not_there(person: Person) -> None:
    await person.open()
    put = "(box) => { box.tagName === 'TEXTAREA' ? (box.value = 'put') : (box.textContent = 'put'); }"
    await person.box.evaluate(put)
    await expect(person.send).to_be_disabled()
    await person.switch_to("Search", "Web search")
    assert await person.box.evaluate("(box) => box.value ?? box.textContent") == ""


async def test_an_assignment_and_an_event_do_not_deceive_the_textarea(classic: Person) -> None:
    """As in React: the element's own `value` tells the page, so that the event brings nothing new."""
    await classic.open()
    event = "box.dispatchEvent(new InputEvent('input', {bubbles: true}))"
    await classic.box.evaluate(f"(box) => {{ box.value = 'put'; {event}; }}")
    await expect(classic.send).to_be_disabled()
    natively = "Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box, 'natively')"
    await classic.box.evaluate(f"(box) => {{ {natively}; {event}; }}")
    await expect(classic.send).to_be_enabled()


async def test_a_message_that_is_too_long_can_not_be_sent(classic: Person) -> None:
    classic.site.settings.max_prompt_characters = 10
    await classic.open()
    await classic.box.fill("x" * 11)
    await expect(classic.page.get_by_text("message is too long")).to_be_visible()
    await expect(classic.send).to_be_disabled()
    await classic.box.fill("x" * 10)
    await expect(classic.page.get_by_text("message is too long")).to_be_hidden()
    await expect(classic.send).to_be_enabled()


async def test_before_its_scripts_are_up_the_page_does_nothing(person: Person) -> None:
    person.site.settings.hydration_seconds = 3.0
    await person.page.goto("/?mode=direct")
    await person.box.press_sequentially("lost")
    await person.picker.click()
    await expect(person.options).to_have_count(0)
    await expect(person.send).to_be_disabled()
    await person.page.locator("html[data-hydrated]").wait_for()
    assert await person.box.evaluate("(box) => box.value ?? box.textContent") == ""
    await person.say("SAY<<alive>>")
    await expect(person.answers).to_have_text("alive")


@pytest.mark.parametrize("private", [True, False])
async def test_the_page_keeps_its_fetch_or_takes_what_is_there(classic: Person, *, private: bool) -> None:
    classic.site.settings.private_fetch = private
    await classic.open()
    await classic.page.evaluate(HOOK)
    await classic.say("SAY<<x>>")
    await expect(classic.answers).to_have_text("x")
    seen = await classic.page.evaluate("window.seen.map(([type, method, url]) => `${type} ${method} ${url}`)")
    assert ("string POST /nextjs-api/stream/create-evaluation" in seen) is not private


async def test_the_visible_check_waits_for_the_persons_own_click(person: Person) -> None:
    person.site.settings.check_rejections = 1
    await person.open()
    await person.say("SAY<<passed>>")
    box = person.page.get_by_label("I'm not a robot")
    await expect(person.page.locator("[role=dialog] .g-recaptcha")).to_be_visible()
    await box.evaluate("(box) => box.click()")
    await expect(person.dialog).to_be_visible()
    assert len(person.site.audit.calls()) == 1
    await box.click()
    await expect(person.answers).to_have_text("passed")
    refused, passed = person.site.audit.calls()
    assert [refused.verdict, passed.verdict] == ["rejected", "accepted"]
    first, second = refused.json, passed.json
    assert first.pop("recaptchaV3Token") != second.pop("recaptchaV2Token")
    assert json.dumps(first) == json.dumps(second)


async def test_the_page_may_drop_a_message_that_needed_the_visible_check(classic: Person) -> None:
    classic.site.settings.changed({"check_rejections": 1, "check_resends": False})
    await classic.open()
    await classic.say("SAY<<lost>>")
    await classic.page.get_by_label("I'm not a robot").click()
    await expect(classic.page.locator(".assistant .problem")).to_contain_text("send your message again")
    await classic.say("SAY<<again>>")
    await expect(classic.answers.nth(1)).to_have_text("again")
    assert [each.verdict for each in classic.site.audit.calls()] == ["rejected", "accepted"]


async def test_a_sign_in_is_asked_for_and_done_without_a_load(person: Person) -> None:
    await person.open()
    await person.page.evaluate("window.same = true")
    person.site.demands.make("sign_in")
    await expect(person.dialog).to_be_visible()
    await person.page.get_by_role("button", name="Log in").evaluate("(button) => button.click()")
    await person.page.get_by_label("Email").fill("a@example.org")
    await person.page.get_by_label("Password").fill("anything")
    await person.page.get_by_role("button", name="Log in").click()
    await expect(person.dialog).to_have_count(0)
    await person.say("SAY<<in>>")
    await expect(person.answers).to_have_text("in")
    assert len(person.site.audit.calls("sign-in")) == 1
    assert await person.page.evaluate("window.same")


async def test_until_new_terms_are_accepted_nothing_is_sent(person: Person) -> None:
    await person.open()
    await person.box.fill("SAY<<agreed>>")
    person.site.demands.make("terms")
    terms = person.page.get_by_role("alertdialog")
    await expect(terms).to_contain_text("We have updated our terms")
    for button in (terms.get_by_role("button"), person.send):
        await button.evaluate("(button) => button.click()")
    await expect(terms).to_be_visible()
    await terms.get_by_role("button", name="Accept").click()
    await expect(person.dialog).to_have_count(0)
    await person.send.click()
    await expect(person.answers).to_have_text("agreed")
    assert len(person.site.audit.calls()) == 1


async def test_a_blocked_account_says_so_and_sends_nothing(person: Person) -> None:
    await person.open()
    person.site.demands.make("blocked")
    notice = person.page.locator("[role=alert][data-account-state=blocked]")
    await expect(notice).to_be_visible()
    await person.box.fill("x")
    await expect(person.send).to_be_disabled()
    person.site.demands.withdraw("blocked")
    await expect(notice).to_have_count(0)
    await expect(person.send).to_be_enabled()


@pytest.mark.parametrize(("kind", "status"), [("sign_in", 401), ("blocked", 403)])
async def test_a_page_without_news_learns_it_by_its_next_call(classic: Person, kind: DemandKind, status: int) -> None:
    classic.site.settings.page_events = False
    await classic.open()
    classic.site.demands.make(kind)
    await classic.say("SAY<<x>>")
    await expect(
        classic.page.locator("[role=dialog] input[type=password], [data-account-state=blocked]")
    ).to_be_visible()
    assert classic.site.audit.last().status == status


async def test_a_challenge_refuses_the_page_and_its_calls_until_the_person_has_met_it(classic: Person) -> None:
    await classic.open()
    classic.site.demands.make("challenge")
    await classic.say("SAY<<x>>")
    await expect(classic.page.locator(".assistant .problem")).to_contain_text("403")
    await classic.page.reload()
    assert await classic.page.title() == "Just a moment..."
    verify = classic.page.locator("form#challenge-form").get_by_role("button", name="Verify you are human")
    await verify.evaluate("(button) => button.click()")
    await verify.click()
    await expect(classic.box).to_be_visible()
    await classic.open()
    await classic.say("SAY<<through>>")
    await expect(classic.answers).to_have_text("through")


async def test_a_challenge_of_one_answer_goes_away_by_a_reload(classic: Person) -> None:
    await classic.open()
    await classic.page.request.post("/__simulator__/faults", data={"kind": "challenge", "calls": ["page"]})
    await classic.page.reload()
    assert await classic.page.title() == "Just a moment..."
    await classic.page.reload()
    assert await classic.page.title() == "LMArena"


async def test_a_modality_has_its_own_models_and_is_named_in_the_request(person: Person) -> None:
    await person.open()
    await person.switch_to("Image", "Image")
    await person.choose("easel-1")
    await person.say("DRAW<<a cat>>")
    await expect(person.page.locator(".files img")).to_have_js_property("naturalWidth", 64)
    body = person.site.audit.last().json
    assert (body["modality"], body["modelAId"]) == ("image", person.site.catalogue.named("easel-1").id)


async def test_a_picker_of_320_models_is_quick_and_tells_twins_as_far_as_the_layout_does(person: Person) -> None:
    person.site.settings.catalogue_size = 320
    await person.open()
    await person.search("")
    await expect(person.options).to_have_count(320)
    await person.page.keyboard.press("Escape")
    await expect(person.options).to_have_count(0)
    await person.search("0015")
    await expect(person.options).to_have_count(2)
    ids = await person.options.evaluate_all("options => options.map((option) => option.dataset.modelId ?? null)")
    assert ids == [
        each.id if person.layout == "studio" else None
        for each in person.site.catalogue
        if each.public_name == "model-0015"
    ]
    await person.options.nth(1).click()
    await person.say("SAY<<x>>")
    await person.site.audit.until(lambda audit: audit.calls())
    twin = [each for each in person.site.catalogue if each.public_name == "model-0015"][1]
    assert person.site.audit.last().json["modelAId"] == twin.id


async def test_the_picker_offers_the_models_of_every_variant(classic: Person) -> None:
    for variant in ("split_pushes", "initial_state", "odd_names", "id_not_first"):
        classic.site.settings.changed({"page_variant": variant})
        await classic.open()
        offered = [each.public_name for each in classic.site.catalogue if each.organization and "text" in each.outputs]
        await classic.picker.click()
        await expect(classic.options.locator("span:first-child")).to_have_text(offered)


async def test_a_battle_shows_two_answers_and_names_nobody(classic: Person) -> None:
    await classic.open("/")
    await classic.say("SAY<<x>>")
    await expect(classic.answers).to_have_text(["x", "x"])
    await expect(classic.page.locator(".who")).to_have_text(["Assistant A", "Assistant B"])
    assert "modelAId" not in classic.site.audit.last().json


async def test_retry_answers_again_without_anything_typed(person: Person) -> None:
    await person.open()
    await person.say("SAY<<x>>")
    await expect(person.page.locator(".card.assistant")).to_have_attribute("data-status", "success")
    await person.page.evaluate(HOOK)
    await person.page.get_by_role("button", name="Retry").click()
    await person.site.audit.until(lambda audit: audit.calls("retry-evaluation-session-message"))
    [kind, method, url] = (await person.page.evaluate("window.seen"))[0]
    assert (kind, method) == ("string", "PUT")
    assert re.fullmatch(r"/nextjs-api/stream/retry-evaluation-session-message/[0-9a-f-]+/messages/[0-9a-f-]+", url)


async def test_every_kind_of_record_is_shown(classic: Person) -> None:
    await classic.open()
    await classic.say("THINK<<hm>>SAY<<See>>CITE<<2>>")
    await expect(classic.page.locator(".reasoning p")).to_have_text("hm")
    await expect(classic.page.locator(".sources li")).to_have_count(2)
    await classic.say("FAILAFTER<<Half>>")
    await expect(classic.page.locator(".assistant .problem").last).to_have_text("An error occurred")
    await classic.say("STATUS<<429>>")
    await expect(classic.page.locator(".assistant .problem").last).to_contain_text("429: Too many requests")


async def test_the_page_speaks_as_the_site_did_in_its_day(classic: Person) -> None:
    retries: Call = "retry-evaluation-session-message"
    for version in ("2025-08", "2025-11"):
        classic.site.settings.changed({"site_version": version})
        await classic.open()
        await classic.say("SAY<<one>>")
        await expect(classic.answers).to_have_text("one")
        await classic.say("ROLES<<>>")
        await expect(classic.answers.nth(1)).to_have_text('["user","assistant","user"]')
        classic.site.audit.clear()
        await classic.page.get_by_role("button", name="Retry").nth(1).click()
        await classic.site.audit.until(lambda audit: any(each.finished_at for each in audit.calls(retries)))
        assert classic.site.audit.last(retries).status == 200
        assert [each["role"] for each in classic.site.audit.last(retries).json["messages"]] == [
            "user",
            "assistant",
            "user",
        ]


async def test_the_page_signs_its_visitor_up_where_it_has_to(classic: Person) -> None:
    classic.site.settings.sign_in = "sign_up"
    await classic.open()
    assert classic.site.audit.last("sign-up").status == 200
    await classic.say("SAY<<in>>")
    await expect(classic.answers).to_have_text("in")
