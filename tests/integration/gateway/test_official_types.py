"""
Whatever shape an answer has, it is one by the official client's own types, in strict mode, and by the API's document.

The one exception is a streamed text completion, whose finish reason is null until the end, as OpenAI sends it: its
official type knows no null.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import msgspec
import orjson
import pytest
from openai.types import Completion, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.shared import ErrorObject
from pydantic import BaseModel

from arenabridge.app import Running, open_keys
from arenabridge.wire.openai import response_schema as ours
from arenabridge.wire.profile import ClientProfile
from integration.gateway.scripted_worker import CITED, COUNTED, PICTURE, STOP
from integration.gateway.worker_double import WorkerDouble, connected, until

CHAT, TEXT = "/v1/chat/completions", "/v1/completions"
BODY: dict[str, dict[str, Any]] = {
    CHAT: {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]},
    TEXT: {"model": "gpt", "prompt": "Hi"},
}
JSON = {"response_format": {"type": "json_object"}}
USAGE = {"stream_options": {"include_usage": True}}

Read = Callable[[Any], Any]


def read_by(official: type[BaseModel], our: Any) -> Read:
    def read(data: Any) -> Any:
        msgspec.convert(data, our, strict=True)
        return official.model_validate(data, strict=True)

    return read


def read_text_chunk(data: Any) -> Any:
    msgspec.convert(data, ours.Completion, strict=True)
    for choice in data["choices"]:
        choice["finish_reason"] = choice["finish_reason"] or "stop"
    return Completion.model_validate(data, strict=True)


WHOLE = {CHAT: read_by(ChatCompletion, ours.ChatCompletion), TEXT: read_by(Completion, ours.Completion)}
PIECE = {CHAT: read_by(ChatCompletionChunk, ours.ChatCompletionChunk), TEXT: read_text_chunk}

SHAPES: list[tuple[str, str, dict[str, Any], tuple[str, ...], str]] = [
    ("text", CHAT, {}, ('a0:"Hel"', 'a0:"lo"', STOP), "stop"),
    ("counted by the site", CHAT, USAGE, ('a0:"Hello"', COUNTED), "stop"),
    ("counted by us", CHAT, USAGE, ('a0:"Hello"', STOP), "stop"),
    ("thoughts", CHAT, {}, ('ag:"Hm."', 'a0:"Hello"', STOP), "stop"),
    ("sources", CHAT, {}, (CITED, 'a0:"Yes"', CITED, STOP), "stop"),
    ("pictures", CHAT, {}, (PICTURE, STOP), "stop"),
    ("two", CHAT, {"n": 2, **USAGE}, ('a0:"Hello"', STOP), "stop"),
    ("stopped", CHAT, {"stop": "lo"}, ('a0:"Hello"', STOP), "stop"),
    ("limited", CHAT, {"max_tokens": 1}, ('a0:"Hello you"', STOP), "length"),
    ("cut by the site", CHAT, {}, ('a0:"Hello"', 'ad:{"finishReason":"length"}'), "length"),
    ("filtered", CHAT, {}, ('a0:"Hel"', 'ad:{"finishReason":"content-filter"}'), "content_filter"),
    ("json", CHAT, JSON, ('a0:"{}"', STOP), "stop"),
    ("bare text", TEXT, {}, ('ag:"Hm."', 'a0:"Hel"', 'a0:"lo"', STOP), "stop"),
    ("two bare texts", TEXT, {"n": 2, **USAGE}, ('a0:"Hello"', COUNTED), "stop"),
    ("limited bare text", TEXT, {"max_tokens": 1}, ('a0:"Hello you"', STOP), "length"),
]

PROFILES = [
    ClientProfile(),
    ClientProfile(reasoning="think", citations="footnotes"),
    ClientProfile(reasoning="reasoning", citations="off"),
]


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running) as worker:
        await until(lambda: len(running.gateway.models.catalogue))
        yield worker


async def answered(http: httpx.AsyncClient, worker: WorkerDouble, path: str, body: Any, *lines: str) -> httpx.Response:
    asking = asyncio.ensure_future(http.post(path, json={**BODY[path], **body}))
    for _ in range(body.get("n", 1)):
        await (await worker.granted()).answer(*lines)
    return await asking


def events(stream: str) -> list[Any]:
    *data, done = [event[6:] for event in stream.split("\n\n") if event.startswith("data: ")]
    assert done == "[DONE]"
    return [orjson.loads(each) for each in data]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.reasoning)
async def test_answers_of_all_shapes_are_those_of_the_official_types(
    running: Running, worker: WorkerDouble, profile: ClientProfile
) -> None:
    key = open_keys(running.gateway.settings, environment={}).create("x", profile)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=running.base_url, headers=headers, timeout=10) as http:
        for name, path, wish, lines, reason in SHAPES:
            whole = WHOLE[path]((await answered(http, worker, path, wish, *lines)).json())
            assert [choice.finish_reason for choice in whole.choices] == [reason] * wish.get("n", 1), name
            assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens, name
            stream = events((await answered(http, worker, path, {**wish, "stream": True}, *lines)).text)
            assert_streamed(name, stream, choices=wish.get("n", 1), reason=reason, has_usage="stream_options" in wish)
            pieces = [PIECE[path](event) for event in stream]
            assert {piece.model for piece in pieces} == {"gpt"}


def assert_streamed(name: str, stream: list[Any], *, choices: int, reason: str, has_usage: bool) -> None:
    """One finish a choice, which is its last word; usage once, without choices, and only if it was asked for."""
    for index in range(choices):
        own = [choice for event in stream for choice in event["choices"] if choice["index"] == index]
        assert [choice["finish_reason"] for choice in own] == [*([None] * (len(own) - 1)), reason], name
    assert len({(event["id"], event["created"]) for event in stream}) == 1
    assert [event for event in stream if event.get("usage")] == (stream[-1:] if has_usage else [])
    assert [event for event in stream if not event["choices"]] == (stream[-1:] if has_usage else [])
    assert all(("usage" in event) == has_usage for event in stream)


@pytest.mark.parametrize("path", [CHAT, TEXT])
async def test_failures_are_error_objects_as_a_status_and_as_an_event(
    http: httpx.AsyncClient, worker: WorkerDouble, path: str
) -> None:
    read = read_by(ErrorObject, ours.Failure)
    for stream in (False, True):
        early = await answered(http, worker, path, {"stream": stream}, 'a3:"Resource exhausted."')
        assert (early.status_code, read(early.json()["error"]).code) == (502, "upstream_error")
    async with http.stream("POST", path, json={**BODY[path], "stream": True}) as answer:
        job = await worker.granted()
        await job.start()
        await job.head()
        await job.body('a0:"Hel"\n')
        pieces = answer.aiter_text()
        seen = await anext(pieces)
        await job.body('a3:"An error occurred"\n')
        seen += "".join([piece async for piece in pieces])
    *late, failed = events(seen)
    assert read(failed["error"]).code == "upstream_error"
    assert [choice["finish_reason"] for event in late for choice in event["choices"]] == [None] * len(late)


async def test_models_are_those_of_the_official_type(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    assert not worker.closed
    read = read_by(Model, ours.Model)
    listed = (await http.get("/v1/models")).json()
    msgspec.convert(listed, ours.ModelList, strict=True)
    assert "gpt" in [read(model).id for model in listed["data"]]
    assert read((await http.get("/v1/models/gpt")).json()).object == "model"
