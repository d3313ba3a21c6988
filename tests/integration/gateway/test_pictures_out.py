"""Pictures of answers: kept before the site's addresses expire, given as each client wants them, known again."""

import asyncio
import base64
import json
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.app import Running, open_keys
from arenabridge.wire.link import messages as m
from arenabridge.wire.profile import ClientProfile
from arenabridge.wire.step import CallAction
from integration.gateway.worker_double import Job, WorkerDouble, connected, until

CHAT = "/v1/chat/completions"
MAKE = "/v1/images/generations"
EDIT = "/v1/images/edits"
STORE = "https://store.invalid/u/"
STOP = 'ad:{"finishReason":"stop"}'
SEES: dict[str, Any] = {"text": True, "image": True}
MANY: dict[str, Any] = {"text": True, "image": {"requiresUpload": False, "multipleImages": True}}
MODELS: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "gpt": ({"text": True}, {"text": True}, 1),
    "eyes": (SEES, {"text": True}, 2),
    "second": (MANY, {"image": {"aspectRatios": ["1:1"]}}, 2),
    "first": ({"text": True}, {"image": {"aspectRatios": ["1:1", "16:9", "3:4"]}}, 1),
}


def png(words: bytes) -> bytes:
    """A small picture that differs from others."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\0")
    body = chunk(b"IHDR", head) + chunk(b"tEXt", b"w\0" + words) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


CAT, DOG = png(b"cat"), png(b"dog")


def page() -> str:
    models = [
        {
            "id": name,
            "organization": "acme",
            "publicName": name,
            "capabilities": {"inputCapabilities": takes, "outputCapabilities": gives},
            "rankByModality": {"image" if "image" in gives else "chat": rank},
        }
        for name, (takes, gives, rank) in MODELS.items()
    ]
    return f'6:["$","$L16",null,{{"initialModels":{orjson.dumps(models).decode()},"initialModelAId":null}}]\n'


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running, models=()) as worker:
        await worker.next(m.Welcome)
        await worker.say(m.Page("/", page()))
        await until(lambda: len(running.gateway.models.catalogue))
        worker.pictures |= {f"{STORE}cat.png?s=1": CAT, f"{STORE}dog.png?s=1": DOG}
        yield worker


As = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def client_as(running: Running) -> As:
    """A client whose key has these wishes."""

    @asynccontextmanager
    async def client(**wishes: Any) -> AsyncIterator[httpx.AsyncClient]:
        key = open_keys(running.gateway.settings, environment={}).create("x", ClientProfile(**wishes))
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=running.base_url, headers=headers, timeout=20) as http:
            yield http

    return client


def shows(name: str) -> str:
    return f'a2:[{{"type":"image","image":"{STORE}{name}?s=1","mimeType":"image/png"}}]'


def asking(http: httpx.AsyncClient, body: dict[str, Any], path: str = CHAT) -> asyncio.Future[httpx.Response]:
    return asyncio.ensure_future(http.post(path, json=body))


def chat(*messages: Any, model: str = "eyes", **wishes: Any) -> dict[str, Any]:
    turns = [{"role": "user", "content": each} if isinstance(each, str) else each for each in messages]
    return {"model": model, "messages": turns, **wishes}


def said(job: Job) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(job.step.body or "")
    return body


async def message_of(answer: asyncio.Future[httpx.Response]) -> dict[str, Any]:
    message: dict[str, Any] = (await answer).json()["choices"][0]["message"]
    return message


async def test_a_picture_is_kept_under_our_address_in_its_place(
    running: Running, worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    answer = asking(http, chat("Draw", model="first"))
    job = await worker.granted()
    await job.answer('a0:"Here: "', shows("cat.png"), shows("cat.png"), 'a0:" and "', shows("dog.png"), STOP)
    content = (await message_of(answer))["content"]
    assert content.startswith(f"Here: ![image]({running.base_url}/files/")
    assert content.count("![image](") == 2
    assert sorted(worker.fetched) == [f"{STORE}cat.png?s=1", f"{STORE}dog.png?s=1"]
    first, second = (each.partition(")")[0] for each in content.split("](")[1:])
    async with httpx.AsyncClient() as anybody:
        kept = await anybody.get(first)
        assert (kept.content, kept.headers["content-type"]) == (CAT, "image/png")
        assert (await anybody.get(second)).content == DOG


async def test_a_streamed_picture_comes_where_it_stood(worker: WorkerDouble, http: httpx.AsyncClient) -> None:
    answer = asking(http, chat("Draw", model="first", stream=True))
    await (await worker.granted()).answer('a0:"One "', shows("cat.png"), 'a0:" two"', STOP)
    events = [json.loads(line[6:]) for line in (await answer).text.splitlines() if line.startswith("data: {")]
    pieces = [event["choices"][0]["delta"].get("content", "") for event in events]
    assert "".join(pieces).startswith("One ![image](http://127.0.0.1:")
    assert "".join(pieces).endswith(") two")


async def test_each_client_gets_pictures_as_it_wants_them(client_as: As, worker: WorkerDouble) -> None:
    lines = ('a0:"A cat: "', shows("cat.png"), STOP)
    async with client_as(pictures="data_uri") as http:
        answer = asking(http, chat("Draw", model="first"))
        await (await worker.granted()).answer(*lines)
        data = base64.b64encode(CAT).decode()
        assert (await message_of(answer))["content"] == f"A cat: ![image](data:image/png;base64,{data})"
    async with client_as(pictures="images") as http:
        answer = asking(http, chat("Draw", model="first"))
        await (await worker.granted()).answer(*lines)
        message = await message_of(answer)
        assert message["content"] == "A cat: "
        [picture] = message["images"]
        assert picture["type"] == "image_url"
        assert (await http.get(picture["image_url"]["url"])).content == CAT
        streaming = asking(http, chat("Draw", model="first", stream=True))
        await (await worker.granted()).answer(*lines)
        deltas = [json.loads(line[6:]) for line in (await streaming).text.splitlines() if '"images"' in line]
        assert deltas[0]["choices"][0]["delta"]["images"][0]["image_url"] == picture["image_url"]
    async with client_as(pictures="off") as http:
        fetched = len(worker.fetched)
        answer = asking(http, chat("Draw", model="first"))
        await (await worker.granted()).answer(*lines)
        assert (await message_of(answer)).get("content") == "A cat: "
        assert len(worker.fetched) == fetched


async def test_what_can_t_be_fetched_is_given_as_the_site_named_it(
    worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    worker.pictures[f"{STORE}page.png?s=1"] = b"<Error>ExpiredRequest</Error>"
    answer = asking(http, chat("Draw", model="first"))
    await (await worker.granted()).answer(shows("gone.png"), shows("page.png"), STOP)
    content = (await message_of(answer))["content"]
    assert content == f"![image]({STORE}gone.png?s=1)![image]({STORE}page.png?s=1)"


async def test_a_picture_in_the_stream_itself_and_a_film_are_kept_too(
    running: Running, worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    worker.pictures[f"{STORE}film.mp4"] = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2"
    film = f'a2:[{{"type":"video","url":"{STORE}film.mp4","mimeType":"video/mp4"}}]'
    data = f'a2:[{{"type":"image","data":"{base64.b64encode(DOG).decode()}","mimeType":"image/png"}}]'
    answer = asking(http, chat("Draw", model="first"))
    await (await worker.granted()).answer(data, film, STOP)
    content = (await message_of(answer))["content"]
    picture, video = (each.partition(")")[0] for each in content.split("](")[1:])
    assert content == f"![image]({picture})[video]({video})"
    assert (await http.get(picture)).content == DOG
    assert (await http.get(video)).headers["content-type"] == "video/mp4"
    assert picture.startswith(running.base_url)


@pytest.mark.parametrize("pictures", ["markdown", "data_uri"])
async def test_a_chat_with_pictures_goes_on_in_its_session(client_as: As, worker: WorkerDouble, pictures: str) -> None:
    async with client_as(pictures=pictures) as http:
        answer = asking(http, chat("Draw", model="second"))
        job = await worker.granted()
        await job.answer('a0:"So: "', shows("cat.png"), STOP)
        shown = await message_of(answer)
        answer = asking(http, chat("Draw", shown, "Blue", model="second"))
        again = await worker.granted()
        assert again.step.path == f"/nextjs-api/stream/post-to-evaluation/{said(job)['id']}"
        sent = said(again)["userMessage"]
        assert (sent["content"], sent["experimental_attachments"]) == ("Blue", [])
        await again.answer(shows("dog.png"), STOP)
        await answer


@pytest.mark.parametrize("pictures", ["images", "off"])
async def test_a_chat_whose_pictures_don_t_come_back_begins_anew(
    client_as: As, worker: WorkerDouble, pictures: str
) -> None:
    async with client_as(pictures=pictures) as http:
        answer = asking(http, chat("Draw", model="first"))
        await (await worker.granted()).answer('a0:"So: "', shows("cat.png"), STOP)
        await answer
        answer = asking(http, chat("Draw", {"role": "assistant", "content": "So: "}, "Blue", model="first"))
        again = await worker.granted()
        assert again.step.path == "/nextjs-api/stream/create-evaluation"
        await again.answer(shows("dog.png"), STOP)
        await answer


async def test_another_picture_of_ours_in_an_answer_is_another_chat(
    worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    shown = []
    for name in ("cat.png", "dog.png"):
        answer = asking(http, chat(f"Draw {name}", model="second"))
        await (await worker.granted()).answer(shows(name), STOP)
        shown.append(await message_of(answer))
    answer = asking(http, chat("Draw cat.png", shown[1], "Blue", model="second"))
    offer = await worker.next(m.Offer)
    await worker.say(m.Accept(offer.job))
    asked = (await worker.next(m.RunErrand)).step  # the picture has to be brought: no session has seen this chat
    assert isinstance(asked, CallAction)
    answer.cancel()


async def test_whoever_hangs_up_leaves_no_fetch_behind(
    running: Running, worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    worker.pictures[f"{STORE}slow.png?s=1"] = CAT
    worker.holds_pictures = True
    answer = asking(http, chat("Draw", model="first"))
    await (await worker.granted()).answer(shows("slow.png"), STOP)
    await until(lambda: worker.fetched)
    answer.cancel()
    await worker.next(m.Cancel)
    await until(lambda: not len(running.gateway.hub.errands))


# -- pictures by themselves


async def test_pictures_are_made_by_the_best_model_as_data_unless_asked_otherwise(
    worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    making = asking(http, {"prompt": "A cat", "quality": "hd"}, MAKE)
    job = await worker.granted()
    assert (said(job)["modelAId"], said(job)["userMessage"]["content"]) == ("first", "A cat")
    await job.answer(shows("cat.png"), STOP)
    answer = await making
    assert answer.headers["x-arenabridge-ignored"] == "quality"
    [picture] = answer.json()["data"]
    assert base64.b64decode(picture["b64_json"]) == CAT
    making = asking(http, {"prompt": "A cat", "model": "second", "response_format": "url"}, "/images/generations")
    await (await worker.granted()).answer(shows("cat.png"), STOP)
    [picture] = (await making).json()["data"]
    assert (await http.get(picture["url"])).content == CAT


@pytest.mark.parametrize(
    ("model", "size", "said_so", "ignored"),
    [
        ("first", "1792x1024", "A cat\n\nAspect ratio: 16:9", None),
        ("first", "1024x1536", "A cat\n\nAspect ratio: 3:4", None),
        ("second", "1024x1024", "A cat", None),
        ("second", "1792x1024", "A cat", "size"),
        ("second", "auto", "A cat", None),
    ],
)
async def test_a_size_becomes_the_nearest_ratio_that_the_model_offers(
    worker: WorkerDouble, http: httpx.AsyncClient, model: str, size: str, said_so: str, ignored: str | None
) -> None:
    making = asking(http, {"prompt": "A cat", "model": model, "size": size}, MAKE)
    job = await worker.granted()
    assert said(job)["userMessage"]["content"] == said_so
    await job.answer(shows("cat.png"), STOP)
    assert (await making).headers.get("x-arenabridge-ignored") == ignored


async def test_several_are_made_at_once_and_what_came_is_given(worker: WorkerDouble, http: httpx.AsyncClient) -> None:
    making = asking(http, {"prompt": "A cat", "n": 3}, MAKE)
    jobs = [await worker.granted() for _ in range(3)]
    await jobs[0].answer(shows("cat.png"), STOP)
    await jobs[1].answer('a0:"I will not draw that."', STOP)
    await jobs[2].answer(shows("dog.png"), STOP)
    answer = await making
    assert [base64.b64decode(each["b64_json"]) for each in answer.json()["data"]] == [CAT, DOG]
    assert answer.headers["x-arenabridge-missing"] == "1 (no_picture)"


async def test_a_picture_that_was_made_but_can_t_be_fetched_is_given_by_the_site_s_address_and_counted(
    worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    making = asking(http, {"prompt": "A cat", "n": 3}, MAKE)
    jobs = [await worker.granted() for _ in range(3)]
    await jobs[0].answer(shows("cat.png"), STOP)
    await jobs[1].answer(shows("lost.png"), STOP)
    await jobs[2].answer('a0:"I will not draw that."', STOP)
    answer = await making
    assert answer.json()["data"] == [{"b64_json": base64.b64encode(CAT).decode()}, {"url": f"{STORE}lost.png?s=1"}]
    assert answer.headers["x-arenabridge-missing"] == "2 (no_picture, not_fetched)"


async def test_words_instead_of_a_picture_are_an_error_that_has_them(
    worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    making = asking(http, {"prompt": "A cat"}, MAKE)
    await (await worker.granted()).answer('a0:"I will not draw that."', STOP)
    answer = await making
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "no_picture")
    assert "I will not draw that." in answer.json()["error"]["message"]
    assert answer.headers["x-should-retry"] == "false"


async def test_the_site_s_limit_of_pictures_is_told_as_such(worker: WorkerDouble, http: httpx.AsyncClient) -> None:
    making = asking(http, {"prompt": "A cat"}, MAKE)
    job = await worker.granted()
    await job.refuse(429, "Too many requests", retry_after="900", ratelimit_modality="image")
    answer = await making
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "upstream_rate_limited")
    assert int(answer.headers["retry-after"]) > 800


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        ({}, 400, "invalid_request", "prompt"),
        ({"prompt": " "}, 400, "invalid_request", "prompt"),
        ({"prompt": "x", "n": 11}, 400, "invalid_request", "n"),
        ({"prompt": "x", "size": "large"}, 400, "invalid_request", "size"),
        ({"prompt": "x", "response_format": "png"}, 400, "invalid_request", "response_format"),
        ({"prompt": "x", "stream": True}, 400, "invalid_request", "stream"),
        ({"prompt": "x", "model": "dall-e-3"}, 404, "model_not_found", "model"),
        ({"prompt": "x", "model": "gpt"}, 400, "model_not_selectable", "model"),
        ({"prompt": "x", "model": "first vs second"}, 400, "model_not_selectable", "model"),
    ],
)
async def test_what_can_t_be_made_is_refused_before_anything_is_asked(
    worker: WorkerDouble, http: httpx.AsyncClient, body: Any, status: int, code: str, param: str
) -> None:
    answer = await http.post(MAKE, json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)
    assert not any(isinstance(heard, m.Offer) for heard in worker.heard)


@pytest.mark.parametrize(
    ("files", "status", "code", "told"),
    [
        ([], 400, "invalid_request", "image"),
        ([("image", ("a.png", CAT)), ("mask", ("m.png", DOG))], 400, "invalid_request", "mask"),
        ([("image", ("big.png", CAT + bytes(10 * 2**20)))], 413, "attachment_too_large", "big.png"),
        ([("image", ("a.bmp", b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"))], 415, "attachment_unsupported", "a.bmp"),
        (
            [("image", ("notes.png", b"do this"))],
            415,
            "attachment_unsupported",
            "notes.png is text/plain, not a picture",
        ),
        ([("image", ("empty.png", b""))], 400, "invalid_request", "empty"),
    ],
)
async def test_what_can_t_be_edited_is_refused_by_name(
    worker: WorkerDouble, http: httpx.AsyncClient, files: Any, status: int, code: str, told: str
) -> None:
    answer = await http.post(EDIT, data={"prompt": "x"}, files=files or [("other", (None, b"x"))])
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert told in error["message"]
    assert not any(isinstance(heard, m.Offer) for heard in worker.heard)


async def test_what_is_not_offered_is_said_in_json(http: httpx.AsyncClient) -> None:
    for path in ("/v1/images/variations", "/v1/videos"):
        answer = await http.post(path, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_route")


async def test_a_page_of_another_origin_may_have_pictures_made(http: httpx.AsyncClient) -> None:
    headers = {"origin": "https://chat.example", "access-control-request-method": "POST"}
    answer = await http.options(MAKE, headers={**headers, "access-control-request-headers": "authorization"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
