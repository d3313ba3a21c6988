"""A chat goes on in the site session that has seen exactly its turns, and nowhere else."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from openai import AsyncOpenAI

from arenabridge.app import Running, open_keys
from arenabridge.wire.composition import Again, Composition, Fill, Open, Return
from arenabridge.wire.link import messages as m
from arenabridge.wire.profile import ClientProfile
from integration.gateway.conftest import Start
from integration.gateway.scripted_worker import CITED, STOP
from integration.gateway.worker_double import Job, WorkerDouble, connected, hello

HI: dict[str, Any] = {"role": "user", "content": "Hi"}
HELLO: dict[str, Any] = {"role": "assistant", "content": "Hello"}
MORE: dict[str, Any] = {"role": "user", "content": "More"}
ANSWER = 'a0:"Hel"', 'a0:"lo"', 'ad:{"finishReason":"stop"}'
WHOLE = "[User]\nHi\n\n[Assistant]\nHello\n\n[User]\nMore"


@pytest.fixture
async def running(start: Start) -> AsyncIterator[Running]:
    async with start(require_api_key=False, max_wait_seconds=3.0) as running:
        yield running


@pytest.fixture
async def http(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.base_url, timeout=10) as client:
        yield client


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running) as worker:
        yield worker


def ask(
    http: httpx.AsyncClient, *messages: dict[str, Any], model: str = "gpt", **wish: Any
) -> asyncio.Future[httpx.Response]:
    body = {"model": model, "messages": list(messages), **wish}
    return asyncio.ensure_future(http.post("/v1/chat/completions", json=body))


def sent(job: Job) -> tuple[str, str, str]:
    """Where to, in which session, and what."""
    body = orjson.loads(job.step.body or "")
    return job.step.path.rsplit("/stream/")[1].partition("/")[0], body["id"], body["userMessage"]["content"]


async def first_turn(http: httpx.AsyncClient, worker: WorkerDouble) -> str:
    asking = ask(http, HI)
    job = await worker.granted()
    kind, session, text = sent(job)
    assert (kind, text) == ("create-evaluation", "Hi")
    await job.answer(*ANSWER)
    assert (await asking).status_code == 200
    return session


async def test_the_next_turn_is_sent_alone_into_the_same_session(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    session = await first_turn(http, worker)
    messages = [HI, HELLO, MORE]
    for turn in range(3):
        asking = ask(http, *messages)
        job = await worker.granted()
        assert sent(job) == ("post-to-evaluation", session, messages[-1]["content"])
        await job.answer(f'a0:"answer {turn}"', 'ad:{"finishReason":"stop"}')
        text = (await asking).json()["choices"][0]["message"]["content"]
        messages += [{"role": "assistant", "content": text}, {"role": "user", "content": f"turn {turn}"}]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("profile", "wish", "lines"),
    [
        ({"reasoning": "think"}, {}, ('ag:"Hm."', *ANSWER)),
        ({"citations": "footnotes"}, {}, (CITED, *ANSWER)),
        ({}, {"response_format": {"type": "json_object"}}, (r'a0:"```json\n{}\n```"', STOP)),
        ({"reasoning": "think"}, {"stop": "never", "max_tokens": 99}, ('ag:"Hm."', *ANSWER)),
    ],
    ids=["thoughts", "sources", "json", "limits"],
)
async def test_a_chat_goes_on_when_the_client_repeats_what_it_was_given(
    start: Start, profile: dict[str, Any], wish: dict[str, Any], lines: tuple[str, ...], *, stream: bool
) -> None:
    async with start() as running, connected(running) as worker:
        key = open_keys(running.gateway.settings, environment={}).create("x", ClientProfile(**profile))
        async with AsyncOpenAI(base_url=f"{running.base_url}/v1", api_key=key, max_retries=0, timeout=10) as client:
            messages, ways = [HI], []
            for _ in range(2):
                asking = asyncio.ensure_future(given(client, messages, wish, stream=stream))
                job = await worker.granted()
                ways.append(sent(job)[:2])
                await job.answer(*lines)
                messages += [{"role": "assistant", "content": await asking}, MORE]
    assert ways == [("create-evaluation", ways[0][1]), ("post-to-evaluation", ways[0][1])]


async def given(client: AsyncOpenAI, messages: list[Any], wish: dict[str, Any], *, stream: bool) -> str:
    """The whole text of the answer."""
    asked: dict[str, Any] = {"model": "gpt", "messages": messages, **wish}
    if not stream:
        return (await client.chat.completions.create(**asked)).choices[0].message.content or ""
    chunks = await client.chat.completions.create(**asked, stream=True)
    return "".join([choice.delta.content or "" async for chunk in chunks for choice in chunk.choices])


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "user", "content": "Hi!"}, HELLO, MORE],
        [HI, {"role": "assistant", "content": "Hello, edited"}, MORE],
        [{"role": "system", "content": "Rules"}, HI, HELLO, MORE],
        [HI],
    ],
    ids=["edited", "answer edited", "system added", "regenerated"],
)
async def test_whatever_was_changed_begins_anew_with_the_whole_conversation(
    http: httpx.AsyncClient, worker: WorkerDouble, messages: list[dict[str, Any]]
) -> None:
    session = await first_turn(http, worker)
    asking = ask(http, *messages)
    job = await worker.granted()
    kind, new, text = sent(job)
    assert (kind, new != session) == ("create-evaluation", True)
    assert all(message["content"] in text for message in messages)
    await job.answer(*ANSWER)
    await asking


async def test_of_two_equal_requests_at_once_the_second_begins_anew(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    await first_turn(http, worker)
    both = [ask(http, HI, HELLO, MORE), ask(http, HI, HELLO, MORE)]
    jobs = [await worker.granted(), await worker.granted()]
    assert sorted(sent(job)[0] for job in jobs) == ["create-evaluation", "post-to-evaluation"]
    for job in jobs:
        await job.answer(*ANSWER)
    await asyncio.gather(*both)


@pytest.mark.parametrize(
    "lines", [('a0:"Hello"',), ('a0:"Hello"', 'ad:{"finishReason":"length"}'), ('a0:"Hello"', 'a3:"broken"')]
)
async def test_a_turn_that_did_not_end_well_retires_its_session(
    http: httpx.AsyncClient, worker: WorkerDouble, lines: tuple[str, ...]
) -> None:
    asking = ask(http, HI)
    await (await worker.granted()).answer(*lines)
    await asking
    asking = ask(http, HI, HELLO, MORE)
    job = await worker.granted()
    assert sent(job)[::2] == ("create-evaluation", WHOLE)
    await job.answer(*ANSWER)
    await asking


async def test_a_session_that_the_site_has_forgotten_is_replaced_before_the_client_notices(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    await first_turn(http, worker)
    asking = ask(http, HI, HELLO, MORE)
    job = await worker.granted()
    await job.refuse(404, '{"error":"Not found"}')
    again = await worker.granted()
    assert (again.id, again.go.epoch) == (job.id, 2)
    assert sent(again)[::2] == ("create-evaluation", WHOLE)
    await again.answer(*ANSWER)
    assert (await asking).status_code == 200


async def test_a_chat_may_become_longer_than_one_message_where_its_session_has_seen_it(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """Once the session is gone, all of it would have to be sent: that is said, and nothing is cut or paid for."""
    async with (
        start(require_api_key=False, max_prompt_characters=20) as running,
        connected(running) as worker,
        httpx.AsyncClient(base_url=running.base_url) as http,
    ):
        session = await first_turn(http, worker)
        asking = ask(http, HI, HELLO, MORE)
        job = await worker.granted()
        assert sent(job) == ("post-to-evaluation", session, "More")
        unknown = await ask(http, HI, HELLO, MORE)
        await job.refuse(404, '{"error":"Not found"}')
        await worker.say(m.Accept((await worker.next(m.Offer)).job))
        gone = await asking
        assert {told.json()["error"]["code"] for told in (unknown, gone)} == {"context_length_exceeded"}
        tail = await ask(http, HI, HELLO, {"role": "user", "content": "x" * 21})
        assert tail.status_code == 400
    assert not [record for record in caplog.records if record.exc_info], "nothing unexpected has happened"


@pytest.mark.parametrize("wish", [{}, {"stream": True, "response_format": {"type": "json_object"}}])
async def test_a_long_chat_that_has_lost_its_session_is_cut_as_its_key_says_and_says_so(
    start: Start, wish: dict[str, Any]
) -> None:
    answer = orjson.dumps({"x": "y" * 200}).decode()
    async with start(max_prompt_characters=200) as running, connected(running) as worker:
        key = open_keys(running.gateway.settings, environment={}).create("x", ClientProfile(overflow="trim_oldest"))
        async with httpx.AsyncClient(base_url=running.base_url, headers={"authorization": f"Bearer {key}"}) as http:
            asking = ask(http, HI, **wish)
            await (await worker.granted()).answer(f"a0:{orjson.dumps(answer).decode()}", STOP)
            await asking
            asking = ask(http, HI, {"role": "assistant", "content": answer}, MORE, **wish)
            job = await worker.granted()
            assert sent(job)[0] == "post-to-evaluation"
            await job.refuse(404, '{"error":"Not found"}')
            again = await worker.granted()
            assert (sent(again)[0], "yyy" in sent(again)[2]) == ("create-evaluation", False)
            await again.answer('a0:"{}"', STOP)
            told = (await asking).headers["x-arenabridge-dropped-turns"]
    assert told == "2"


async def test_ten_thousand_messages_are_all_shown_to_the_model(start: Start) -> None:
    messages = [{"role": ("user", "assistant")[turn % 2], "content": f"turn {turn}."} for turn in range(9_999)]
    async with (
        start(require_api_key=False, max_prompt_characters=1_000_000) as running,
        connected(running) as worker,
        httpx.AsyncClient(base_url=running.base_url) as http,
    ):
        asking = ask(http, *messages)
        job = await worker.granted()
        _, _, text = sent(job)
        assert re.findall(r"turn \d+\.", text) == [message["content"] for message in messages]
        await job.answer(*ANSWER)
        assert (await asking).status_code == 200


async def test_an_empty_answer_is_tried_once_more_in_a_new_session_and_never_a_success(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    session = await first_turn(http, worker)
    asking = ask(http, HI, HELLO, MORE)
    job = await worker.granted()
    assert sent(job)[:2] == ("post-to-evaluation", session)
    await job.answer('ad:{"finishReason":"stop"}')
    again = await worker.granted()
    assert (sent(again)[0], again.go.epoch) == ("create-evaluation", 2)
    await again.answer('ag:"Hm."', r'a0:" \n"', 'ad:{"finishReason":"stop"}')
    answer = await asking
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "empty_response")


async def test_a_refusal_costs_a_chat_its_session_no_more_than_its_turn(start: Start) -> None:
    """The hourly try whether the site takes our own requests again must not begin every chat anew."""
    async with (
        start(require_api_key=False) as running,
        connected(running, hello(running, how=("fetch", "composer"))) as worker,
        httpx.AsyncClient(base_url=running.base_url) as http,
    ):
        session = await first_turn(http, worker)
        asking = ask(http, HI, HELLO, MORE)
        job = await worker.granted()
        assert sent(job)[:2] == ("post-to-evaluation", session)
        await job.refuse(403, '{"error":"recaptcha validation failed"}')
        again = await worker.granted()
        assert leads_to(again) == f"/c/{session}"
        await answer_on_the_page(again, session)
        assert (await asking).status_code == 200


async def test_another_browser_profile_does_not_know_the_session(http: httpx.AsyncClient, running: Running) -> None:
    async with connected(running) as worker:
        await first_turn(http, worker)
    async with connected(running, hello(running, profile="another")) as other:
        asking = ask(http, HI, HELLO, MORE)
        job = await other.granted()
        assert sent(job)[::2] == ("create-evaluation", WHOLE)
        await job.answer(*ANSWER)
        await asking


async def test_fresh_sends_everything_every_time(start: Start) -> None:
    async with (
        start(require_api_key=False, session_strategy="fresh") as running,
        connected(running) as worker,
        httpx.AsyncClient(base_url=running.base_url) as http,
    ):
        await first_turn(http, worker)
        asking = ask(http, HI, HELLO, MORE)
        job = await worker.granted()
        assert sent(job)[::2] == ("create-evaluation", WHOLE)
        await job.answer(*ANSWER)
        await asking


async def answer_on_the_page(job: Job, session: str) -> None:
    await job.start()
    head = m.Head(job=job.id, epoch=job.go.epoch, seq=job.number(), status=200, session=session)
    await job.worker.say(head)
    await job.body(*(f"{line}\n" for line in ANSWER))
    await job.end()


async def test_a_page_goes_back_to_the_conversation_and_gets_the_new_turn_alone(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        start(require_api_key=False, execution="composer") as running,
        connected(running, hello(running, how=("composer",))) as worker,
        httpx.AsyncClient(base_url=running.base_url) as http,
    ):
        asking = ask(http, HI)
        job = await worker.granted()
        assert isinstance(actions(job)[0], Open)
        await answer_on_the_page(job, "s-1")
        await asking
        asking = ask(http, HI, HELLO, MORE)
        job = await worker.granted()
        assert leads_to(job) == "/c/s-1"
        assert actions(job)[1] == Fill("message_box", "More")
        missing = m.Failed(job=job.id, epoch=1, seq=0, kind="element_missing", detail="conversation", started=False)
        await worker.say(missing)
        again = await worker.granted()
        assert isinstance(actions(again)[0], Open)
        assert Fill("message_box", WHOLE) in actions(again)
        await answer_on_the_page(again, "s-2")
        assert (await asking).status_code == 200
    assert not [each for each in caplog.records if each.levelname == "WARNING" and job.id in each.getMessage()]


def leads_to(job: Job) -> str | None:
    """The conversation's page that the worker goes back to first."""
    first = actions(job)[0]
    assert isinstance(first, Return)
    page = first.path.rpartition("/c/")[2].removesuffix("$").replace("\\", "")
    assert re.search(first.path, f"/c/{page}")
    return f"/c/{page}"


def actions(job: Job) -> tuple[Any, ...]:
    assert isinstance(job.go.step, Composition)
    return job.go.step.actions


async def test_a_page_that_answers_in_another_conversation_is_not_believed(start: Start) -> None:
    async with (
        start(require_api_key=False, execution="composer") as running,
        connected(running, hello(running, how=("composer",))) as worker,
        httpx.AsyncClient(base_url=running.base_url) as http,
    ):
        asking = ask(http, HI)
        await answer_on_the_page(await worker.granted(), "s-1")
        await asking
        asking = ask(http, HI, HELLO, MORE)
        await answer_on_the_page(await worker.granted(), "s-9")
        answer = await asking
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "site_changed")


async def test_an_empty_answer_of_a_page_is_made_again_there_or_else_anew(start: Start) -> None:
    async with (
        start(require_api_key=False, execution="composer") as running,
        connected(running, hello(running, how=("composer",))) as worker,
        httpx.AsyncClient(base_url=running.base_url) as http,
    ):
        asking = ask(http, HI)
        job = await worker.granted()
        await job.start()
        await worker.say(m.Head(job=job.id, epoch=1, seq=job.number(), status=200, session="s-1"))
        await job.body('ad:{"finishReason":"stop"}\n')
        await job.end()
        again = await worker.granted()
        assert leads_to(again) == "/c/s-1"
        assert actions(again)[1:] == (Again("retry"),)
        await again.fail("element_missing", started=False)
        anew = await worker.granted()
        assert isinstance(actions(anew)[0], Open)
        await answer_on_the_page(anew, "s-2")
        assert (await asking).status_code == 200
