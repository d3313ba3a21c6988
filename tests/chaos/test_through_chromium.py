"""
The whole of it: a real browser with the real userscript, a network that breaks, a site that fails, and its person.

In the middle of it the site shows a challenge to everybody; the person passes it, and the work goes on by itself.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from openai import APIConnectionError, APIError

from arenabridge.simulator.faults import Fault
from arenabridge.simulator.settings import SiteSettings
from browser.bridge import Bridge, bridge
from chaos.fault_proxy import Conduct, fault_proxy
from integration.gateway.worker_double import until

REQUESTS = 200 if os.environ.get("CHAOS_REQUESTS") else 40
SEED = int(os.environ.get("CHAOS_SEED") or 1)
AT_ONCE = 8
CHALLENGED = REQUESTS // 2
"""The request before which the site begins to challenge everybody."""
WORDS = 60
FAULTS: tuple[Fault, ...] = (
    Fault("server_error"),
    Fault("error_in_stream", records=3),
    Fault("cut", records=2),
    Fault("reset", records=4),
    Fault("slow", seconds=0.05),
    Fault("rate_limited", retry_after="1"),
)


def text_of(number: int) -> str:
    return f"[{number}]" + "".join(f" {number}.{at}" for at in range(WORDS))


def conduct(random: Random) -> Conduct:
    """Of the network between tab and gateway."""
    return Conduct(
        ending=random.choice(("cut", "half_open")),
        ends_after_seconds=random.expovariate(1 / 1.5),
        half_open_seconds=random.uniform(0.1, 1),
        delay_seconds=random.choice((0, 0.01)),
        repeats=random.choice((0, 0.05)),
    )


@pytest.mark.browser
@pytest.mark.timeout(400)
async def test_two_hundred_requests_through_a_real_tab_end_whole_or_with_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(SEED)  # noqa: S311 - to be repeated
    async with (
        fault_proxy(lambda: conduct(random), random) as proxy,
        bridge(tmp_path, through=proxy, slots=AT_ONCE, site=SiteSettings(check="ignore")) as whole,
    ):
        whole.site.settings.record_delay_seconds = 0.005
        counts: Counter[str] = Counter()
        async with troubles(whole, random), a_person_at(whole):
            await ask_all(whole, range(REQUESTS), counts)
        await until(lambda: not whole.running.gateway.hub.under_way)
        sessions = [call.json["id"] for call in whole.site.audit.calls("create-evaluation")]
        calls = len(sessions)
        grants = whole.running.gateway.hub.grants
    with capsys.disabled():
        print(  # noqa: T201 - the proof
            f"\nthrough Chromium, seed {SEED}: {dict(counts)}, {grants} grants, {calls} calls,"
            f" {proxy.connections} connections of the tab, {proxy.breaks} of them broken"
        )
    assert len(set(sessions)) == calls, "a grant was carried out twice"
    assert grants - AT_ONCE * proxy.connections <= calls <= grants
    assert not set(counts) & {"not its text", "another's text", "an error without a code", "internal_error"}
    assert counts.total() == REQUESTS
    assert counts["whole"] > REQUESTS / 3
    assert proxy.breaks >= REQUESTS // 40


async def ask_all(whole: Bridge, numbers: range, counts: Counter[str]) -> None:
    left = iter(numbers)

    catalogue = whole.running.gateway.models.catalogue
    models = [entry.name for entry in catalogue if entry.model.modality == "chat"]

    async def ask_on() -> None:
        for number in left:
            if number == CHALLENGED:
                whole.site.demands.make("challenge")
            counts[await outcome(whole, number, models[number % len(models)])] += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(ask_on())


async def outcome(whole: Bridge, number: int, model: str) -> str:
    """`whole`, or the code of a typed error; whatever came before that must be the beginning of its own text."""
    said = ""
    try:
        if number % 2:
            said = await whole.say(f"SAY<<{text_of(number)}>>", model=model)
        else:
            async for piece in whole.stream(f"SAY<<{text_of(number)}>>", model=model):
                said += piece
    except APIConnectionError:
        raise
    except APIError as error:
        code = error.code or "an error without a code"
    else:
        code = "whole" if said == text_of(number) else "not its text"
    return code if text_of(number).startswith(said) else "another's text"


@asynccontextmanager
async def troubles(whole: Bridge, random: Random) -> AsyncIterator[None]:
    """The site fails now and then."""

    async def trouble() -> None:
        while True:
            await asyncio.sleep(random.expovariate(1))
            whole.site.faults.add(random.choice(FAULTS))

    troubling = asyncio.ensure_future(trouble())
    try:
        yield
    finally:
        troubling.cancel()
        whole.site.faults.clear()


@asynccontextmanager
async def a_person_at(whole: Bridge) -> AsyncIterator[None]:
    """Who passes the challenge when the page shows it; it has to."""

    async def person() -> None:
        await whole.page.locator("#challenge-form button").click(timeout=200_000)

    passing = asyncio.ensure_future(person())
    try:
        yield
        await passing
    finally:
        passing.cancel()
