"""A tab carries out what it is granted: once, whole, in order, and only where it is permitted."""

import asyncio

from arenabridge.wire.link.messages import Accept, Chunks, End, Failed, Refuse
from arenabridge.wire.step import Step
from browser.conftest import OpenTab
from browser.link_double import LinkDouble
from browser.scripted_site import Answer, ScriptedSite

STREAM = "/nextjs-api/stream/create-evaluation"
HELLO = 'a0:"hello"\nad:{"finishReason":"stop"}\n'


def post(path: str = STREAM, body: str = "{}") -> Step:
    return Step(method="POST", path=path, body=body, generates=True)


async def test_an_offer_is_accepted_and_its_grant_answered(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer()
    async with tab(double.url):
        worker = await double.worker()
        assert isinstance(await worker.offer("j1"), Accept)
        await worker.go("j1", post(body='{"id":"ä"}'))
        told = await worker.answer("j1")
    assert (told.text, told.numbers) == (HELLO, list(range(len(told.numbers))))
    assert told.head is not None
    assert (told.head.status, told.head.headers["ratelimit-remaining"]) == (200, "7")
    assert isinstance(told.ending, End)


async def test_the_request_is_one_of_the_page_itself(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer()
    async with tab(double.url) as page:
        await page.context.add_cookies([{"name": "session", "value": "s1", "url": site.url}])
        worker = await double.worker()
        await worker.go("j1", post(body='{"id":"ä"}'))
        await worker.answer("j1")
    (seen,) = site.asked(STREAM)
    assert (seen.method, seen.body) == ("POST", '{"id":"ä"}')
    assert seen.headers["origin"] == "https://lmarena.ai"
    assert seen.headers["sec-fetch-site"] == "same-origin"
    assert seen.headers["cookie"] == "session=s1"
    assert seen.headers["content-type"] == "text/plain;charset=UTF-8"


async def test_an_answer_cut_at_every_byte_arrives_whole(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    text = 'a0:"ä € 漢 \U0001f600 \u2028 \x85 end"\n'
    site.answers[STREAM] = Answer([bytes([byte]) for byte in text.encode()], pace_seconds=0.004)
    async with tab(double.url):
        worker = await double.worker()
        await worker.go("j1", post())
        told = await worker.answer("j1")
    assert told.text == text
    assert told.numbers == list(range(len(told.numbers)))
    assert len(told.numbers) > len(text) / 2, "the cuts did not reach the tab"


async def test_an_answer_that_ends_within_a_character_says_so(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer(["€".encode()[:2]])
    async with tab(double.url):
        worker = await double.worker()
        await worker.go("j1", post())
        assert (await worker.answer("j1")).text == "\ufffd"


async def test_eight_run_at_once_and_the_ninth_is_refused(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    paths = [f"/api/stream/{number}" for number in range(8)]
    site.answers.update({path: Answer(held=True) for path in paths})
    async with tab(double.url):
        worker = await double.worker()
        for path in paths:
            assert isinstance(await worker.offer(path), Accept)
            await worker.go(path, post(path))
        await site.until_open(*paths)
        assert isinstance(await worker.offer("ninth"), Refuse)
        await worker.cancel(paths[0])
        await worker.answer(paths[0])
        assert isinstance(await worker.offer("ninth"), Accept)


async def test_an_accepted_offer_holds_its_place_until_it_is_cancelled(tab: OpenTab, double: LinkDouble) -> None:
    double.slots = 1
    async with tab(double.url):
        worker = await double.worker()
        assert isinstance(await worker.offer("j1"), Accept)
        assert isinstance(await worker.offer("j2"), Refuse)
        await worker.cancel("j1")
        assert isinstance(await worker.offer("j2"), Accept)


async def test_pieces_of_several_answers_share_frames(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    paths = [f"/api/stream/{number}" for number in range(8)]
    site.answers.update({path: Answer([b"piece\n"] * 50, pace_seconds=0.002) for path in paths})
    async with tab(double.url):
        worker = await double.worker()
        for path in paths:
            await worker.go(path, post(path))
        for path in paths:
            assert (await worker.answer(path)).text == "piece\n" * 50
    frames = [message.chunks for message in worker.frames if isinstance(message, Chunks)]
    assert any(len(chunks) > 1 for chunks in frames)
    assert all(len({chunk.job for chunk in chunks}) == len(chunks) for chunks in frames)


FORBIDDEN = [
    Step(method="POST", path="/nextjs-api/sign-up"),
    Step(method="POST", path="/c/123"),
    Step(method="PUT", path="/nextjs-api/stream/../account"),
    Step(method="PUT", path="/nextjs-api/stream/%2e%2e/account"),
    Step(method="PUT", path="/nextjs-api/stream/..%2faccount"),
    Step(method="PUT", path="/nextjs-api/stream/%252e%252e/account"),
    Step(method="POST", path="/api/stream/x\\..\\..\\account"),
    Step(method="POST", path="/api/stream"),
    Step(method="POST", path="//evil.example/api/stream/x"),
    Step(method="POST", path="/\\evil.example/api/stream/x"),
    Step(method="POST", path="/\t/evil.example/api/stream/x"),
    Step(method="POST", path="https://evil.example/api/stream/x"),
    Step(method="POST", path="https://lmarena.ai/api/stream/x"),
    Step(method="POST", path="api/stream/x"),
    Step(method="GET", path="/api/me"),
    Step(method="GET", path="/%61pi/me"),
    Step(method="GET", path="/x/../nextjs-api/me"),
    Step(method="GET", path="/nextjs-api/stream/x"),
]


async def test_a_path_outside_the_families_is_refused_before_any_request(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    async with tab(double.url):
        worker = await double.worker()
        site.seen.clear()
        for step in FORBIDDEN:
            await worker.go(step.path, step)
            told = await worker.answer(step.path)
            assert isinstance(told.ending, Failed), step
            assert (told.ending.kind, told.ending.started, told.numbers) == ("forbidden_path", False, [0]), step
    assert site.seen == []


async def test_a_method_outside_the_families_is_refused_too(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    async with tab(double.url):
        worker = await double.worker()
        await worker.say_raw('{"type":"go","job":"j1","epoch":0,"step":{"method":"DELETE","path":"/api/stream/x"}}')
        told = await worker.answer("j1")
    assert isinstance(told.ending, Failed)
    assert told.ending.kind == "forbidden_path"
    assert site.asked("/api") == []


async def test_pages_and_their_scripts_may_be_read(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url):
        worker = await double.worker()
        for path in ("/c/123?mode=direct", "/leaderboard/%C3%A4%20b", "/_next/static/chunks/main.js", "/apiary"):
            await worker.go(path, Step(method="GET", path=path))
            assert "<h1>The site</h1>" in (await worker.answer(path)).text


async def test_a_refusal_of_the_site_is_passed_on_as_it_is(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer([b"Too many requests"], status=429, content_type="text/plain")
    async with tab(double.url):
        worker = await double.worker()
        await worker.go("j1", post())
        told = await worker.answer("j1")
    assert told.head is not None
    assert (told.head.status, told.text) == (429, "Too many requests")
    assert isinstance(told.ending, End)


async def test_cancel_ends_the_request_at_the_site(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer(held=True)
    async with tab(double.url):
        worker = await double.worker()
        await worker.go("j1", post())
        await site.until_open(STREAM)
        await worker.cancel("j1")
        async with asyncio.timeout(1):
            await site.until_open()
        told = await worker.answer("j1")
    assert isinstance(told.ending, Failed)
    assert (told.ending.kind, told.ending.started) == ("cancelled", True)


async def test_a_repeated_grant_does_nothing(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer(held=True)
    async with tab(double.url):
        worker = await double.worker()
        await worker.go("j1", post())
        await site.until_open(STREAM)
        await worker.go("j1", post())
        await worker.cancel("j1")
        await worker.answer("j1")
        await worker.go("j1", post())
        await worker.settled()
    assert len(site.asked(STREAM)) == 1


async def test_a_later_epoch_is_a_new_grant(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer()
    async with tab(double.url):
        worker = await double.worker()
        for epoch in (0, 1):
            await worker.go("j1", post(), epoch)
            told = await worker.answer("j1", epoch)
            assert (told.text, told.numbers[0]) == (HELLO, 0)
        await worker.go("j1", post(), 0)
        await worker.settled()
    assert len(site.asked(STREAM)) == 2


async def test_a_lost_link_ends_what_was_running(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer(held=True)
    async with tab(double.url):
        worker = await double.worker()
        await worker.go("j1", post())
        await site.until_open(STREAM)
        await double.stop()
        await site.until_open()
        await double.start()
        returned = await double.worker()
        await returned.go("j1", post())
        await returned.settled()
    assert len(site.asked(STREAM)) == 1, "the grant was carried out again"


WATCH_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket { constructor(...rest) { super(...rest); window.sockets.push(this); } };
"""
UNSENT_AT_REST = """async () => {
    for (let before = -1, now = 0; ; before = now) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        now = window.sockets[0].bufferedAmount;
        if (now > 0 && now === before) return now;
    }
}"""


async def test_a_gateway_that_does_not_read_stops_the_tab_from_reading(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    whole = "".join(f"{number:07d} " * 8192 for number in range(640))  # 40 MiB, of which the network holds some 12
    site.answers[STREAM] = Answer([whole.encode()])
    async with tab(double.url, before=WATCH_SOCKETS) as page:
        worker = await double.worker()
        double.reading.clear()
        await worker.go("j1", post())
        assert await page.evaluate(UNSENT_AT_REST) < 4 * 2**20
        double.reading.set()
        arrived = (await worker.answer("j1")).text
    assert len(arrived) == len(whole)
    assert (arrived == whole) is True, "pytest would compare texts of this length for minutes"
