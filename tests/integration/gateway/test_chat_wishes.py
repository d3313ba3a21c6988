"""How a client wants its answer: where it ends, how many, as JSON, with what beside it, counted how."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from typing import Any

import httpx
import orjson
import pytest
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from arenabridge.app import Running, open_keys
from arenabridge.http.answers.token_counter import LIBRARY
from arenabridge.wire.link import messages as m
from arenabridge.wire.profile import ClientProfile
from integration.gateway.worker_double import Job, WorkerDouble, connected

CHAT, TEXT = "/v1/chat/completions", "/v1/completions"
ASK: dict[str, Any] = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}
STREAM = {**ASK, "stream": True, "stream_options": {"include_usage": True}}
STOP = 'ad:{"finishReason":"stop"}'
JSON = {"response_format": {"type": "json_object"}}
AGE = {"type": "object", "required": ["age"]}
SCHEMA = {"response_format": {"type": "json_schema", "json_schema": {"name": "person", "schema": AGE}}}

As = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running) as worker:
        yield worker


@pytest.fixture
def client_as(running: Running) -> As:
    """A client whose key has this profile."""

    @asynccontextmanager
    async def client(**profile: Any) -> AsyncIterator[httpx.AsyncClient]:
        key = open_keys(running.gateway.settings, environment={}).create("x", ClientProfile(**profile))
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=running.base_url, headers=headers, timeout=10) as client:
            yield client

    return client


def asking(http: httpx.AsyncClient, body: dict[str, Any], path: str = CHAT) -> asyncio.Future[httpx.Response]:
    return asyncio.ensure_future(http.post(path, json=body))


def events(answer: httpx.Response) -> list[Any]:
    """The data of each event but the last, which must be `[DONE]`."""
    *data, done = [event[6:] for event in answer.text.split("\n\n") if event.startswith("data: ")]
    assert done == "[DONE]"
    return [orjson.loads(each) for each in data]


def chunks(answer: httpx.Response) -> list[ChatCompletionChunk]:
    return [ChatCompletionChunk.model_validate(event, strict=True) for event in events(answer)]


def streamed(answer: httpx.Response, index: int = 0) -> tuple[str, list[str]]:
    """The text and the finish reasons of one choice."""
    choices = [choice for chunk in chunks(answer) for choice in chunk.choices if choice.index == index]
    text = "".join(choice.delta.content or "" for choice in choices)
    return text, [choice.finish_reason for choice in choices if choice.finish_reason]


def whole(answer: httpx.Response) -> ChatCompletion:
    assert answer.status_code == 200, answer.text
    return ChatCompletion.model_validate_json(answer.content, strict=True)


async def begin(job: Job, *lines: str) -> None:
    await job.start()
    await job.head(content_type="text/event-stream")
    await job.body(*(f"{line}\n" for line in lines))


def sent(job: Job) -> str:
    text: str = orjson.loads(job.step.body or "")["userMessage"]["content"]
    return text


# -- where it ends


@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
@pytest.mark.parametrize(
    ("wish", "text", "reason"),
    [({"stop": ["t w"]}, "tha", "stop"), ({"max_tokens": 2}, "that was", "length")],
    ids=["stop", "max_tokens"],
)
async def test_an_answer_ends_where_it_is_to_and_the_sites_is_stopped(
    http: httpx.AsyncClient, worker: WorkerDouble, ask: dict[str, Any], wish: Any, text: str, reason: str
) -> None:
    answering = asking(http, {**ask, **wish})
    job = await worker.granted()
    await begin(job, 'a0:"that"', 'a0:" "', 'a0:"was it, and so on"')
    answer = await answering
    assert (await worker.next(m.Cancel)).job == job.id
    assert "x-arenabridge-ignored" not in answer.headers
    if ask is STREAM:
        assert streamed(answer) == (text, [reason])
    else:
        choice = whole(answer).choices[0]
        assert (choice.message.content, choice.finish_reason) == (text, reason)


async def test_what_only_looked_like_the_beginning_of_the_end_comes_too(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    answering = asking(http, {**STREAM, "stop": "lo!"})
    await (await worker.granted()).answer('a0:"Hel"', 'a0:"lo"', STOP)
    assert streamed(await answering) == ("Hello", ["stop"])


async def test_a_cut_answer_is_not_gone_on_from(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    """The site's session has seen more than the client."""
    answering = asking(http, {**ASK, "stop": "."})
    await begin(await worker.granted(), 'a0:"One. Two"')
    said = whole(await answering).choices[0].message.content
    more = [*ASK["messages"], {"role": "assistant", "content": said}, {"role": "user", "content": "More"}]
    answering = asking(http, {**ASK, "messages": more})
    job = await worker.granted()
    assert sent(job) == "[User]\nHi\n\n[Assistant]\nOne\n\n[User]\nMore"
    await job.answer('a0:"Two"', STOP)
    await answering


async def test_an_end_in_the_last_line_of_the_site_is_one(
    http: httpx.AsyncClient, worker: WorkerDouble, running: Running
) -> None:
    """The site's stream may end without a line feed: that line is read when the answer ends."""
    answering = asking(http, {**STREAM, "stop": "."})
    job = await worker.granted()
    await begin(job, STOP)
    await job.body('a0:"One. Two"')
    await job.end()
    assert streamed(await answering) == ("One", ["stop"])
    assert running.gateway.hub.running == 0
    answering = asking(http, ASK)
    await (await worker.granted()).answer('a0:"the link is up"', STOP)
    assert (await answering).status_code == 200


# -- how many


async def test_several_answers_come_side_by_side(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http, {**STREAM, "n": 3})
    jobs = [await worker.granted() for _ in range(3)]
    for text in "xy":
        for number, job in enumerate(jobs):
            if text == "x":
                await begin(job)
            await job.body(f'a0:"{text}{number}"\n')
    for job in jobs:
        await job.body('ad:{"finishReason":"stop","usage":{"promptTokens":7,"completionTokens":2}}\n')
        await job.end()
    answer = await answering
    assert [streamed(answer, index) for index in range(3)] == [(f"x{n}y{n}", ["stop"]) for n in range(3)]
    received = chunks(answer)
    assert [choice.delta.role for chunk in received for choice in chunk.choices][:3] == ["assistant"] * 3
    assert len({chunk.id for chunk in received}) == 1
    usages = [chunk.usage for chunk in received if chunk.usage]
    assert [(usage.prompt_tokens, usage.completion_tokens) for usage in usages] == [(7, 6)]
    assert events(answer)[-1]["usage"]["estimated"] is False


async def test_several_answers_in_one_piece(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http, {**ASK, "n": 2})
    for number in range(2):
        await (await worker.granted()).answer(f'a0:"answer {number}"', STOP)
    choices = whole(await answering).choices
    assert [(choice.index, choice.message.content) for choice in choices] == [(0, "answer 0"), (1, "answer 1")]


@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
async def test_one_of_several_that_fails_early_fails_all(
    http: httpx.AsyncClient, worker: WorkerDouble, ask: dict[str, Any], running: Running
) -> None:
    answering = asking(http, {**ask, "n": 2})
    first, second = await worker.granted(), await worker.granted()
    await second.refuse(500, "{}")
    answer = await answering
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_error")
    assert (await worker.next(m.Cancel)).job == first.id
    assert running.gateway.hub.running == running.gateway.hub.waiting == 0


async def test_one_of_several_that_fails_late_ends_the_stream(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    async with http.stream("POST", CHAT, json={**STREAM, "n": 2}) as answer:
        first, second = await worker.granted(), await worker.granted()
        await begin(first, 'a0:"Half"')
        pieces = answer.aiter_text()
        seen = await anext(pieces)
        await second.refuse(500, "{}")
        seen += "".join([piece async for piece in pieces])
    assert seen.count('"error"') == seen.count("[DONE]") == 1
    assert '"finish_reason":"stop"' not in seen
    assert (await worker.next(m.Cancel)).job == first.id


async def test_a_whole_answer_is_given_although_one_before_it_fails(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    async with http.stream("POST", CHAT, json={**STREAM, "n": 2}) as answer:
        first, second = await worker.granted(), await worker.granted()
        await begin(first, 'a0:"Half"')
        pieces = answer.aiter_text()
        seen = await anext(pieces)
        await second.answer('a0:"Whole"', STOP)
        await first.body('a3:"An error occurred"\n')
        seen += "".join([piece async for piece in pieces])
    whole_one, error = seen.find('"Whole"'), seen.find('"error"')
    assert 0 < whole_one < seen.find('"finish_reason":"stop"') < error


# -- as JSON


@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
async def test_json_comes_bare(http: httpx.AsyncClient, worker: WorkerDouble, ask: dict[str, Any]) -> None:
    answering = asking(http, {**ask, **SCHEMA})
    job = await worker.granted()
    assert orjson.dumps(AGE).decode() in sent(job)
    assert sent(job).endswith("[User]\nHi")
    await job.answer('ag:"Hm."', r'a0:"```json\n{\"age\":"', r'a0:"7}\n```"', STOP)
    answer = await answering
    text = streamed(answer)[0] if ask is STREAM else whole(answer).choices[0].message.content
    assert text == '{"age":7}'
    assert "Hm." in answer.text


@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
async def test_json_that_is_none_is_asked_for_once_more(
    http: httpx.AsyncClient, worker: WorkerDouble, ask: dict[str, Any]
) -> None:
    """In the site session that holds the bad answer: what is wrong with it is all that has to be sent."""
    answering = asking(http, {**ask, **SCHEMA})
    await (await worker.granted()).answer('ag:"Wrong thought."', r'a0:"{\"name\":1}"', STOP)
    repair = await worker.granted()
    assert "required property" in sent(repair)
    assert "[User]" not in sent(repair)
    await repair.answer(r'a0:"{\"age\":7}"', STOP)
    answer = await answering
    text = streamed(answer)[0] if ask is STREAM else whole(answer).choices[0].message.content
    assert text == '{"age":7}'
    assert "Wrong" not in answer.text


@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
@pytest.mark.parametrize("counts", [(2, 3), (2, None), (None, None)], ids=["both counted", "one counted", "none"])
async def test_a_repaired_answer_costs_what_both_cost(
    http: httpx.AsyncClient, worker: WorkerDouble, ask: dict[str, Any], counts: tuple[int | None, int | None]
) -> None:
    """What the site did not count of both is counted by us, of the words of both."""
    answering = asking(http, {**ask, **JSON})
    for text, count in zip(("One two three four five six.", "{}"), counts, strict=True):
        told = STOP if count is None else f'ad:{{"finishReason":"stop","usage":{{"completionTokens":{count}}}}}'
        await (await worker.granted()).answer(f'a0:"{text}"', told)
    answer = await answering
    usage = events(answer)[-1]["usage"] if ask is STREAM else answer.json()["usage"]
    assert usage["completion_tokens"] == 5 if counts == (2, 3) else usage["completion_tokens"] >= 7


@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
async def test_json_that_is_none_twice_is_an_error(
    http: httpx.AsyncClient, worker: WorkerDouble, ask: dict[str, Any]
) -> None:
    answering = asking(http, {**ask, **JSON})
    for _ in range(2):
        await (await worker.granted()).answer('a0:"Sorry."', STOP)
    answer = await answering
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "invalid_json_answer")
    assert answer.headers["x-should-retry"] == "false"


async def test_a_stream_that_waits_for_json_is_kept_alive(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    async with http.stream("POST", CHAT, json={**STREAM, **JSON}) as answer:
        job = await worker.granted()
        await begin(job, 'a0:"Sor"')
        pieces = answer.aiter_text()
        seen = ""
        while ": keep-alive" not in seen:
            seen += await anext(pieces)
        assert "Sor" not in seen
        await job.body(f'a0:"ry."\n{STOP}\n')
        await job.end()
        await (await worker.granted()).answer('a0:"Still sorry."', STOP)
        seen += "".join([piece async for piece in pieces])
    assert "invalid_json_answer" in seen
    assert "orry" not in seen.replace("Still sorry", "")


async def test_json_that_is_cut_says_so_by_its_finish_reason(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http, {**ASK, **JSON, "max_tokens": 1})
    await begin(await worker.granted(), r'a0:"{\"age\": 7}"')
    choice = whole(await answering).choices[0]
    assert choice.message.content
    assert '{"ag'.startswith(choice.message.content)
    assert choice.finish_reason == "length"


@pytest.mark.skipif(not find_spec(LIBRARY), reason="the extra `tokens` is not installed")
@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
async def test_no_more_tokens_are_told_than_were_asked_for(
    http: httpx.AsyncClient, worker: WorkerDouble, ask: dict[str, Any]
) -> None:
    """The limit is kept by the count that the client is told: here every character but one is a token."""
    answering = asking(http, {**ask, "max_tokens": 4})
    await (await worker.granted()).answer('a0:"1 2 "', 'a0:"3 4"', STOP)
    answer = await answering
    usage = chunks(answer)[-1].usage if ask is STREAM else whole(answer).usage
    assert usage
    assert usage.completion_tokens <= 4
    assert (streamed(answer)[1] if ask is STREAM else [whole(answer).choices[0].finish_reason]) == ["length"]


@pytest.mark.parametrize("ask", [ASK, STREAM], ids=["plain", "streamed"])
async def test_a_client_that_hangs_up_during_a_repair_stops_it(
    http: httpx.AsyncClient, worker: WorkerDouble, running: Running, ask: dict[str, Any]
) -> None:
    answering = asking(http, {**ask, **JSON})
    await (await worker.granted()).answer('a0:"Sorry."', STOP)
    repair = await worker.granted()
    answering.cancel()
    assert (await worker.next(m.Cancel)).job == repair.id
    assert running.gateway.hub.running == 0


# -- with what beside it

SOURCE = '{"source":{"url":"https://x.example","id":"1","title":"X","charLocation":[3]}}'
CITED = f'ac:{{"toolCallId":"citation-source","argsTextDelta":{orjson.dumps(SOURCE).decode()}}}'


@pytest.mark.parametrize(
    ("reasoning", "text", "message"),
    [
        ("reasoning_content", "Hello", {"reasoning_content": "Hm.", "reasoning": "Hm."}),
        ("reasoning", "Hello", {"reasoning": "Hm."}),
        ("think", "<think>\nHm.\n</think>\n\nHello", {}),
        ("off", "Hello", {}),
    ],
)
async def test_thoughts_go_where_the_key_says(
    client_as: As, worker: WorkerDouble, reasoning: str, text: str, message: dict[str, str]
) -> None:
    lines = 'ag:"Hm."', 'a0:"Hello"', STOP
    async with client_as(reasoning=reasoning) as http:
        answering = asking(http, ASK)
        await (await worker.granted()).answer(*lines)
        body = (await answering).json()
        assert body["choices"][0]["message"] == {"role": "assistant", "content": text, "refusal": None, **message}
        answering = asking(http, STREAM)
        await (await worker.granted()).answer(*lines)
        answer = await answering
    assert streamed(answer) == (text, ["stop"])
    deltas = [choice["delta"] for event in events(answer) for choice in event["choices"]]
    assert [delta for delta in deltas if "reasoning" in delta] == ([message] if message else [])
    assert events(answer)[-1]["usage"] == body["usage"]
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0


@pytest.mark.parametrize(
    ("citations", "text", "count"),
    [("annotations", "Yes", 1), ("footnotes", "Yes\n\nSources:\n\n1. [X](https://x.example)", 1), ("off", "Yes", 0)],
)
async def test_sources_go_where_the_key_says(
    client_as: As, worker: WorkerDouble, citations: str, text: str, count: int
) -> None:
    async with client_as(citations=citations) as http:
        answering = asking(http, ASK)
        await (await worker.granted()).answer(CITED, 'a0:"Yes"', CITED, STOP)
        choice = whole(await answering).choices[0]
        assert choice.message.content == text
        assert len(choice.message.annotations or []) == count
        answering = asking(http, STREAM)
        await (await worker.granted()).answer(CITED, 'a0:"Yes"', CITED, STOP)
        answer = await answering
    assert streamed(answer) == (text, ["stop"])
    deltas = [choice["delta"] for event in events(answer) for choice in event["choices"]]
    assert [len(delta["annotations"]) for delta in deltas if "annotations" in delta] == [count] * bool(count)
    assert deltas[-1] == {}


async def test_json_is_bare_whatever_the_key_says(client_as: As, worker: WorkerDouble) -> None:
    async with client_as(reasoning="think", citations="footnotes") as http:
        answering = asking(http, {**ASK, **JSON})
        await (await worker.granted()).answer('ag:"Hm."', CITED, 'a0:"{}"', STOP)
        message = whole(await answering).choices[0].message
    assert (message.content, len(message.annotations or [])) == ("{}", 1)


async def test_a_strict_key_refuses_what_has_no_effect(client_as: As, worker: WorkerDouble) -> None:
    async with client_as(strict=True) as http:
        for path, body in ((CHAT, ASK), (TEXT, {"model": "gpt", "prompt": "x"})):
            answer = await asking(http, {**body, "temperature": 1}, path)
            assert (answer.status_code, answer.json()["error"]["param"]) == (400, "temperature")
        answering = asking(http, {**ASK, "max_tokens": 100, "stop": [], "user": "me", "tools": []})
        await (await worker.granted()).answer('a0:"Hello"', STOP)
        assert (await answering).status_code == 200


# -- counted how


async def test_whose_figures_they_are_is_told(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    told = 'ad:{"finishReason":"stop","usage":{"promptTokens":7,"completionTokens":2}}'
    for line, source in ((STOP, "estimated"), (told, "site")):
        answering = asking(http, ASK)
        await (await worker.granted()).answer('a0:"Hello"', line)
        answer = await answering
        assert answer.headers["x-arenabridge-usage"] == source
        assert answer.json()["usage"]["estimated"] is (source == "estimated")


# -- the older kin


async def test_the_older_endpoint_has_shapes_of_its_own(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    ask = {"model": "gpt", "prompt": "Once upon", "suffix": "."}
    answering = asking(http, {**ask, "n": 2}, TEXT)
    for number in range(2):
        job = await worker.granted()
        assert sent(job) == "Once upon"
        await job.answer('ag:"Hm."', f'a0:" a time {number}"', STOP)
    answer = await answering
    read = Completion.model_validate_json(answer.content, strict=True)
    assert [choice.text for choice in read.choices] == [" a time 0", " a time 1"]
    assert read.id.startswith("cmpl-")
    assert answer.headers["x-arenabridge-ignored"] == "suffix"
    answering = asking(http, {**ask, "stream": True, "stop": " time"}, TEXT)
    await begin(await worker.granted(), 'a0:" a ti"', 'a0:"me"')
    received = [choice for event in events(await answering) for choice in event["choices"]]
    assert [(choice["text"], choice["finish_reason"]) for choice in received] == [(" a", None), ("", "stop")]


async def test_the_older_endpoint_opens_its_stream_with_a_comment(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    """It has no chunk that says nothing."""
    async with http.stream("POST", TEXT, json={"model": "gpt", "prompt": "x", "stream": True}) as answer:
        job = await worker.granted()
        pieces = answer.aiter_text()
        assert await anext(pieces) == ": keep-alive\n\n"
        await job.answer('a0:"y"', STOP)
        assert '"text":"y"' in "".join([piece async for piece in pieces])
