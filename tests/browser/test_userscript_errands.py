"""Files on their way, beside the jobs of a tab: only where the site has just said, and as nobody."""

import base64
import json
import os
from collections.abc import Callable
from typing import Literal

import pytest

from arenabridge.wire.arena.uploads import ask_for_address, put_file, read_address, read_upload
from arenabridge.wire.link.messages import Accept, Chunks, End, Failed, JobId, RunErrand, file_frame
from arenabridge.wire.step import CallAction, Errand, GetFile, HoldFile, PutFile, Step
from browser.composing import Arena
from browser.conftest import OpenComposer, OpenTab
from browser.link_double import DoubledWorker, LinkDouble, Told
from browser.scripted_site import Answer, ScriptedSite, Seen

SCRIPT = "/_next/static/chunks/main.js"
STREAM = "/nextjs-api/stream/create-evaluation"
STORAGE = "https://arena.ai/storage/u/1-cat.png"
UPLOAD = f"{STORAGE}?X-Amz-Signature=a&x-id=PutObject"
LONG_UPLOAD = f"{UPLOAD}&X-Amz-Security-Token={'t' * 1024}"
READ = f"{STORAGE}?X-Amz-Signature=b&x-id=GetObject"
NAMES = ("generateUploadUrl", "getSignedUrl")
ASK = CallAction(name="generateUploadUrl", arguments='["cat.png","image/png"]')
OPEN = {"access-control-allow-origin": "https://lmarena.ai", "access-control-allow-methods": "GET, PUT"}
OPEN_TO_TYPES = OPEN | {"access-control-allow-headers": "content-type"}
CONTENT = os.urandom(700_001)


def action_id(name: str, deployment: str = "1") -> str:
    return (deployment + name.encode().hex() * 2)[:42]


def script(deployment: str = "1", names: tuple[str, ...] = NAMES) -> str:
    """Where the site's pages tell the ids of their actions, as their bundler writes it."""
    references = (
        f"x{at}=(0,r.createServerReference)"
        f'("{action_id(name, deployment)}",r.callServer,void 0,r.findSourceMapURL,"{name}")'
        for at, name in enumerate(names)
    )
    return f"(self.webpackChunk_N_E=[]).push([[1],{{1:(e,t,r)=>{{let {','.join(references)}}}}}]);"


def actions(deployment: Callable[[], str] = lambda: "1", url: str = UPLOAD) -> Callable[[Seen], Answer]:
    """A page's answers to the calls of server actions, with the ids of the deployment there is at that time."""

    def answer(seen: Seen) -> Answer:
        if seen.headers["next-action"] not in {action_id(name, deployment()) for name in NAMES}:
            return Answer([b"Server action not found."], status=404, content_type="text/plain")
        row = json.dumps({"success": True, "data": {"uploadUrl": url, "key": "u/1-cat.png"}}).replace("&", "\\u0026")
        return Answer([f'0:{{"a":"$@1"}}\n1:{row}\n'.encode()], content_type="text/x-component")

    return answer


# What the site's framework makes of an answer with an address of more than a thousand characters.
LONG_ANSWER = Answer(
    [
        b'0:{"a":"$@3"}\n1:T2,hi',
        f"2:T{len(LONG_UPLOAD):x},{LONG_UPLOAD}".encode(),
        b'3:{"success":true,"data":{"uploadUrl":"$2","key":"k"}}\n',
    ],
    content_type="text/x-component",
)


@pytest.fixture
def site(site: ScriptedSite) -> ScriptedSite:
    site.answers[SCRIPT] = Answer([script().encode()], content_type="text/javascript")
    site.answers["POST /"] = actions()
    site.answers["OPTIONS /storage/u/1-cat.png"] = Answer([], status=204, headers=OPEN_TO_TYPES)
    site.answers["PUT /storage/u/1-cat.png"] = Answer([], headers=OPEN_TO_TYPES)
    site.answers["GET /storage/u/1-cat.png"] = Answer([CONTENT], headers=OPEN, content_type="image/png")
    return site


def put(size: int = len(CONTENT), url: str = UPLOAD) -> PutFile:
    return PutFile(url=url, media_type="image/png", size=size)


def failure(told: Told) -> tuple[str, bool]:
    assert isinstance(told.ending, Failed), told
    return told.ending.kind, told.ending.started


async def answered_with(worker: DoubledWorker, site: ScriptedSite, text: str) -> None:
    """Has a job answered by this text."""
    middle = len(text) // 2
    site.answers[STREAM] = Answer([text[:middle].encode(), text[middle:].encode()], pace_seconds=0.05)
    await worker.go("job", Step(method="POST", path=STREAM, body="{}", generates=True))
    await worker.answer("job")


async def test_an_action_is_called_as_the_page_calls_it(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        await page.context.add_cookies([{"name": "session", "value": "s1", "url": site.url}])
        worker = await double.worker()
        told = await worker.errand("e1", ASK)
    assert isinstance(told.ending, End)
    assert told.numbers == list(range(len(told.numbers)))
    assert told.head is not None
    assert told.head.status == 200
    assert json.loads(told.text.splitlines()[1][2:])["data"]["uploadUrl"] == UPLOAD
    (seen,) = [seen for seen in site.seen if seen.method == "POST"]
    assert (seen.path, seen.body) == ("/", ASK.arguments)
    assert seen.headers["next-action"] == action_id(ASK.name)
    assert seen.headers["accept"] == "text/x-component"
    assert seen.headers["content-type"] == "text/plain;charset=UTF-8"
    assert seen.headers["cookie"] == "session=s1"
    assert seen.headers["next-router-state-tree"].startswith("%5B")


async def test_a_file_goes_where_an_action_said_and_nobody_learns_who_sent_it(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    async with tab(double.url) as page:
        await page.context.add_cookies([{"name": "session", "value": "s1", "url": "https://arena.ai/"}])
        worker = await double.worker()
        await worker.errand("e1", ASK)
        told = await worker.errand("e2", put(), CONTENT)
    assert isinstance(told.ending, End)
    (seen,) = [seen for seen in site.seen if seen.method == "PUT"]
    assert seen.body.encode(errors="surrogateescape") == CONTENT
    assert seen.headers["content-type"] == "image/png"
    assert not {"cookie", "referer"} & set(seen.headers)


async def test_a_long_address_has_a_row_of_its_own(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers["POST /"] = LONG_ANSWER
    async with tab(double.url):
        worker = await double.worker()
        await worker.errand("e1", ASK)
        assert isinstance((await worker.errand("e2", put(1, LONG_UPLOAD), b"x")).ending, End)
        assert failure(await worker.errand("e3", put(1, LONG_UPLOAD[:-1]), b"x")) == ("forbidden_path", False)


async def test_a_file_comes_from_where_an_answer_said(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        await page.context.add_cookies([{"name": "session", "value": "s1", "url": "https://arena.ai/"}])
        worker = await double.worker()
        await answered_with(worker, site, f'a2:[{{"type":"image","image":"{READ}"}}]\n')
        told = await worker.errand("e1", GetFile(url=READ, limit=len(CONTENT)))
        short = await worker.errand("e2", GetFile(url=READ, limit=len(CONTENT) - 1))
    assert b"".join(base64.b64decode(piece, validate=True) for piece in told.pieces) == CONTENT
    assert isinstance(told.ending, End)
    assert failure(short) == ("too_large", True)
    assert not any({"cookie", "referer"} & set(seen.headers) for seen in site.asked("/storage"))


async def test_pages_and_scripts_may_be_read(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    async with tab(double.url):
        worker = await double.worker()
        assert "<h1>The site</h1>" in (await worker.errand("e1", Step(method="GET", path="/c/1"))).text
        assert (await worker.errand("e2", Step(method="GET", path=SCRIPT))).text == script()
    assert len(site.asked(SCRIPT)) >= 1


FORBIDDEN: list[Errand] = [
    Step(method="POST", path=STREAM, body="{}"),
    Step(method="GET", path="/nextjs-api/me"),
    Step(method="GET", path="//evil.example/x"),
    CallAction(name="deleteAccount", arguments="[]"),
    PutFile(url="https://evil.example/x", media_type="image/png", size=0),
    PutFile(url=READ, media_type="image/png", size=0),  # the answer to a job names it, no action does
    PutFile(url="https://lmarena.ai/nextjs-api/me", media_type="image/png", size=0),
    GetFile(url="https://evil.example/x", limit=1),
    GetFile(url=READ.removesuffix("t"), limit=1),
    GetFile(url="https://evil.example/said", limit=1),
    GetFile(url="http://arena.ai/plain", limit=1),
    GetFile(url="/nextjs-api/me", limit=1),
]


async def test_nothing_else_is_asked_of_anybody(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[SCRIPT] = Answer([script(names=(*NAMES, "deleteAccount")).encode()], content_type="text/javascript")
    said = 'a0:"see https://evil.example/said or \\"https://evil.example/said\\""\n'
    async with tab(double.url):
        worker = await double.worker()
        await answered_with(worker, site, f'a2:[{{"image":"{READ}"}},{{"image":"http://arena.ai/plain"}}]\n{said}')
        site.seen.clear()
        for at, step in enumerate(FORBIDDEN):
            told = await worker.errand(f"e{at}", step)
            assert failure(told) == ("forbidden_path", False), step
            assert told.numbers == [0], step
    assert site.seen == []


async def test_ids_that_a_deployment_changed_are_found_again(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    now = "1"
    site.answers["POST /"] = actions(lambda: now)
    moved = "/_next/static/chunks/upload-2.js"
    async with tab(double.url):
        worker = await double.worker()
        await worker.errand("e1", ASK)
        now = "2"
        site.answers[moved] = Answer([script("2").encode()], content_type="text/javascript")
        row = '<script>self.__next_f.push([1,"7:I[1,[\\"2\\",\\"static/chunks/upload-2.js?dpl=dpl_2\\"]]"])</script>'
        site.answers["GET /"] = Answer([row.encode()], content_type="text/html")
        told = await worker.errand("e2", ASK)
    assert isinstance(told.ending, End)
    assert told.numbers == list(range(len(told.numbers)))
    called = [seen.headers for seen in site.seen if seen.method == "POST"]
    assert [each["next-action"] for each in called] == [action_id(ASK.name, of) for of in ("1", "1", "2")]
    assert [each.get("x-deployment-id") for each in called] == [None, None, "dpl_2"]


async def test_ids_that_changed_in_a_script_of_the_same_name_are_found_again(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    now = "1"
    site.answers["POST /"] = actions(lambda: now)
    async with tab(double.url):
        worker = await double.worker()
        await worker.errand("e1", ASK)
        now = "2"
        site.answers[SCRIPT] = Answer([script("2").encode()], content_type="text/javascript")
        told = await worker.errand("e2", ASK)
    assert isinstance(told.ending, End)


async def test_an_action_that_the_site_does_not_have_is_named(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers["POST /"] = actions(lambda: "2")
    async with tab(double.url):
        worker = await double.worker()
        told = await worker.errand("e1", ASK)
        assert failure(told) == ("action_unknown", True)
        site.answers[SCRIPT] = Answer([b"0"], content_type="text/javascript")
    assert isinstance(told.ending, Failed)
    assert told.ending.detail == ASK.name
    assert len([seen for seen in site.seen if seen.method == "POST"]) == 2


REFERENCES = [
    'createServerReference("{id}",a,void 0,b,"{name}")',
    "(0, i.createServerReference)('{id}', i.callServer, void 0, i.findSourceMapURL, '{name}')",
    '(0,r.createServerReference)\n(\n"{id}",\n r.callServer,\n void 0,\n r.findSourceMapURL,\n "{name}"\n)',
    "(0,r.createServerReference)(`{id}`,r.callServer,void 0,r.findSourceMapURL,`{name}`)",
]


@pytest.mark.parametrize("reference", REFERENCES)
async def test_bundlers_write_references_in_their_own_ways(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble, reference: str
) -> None:
    sources = (reference.format(id=action_id(name), name=name) for name in NAMES)
    site.answers[SCRIPT] = Answer(["\n".join(sources).encode()], content_type="text/javascript")
    async with tab(double.url):
        worker = await double.worker()
        assert isinstance((await worker.errand("e1", ASK)).ending, End)


async def test_a_cancelled_errand_stops_wherever_it_is(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers["GET /storage/u/1-cat.png"] = Answer([CONTENT], headers=OPEN, held=True)
    async with tab(double.url):
        worker = await double.worker()
        await answered_with(worker, site, f'a2:[{{"image":"{READ}"}}]\n')
        await worker.errand("e1", ASK)
        await worker.run("without its file", put())
        await worker.run("on the way", GetFile(url=READ, limit=2**24))
        await worker.first(
            lambda said: said if isinstance(said, Chunks) and said.chunks[0].job == "on the way" else None
        )
        for errand, started in (("without its file", False), ("on the way", True)):
            await worker.cancel(errand)
            assert failure(await worker.answer(errand)) == ("cancelled", started)
        await site.until_open()
        await worker.send_file("without its file", CONTENT)
        assert isinstance((await worker.errand("again", put(), CONTENT)).ending, End)
    assert len([seen for seen in site.seen if seen.method == "PUT"]) == 1


async def test_two_files_and_an_answer_go_side_by_side(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer([b"piece\n"] * 100, pace_seconds=0.005)
    other = bytes(reversed(CONTENT))
    async with tab(double.url):
        worker = await double.worker()
        await worker.errand("e0", ASK)
        assert isinstance(await worker.offer("job"), Accept)
        await worker.go("job", Step(method="POST", path=STREAM, body="{}", generates=True))
        await worker.receive(Chunks)
        await worker.run("e1", put())
        await worker.run("e2", put())
        for at in range(0, len(CONTENT), 100_000):
            await worker.connection.send(file_frame(JobId("e1"), CONTENT[at : at + 100_000]))
            await worker.connection.send(file_frame(JobId("e2"), other[at : at + 100_000]))
        for errand in ("e1", "e2"):
            assert isinstance((await worker.answer(errand)).ending, End)
        assert (await worker.answer("job")).text == "piece\n" * 100
    put_there = [seen.body.encode(errors="surrogateescape") for seen in site.seen if seen.method == "PUT"]
    assert sorted(put_there) == sorted([CONTENT, other])


async def test_four_run_at_once_and_the_others_follow(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    paths = [f"/c/{number}" for number in range(5)]
    site.answers.update({path: Answer(held=True) for path in paths})
    async with tab(double.url):
        worker = await double.worker()
        for path in paths:
            await worker.run(path, Step(method="GET", path=path))
        await site.until_open(*paths[:4])
        await worker.settled()
        assert site.asked(paths[4]) == []
        await worker.cancel(paths[0])
        await site.until_open(*paths[1:])


async def test_the_tab_keeps_so_many_bytes_and_no_more(tab: OpenTab, double: LinkDouble) -> None:
    def file(job: str, size: int) -> HoldFile:
        return HoldFile(job=job, name="a.bin", media_type="application/octet-stream", size=size)

    async with tab(double.url):
        worker = await double.worker()
        await worker.run("e1", file("j1", 60 * 2**20))
        assert isinstance((await worker.errand("e2", file("j2", 4 * 2**20), bytes(4 * 2**20))).ending, End)
        assert failure(await worker.errand("e3", file("j3", 1))) == ("too_much", False)
        await worker.cancel("j2")
        assert isinstance((await worker.errand("e4", file("j3", 1), b"x")).ending, End)
        await worker.cancel("j1")
        assert failure(await worker.answer("e1")) == ("cancelled", False)
        assert failure(await worker.errand("e5", file("j4", 1), b"xy")) == ("too_much", False)
        assert isinstance((await worker.errand("e6", file("j5", 0))).ending, End)


async def test_a_lost_link_forgets_errands_and_files(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers["/c/1"] = Answer(held=True)
    half = HoldFile(job="j1", name="a.bin", media_type="", size=40 * 2**20)
    async with tab(double.url):
        worker = await double.worker()
        await worker.run("e1", Step(method="GET", path="/c/1"))
        await worker.run("e2", half)
        await site.until_open("/c/1")
        await double.stop()
        await site.until_open()
        await double.start()
        returned = await double.worker()
        await returned.say(RunErrand(JobId("e3"), half))
        await returned.settled()
        assert not [said for said in returned.frames if isinstance(said, Failed)]


@pytest.mark.parametrize("form", ["short", "rerender"])
async def test_the_sites_own_upload_from_ask_to_read(
    composer: OpenComposer, arena: Arena, double: LinkDouble, form: Literal["short", "rerender"]
) -> None:
    arena.settings.action_form = form
    async with composer(double.url):
        worker = await double.worker()
        for deployment in (1, 2):
            arena.settings.deployment = deployment
            target = read_upload((await worker.errand(f"ask {deployment}", ASK)).text)
            stored = await worker.errand(f"put {deployment}", put_file(target, "image/png", len(CONTENT)), CONTENT)
            assert stored.head is not None
            assert stored.head.status == 200
            address = read_address((await worker.errand(f"address {deployment}", ask_for_address(target.key))).text)
            told = await worker.errand(f"get {deployment}", GetFile(url=address.url, limit=len(CONTENT)))
            assert b"".join(base64.b64decode(piece) for piece in told.pieces) == CONTENT
