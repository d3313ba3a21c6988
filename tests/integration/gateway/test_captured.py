"""Chats that go into captured sessions: in the form that the site takes, in turn, and past those it has forgotten."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.storage.captured_sessions import CapturedSessionStore
from arenabridge.storage.database import FILE_NAME, open_database
from arenabridge.wire.arena.captured import CapturedSession
from arenabridge.wire.composition import Composition, Fill, Open, Return
from arenabridge.wire.link import messages as m
from integration.gateway.conftest import Start
from integration.gateway.worker_double import Job, WorkerDouble, connected, hello, until

CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "Rules"},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello"},
    {"role": "user", "content": "More"},
]
WHOLE = "[System]\nRules\n\n[User]\nHi\n\n[Assistant]\nHello\n\n[User]\nMore"
STOP = 'ad:{"finishReason":"stop"}'
SESSIONS = [f"0199a6c2-1234-7abc-8def-00000000000{number}" for number in range(3)]
MESSAGE = "0199a6c2-5678-7abc-8def-0123456789ab"

Serving = Callable[..., AbstractAsyncContextManager[tuple[httpx.AsyncClient, WorkerDouble]]]


@pytest.fixture
def store(tmp_path: Path) -> CapturedSessionStore:
    return CapturedSessionStore(open_database(tmp_path / FILE_NAME))


@pytest.fixture
def serving(start: Start) -> Serving:
    @asynccontextmanager
    async def serve(**settings: Any) -> AsyncIterator[tuple[httpx.AsyncClient, WorkerDouble]]:
        settings = {"session_strategy": "captured", "require_api_key": False} | settings
        async with (
            start(**settings) as running,
            connected(running, hello(running, how=("fetch", "composer")), models=("gpt", "claude")) as worker,
            httpx.AsyncClient(base_url=running.base_url, timeout=10) as http,
        ):
            yield http, worker

    return serve


def asking(http: httpx.AsyncClient, model: str = "gpt") -> asyncio.Future[httpx.Response]:
    return asyncio.ensure_future(http.post("/v1/chat/completions", json={"model": model, "messages": CHAT}))


def session(job: Job) -> str:
    """The session of the path."""
    return job.step.path.split("/stream/")[1].split("/")[1]


def body(job: Job) -> dict[str, Any]:
    sent: dict[str, Any] = orjson.loads(job.step.body or "")
    return sent


@pytest.mark.parametrize("version", ["2025-10", "2025-11"])
async def test_while_the_site_took_a_history_the_captured_answer_is_made_again_from_the_chats_own(
    serving: Serving, store: CapturedSessionStore, version: str
) -> None:
    store.add(SESSIONS[0], MESSAGE)
    async with serving(site_version=version) as (http, worker):
        answering = asking(http)
        job = await worker.granted()
        assert job.step.method == "PUT"
        assert job.step.path.endswith(f"/retry-evaluation-session-message/{SESSIONS[0]}/messages/{MESSAGE}")
        sent = body(job)["messages"]
        assert [(each["role"], each["content"]) for each in sent] == [(each["role"], each["content"]) for each in CHAT]
        assert [each["participantPosition"] for each in sent] == ["b", "a", "a", "a"]
        assert [each["status"] for each in sent] == ["success", "success", "success", "pending"]
        assert [each["parentMessageIds"] for each in sent] == [[], *([each["id"]] for each in sent[:-1])]
        assert body(job)["modelId"].endswith("0")
        await job.answer('a0:"Hello"', STOP)
        assert (await answering).status_code == 200


async def test_in_a_battle_all_messages_are_the_targets(serving: Serving, store: CapturedSessionStore) -> None:
    store.add(SESSIONS[0], MESSAGE, mode="battle", target="b")
    async with serving(site_version="2025-10") as (http, worker):
        answering = asking(http)
        job = await worker.granted()
        assert {each["participantPosition"] for each in body(job)["messages"]} == {"b"}
        await job.answer('b0:"Hello"', STOP.replace("a", "b", 1))
        assert (await answering).json()["choices"][0]["message"]["content"] == "Hello"


async def test_since_it_takes_none_the_whole_chat_is_posted_into_the_session_every_time(
    serving: Serving, store: CapturedSessionStore
) -> None:
    store.add(SESSIONS[0], MESSAGE)
    async with serving() as (http, worker):
        for _ in range(2):
            answering = asking(http)
            job = await worker.granted()
            assert job.step.path.endswith(f"/post-to-evaluation/{SESSIONS[0]}")
            assert (body(job)["id"], body(job)["userMessage"]["content"]) == (SESSIONS[0], WHOLE)
            await job.answer('a0:"Hello"', STOP)
            assert (await answering).status_code == 200


async def test_of_a_battle_that_is_gone_on_with_only_the_target_is_heard(
    serving: Serving, store: CapturedSessionStore
) -> None:
    store.add(SESSIONS[0], MESSAGE, mode="battle", target="b")
    async with serving() as (http, worker):
        answering = asking(http)
        job = await worker.granted()
        assert "modelBMessageId" in body(job)
        assert not {"modelAId", "modelBId"} & set(body(job))
        await job.answer('a0:"no"', 'b0:"yes"', STOP, 'bd:{"finishReason":"stop"}')
        (choice,) = (await answering).json()["choices"]
        assert choice["message"]["content"] == "yes"


async def test_those_of_a_model_take_turns_and_when_is_kept(serving: Serving, store: CapturedSessionStore) -> None:
    for each in SESSIONS[:2]:
        store.add(each, MESSAGE, model="GPT")
    store.add(SESSIONS[2], MESSAGE, model="claude")
    async with serving(aliases={"best": ["gpt", "claude"]}) as (http, worker):
        served = []
        for _ in range(4):
            answering = asking(http, "best")
            job = await worker.granted()
            served.append(session(job))
            await job.answer('a0:"Hello"', STOP)
            await answering
        assert served == SESSIONS[:2] * 2
        await until(lambda: [each.last_used_at is not None for each in store.all()] == [True, True, False])


@pytest.mark.parametrize("status", [400, 404])
async def test_one_that_the_site_has_forgotten_is_marked_and_the_next_one_tried(
    serving: Serving, store: CapturedSessionStore, status: int
) -> None:
    for each in SESSIONS[:2]:
        store.add(each, MESSAGE)
    async with serving() as (http, worker):
        answering = asking(http)
        job = await worker.granted()
        await job.refuse(status, '{"error":"Not found"}')
        again = await worker.granted()
        assert [session(job), session(again)] == SESSIONS[:2]
        await again.answer('a0:"Hello"', STOP)
        assert (await answering).status_code == 200
        await until(lambda: failures(store.all()) == [1, 0])


async def test_when_none_is_left_the_error_says_which_were_refused(
    serving: Serving, store: CapturedSessionStore
) -> None:
    for each in SESSIONS[:2]:
        store.add(each, MESSAGE)
    async with serving() as (http, worker):
        answering = asking(http)
        for _ in range(2):
            await (await worker.granted()).refuse(404, '{"error":"Not found"}')
        await worker.say(m.Accept((await worker.next(m.Offer)).job))
        error = (await answering).json()["error"]
        assert error["code"] == "no_captured_session"
        assert all(each in error["message"] for each in SESSIONS[:2])


async def test_a_model_that_the_site_does_not_know_is_no_fault_of_the_session(
    serving: Serving, store: CapturedSessionStore
) -> None:
    store.add(SESSIONS[0], MESSAGE)
    async with serving() as (http, worker):
        answering = asking(http)
        await (await worker.granted()).refuse(404, '{"error":"Model not found"}')
        assert (await answering).json()["error"]["code"] == "model_not_found"
        assert failures(store.all()) == [0]


async def test_without_any_the_client_is_told_the_command_at_once(serving: Serving) -> None:
    async with serving() as (http, _worker):
        answer = await asking(http)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no_captured_session")
        assert "arenabridge captured add" in answer.json()["error"]["message"]


async def test_or_a_new_session_does_if_the_person_says_so(serving: Serving, store: CapturedSessionStore) -> None:
    store.add(SESSIONS[0], MESSAGE)
    async with serving(captured_fallback="fresh") as (http, worker):
        answering = asking(http)
        await (await worker.granted()).refuse(404, '{"error":"Not found"}')
        job = await worker.granted()
        assert job.step.path.endswith("/create-evaluation")
        await job.answer('a0:"Hello"', STOP)
        assert (await answering).status_code == 200


async def test_models_have_strategies_of_their_own_and_a_battle_is_always_new(
    serving: Serving, store: CapturedSessionStore
) -> None:
    store.add(SESSIONS[0], MESSAGE)
    async with serving(session_strategy="auto", session_strategies={"g*": "captured"}) as (http, worker):
        kinds = []
        for model in ("gpt", "claude", "battle-a", "gpt vs claude"):
            answering = asking(http, model)
            job = await worker.granted()
            kinds.append(job.step.path.split("/stream/")[1].split("/")[0])
            await job.answer('a0:"Hello"', STOP, 'b0:"Hello"', 'bd:{"finishReason":"stop"}')
            await answering
        assert kinds == ["post-to-evaluation", "create-evaluation", "create-evaluation", "create-evaluation"]


async def test_in_the_page_the_sessions_own_page_is_used(serving: Serving, store: CapturedSessionStore) -> None:
    store.add(SESSIONS[0], MESSAGE, mode="battle", target="b", model="claude")
    store.add(SESSIONS[1], MESSAGE, model="gpt")
    async with serving(execution="composer") as (http, worker):
        answering = asking(http)
        job = await worker.granted()
        composition = job.go.step
        assert isinstance(composition, Composition)
        first, *_, fill, _ = composition.actions
        assert isinstance(first, Return)
        assert SESSIONS[1] in composition.recipe.elements["conversation"][0].css
        assert fill == Fill("message_box", WHOLE)
        assert composition.model.endswith("0")
        await job.answer('a0:"Hello"', STOP)
        await answering
        answering = asking(http, "claude")
        job = await worker.granted()
        composition = job.go.step
        assert isinstance(composition, Composition)
        assert (composition.model, composition.recipe.forbidden_fields) == ("", ())
        await job.answer('a0:"no"', 'b0:"yes"', STOP, 'bd:{"finishReason":"stop"}')
        assert (await answering).json()["choices"][0]["message"]["content"] == "yes"


async def test_a_page_that_does_not_lead_to_the_session_has_the_next_one_tried_and_blames_none(
    serving: Serving, store: CapturedSessionStore
) -> None:
    store.add(SESSIONS[0], MESSAGE)
    async with serving(execution="composer", captured_fallback="fresh") as (http, worker):
        answering = asking(http)
        await (await worker.granted()).fail("element_missing", started=False)
        job = await worker.granted()
        assert isinstance(job.go.step, Composition)
        assert isinstance(job.go.step.actions[0], Open)
        await job.answer('a0:"Hello"', STOP)
        assert (await answering).status_code == 200
        assert failures(store.all()) == [0]


def failures(sessions: list[CapturedSession]) -> list[int]:
    return [each.failures for each in sessions]


@pytest.mark.parametrize(
    ("settings", "status"), [({}, 200), ({"session_strategy": "auto"}, 404), ({"session_strategy": "fresh"}, 404)]
)
async def test_a_given_model_without_an_id_is_whichever_the_session_of_all_has(
    serving: Serving, tmp_path: Path, settings: dict[str, str], status: int
) -> None:
    """Of today's site only where all goes into it."""
    (tmp_path / "models.json").write_text('{"painter": "null"}', "utf-8")
    (tmp_path / "config.jsonc").write_text(f'{{"session_id": "{SESSIONS[0]}", "message_id": "{MESSAGE}"}}', "utf-8")
    async with serving(**settings) as (http, _):
        listed = (await http.get("/v1/models/painter")).status_code
    assert listed == status
