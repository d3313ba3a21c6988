"""Where the page may not open a socket, the link goes by requests of the userscript manager, and nobody notices."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from arenabridge.hub.workers.worker import WorkerState
from arenabridge.simulator.pictures import Drawing, png
from arenabridge.simulator.settings import SiteSettings
from browser.bridge import PERMISSION, URL, Bridge, bridge
from browser.manager import Manager
from chaos.fault_proxy import FaultProxy, fault_proxy
from integration.gateway.worker_double import until

ODD = 'Grüße, 世界! 😀👩‍👩‍👧 "quotes" \\n \u2028\u2029\u0085 data: x\n\nevent: again >> end'
WORDS = " ".join(f"word{number}" for number in range(250))


@asynccontextmanager
async def bridge_by(manager: Manager, folder: Path) -> AsyncIterator[tuple[Bridge, FaultProxy]]:
    site = SiteSettings(check="ignore", csp="enforced")
    async with (
        fault_proxy() as proxy,
        bridge(
            folder, manager=manager, address_space="public", permissions=(), through=proxy, site=site, slots=16
        ) as whole,
    ):
        yield whole, proxy


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Bridge, FaultProxy]]:
    async with bridge_by("Tampermonkey", tmp_path_factory.mktemp("requests")) as both:
        yield both


@pytest_asyncio.fixture(loop_scope="session")
async def bridged(one_bridge: tuple[Bridge, FaultProxy]) -> Bridge:
    whole, _ = one_bridge
    whole.site.settings.changed(vars(SiteSettings(check="ignore", csp="enforced")))
    whole.site.audit.clear()
    return whole


def say(text: str) -> str:
    return f"SAY###<<{text}>>###"


def workers(whole: Bridge) -> list[WorkerState]:
    return whole.running.gateway.hub.workers


async def badge(page: Page, state: str, reason: str) -> str:
    """What it says, once it has this state for this reason."""
    found = page.locator("arena-bridge-badge")
    await expect(found).to_have_attribute("data-state", state)
    await expect(found).to_have_attribute("data-reason", reason)
    return await found.get_attribute("data-text") or ""


@asynccontextmanager
async def a_tab_alone(whole: Bridge) -> AsyncIterator[Page]:
    """A new one, while the bridge's own is elsewhere."""
    await whole.page.goto("about:blank")
    await until(lambda: not workers(whole))
    page = await whole.page.context.new_page()
    await page.goto(URL)
    yield page
    await page.close()
    await whole.page.goto(URL)
    await until(lambda: len(workers(whole)) == 1)


async def test_a_page_whose_policy_forbids_the_socket_serves_all_the_same(bridged: Bridge) -> None:
    (worker,) = (await bridged.http.get("/health")).json()["workers"]
    assert (worker["transport"], worker["transport_because"]) == ("gm", "csp")
    assert "by way of the userscript manager" in await badge(bridged.page, "ready", "csp")
    assert await bridged.say(say(ODD)) == ODD
    bridged.site.settings.bytes_per_write = 1
    assert "".join([piece async for piece in bridged.stream(say(ODD))]) == ODD


async def test_a_stream_is_one(bridged: Bridge) -> None:
    bridged.site.settings.record_delay_seconds = 0.1
    arrived = [time.monotonic() async for _ in bridged.stream(say(" ".join("abcdefghijklmnop")))]
    assert arrived[-1] - arrived[0] > 1


async def test_sixteen_answers_at_once_do_not_mix(bridged: Bridge) -> None:
    bridged.site.settings.record_delay_seconds = 0.01
    texts = [f"{number}: {WORDS[:600]}" for number in range(16)]
    assert await asyncio.gather(*(bridged.say(say(text)) for text in texts)) == texts


async def test_a_client_that_goes_ends_the_sites_request_within_a_second(bridged: Bridge) -> None:
    audit = bridged.site.audit
    asking = asyncio.ensure_future(bridged.say("HANG<<some text>>"))
    await audit.until(lambda audit: audit.active == 1)
    asking.cancel()
    gone = time.time()
    await audit.until(lambda audit: audit.active == 0)
    assert (audit.last().disconnected_at or gone + 99) - gone < 1


async def test_twenty_cuts_within_one_answer_are_not_noticed(
    bridged: Bridge, one_bridge: tuple[Bridge, FaultProxy]
) -> None:
    await cut_within_an_answer(bridged, one_bridge[1], WORDS, times=20)


async def cut_within_an_answer(bridged: Bridge, proxy: FaultProxy, text: str, *, times: int) -> None:
    bridged.site.settings.record_delay_seconds = 0.04
    done = 0

    async def cut() -> None:
        nonlocal done
        for _ in range(times):
            before = workers(bridged)[0]
            proxy.cut()
            done += 1
            await until(lambda: workers(bridged) and workers(bridged)[0] is not before)  # noqa: B023 - waited for here

    answer = bridged.stream(say(text))
    pieces = [await anext(answer)]
    cutting = asyncio.ensure_future(cut())
    pieces += [piece async for piece in answer]
    assert "".join(pieces) == text
    assert done == times, "the answer ended before the cuts did"
    await cutting
    assert len(bridged.site.audit.calls("create-evaluation")) == 1
    assert workers(bridged)[0].transport == "gm"


async def test_a_manager_that_gives_all_the_text_so_far_does_as_well(tmp_path: Path) -> None:
    async with bridge_by("Violentmonkey", tmp_path) as (whole, proxy):
        assert await whole.say(say(ODD)) == ODD
        await test_a_stream_is_one(whole)
        whole.site.audit.clear()
        await cut_within_an_answer(whole, proxy, WORDS[:900], times=5)


async def test_two_tabs_work_side_by_side(bridged: Bridge) -> None:
    bridged.site.settings.first_byte_seconds = 0.5
    page = await bridged.page.context.new_page()
    await page.goto(URL)
    await until(lambda: len(workers(bridged)) == 2)
    assert {worker.transport for worker in workers(bridged)} == {"gm"}
    texts = [f"text {number}" for number in range(8)]
    assert await asyncio.gather(*(bridged.say(say(text)) for text in texts)) == texts
    assert all(worker.served for worker in workers(bridged))
    await page.close()
    await until(lambda: len(workers(bridged)) == 1)


async def test_a_fourth_tab_says_that_it_is_one_too_many(bridged: Bridge) -> None:
    pages = [await bridged.page.context.new_page() for _ in range(3)]
    for page in pages:
        await page.goto(URL)
        await badge(
            page, "ready" if page is not pages[-1] else "blocked", "csp" if page is not pages[-1] else "too_many_tabs"
        )
    await pages[0].close()
    await badge(pages[-1], "ready", "csp")
    for page in pages[1:]:
        await page.close()
    await until(lambda: len(workers(bridged)) == 1)


async def test_what_was_forbidden_is_not_tried_again_in_this_tab(bridged: Bridge) -> None:
    violations: list[str] = []
    bridged.page.on("console", lambda message: violations.append(message.text) if "/ws" in message.text else None)
    before = workers(bridged)[0]
    await bridged.page.reload()
    await until(lambda: workers(bridged) and workers(bridged)[0] is not before)
    assert workers(bridged)[0].transport_because == "csp"
    assert not violations


async def test_a_gateway_that_is_not_there_is_waited_for(
    bridged: Bridge, one_bridge: tuple[Bridge, FaultProxy]
) -> None:
    _, proxy = one_bridge
    proxy.is_open = False
    proxy.cut()
    await badge(bridged.page, "down", "down")
    proxy.is_open = True
    await badge(bridged.page, "ready", "csp")


async def test_a_gateway_that_was_away_is_reached_by_socket_again(
    bridged: Bridge, one_bridge: tuple[Bridge, FaultProxy]
) -> None:
    _, proxy = one_bridge
    bridged.site.settings.csp = "report_only"
    await bridged.page.context.grant_permissions(list(PERMISSION))
    async with a_tab_alone(bridged) as page:
        await badge(page, "ready", "")
        proxy.is_open = False
        proxy.cut()
        await badge(page, "down", "down")
        proxy.is_open = True
        await badge(page, "ready", "")
        assert [worker.transport for worker in workers(bridged)] == ["ws"]
        await bridged.page.context.clear_permissions()


async def test_a_denied_permission_is_gone_round_and_a_given_one_used_within_an_answer(bridged: Bridge) -> None:
    bridged.site.settings.changed({"csp": "report_only", "record_delay_seconds": 0.02})
    context = bridged.page.context
    async with a_tab_alone(bridged) as page:
        assert "site (icon left of the address)" in await badge(page, "ready", "permission_denied")
        answer = asyncio.ensure_future(bridged.say(say(WORDS)))
        await bridged.site.audit.until(lambda audit: audit.active == 1)
        await context.grant_permissions(list(PERMISSION))
        await badge(page, "ready", "")
        assert [worker.transport for worker in workers(bridged)] == ["ws"]
        assert not answer.done()
        assert await answer == WORDS
        await context.clear_permissions()
    assert len(bridged.site.audit.calls("create-evaluation")) == 1


async def test_a_permission_that_is_taken_back_moves_an_answer_to_requests(
    bridged: Bridge, one_bridge: tuple[Bridge, FaultProxy]
) -> None:
    _, proxy = one_bridge
    bridged.site.settings.changed({"csp": "report_only", "record_delay_seconds": 0.02})
    context = bridged.page.context
    await context.grant_permissions(list(PERMISSION))
    async with a_tab_alone(bridged) as page:
        await badge(page, "ready", "")
        answer = asyncio.ensure_future(bridged.say(say(WORDS)))
        await bridged.site.audit.until(lambda audit: audit.active == 1)
        await context.clear_permissions()
        proxy.cut()
        await badge(page, "ready", "permission_denied")
        assert not answer.done()
        assert await answer == WORDS
    assert len(bridged.site.audit.calls("create-evaluation")) == 1


async def test_a_picture_comes_whole_over_several_answers(bridged: Bridge) -> None:
    content = png(Drawing("a cat")) + bytes(range(256)) * 30_000
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    asked: list[Any] = [{"type": "text", "text": "SEE<<>>"}, {"type": "image_url", "image_url": {"url": url}}]
    before = workers(bridged)[0]
    answer = await bridged.openai.chat.completions.create(
        model="aurora-3-pro", messages=[{"role": "user", "content": asked}]
    )
    (seen,) = json.loads(answer.choices[0].message.content or "")
    assert (seen["size"], hashlib.sha256(content).hexdigest()[:16]) == (len(content), seen["sha256"][:16])
    assert workers(bridged) == [before], "the connection was lost meanwhile"


async def test_a_duplicated_tab_is_another_worker_and_takes_no_jobs_along(bridged: Bridge) -> None:
    """The browser copies the tab's session storage, where the way is kept."""
    bridged.site.settings.record_delay_seconds = 0.05
    context = bridged.page.context
    before = workers(bridged)[0]
    answer = asyncio.ensure_future(bridged.say(say(WORDS[:900])))
    await bridged.site.audit.until(lambda audit: audit.active == 1)
    async with context.expect_page() as opened:
        await context.service_workers[0].evaluate(
            "async () => chrome.tabs.duplicate((await chrome.tabs.query({})).find(({ url }) => /lmarena/.test(url)).id)"
        )
    await until(lambda: len(workers(bridged)) == 2)
    pages = {worker.page: worker for worker in workers(bridged)}
    assert len(pages) == 2
    assert bridged.running.gateway.hub.jobs_of(before.worker) == 1
    assert [each.transport_because for each in workers(bridged)] == ["csp", "csp"]
    assert await answer == WORDS[:900]
    await (await opened.value).close()
    await until(lambda: len(workers(bridged)) == 1)
    assert len(bridged.site.audit.calls("create-evaluation")) == 1
