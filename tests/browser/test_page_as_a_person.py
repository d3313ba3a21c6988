"""The site as it is today, end to end: its page's check is required, its page is used, its person is waited for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
import pytest_asyncio
from openai import BadRequestError, InternalServerError

from arenabridge.simulator.audit import Exchange
from arenabridge.simulator.settings import SiteSettings
from browser.bridge import ORIGIN, Bridge, bridge
from browser.person import Person
from integration.gateway.worker_double import until

Layout = Literal["classic", "studio"]
ODD = 'Grüße, 世界! 😀👩‍👩‍👧\n\n\tindented   \n"quotes" \\n a0:"x" {"error":"no"} end'


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["classic", "studio"])
async def one_bridge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    site = SiteSettings(layout=request.param)
    async with bridge(tmp_path_factory.mktemp("bridge"), site=site, head_hold_seconds=1.0) as whole:
        yield whole


@pytest.fixture
def bridged(one_bridge: Bridge) -> Bridge:
    site = one_bridge.site
    site.settings.changed({**vars(SiteSettings()), "layout": site.settings.layout})
    site.faults.clear()
    site.demands.withdraw()
    site.audit.clear()
    return one_bridge


def say(text: str) -> str:
    return f"SAY###<<{text}>>###"


def generated(bridged: Bridge) -> list[Exchange]:
    """The calls that the site answered. No call carried a token that the page did not make, and none was altered."""
    calls = bridged.site.audit.calls()
    assert all(call.altered is not True for call in calls)
    assert all(call.verdict in {"accepted", "missing", "rejected"} for call in calls)
    accepted = [call for call in calls if call.status == 200]
    assert all((call.verdict, call.altered) == ("accepted", False) for call in accepted)
    return accepted


def settled(bridged: Bridge) -> bool:
    """Nothing runs, and the page can be used again."""
    hub = bridged.running.gateway.hub
    return hub.running == hub.waiting == 0


async def test_a_refusal_of_fetch_is_learned_once_and_the_page_is_used_from_then_on(tmp_path: Path) -> None:
    async with bridge(tmp_path, site=SiteSettings()) as bridged:
        texts = [f"answer {number} {ODD}" for number in range(3)]
        assert [await bridged.say(say(text)) for text in texts] == texts
        verdicts = [call.verdict for call in bridged.site.audit.calls()]
        assert verdicts == ["missing", "accepted", "accepted", "accepted"]
        body = {"model": await bridged.model(), "messages": [{"role": "user", "content": say("x")}]}
        answer = await bridged.http.post("/v1/chat/completions", json=body)
        assert answer.headers["x-arenabridge-how"] == "composer"


async def test_50_chats_in_a_row_are_answered_to_the_byte(bridged: Bridge) -> None:
    for number in range(50):
        text = f"{number}: {ODD}"
        assert await bridged.say(say(text)) == text
    calls = generated(bridged)
    assert len(calls) == 50
    assert [call.json["userMessage"]["content"] for call in calls] == [say(f"{number}: {ODD}") for number in range(50)]
    assert len({call.json["id"] for call in calls}) == 50


async def test_a_conversation_of_ten_turns_goes_on_in_one_session(bridged: Bridge) -> None:
    messages: list[Any] = []
    for number in range(10):
        messages.append({"role": "user", "content": say(f"turn {number} {ODD}")})
        answer = await bridged.openai.chat.completions.create(model=await bridged.model(), messages=messages)
        assert answer.choices[0].message.content == f"turn {number} {ODD}"
        messages.append({"role": "assistant", "content": answer.choices[0].message.content})
    calls = generated(bridged)
    assert [call.call for call in calls] == ["create-evaluation", *["post-to-evaluation"] * 9]
    (session,) = {call.json["id"] for call in calls}
    assert [call.json["userMessage"]["content"] for call in calls] == [say(f"turn {n} {ODD}") for n in range(10)]
    held = bridged.site.conversations.get(session)
    assert held is not None
    assert [message.content for message in held.messages] == [message["content"] for message in messages]


async def test_a_streamed_answer_comes_word_by_word(bridged: Bridge) -> None:
    pieces = [piece async for piece in bridged.stream("SLOW<<0.05|one two three four five>>")]
    assert "".join(pieces) == "one two three four five"
    assert len(pieces) > 4


@pytest.mark.parametrize("prompt", ["HANG<<some text>>", "HANGHEAD<<>>", "WAIT<<5>>SAY<<late>>"])
async def test_a_client_that_goes_stops_the_pages_request(bridged: Bridge, prompt: str) -> None:
    await until(lambda: settled(bridged))
    audit = bridged.site.audit
    asking = asyncio.ensure_future(bridged.say(prompt))
    await audit.until(lambda audit: audit.active == 1, within_seconds=10)
    asking.cancel()
    await audit.until(lambda audit: audit.active == 0, within_seconds=5)
    assert settled(bridged)
    assert await bridged.say(say("and goes on")) == "and goes on"


async def test_a_client_that_goes_before_the_send_sends_nothing(bridged: Bridge) -> None:
    """The page is not alive yet, so the job waits in it."""
    hub = bridged.running.gateway.hub
    bridged.site.settings.hydration_seconds = 2.0
    before = {worker.worker for worker in hub.workers}
    await bridged.page.reload()
    await until(lambda: hub.workers and not before & {worker.worker for worker in hub.workers})
    asking = asyncio.ensure_future(bridged.say(say("never sent")))
    await until(lambda: hub.running == 1)
    asking.cancel()
    await until(lambda: settled(bridged))
    await bridged.page.locator("html[data-hydrated]").wait_for()
    assert await bridged.say(say("sent")) == "sent"
    assert [call.json["userMessage"]["content"] for call in generated(bridged)] == [say("sent")]


async def test_a_text_that_the_page_does_not_take_is_too_long(bridged: Bridge) -> None:
    long = "x" * 100_000
    assert len(await bridged.say(f"{long} {say('fits')}")) == 4
    with pytest.raises(BadRequestError) as error:
        await bridged.say("x" * 120_000)
    assert error.value.code == "context_length_exceeded"
    assert await bridged.say(say("and goes on")) == "and goes on"


async def test_an_empty_answer_is_made_again_by_the_pages_own_button_once(bridged: Bridge) -> None:
    with pytest.raises(InternalServerError) as error:
        await bridged.say("EMPTY<<>>")
    assert (error.value.status_code, error.value.code) == (502, "empty_response")
    assert [call.call for call in generated(bridged)] == ["create-evaluation", "retry-evaluation-session-message"]
    assert await bridged.say(say("and goes on")) == "and goes on"


async def test_two_tabs_are_two_composers(tmp_path: Path) -> None:
    async with bridge(tmp_path, site=SiteSettings(), execution="composer") as bridged:
        second = await bridged.page.context.new_page()
        await second.goto(f"{ORIGIN}/?mode=direct")
        hub = bridged.running.gateway.hub
        await until(lambda: len(hub.workers) == 2)
        texts = [f"{number} {ODD}" for number in range(6)]
        answers = await asyncio.gather(*(bridged.say(f"WAIT<<0.3>>{say(text)}") for text in texts))
        assert answers == texts
        assert bridged.site.audit.max_active == 2
        assert len(generated(bridged)) == 6


# -- the person


async def waiting_for(bridged: Bridge, what: str) -> httpx.Response:
    """Until the gateway says what the page wants of its person."""
    async with asyncio.timeout(15):
        while True:
            health = await bridged.http.get("/health")
            needs = [worker["needs"] for worker in health.json()["workers"] if worker["needs"]]
            if needs and needs[0]["what"] == what:
                assert health.json()["status"] == "needs_human"
                return health
            await asyncio.sleep(0.05)


def person(bridged: Bridge) -> Person:
    return Person(bridged.page, bridged.site, bridged.site.settings.layout)


async def test_a_visible_check_is_waited_for_and_the_answer_still_comes(bridged: Bridge) -> None:
    """The page sends by itself again once its person has passed the check: one grant, one answer."""
    await bridged.say(say("warm"))
    bridged.site.audit.clear()
    bridged.site.settings.check_rejections = 1
    asking = asyncio.ensure_future(bridged.say(say("after the check")))
    await waiting_for(bridged, "check")
    await bridged.page.locator(".g-recaptcha").get_by_role("checkbox").click()
    assert await asking == "after the check"
    assert len(generated(bridged)) == 1
    assert await bridged.say(say("and goes on")) == "and goes on"


@pytest.mark.parametrize(("demand", "what"), [("sign_in", "sign_in"), ("terms", "dialog")])
async def test_what_the_page_wants_is_named_waited_for_and_work_resumes(
    bridged: Bridge, demand: Literal["sign_in", "terms"], what: str
) -> None:
    await bridged.say(say("warm"))
    bridged.site.demands.make(demand)
    await waiting_for(bridged, what)
    asking = asyncio.ensure_future(bridged.say(say("resumed")))
    await until(lambda: bridged.running.gateway.hub.waiting == 1)
    dialog = person(bridged).dialog
    if demand == "sign_in":
        await dialog.locator("input[type=email]").fill("me@example.org")
        await dialog.locator("input[type=password]").fill("secret")
        await dialog.locator("button").last.click()
    else:
        await dialog.get_by_role("button", name="Accept").click()
    assert await asking == "resumed"


async def test_a_challenge_is_waited_for_and_work_resumes(bridged: Bridge) -> None:
    await bridged.say(say("warm"))
    bridged.site.demands.make("challenge")
    asking = asyncio.ensure_future(bridged.say(say("behind the challenge")))
    await waiting_for(bridged, "challenge")
    await bridged.page.locator("#challenge-form button").click()
    assert await asking == "behind the challenge"


async def test_a_blocked_account_is_said(tmp_path: Path) -> None:
    async with bridge(tmp_path, site=SiteSettings(), max_wait_seconds=1.0, execution="composer") as bridged:
        bridged.site.demands.make("blocked")
        await waiting_for(bridged, "blocked")
        with pytest.raises(InternalServerError) as error:
            await bridged.say("hello")
        assert (error.value.status_code, error.value.code) == (503, "account_blocked")
