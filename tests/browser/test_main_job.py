"""The main job, end to end on real parts: openai client, gateway, userscript in Chromium, site, and back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from openai import APIStatusError, InternalServerError, NotFoundError, RateLimitError
from openai.types.chat import ChatCompletionMessageParam

from arenabridge.simulator.faults import Fault
from arenabridge.simulator.settings import SiteSettings
from browser.bridge import Bridge, bridge
from integration.gateway.worker_double import until

ODD = 'Grüße, 世界! 😀👩‍👩‍👧 "quotes" \\n \u2028\u2029\u0085 a0:"x" {"error":"no"} Just a moment... >> end'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    async with bridge(tmp_path_factory.mktemp("bridge"), slots=32, head_hold_seconds=1.0) as whole:
        yield whole


@pytest.fixture
def bridged(one_bridge: Bridge) -> Bridge:
    site = one_bridge.site
    site.settings.changed(vars(SiteSettings(check="ignore")))
    site.faults.clear()
    site.audit.clear()
    return one_bridge


def say(text: str) -> str:
    return f"SAY###<<{text}>>###"


@pytest.mark.parametrize("bytes_per_write", [1, 0], ids=["every byte its own write", "a record a write"])
async def test_text_arrives_to_the_byte_however_the_site_cuts_it(bridged: Bridge, bytes_per_write: int) -> None:
    bridged.site.settings.bytes_per_write = bytes_per_write
    assert "".join([piece async for piece in bridged.stream(say(ODD))]) == ODD
    assert await bridged.say(say(ODD)) == ODD


async def test_surrogates_split_over_records_are_joined(bridged: Bridge) -> None:
    bridged.site.settings.escape = "split_surrogates"
    assert await bridged.say(say(ODD)) == ODD


async def test_a_conversation_arrives_complete_and_in_order(bridged: Bridge) -> None:
    turns = [f"turn {number}: 第{number}回 😀" for number in range(9)]
    messages: list[Any] = [{"role": "system", "content": "Rules."}]
    messages += [
        {"role": "user" if number % 2 == 0 else "assistant", "content": text} for number, text in enumerate(turns)
    ]
    messages[-1]["content"] += " HISTORY<<>>"
    answer = await complete(bridged, messages)
    (held,) = json.loads(answer)
    positions = [held["content"].index(text) for text in ["Rules.", *turns]]
    assert positions == sorted(positions)
    assert held["content"].count("[User]") == 5
    assert held["content"].count("[Assistant]") == 4


async def complete(bridged: Bridge, messages: list[ChatCompletionMessageParam]) -> str:
    answer = await bridged.openai.chat.completions.create(model=await bridged.model(), messages=messages)
    return answer.choices[0].message.content or ""


async def test_reasoning_comes_apart_from_the_answer(bridged: Bridge) -> None:
    answer = await bridged.openai.chat.completions.create(
        model=await bridged.model(), messages=[{"role": "user", "content": "THINK<<Let me see.>>SAY<<42>>"}]
    )
    message = answer.choices[0].message
    assert message.content == "42"
    assert getattr(message, "reasoning_content", None) == "Let me see."


async def test_a_picture_arrives_as_a_link_to_what_the_gateway_keeps(bridged: Bridge) -> None:
    kept = f"![image]({bridged.running.base_url}/files/"
    assert (await bridged.say("DRAW<<a bridge>>")).startswith(kept)


async def test_32_answers_at_once_go_through_one_tab_and_never_mix(bridged: Bridge) -> None:
    texts = [" ".join(f"{number}:{word}" for word in range(30)) for number in range(32)]
    bridged.site.settings.record_delay_seconds = 0.02
    answers = await asyncio.gather(*(bridged.say(f"WAIT<<1>>{say(text)}") for text in texts))
    assert answers == texts
    assert bridged.site.audit.max_active == 32
    assert len(bridged.site.audit.calls("create-evaluation")) == 32
    assert len(bridged.running.gateway.hub.workers) == 1


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("prompt", ["HANG<<some text>>", "HANGHEAD<<>>"])
async def test_a_client_that_goes_ends_the_sites_request_within_a_second(
    bridged: Bridge, prompt: str, *, streamed: bool
) -> None:
    audit = bridged.site.audit
    body = {"model": await bridged.model(), "stream": streamed, "messages": [{"role": "user", "content": prompt}]}
    asking = asyncio.ensure_future(bridged.http.post("/v1/chat/completions", json=body))
    await audit.until(lambda audit: audit.active == 1)
    asking.cancel()
    gone = time.time()
    await audit.until(lambda audit: audit.active == 0)
    assert (audit.last().disconnected_at or gone + 99) - gone < 1
    assert bridged.running.gateway.hub.running == 0


async def test_nobody_pays_twice(bridged: Bridge) -> None:
    """Every grant is one call at the site, refused, failed or answered; only an empty answer is worth a second one."""
    await bridged.say(say("one"))
    for prompt in ("FAIL<<no>>", "CUT<<half>>", "STATUS<<500>>", "EMPTY<<>>"):
        with pytest.raises(APIStatusError):
            await bridged.say(prompt)
    assert len(bridged.site.audit.calls("create-evaluation")) == 6


async def test_an_unknown_model_is_a_404(bridged: Bridge) -> None:
    with pytest.raises(NotFoundError) as error:
        await bridged.say("hello", model="no-such-model")
    assert error.value.code == "model_not_found"


async def test_the_sites_limit_is_a_429_with_its_time_and_the_site_is_not_asked_again_before(bridged: Bridge) -> None:
    bridged.site.faults.add(Fault("rate_limited", retry_after="17"))
    model = [each.name for each in bridged.running.gateway.models.catalogue if each.model.modality == "chat"][-1]
    for _ in range(2):
        with pytest.raises(RateLimitError) as error:
            await bridged.say("hello", model=model)
        assert error.value.code == "upstream_rate_limited"
        assert 15 <= int(error.value.response.headers["retry-after"]) <= 17
    assert len(bridged.site.audit.calls("create-evaluation")) == 1


async def test_a_challenge_page_asks_for_the_person_and_is_named(tmp_path: Path) -> None:
    """The tab is loaded anew, so that the person sees it; the request waits for them, and in vain is a 503."""
    async with bridge(tmp_path, max_wait_seconds=2.0) as bridged:
        bridged.site.faults.add(Fault("challenge", calls=("page", "create-evaluation"), times=None))
        with pytest.raises(InternalServerError) as error:
            await bridged.say("hello")
        assert (error.value.status_code, error.value.code) == (503, "human_verification_required")
        await until(lambda: bridged.running.gateway.hub.workers and bridged.running.gateway.hub.workers[0].human)
        health = (await bridged.http.get("/health")).json()
        assert health["workers"][0]["needs"]["what"] == "challenge"
        assert "Just a moment" in health["workers"][0]["needs"]["words"]


async def test_an_error_in_the_stream_is_a_status_before_text_and_an_event_after_it(bridged: Bridge) -> None:
    with pytest.raises(InternalServerError) as error:
        await bridged.say("FAIL<<Resource exhausted>>")
    assert (error.value.status_code, error.value.code) == (502, "upstream_error")
    body = {"model": await bridged.model(), "stream": True}
    prompt = "SLOW<<0.2|one two three >>FAILAFTER<<four>>"
    answer = await bridged.http.post(
        "/v1/chat/completions", json={**body, "messages": [{"role": "user", "content": prompt}]}
    )
    *_, failure, done, empty = answer.text.split("\n\n")
    assert (answer.status_code, done, empty) == (200, "data: [DONE]", "")
    assert json.loads(failure.removeprefix("data: "))["error"]["code"] == "upstream_error"
    assert '"finish_reason":"stop"' not in answer.text


async def test_a_page_of_another_origin_can_not_open_the_link(bridged: Bridge) -> None:
    """Any page may try, since WebSockets know no CORS."""
    gateway = bridged.running.base_url
    context = await bridged.browser.new_context()
    page = await context.new_page()
    await page.goto(f"{gateway}/livez")
    outcome = await page.evaluate(
        """url => new Promise(done => {
            const socket = new WebSocket(url);
            socket.onopen = () => done('open');
            socket.onclose = event => done(event.code);
        })""",
        gateway.replace("http", "ws", 1) + "/ws",
    )
    await context.close()
    assert outcome == 1006


async def test_no_worker_is_a_503_that_says_so(tmp_path: Path) -> None:
    async with bridge(tmp_path, max_wait_seconds=1.0) as bridged:
        await bridged.page.context.close()
        await until(lambda: not bridged.running.gateway.hub.workers)
        asking = asyncio.ensure_future(bridged.say("hello"))
        with pytest.raises(InternalServerError) as error:
            await asking
    assert (error.value.status_code, error.value.code) == (503, "no_worker_connected")


@pytest.mark.parametrize("granted", [True, False])
async def test_on_the_public_site_the_browsers_permission_decides_and_the_badge_names_it(
    tmp_path: Path, *, granted: bool
) -> None:
    permissions = ("local-network-access",) if granted else ()
    async with bridge(tmp_path, address_space="public", permissions=permissions, ready=granted) as bridged:
        badge = bridged.page.locator("[data-state]").last
        if granted:
            assert await bridged.say(say("through")) == "through"
            await bridged.page.locator('[data-state="ready"]').wait_for(state="attached")
        else:
            await bridged.page.locator('[data-state="blocked"]').wait_for(state="attached")
            assert await badge.get_attribute("data-reason") == "permission_denied"
            assert bridged.running.gateway.hub.workers == []
