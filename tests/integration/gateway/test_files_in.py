"""Files that clients send with their messages: what is refused, what becomes text, and what goes along to the site."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.app import Running, open_keys
from arenabridge.wire.link import messages as m
from arenabridge.wire.profile import ClientProfile
from arenabridge.wire.step import CallAction, PutFile
from integration.gateway.conftest import Start
from integration.gateway.worker_double import Job, WorkerDouble, connected, until

CHAT = "/v1/chat/completions"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
STOP = 'ad:{"finishReason":"stop"}'
SEES: dict[str, Any] = {"text": True, "image": True}
EDITS: dict[str, Any] = {"text": True, "image": {"requiresUpload": True, "multipleImages": False}}
MODELS: dict[str, dict[str, Any]] = {
    "blind": {"inputCapabilities": {"text": True}, "outputCapabilities": {"text": True}},
    "eyes": {"inputCapabilities": SEES, "outputCapabilities": {"text": True}},
    "paint": {"inputCapabilities": EDITS, "outputCapabilities": {"image": {"aspectRatios": ["1:1"]}}},
}


def page() -> str:
    models = [
        {"id": name, "organization": "acme", "publicName": name, "capabilities": can} for name, can in MODELS.items()
    ]
    return f'6:["$","$L16",null,{{"initialModels":{orjson.dumps(models).decode()},"initialModelAId":null}}]\n'


@pytest.fixture
async def running(start: Start) -> AsyncIterator[Running]:
    async with start(max_attachment_bytes=1000, max_body_bytes=20_000) as running:
        yield running


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running, models=()) as worker:
        await worker.next(m.Welcome)
        await worker.say(m.Page("/", page()))
        await until(lambda: len(running.gateway.models.catalogue))
        yield worker


def picture(content: bytes = PNG) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(content).decode()}"}}


def document(content: bytes, name: str) -> dict[str, Any]:
    return {"type": "file", "file": {"filename": name, "file_data": base64.b64encode(content).decode()}}


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def asking(http: httpx.AsyncClient, model: str, *messages: dict[str, Any]) -> asyncio.Future[httpx.Response]:
    return asyncio.ensure_future(http.post(CHAT, json={"model": model, "messages": messages}))


async def carry_out(worker: WorkerDouble, answer: str = "") -> m.RunErrand:
    errand = await worker.next(m.RunErrand)
    job = Job(worker, m.Go(errand.errand, 0, errand.step))  # type: ignore[arg-type]  # reports are all that is used
    await job.start()
    await job.head()
    if answer:
        await job.body(answer)
    await job.end()
    return errand


def result(**data: str) -> str:
    return '0:{"a":"$@1","f":"","b":"x"}\n1:' + orjson.dumps({"success": True, "data": data}).decode() + "\n"


def prompt(job: Job) -> dict[str, Any]:
    said: dict[str, Any] = orjson.loads(job.step.body or "")["userMessage"]
    return said


async def test_a_picture_goes_to_the_site_s_storage_and_then_along_with_the_message(
    worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    answer = asking(http, "eyes", user("What is it?", picture()))
    offer = await worker.next(m.Offer)
    await worker.say(m.Accept(offer.job))
    asked = (await carry_out(worker, result(uploadUrl="https://store.example/put", key="u/1-image.png"))).step
    assert isinstance(asked, CallAction)
    assert (asked.name, orjson.loads(asked.arguments)) == ("generateUploadUrl", ["image.png", "image/png"])
    put = (await carry_out(worker)).step
    assert put == PutFile(url="https://store.example/put", media_type="image/png", size=len(PNG))
    await carry_out(worker, result(url="https://store.example/get?X-Amz-Date=20300101T000000Z&X-Amz-Expires=3600"))
    job = Job(worker, await worker.next(m.Go))
    assert bytes(worker.files) == PNG
    said = prompt(job)
    assert said["content"] == "What is it?"
    [sent] = said["experimental_attachments"]
    assert (sent["name"], sent["contentType"]) == ("u/1-image.png", "image/png")
    assert sent["url"].startswith("https://store.example/get?")
    await job.answer('a0:"A cat."', STOP)
    assert (await answer).json()["choices"][0]["message"]["content"] == "A cat."


async def test_files_that_the_site_refuses_are_brought_there_once_more(
    worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    answer = asking(http, "eyes", user("What is it?", picture()))
    for number in (1, 2):
        offer = await worker.next(m.Offer)
        await worker.say(m.Accept(offer.job))
        await carry_out(worker, result(uploadUrl="https://store.example/put", key=f"u/{number}-image.png"))
        await carry_out(worker)
        await carry_out(worker, result(url="https://store.example/get?X-Amz-Date=20300101T000000Z&X-Amz-Expires=3600"))
        job = Job(worker, await worker.next(m.Go))
        assert prompt(job)["experimental_attachments"][0]["name"] == f"u/{number}-image.png"
        await job.refuse(400, '{"error": "Attachment not found"}')
    assert "Attachment not found" in (await answer).json()["error"]["message"]


BITMAP = b"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00"
AT_HOME: dict[str, Any] = {"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/cat.png"}}
BROKEN: dict[str, Any] = {"type": "image_url", "image_url": {"url": "data:image/png;base64,%"}}
NOT_OURS: dict[str, Any] = {"type": "file", "file": {"file_id": "file-1"}}
GONE: dict[str, Any] = {"type": "file", "file": {"file_id": "/files/0123456789abcdef"}}


@pytest.mark.parametrize(
    ("model", "part", "status", "code", "told"),
    [
        ("blind", picture(), 400, "invalid_request", ["blind", "image.png"]),
        ("eyes", picture(BITMAP), 415, "attachment_unsupported", ["image/bmp"]),
        ("eyes", document(b"PK\x03\x04", "all.zip"), 415, "attachment_unsupported", ["all.zip", "application/zip"]),
        ("eyes", picture(PNG + bytes(1000)), 413, "attachment_too_large", ["image.png", "1072", "1000"]),
        ("eyes", BROKEN, 400, "invalid_request", ["messages[0].content[1].image_url.url"]),
        ("eyes", AT_HOME, 400, "file_url_refused", ["127.0.0.1:1/cat.png"]),
        ("eyes", NOT_OURS, 400, "invalid_request", ["file_id"]),
        ("eyes", GONE, 404, "file_not_found", ["/files/0123456789abcdef"]),
        ("paint", {"type": "text", "text": "blue"}, 400, "invalid_request", ["paint"]),
    ],
)
async def test_what_can_t_be_sent_is_refused_before_anything_is_asked_whole_or_streamed(
    worker: WorkerDouble, http: httpx.AsyncClient, model: str, part: Any, status: int, code: str, told: list[str]
) -> None:
    for stream in (False, True):
        body = {"model": model, "messages": [user("Look:", part)], "stream": stream}
        answer = await http.post(CHAT, json=body)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (status, code)
        assert all(each in error["message"] for each in told), error["message"]
    assert not any(isinstance(heard, m.Offer) for heard in worker.heard)


async def test_a_chat_goes_on_with_a_model_that_sees_nothing(worker: WorkerDouble, http: httpx.AsyncClient) -> None:
    seen = user("What is it?", picture()), {"role": "assistant", "content": "A cat."}
    answer = asking(http, "blind", *seen, {"role": "user", "content": "Is it old?"})
    job = await worker.granted()
    said = prompt(job)
    assert "[User]\nWhat is it?\n\n[image: image.png]" in said["content"]
    assert said["experimental_attachments"] == []
    await job.answer('a0:"No."', STOP)
    assert (await answer).status_code == 200


async def test_text_files_are_put_into_the_message(worker: WorkerDouble, http: httpx.AsyncClient) -> None:
    answer = asking(http, "blind", user("Sum it up.", document(b"a,b\n1,2\n", "t.csv")))
    job = await worker.granted()
    assert prompt(job)["content"] == "Sum it up.\n\n[file: t.csv]\n```\na,b\n1,2\n```"
    await job.answer('a0:"3"', STOP)
    assert (await answer).status_code == 200


async def test_a_key_may_have_unseen_pictures_ignored_and_is_told_of_it(running: Running, worker: WorkerDouble) -> None:
    key = open_keys(running.gateway.settings, environment={}).create("x", ClientProfile(unseen_pictures="ignore"))
    async with httpx.AsyncClient(base_url=running.base_url, headers={"x-api-key": key}, timeout=10) as http:
        answer = asking(http, "blind", user("What is it?", picture()))
        job = await worker.granted()
        assert prompt(job)["content"] == "What is it?\n\n[image: image.png]"
        await job.answer('a0:"?"', STOP)
        assert (await answer).headers["x-arenabridge-ignored"] == "images"


async def test_a_body_with_too_large_files_is_pointed_to_uploads(http: httpx.AsyncClient) -> None:
    answer = await asking(http, "eyes", user(picture(bytes(20_000))))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")
    assert "POST /upload" in answer.json()["error"]["message"]


async def test_a_file_that_we_keep_is_found_by_its_address(
    running: Running, worker: WorkerDouble, http: httpx.AsyncClient
) -> None:
    kept = await running.gateway.files.keep(b"a,b\n", "text/csv", "t.csv", "somebody")
    address = {"type": "input_file", "file_url": f"{running.base_url}{kept.path}"}
    answer = asking(http, "blind", user("Sum it up.", address))
    job = await worker.granted()
    assert prompt(job)["content"].startswith("Sum it up.\n\n[file: t.csv]\n")
    await job.answer('a0:"-"', STOP)
    assert (await answer).status_code == 200
