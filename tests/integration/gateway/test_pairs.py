"""Two participants answer one request: a battle, or two models side by side, as choices 0 and 1."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.app import Running
from arenabridge.wire.composition import Choose, Composition, Open
from integration.gateway.conftest import Start
from integration.gateway.worker_double import MODEL_ID, Job, WorkerDouble, connected, hello

HI: dict[str, Any] = {"role": "user", "content": "Hi"}
A_ENDS = 'ad:{"finishReason":"stop","usage":{"promptTokens":5,"completionTokens":2}}'
B_ENDS = 'bd:{"finishReason":"length","usage":{"promptTokens":5,"completionTokens":3}}'
BOTH = 'a0:"Hello"', 'b0:"Good"', A_ENDS, 'b0:" day"', B_ENDS


@pytest.fixture
async def running(start: Start) -> AsyncIterator[Running]:
    async with start(require_api_key=False, aliases={"best": ["nothing", "claude"]}) as running:
        yield running


@pytest.fixture
async def http(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.base_url, timeout=10) as client:
        yield client


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running, models=("gpt", "claude")) as worker:
        yield worker


def asking(http: httpx.AsyncClient, model: str = "battle", **wishes: Any) -> asyncio.Future[httpx.Response]:
    body = {"model": model, "messages": [HI], **wishes}
    return asyncio.ensure_future(http.post("/v1/chat/completions", json=body))


def sent(job: Job) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(job.step.body or "")
    return body


def whole(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.text
    choices = answer.json()["choices"]
    assert [choice["index"] for choice in choices] == list(range(len(choices)))
    return [(choice["message"]["content"], choice["finish_reason"]) for choice in choices]


def streamed(answer: httpx.Response) -> list[tuple[str, list[str]]]:
    """The text and the finish reasons of both choices."""
    *data, done = [event[6:] for event in answer.text.split("\n\n") if event.startswith("data: ")]
    assert done == "[DONE]"
    choices = [choice for event in data for choice in orjson.loads(event)["choices"]]
    of = [[choice for choice in choices if choice["index"] == index] for index in (0, 1)]
    return [
        (
            "".join(each["delta"].get("content") or "" for each in own),
            [each["finish_reason"] for each in own if each["finish_reason"]],
        )
        for own in of
    ]


async def test_a_battle_is_two_choices_of_nobody_known(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http)
    job = await worker.granted()
    assert sent(job)["mode"] == "battle"
    assert not {"modelAId", "modelBId"} & set(sent(job))
    await job.answer(*BOTH)
    answer = await answering
    assert whole(answer) == [("Hello", "stop"), ("Good day", "length")]
    assert answer.json()["model"] == "battle"
    usage = answer.json()["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["estimated"]) == (5, 5, False)


async def test_two_are_streamed_each_with_its_index_and_one_end(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http, stream=True, stream_options={"include_usage": True})
    await (await worker.granted()).answer(*BOTH)
    answer = await answering
    assert streamed(answer) == [("Hello", ["stop"]), ("Good day", ["length"])]
    assert '"completion_tokens":5' in answer.text


async def test_two_names_are_two_models_and_aliases_may_be_among_them(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    answering = asking(http, "gpt vs best")
    job = await worker.granted()
    body = sent(job)
    assert (body["mode"], body["modelAId"][-1], body["modelBId"][-1]) == ("side-by-side", "0", "1")
    await job.answer(*BOTH)
    assert len(whole(await answering)) == 2


@pytest.mark.parametrize(("model", "choice"), [("battle-a", ("Hello", "stop")), ("battle-b", ("Good day", "length"))])
async def test_one_of_a_battle_is_the_only_choice(
    http: httpx.AsyncClient, worker: WorkerDouble, model: str, choice: tuple[str, str]
) -> None:
    answering = asking(http, model)
    job = await worker.granted()
    assert sent(job)["mode"] == "battle"
    await job.answer(*BOTH)
    assert whole(await answering) == [choice]


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_one_that_fails_is_its_choices_end_and_never_text(
    http: httpx.AsyncClient, worker: WorkerDouble, *, stream: bool
) -> None:
    answering = asking(http, stream=stream)
    await (await worker.granted()).answer('a0:"Hel"', 'a3:"out of luck"', 'b0:"Good"', B_ENDS)
    answer = await answering
    if stream:
        assert streamed(answer) == [("Hel", ["error"]), ("Good", ["length"])]
        assert '"error":{"message":"The site reported a failure: out of luck"' in answer.text
    else:
        assert whole(answer) == [("Hel", "error"), ("Good", "length")]
        first, second = answer.json()["choices"]
        assert (first["error"]["code"], "error" in second) == ("upstream_error", False)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_two_that_fail_are_an_error(http: httpx.AsyncClient, worker: WorkerDouble, *, stream: bool) -> None:
    answering = asking(http, stream=stream)
    await (await worker.granted()).answer('a3:"out of luck"', 'b3:"out of luck"')
    answer = await answering
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_error")


async def test_two_that_say_nothing_are_asked_once_more(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http)
    await (await worker.granted()).answer(A_ENDS, B_ENDS)
    again = await worker.granted()
    assert again.go.epoch == 2
    await again.answer(*BOTH)
    assert whole(await answering) == [("Hello", "stop"), ("Good day", "length")]


async def test_no_chat_goes_on_in_a_battle(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http, "battle-a")
    first = await worker.granted()
    await first.answer(*BOTH)
    await answering
    said = [HI, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "More"}]
    answering = asking(http, "battle-a", messages=said)
    second = await worker.granted()
    assert second.step.path.endswith("/create-evaluation")
    assert sent(second)["id"] != sent(first)["id"]
    assert sent(second)["userMessage"]["content"] == "[User]\nHi\n\n[Assistant]\nHello\n\n[User]\nMore"
    await second.answer(*BOTH)
    await answering


async def test_each_ends_where_it_is_to(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    answering = asking(http, stop="o")
    await (await worker.granted()).answer(*BOTH)
    assert whole(await answering) == [("Hell", "stop"), ("G", "stop")]


@pytest.mark.parametrize(
    ("wish", "param"), [({"n": 2}, "n"), ({"response_format": {"type": "json_object"}}, "response_format")]
)
async def test_what_two_can_t_do_is_refused(
    http: httpx.AsyncClient, worker: WorkerDouble, wish: dict[str, Any], param: str
) -> None:
    assert worker
    answer = await asking(http, **wish)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_battles_are_listed_with_an_owner_of_their_own(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    assert worker
    listed = (await http.get("/v1/models?type=chat")).json()["data"]
    owners = {each["id"]: each["owned_by"] for each in listed}
    assert owners == dict.fromkeys(["best", "gpt", "claude"], "acme") | dict.fromkeys(
        ["battle", "battle-a", "battle-b"], "arenabridge"
    )
    assert (await http.get("/v1/models/gpt vs claude")).json()["owned_by"] == "arenabridge"


async def test_in_the_page_a_battle_is_begun_as_the_person_would(start: Start) -> None:
    async with (
        start(require_api_key=False, execution="composer") as running,
        connected(running, hello(running, how=("composer",)), models=("gpt", "claude")) as worker,
        httpx.AsyncClient(base_url=running.base_url) as http,
    ):
        answering = asking(http)
        job = await worker.granted()
        composition = job.go.step
        assert isinstance(composition, Composition)
        assert [action.element for action in composition.actions if isinstance(action, Open)] == ["new_battle"]
        assert (composition.model, composition.recipe.required_fields) == ("", {"mode": "battle"})
        assert composition.recipe.forbidden_fields == ("modelAId", "modelBId")
        await job.answer(A_ENDS, B_ENDS)
        again = await worker.granted()  # in a new battle: its page has no button that makes both answers again
        assert isinstance(again.go.step, Composition)
        assert isinstance(again.go.step.actions[0], Open)
        await again.answer(*BOTH)
        assert len(whole(await answering)) == 2
        answering = asking(http, "gpt vs claude")
        job = await worker.granted()
        composition = job.go.step
        assert isinstance(composition, Composition)
        chosen = [(each.picker, each.label) for each in composition.actions if isinstance(each, Choose)]
        assert chosen == [("model_picker", "gpt"), ("second_picker", "claude")]
        assert composition.recipe.required_fields == {"mode": "side-by-side", "modelBId": MODEL_ID[:-1] + "1"}
        assert (composition.model, composition.recipe.forbidden_fields) == (MODEL_ID[:-1] + "0", ())
        await job.answer(*BOTH)
        await answering
