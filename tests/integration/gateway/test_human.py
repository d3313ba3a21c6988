"""The person at the browser: noticed, named, waited for; and the page used where the site wants its page's check."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from arenabridge.app import Running
from arenabridge.wire.composition import Composition, Fill
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import Step
from integration.gateway.conftest import Start
from integration.gateway.worker_double import WorkerDouble, connected, hello, until

ASK: dict[str, Any] = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}
CAPTCHA = 403, '{"error":"recaptcha validation failed"}'
CHALLENGE = 403, "<title>Just a moment...</title>"
OK = 'a0:"ok"', 'ad:{"finishReason":"stop"}'


@pytest.fixture
async def running(start: Start) -> AsyncIterator[Running]:
    async with start(require_api_key=False, max_wait_seconds=1.0, head_hold_seconds=0.2) as running:
        yield running


@pytest.fixture
async def http(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.base_url, timeout=10) as client:
        yield client


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running, hello(running, how=("fetch", "composer"))) as worker:
        yield worker


def ask(http: httpx.AsyncClient, **changes: Any) -> asyncio.Future[httpx.Response]:
    return asyncio.ensure_future(http.post("/v1/chat/completions", json={**ASK, **changes}))


async def test_a_refusal_of_fetch_is_learned_and_the_page_is_used(
    http: httpx.AsyncClient, worker: WorkerDouble, running: Running
) -> None:
    """Learned once: the next request goes to the page at once, one at a time."""
    asking = ask(http)
    first = await worker.granted()
    assert isinstance(first.go.step, Step)
    await first.refuse(*CAPTCHA)
    second = await worker.granted()
    assert (second.id, second.go.epoch) == (first.id, 2)
    assert isinstance(second.go.step, Composition)
    assert Fill("message_box", "Hi") in second.go.step.actions
    await second.answer(*OK)
    answer = await asking
    assert answer.json()["choices"][0]["message"]["content"] == "ok"
    assert answer.headers["x-arenabridge-how"] == "composer"
    assert answer.headers["x-arenabridge-worker"] == running.gateway.hub.workers[0].worker
    both = [ask(http), ask(http)]
    third = await worker.granted()
    assert isinstance(third.go.step, Composition)
    await until(lambda: running.gateway.hub.waiting == 1)
    await third.answer(*OK)
    await (await worker.granted()).answer(*OK)
    assert [(await each).status_code for each in both] == [200, 200]
    assert (await http.get("/health")).json()["workers"][0]["served"] == {"composer": 3}
    assert "3 by composer" in (await http.get("/")).text


async def test_how_can_be_fixed_by_a_setting(start: Start) -> None:
    async with (
        start(require_api_key=False, execution="composer") as running,
        httpx.AsyncClient(base_url=running.base_url) as client,
        connected(running, hello(running, how=("fetch", "composer"))) as worker,
    ):
        asking = ask(client)
        job = await worker.granted()
        assert isinstance(job.go.step, Composition)
        await job.answer(*OK)
        assert (await asking).headers["x-arenabridge-how"] == "composer"


async def test_an_answer_read_from_the_page_is_an_answer(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    asking = ask(http)
    job = await worker.granted()
    await job.start()
    await job.head(content_type="text/x-arenabridge-page")
    await job.body("As the page ", 'shows it: a0:"x"')
    await job.end()
    assert (await asking).json()["choices"][0]["message"]["content"] == 'As the page shows it: a0:"x"'


async def test_a_page_that_wants_its_person_is_named_in_its_own_words(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    """New requests wait; in vain, they are told which tab asks for what."""
    await worker.say(m.State(human=m.Human("sign_in", "Welcome back!\n Sign in to continue")))
    await until_status(http, "needs_human")
    health = (await http.get("/health")).json()
    assert health["workers"][0]["needs"] == {"what": "sign_in", "words": "Welcome back!\n Sign in to continue"}
    assert "Welcome back! Sign in to continue" in (await http.get("/")).text
    answer = await ask(http)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "login_required")
    assert "Sign in to continue" in answer.json()["error"]["message"]
    assert not [message for message in worker.heard if isinstance(message, m.Offer)]


async def until_status(http: httpx.AsyncClient, status: str) -> None:
    async with asyncio.timeout(30):
        while (await http.get("/health")).json()["status"] != status:
            pass


async def test_work_resumes_by_itself_once_the_person_has_acted(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    await worker.say(m.State(human=m.Human("check", "I'm not a robot")))
    await until_status(http, "needs_human")
    asking = ask(http, stream=True)
    await worker.say(m.State())
    await (await worker.granted()).answer(*OK)
    assert '"content":"ok"' in (await asking).text


async def test_a_challenge_in_place_of_an_answer_loads_the_page_anew_so_that_it_shows(
    http: httpx.AsyncClient, worker: WorkerDouble, running: Running
) -> None:
    """The job was not carried out, so it waits: the tab comes back showing the challenge, then as itself."""
    asking = ask(http)
    job = await worker.granted()
    await job.refuse(*CHALLENGE, content_type="text/html")
    assert await worker.next(m.Reload)
    await worker.connection.close()
    async with connected(running, models=()) as challenged:
        await challenged.say(m.State(human=m.Human("challenge", "Just a moment...")))
        await until_status(http, "needs_human")
        await challenged.say(m.State())
        again = await challenged.granted()
        assert (again.id, again.go.epoch) == (job.id, 2)
        await again.answer(*OK)
        assert (await asking).status_code == 200


async def test_a_challenge_that_nobody_clears_is_a_503(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    asking = ask(http)
    await (await worker.granted()).refuse(*CHALLENGE, content_type="text/html")
    answer = await asking
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "human_verification_required")


async def test_a_worker_without_a_page_to_use_waits_for_its_person(http: httpx.AsyncClient, running: Running) -> None:
    async with connected(running, hello(running, how=("fetch",))) as worker:
        asking = ask(http)
        await (await worker.granted()).refuse(*CAPTCHA)
        await until(lambda: running.gateway.hub.workers[0].human)
        answer = await asking
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "human_verification_required")


@pytest.mark.parametrize(
    ("kind", "detail", "status", "code"),
    [
        ("element_missing", "message_box", 502, "site_changed"),
        ("text_refused", "113000 of 200000 characters", 400, "context_length_exceeded"),
        ("wrong_model", "", 400, "model_not_selectable"),
    ],
)
async def test_what_the_page_could_not_do_is_said_at_once(
    http: httpx.AsyncClient, worker: WorkerDouble, kind: str, detail: str, status: int, code: str
) -> None:
    asking = ask(http)
    job = await worker.granted()
    await worker.say(m.Failed(job=job.id, epoch=job.go.epoch, seq=0, kind=kind, detail=detail, started=False))
    answer = await asking
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert detail.replace("_", " ") in answer.json()["error"]["message"]


async def test_a_page_that_was_refused_for_want_of_a_check_is_not_asked_again(
    http: httpx.AsyncClient, worker: WorkerDouble
) -> None:
    """It may send by itself once its person has passed the check: a second grant could be paid twice."""
    await learned(http, worker)
    asking = ask(http)
    await (await worker.granted()).refuse(*CAPTCHA)
    answer = await asking
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "human_verification_required")
    assert answer.headers["x-should-retry"] == "false"


async def learned(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    """The gateway has found out that the site wants its page."""
    asking = ask(http)
    await (await worker.granted()).refuse(*CAPTCHA)
    await (await worker.granted()).answer(*OK)
    await asking


async def test_what_may_still_be_sent_is_not_to_be_repeated(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    asking = ask(http)
    job = await worker.granted()
    await job.start()
    await job.fail("needs_human")
    answer = await asking
    assert (answer.status_code, answer.headers["x-should-retry"]) == (503, "false")


async def test_a_page_that_lacks_a_part_does_not_stand_in_the_way_of_another(
    http: httpx.AsyncClient, worker: WorkerDouble, running: Running
) -> None:
    async with connected(running, hello(running, profile="other"), models=()) as other:
        await until(lambda: len(running.gateway.hub.workers) == 2)
        asking = ask(http)
        first = asyncio.ensure_future(worker.granted())
        second = asyncio.ensure_future(other.granted())
        done, _ = await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
        lacking, good = (first, second) if first in done else (second, first)
        await (await lacking).fail("element_missing", started=False)
        await (await good).answer(*OK)
        assert (await asking).status_code == 200


async def test_why_no_worker_took_a_request_is_told(http: httpx.AsyncClient, worker: WorkerDouble) -> None:
    asking = ask(http)
    offer = await worker.next(m.Offer)
    await worker.say(m.Refuse(offer.job, "there is a text in the message box\nforged"))
    answer = await asking
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "wait_timeout")
    assert "there is a text in the message box forged" in answer.json()["error"]["message"]
    (told,) = (await http.get("/health")).json()["workers"]
    assert told["refused_because"] == "there is a text in the message box forged"


async def test_a_stream_that_waits_for_the_person_is_kept_alive_and_in_vain_ends_in_the_error(start: Start) -> None:
    async with (
        start(require_api_key=False, max_wait_seconds=1.5, head_hold_seconds=0.2, keep_alive_seconds=0.3) as running,
        connected(running) as worker,
        httpx.AsyncClient(base_url=running.base_url, timeout=10) as http,
    ):
        await worker.say(m.State(human=m.Human("check", "I'm not a robot")))
        await until_status(http, "needs_human")
        answer = await ask(http, stream=True)
    assert answer.status_code == 200
    assert answer.text.count(": keep-alive") >= 2
    *_, error, done, empty = answer.text.split("\n\n")
    assert '"code":"human_verification_required"' in error
    assert "I'm not a robot" in error
    assert (done, empty) == ("data: [DONE]", "")


async def test_the_log_says_which_tab_asks_for_what(
    http: httpx.AsyncClient, worker: WorkerDouble, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    await worker.say(m.State(human=m.Human("sign_in", "Welcome back!")))
    await until_status(http, "needs_human")
    (state,) = running.gateway.hub.workers
    assert f"worker {state.worker} at https://arena.ai needs the person: sign_in: Welcome back!" in caplog.text
