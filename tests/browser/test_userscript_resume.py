"""A tab keeps its jobs and what it said of them while the link is broken, and goes on where the gateway stopped."""

import asyncio
from collections.abc import Iterator

import pytest

from arenabridge.wire.link.messages import Carried, Chunks, End, Failed, Head, JobId, Start
from arenabridge.wire.step import Step
from browser.conftest import OpenTab
from browser.link_double import DoubledWorker, LinkDouble
from browser.scripted_site import Answer, ScriptedSite

STREAM = "/nextjs-api/stream/create-evaluation"
POST = Step(method="POST", path=STREAM, body="{}", generates=True)


@pytest.fixture(autouse=True)
def keeps_jobs(double: LinkDouble) -> None:
    double.resume_key = "key-1"


def numbered(count: int) -> Iterator[bytes]:
    return (f'a0:"{number} "\n'.encode() for number in range(count))


def said(worker: DoubledWorker, job: str) -> dict[int, str]:
    """What one connection said of a job, by number."""
    told: dict[int, str] = {}
    for message in worker.frames:
        if isinstance(message, Chunks):
            told |= {chunk.seq: chunk.text for chunk in message.chunks if chunk.job == job}
        elif isinstance(message, Start | Head | End | Failed) and message.job == job:
            told[message.seq] = str(message.__struct_config__.tag)
    return told


async def test_an_answer_goes_on_over_the_next_connection_from_the_number_asked_for(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer(numbered(60), pace_seconds=0.03)
    async with tab(double.url):
        first = await double.worker()
        await first.go("j1", POST)
        await first.receive(Chunks)
        double.resumes = lambda _: 1
        await first.breaks()
        second = await double.worker()
        assert (second.hello.resume_key, second.hello.carrying) == ("key-1", (Carried(JobId("j1"), 0),))
        await second.answer("j1")
    heard = said(first, "j1") | said(second, "j1")
    assert min(said(second, "j1")) == 1
    assert sorted(heard) == list(range(len(heard)))
    text = "".join(heard[number] for number in range(2, len(heard) - 1))
    assert text == b"".join(numbered(60)).decode()
    assert len(site.asked(STREAM)) == 1


async def test_an_answer_that_ended_while_the_link_was_down_is_said_when_it_is_back(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer(numbered(20), pace_seconds=0.01)
    async with tab(double.url):
        first = await double.worker()
        await first.go("j1", POST)
        await first.receive(Start)
        await double.stop()
        await site.until_open()
        double.resumes = lambda _: 0
        await double.start()
        told = await (await double.worker()).answer("j1")
    assert told.text == b"".join(numbered(20)).decode()
    assert told.numbers == list(range(len(told.numbers)))


async def test_what_the_gateway_drops_is_stopped_at_the_site(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer(held=True)
    async with tab(double.url):
        first = await double.worker()
        await first.go("j1", POST)
        await first.receive(Chunks)
        await first.breaks()
        second = await double.worker()
        assert second.hello.carrying == (Carried(JobId("j1"), 0),)
        await site.until_open()
        await second.breaks()
        assert (await double.worker()).hello.carrying == ()


async def test_jobs_are_carried_for_as_long_as_the_gateway_keeps_them_and_are_then_stopped(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer(held=True)
    double.silence_seconds, double.grace_seconds = 0.2, 0.1
    async with tab(double.url):
        first = await double.worker()
        await first.go("j1", POST)
        await first.receive(Chunks)
        await double.stop()
        await site.until_open()
        await double.start()
        hello = (await double.worker()).hello
    assert (hello.carrying, hello.resume_key) == ((), "")


async def test_what_was_acknowledged_is_not_carried_any_more(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer()
    async with tab(double.url):
        first = await double.worker()
        await first.go("j1", POST)
        told = await first.answer("j1")
        await first.acknowledge("j1", len(told.numbers))
        await first.settled()
        await first.breaks()
        assert (await double.worker()).hello.carrying == ()


async def test_a_cancelled_job_is_not_carried(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer(held=True)
    async with tab(double.url):
        first = await double.worker()
        await first.go("j1", POST)
        await first.receive(Chunks)
        await first.cancel("j1")
        await first.answer("j1")
        await first.breaks()
        assert (await double.worker()).hello.carrying == ()


async def test_reading_pauses_while_too_much_is_kept_and_nothing_is_lost(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    piece = b'a0:"' + b"x" * 65_000 + b'"\n'
    site.answers[STREAM] = Answer([piece] * 128)  # 8 MB: twice what is kept
    async with tab(double.url):
        first = await double.worker()
        await first.go("j1", POST)
        await first.receive(Chunks)
        await asyncio.sleep(1)  # time enough for all of it, were there no bound
        before = sum(len(text) for text in said(first, "j1").values())
        assert before < 7_000_000
        double.resumes = lambda _: 0
        await first.breaks()
        second = await double.worker()
        while not any(isinstance(message, End) for message in second.frames):
            await second.acknowledge("j1", max(said(second, "j1"), default=-1) + 1)
            await asyncio.sleep(0.05)
        told = await second.answer("j1")
    assert told.text == (piece * 128).decode()
    assert len(site.asked(STREAM)) == 1


async def test_a_gateway_that_keeps_no_jobs_gets_none_back(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    double.resume_key = ""
    site.answers[STREAM] = Answer(held=True)
    async with tab(double.url):
        first = await double.worker()
        await first.go("j1", POST)
        await first.receive(Chunks)
        await first.breaks()
        await site.until_open()


IMPATIENT = """
    window.Worker = undefined;
    const later = window.setTimeout;
    window.setTimeout = (call, ms, ...rest) => later(call, ms > 40_000 ? 200 : ms, ...rest);
"""
"""The page's time for what takes longest passes quickly."""


async def test_a_page_that_has_given_its_jobs_up_does_not_pass_for_one_that_never_had_them(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer(held=True)
    async with tab(double.url, before=IMPATIENT):
        first = await double.worker()
        await first.go("j1", POST)
        await first.receive(Chunks)
        await double.stop()
        await site.until_open()
        await double.start()
        hello = (await double.worker()).hello
    assert (hello.resume_key, hello.carrying) == ("", ())
