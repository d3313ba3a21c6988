"""The managed browser: started and kept by us, visible, its pages' links through its DevTools, its profile its own."""

import asyncio
import base64
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from openai import APIStatusError

from arenabridge.app.browser_beside import browser_beside
from arenabridge.simulator.pictures import Drawing, png
from arenabridge.simulator.settings import SiteSettings
from arenabridge.worker.managed.keeper import ProfileInUse
from arenabridge.worker.relay.configuration import RelayConfiguration
from arenabridge.worker.relay.own_browser import browser_beside_relay
from arenabridge.worker.relay.running import running_relay
from browser.managed import STRANGER, Home, home
from browser.screen import unseen_screen
from integration.gateway.worker_double import until

ODD = 'Grüße, 世界! 😀👩‍👩‍👧 "quotes" \\n \u2028\u2029\u0085 >> end'
VISION = "aurora-3-pro"
LONG = 400_000
OURS = "Object.getOwnPropertyNames(window).filter((name) => /bridge/i.test(name)).length"
BADGES = "document.querySelectorAll('arena-bridge-badge').length"


def strict_site() -> SiteSettings:
    """Whose page may reach nothing but the site, and whose models make a frame that has to be cut."""
    return SiteSettings(csp="enforced", check="ignore", page_filler_bytes=1_000_000, max_prompt_characters=LONG)


@pytest.fixture(scope="module", autouse=True)
def screen() -> Iterator[None]:
    with unseen_screen():
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("managed")
    settings = {"max_prompt_characters": LONG, "require_worker_authentication": False}
    async with home(folder, site=strict_site(), **settings) as whole:
        yield whole


@pytest.fixture
def whole(one_home: Home) -> Home:
    one_home.site.settings.changed(vars(strict_site()))
    one_home.site.audit.clear()
    return one_home


async def test_text_arrives_to_the_byte_though_the_pages_policy_forbids_every_connection(whole: Home) -> None:
    assert await whole.say(f"SAY###<<{ODD}>>###") == ODD
    assert [worker.transport for worker in whole.running.gateway.hub.workers] == ["cdp"]


async def test_a_frame_that_is_longer_than_a_piece_arrives_whole(whole: Home) -> None:
    text = "😀x" * 90_000
    assert await whole.say(f"SAY###<<{text}>>###") == text


async def test_nothing_is_hidden_from_the_site(whole: Home) -> None:
    assert await whole.evaluate("navigator.webdriver") is True
    assert await whole.evaluate("document.visibilityState") == "visible"


async def test_a_picture_goes_up_and_one_comes_down(whole: Home) -> None:
    content = png(Drawing("a cat"))
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    parts: list[Any] = [{"type": "text", "text": "SEE<<>>"}, {"type": "image_url", "image_url": {"url": url}}]
    answer = await whole.openai.chat.completions.create(model=VISION, messages=[{"role": "user", "content": parts}])
    [seen] = json.loads(answer.choices[0].message.content or "")
    assert (seen["prompt"], seen["size"]) == ("a cat", len(content))
    drawn = await whole.say("DRAW<<a bridge>>")
    assert drawn.startswith(f"![image]({whole.running.base_url}/files/")


async def test_a_client_that_goes_ends_the_sites_request(whole: Home) -> None:
    asking = asyncio.ensure_future(whole.say("HANG<<some text>>"))
    await whole.site.audit.until(lambda audit: audit.active == 1)
    asking.cancel()
    await whole.site.audit.until(lambda audit: audit.active == 0)


async def test_the_pages_own_scripts_find_nothing_of_the_link(whole: Home) -> None:
    assert await whole.evaluate(OURS) == 0
    assert await whole.evaluate(BADGES) == 1


async def test_pages_of_others_have_neither_script_nor_binding(whole: Home) -> None:
    async with whole.another_tab(f"https://{STRANGER}/") as tab:
        assert (await whole.evaluate(OURS, tab), await whole.evaluate(BADGES, tab)) == (0, 0)
        assert len(whole.running.gateway.hub.workers) == 1


async def test_its_tab_comes_to_the_front_once_when_the_site_wants_its_person(whole: Home) -> None:
    async with whole.another_tab("about:blank") as other:
        await whole.until(whole.first, "document.hidden")
        whole.site.demands.make("terms")
        await whole.until(whole.first, "!document.hidden")
        whole.site.demands.withdraw()
        [worker] = whole.running.gateway.hub.workers
        await until(lambda: worker.human is None)
        await whole.call(other, "Page.bringToFront")
        await whole.until(whole.first, "document.hidden")
        whole.site.demands.make("terms")
        await until(lambda: worker.human)
        assert not await whole.evaluate("document.hidden", other), "not again so soon"
        whole.site.demands.withdraw()


async def test_a_page_that_the_browser_had_kept_aside_is_linked_again_when_the_person_goes_back(whole: Home) -> None:
    await whole.evaluate("window.kept = true")
    await whole.first.open("about:blank")
    await whole.alone()
    whole.run.devtools.start("Runtime.evaluate", session=whole.first.session, expression="history.back()")
    await whole.ready()
    assert await whole.evaluate("window.kept") is True, "it was not loaded anew"
    assert await whole.say("SAY<<again>>") == "again"
    assert await whole.evaluate(OURS) == 0


async def test_a_tab_that_crashes_is_loaded_anew(whole: Home) -> None:
    whole.run.devtools.start("Page.crash", session=whole.first.session)
    await whole.alone()
    await whole.ready()
    assert await whole.say("SAY<<back>>") == "back"


async def test_a_profile_is_used_by_one_browser_at_a_time(whole: Home) -> None:
    with pytest.raises(ProfileInUse, match="another --data-dir"):
        async with browser_beside(whole.running):
            pass


async def test_a_relays_browser_serves_the_gateway_of_the_relay(whole: Home, tmp_path: Path) -> None:
    """The gateway's own browser rests meanwhile, so that nothing else can."""
    settings = whole.running.gateway.settings
    configuration = RelayConfiguration(
        folder=tmp_path,
        gateway=f"http://127.0.0.1:{whole.running.listens_on}",
        port=0,
        site_origins=settings.site_origins,
        browser_program=settings.browser_program or "",
        browser_without_sandbox=True,
    )
    async with running_relay(configuration, print) as relay, browser_beside_relay(relay, configuration):
        roster = whole.running.gateway.hub.roster
        [own] = roster.states
        roster.pause(own.worker, paused=True)
        await until(lambda: len(roster.states) == 2)
        assert await whole.say("SAY<<through the relay>>") == "through the relay"
        roster.pause(own.worker, paused=False)


async def test_it_returns_after_a_crash_and_a_mistake_and_stays_closed_when_that_is_meant(tmp_path: Path) -> None:
    site = SiteSettings(check="required")
    async with home(tmp_path, site=site, execution="composer", resume_grace_seconds=0.1) as whole:
        signed_in = await whole.cookies()
        asking = asyncio.ensure_future(whole.say("HANG<<first>>"))
        await whole.site.audit.until(lambda audit: audit.active == 1)
        os.kill(whole.run.process.pid, signal.SIGKILL)
        with pytest.raises(APIStatusError, match="did not come back"):
            await asking
        await whole.ready()
        assert await whole.say("SAY<<second>>") == "second"
        for is_meant in (False, True):
            whole.run.devtools.start("Browser.close")  # what closing the last window leads to
            await whole.alone()
            if not is_meant:
                await whole.ready()
                assert signed_in <= await whole.cookies()
        await asyncio.wait_for(whole.browser.stays_closed.wait(), 5)
        assert whole.browser.run is None
