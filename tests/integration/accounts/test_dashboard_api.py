"""What the dashboard's pages ask of a gateway with people, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.http.pages.assets import assets
from arenabridge.wire.link import messages as m
from integration.accounts.conftest import Browser, Staffed
from integration.gateway.worker_double import Job, connected, hello, until

ASK = {"model": "gpt", "messages": [{"role": "user", "content": "Hello?"}]}


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, dict[str, object]]]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield fields["event"], fields.get("id", ""), orjson.loads(fields["data"])
            fields = {}


async def test_the_feed_tells_all_then_what_changes_and_goes_on_where_it_broke(staffed: Staffed) -> None:
    async with staffed.ada.stream("GET", "/api/feed") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer)
        name, id_, state = await anext(told)
        assert (name, state["workers"]) == ("snapshot", {})
        assert (await anext(told))[0] == "alive"
        async with connected(staffed.running):
            name, _, change = await anext(told)
            assert (name, list(change)) == ("change", ["now", "workers"])
    await until(lambda: not any(feed.has_listeners for feed in staffed.running.gateway.feeds._feeds.values()))
    async with staffed.ada.stream("GET", "/api/feed", headers={"last-event-id": id_}) as answer:
        assert [(await anext(events(answer)))[0]] == ["change"]


async def test_the_feed_of_a_user_names_no_tabs(staffed: Staffed) -> None:
    async with connected(staffed.running), staffed.ben.stream("GET", "/api/feed") as answer:
        _, _, state = await anext(events(answer))
        assert list(state) == ["now", "under_way"]


@asynccontextmanager
async def one_answers_one_waits(staffed: Staffed) -> AsyncIterator[tuple[Job, asyncio.Future[httpx.Response]]]:
    """Of Ada's and Ben's requests, by a tab of one slot; gives the job of the one and the answer to the other."""
    running = staffed.running
    async with (
        connected(running, hello(running, slots=1)) as tab,
        staffed.program((await staffed.key(name="Ada's"))["key"]) as first,
        staffed.program((await staffed.key(staffed.ben, name="Ben's"))["key"]) as second,
    ):
        await until(lambda: len(running.gateway.models.catalogue))
        answered = asyncio.ensure_future(first.post("/v1/chat/completions", json=ASK))
        job = await tab.granted()
        waits = asyncio.ensure_future(second.post("/v1/chat/completions", json=ASK))
        await until(lambda: running.gateway.hub.waiting)
        yield job, waits
        answered.cancel()
        waits.cancel()


async def under_way(browser: Browser) -> list[dict[str, Any]]:
    """As the feed tells it, the oldest first."""
    async with browser.stream("GET", "/api/feed") as answer:
        _, _, state = await anext(events(answer))
    told: Any = state["under_way"]
    assert told["more"] == 0
    return [{"id": id_, **each} for id_, each in told["requests"].items()]


async def test_who_waits_is_shown_with_its_place_and_users_see_their_own_alone(staffed: Staffed) -> None:
    async with one_answers_one_waits(staffed):
        answering, waiting = await under_way(staffed.ada)
        (own,) = await under_way(staffed.ben)
    assert (answering["state"], answering["key"], answering["model"]) == ("answering", "Ada's", "gpt")
    assert answering["worker"].startswith("w-")
    assert "place" not in answering
    assert (waiting["state"], waiting["key"], waiting["place"]) == ("waiting", "Ben's", 1)
    assert own == waiting
    await until(lambda: not staffed.running.gateway.usage.ledger.under_way)
    assert await under_way(staffed.ada) == []


async def test_whoever_may_see_a_request_may_end_it_and_its_program_is_told(staffed: Staffed) -> None:
    async with one_answers_one_waits(staffed) as (job, waits):
        answering, waiting = await under_way(staffed.ada)
        assert (await staffed.ben.delete(f"/api/under-way/{answering['id']}")).status_code == 404
        assert (await staffed.ben.delete(f"/api/under-way/{waiting['id']}")).status_code == 204
        told = await waits
        assert (told.status_code, told.json()["error"]["code"]) == (503, "request_ended")
        assert told.headers["x-should-retry"] == "false"
        assert (await staffed.ada.delete(f"/api/under-way/{answering['id']}")).status_code == 204
        assert (await job.worker.next(m.Cancel)).job == job.id
        assert (await staffed.ada.delete(f"/api/under-way/{answering['id']}")).status_code == 404
    recent = staffed.running.gateway.usage.ledger.recent
    await until(lambda: len(recent) == 2)
    assert [record.end_reason for record in recent] == ["ended_by_person", "ended_by_person"]


async def test_stopping_the_gateway_ends_open_feeds_at_once(staffed: Staffed) -> None:
    async with staffed.ada.stream("GET", "/api/feed") as answer:
        told = events(answer)
        await anext(told)
        staffed.running.gateway.hub.is_closed = True
        async with asyncio.timeout(30):
            assert [name async for name, _, _ in told] == ["alive"]
    staffed.running.gateway.hub.is_closed = False


async def test_a_tab_is_named_paused_resumed_drained_and_every_act_is_noted(staffed: Staffed) -> None:
    async with connected(staffed.running) as tab:
        (worker,) = staffed.running.gateway.hub.workers
        acts = {"rename": {"name": " My \n tab "}, "pause": None, "resume": None, "drain": None}
        for act, body in acts.items():
            assert (await staffed.ada.post(f"/api/workers/{worker.worker}/{act}", json=body)).status_code == 204
        await tab.until_closed()
        assert worker.name == "My tab"
    acted = (await staffed.ada.get("/api/audit", params={"action": "worker."})).json()["acts"]
    assert [act["action"] for act in acted] == ["worker.drained", "worker.resumed", "worker.paused", "worker.renamed"]
    gone = await staffed.ada.post("/api/workers/nobody/pause")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "not_found")


async def test_two_changes_at_once_hide_both_models(staffed: Staffed) -> None:
    models = staffed.running.gateway.models
    async with connected(staffed.running):
        await until(lambda: len(models.catalogue))
    names = [name for name, _ in models.everything()]
    changes = [staffed.ada.patch("/api/models", json={"name": name, "hidden": True}) for name in names]
    assert {answer.status_code for answer in await asyncio.gather(*changes)} == {200}
    told = (await staffed.ada.get("/api/models")).json()["models"]
    assert {row["name"] for row in told if row["is_hidden_alone"]} == set(names)
    shown = await staffed.ada.patch("/api/models", json={"name": names[0], "hidden": False})
    assert [row["hidden_by"] for row in shown.json()["models"] if row["name"] == names[0]] == [None]
    assert (await staffed.ada.patch("/api/models", json={"name": "nobody", "hidden": True})).status_code == 404
    assert (await staffed.ben.patch("/api/models", json={"name": names[0], "hidden": True})).status_code == 403
    acted = (await staffed.ada.get("/api/audit", params={"action": "model."})).json()["acts"]
    assert [act["action"] for act in acted] == ["model.shown", *["model.hidden"] * len(names)]


async def test_the_playground_answers_people_and_nobody_else(staffed: Staffed) -> None:
    body = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}
    async with connected(staffed.running) as worker, staffed.program("") as stranger:
        await until(lambda: len(staffed.running.gateway.models.catalogue))
        asking = asyncio.ensure_future(staffed.ben.post("/api/playground/chat", json=body))
        await (await worker.granted()).answer('a0:"Hello"', 'ad:{"finishReason":"stop"}')
        assert (await asking).json()["choices"][0]["message"]["content"] == "Hello"
        assert (await stranger.post("/api/playground/chat", json=body)).status_code == 401
        foreign = await staffed.ben.post("/api/playground/chat", json=body, headers={"sec-fetch-site": "cross-site"})
        assert foreign.status_code == 403


async def test_the_shell_is_for_those_who_are_signed_in_and_nothing_runs_in_it_but_ours(staffed: Staffed) -> None:
    shell = await staffed.ada.get("/dashboard/workers")
    policy = shell.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    async with staffed.program("") as stranger:
        sent = await stranger.get("/dashboard/workers?a=b")
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=/dashboard/workers%3Fa%3Db")
        assert (await stranger.get("/")).headers["location"] == "/dashboard"


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_assets_are_kept_for_good_under_an_address_of_their_content(staffed: Staffed, encoding: str) -> None:
    address = assets().address("dashboard/main.js")
    answer = await staffed.ada.get(address, headers={"accept-encoding": encoding})
    assert answer.text == assets().by_path["dashboard/main.js"].content.decode()
    assert answer.headers.get("content-encoding", "identity") == encoding
    assert "immutable" in answer.headers["cache-control"]
    for other in (address.replace("main.js", "../index.html"), "/assets/0/dashboard/main.js", f"{address}x"):
        assert (await staffed.ada.get(other)).status_code == 404
