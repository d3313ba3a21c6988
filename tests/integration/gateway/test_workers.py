"""Workers with credentials: enrolled by a code, theirs alone, serving whom their owners say, and gone when revoked."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from openai import APIStatusError, AsyncOpenAI
from openai.types.chat import ChatCompletion
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from arenabridge.accounts.people import Role
from arenabridge.accounts.throttle import FREE_TRIES
from arenabridge.accounts.workers import PREFIX
from arenabridge.app import Running
from arenabridge.http.door.cookies import NAME
from arenabridge.wire.link import messages as m
from integration.accounts.conftest import Browser, Staffed
from integration.gateway.conftest import Start
from integration.gateway.worker_double import ORIGIN, Job, WorkerDouble, connected, hello, relay_headers, until

LINES = ('a0:"Hi"', 'ad:{"finishReason":"stop"}')


@dataclass
class Household:
    """A gateway with Ada and Ben, and whatever workers they connect."""

    running: Running
    staffed: Staffed
    stack: AsyncExitStack
    programs: dict[str, AsyncOpenAI] = field(default_factory=dict)

    async def code(self, browser: httpx.AsyncClient, **fields: object) -> str:
        answer = await browser.post("/api/workers/codes", json={"name": "at home", **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["code"])

    async def enrol(self, code: str, name: str = "") -> httpx.Response:
        async with self.staffed.program("") as nobody:
            return await nobody.post("/api/workers/enrol", json={"code": code, "name": name})

    async def credential(self, browser: httpx.AsyncClient, **fields: object) -> str:
        return str((await self.enrol(await self.code(browser, **fields))).json()["credential"])

    async def worker(self, relay: str | None, **changes: object) -> WorkerDouble:
        return await self.stack.enter_async_context(
            connected(self.running, hello(self.running, **changes), relay=relay)
        )

    async def row(self, browser: httpx.AsyncClient) -> dict[str, Any]:
        """The only credential of theirs that is valid."""
        rows = (await browser.get("/api/workers/credentials")).json()["credentials"]
        (row,) = [each for each in rows if each["state"] == "valid"]
        return dict(row)

    async def change(self, **fields: object) -> dict[str, Any]:
        row = await self.row(self.staffed.ada)
        answer = await self.staffed.ada.patch(f"/api/workers/credentials/{row['id']}", json=fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def until_waiting(self) -> None:
        await until(lambda: self.running.gateway.hub.waiting == 1)

    async def ask(self, browser: httpx.AsyncClient) -> ChatCompletion:
        """As a program of that person."""
        name = "ada" if browser is self.staffed.ada else "ben"
        if name not in self.programs:
            key = (await self.staffed.key(browser))["key"]  # type: ignore[arg-type]  # a browser of theirs
            client = AsyncOpenAI(base_url=f"{self.running.base_url}/v1", api_key=key, max_retries=0, timeout=10)
            self.programs[name] = await self.stack.enter_async_context(client)
        return await self.programs[name].chat.completions.create(
            model="gpt", messages=[{"role": "user", "content": "Hello"}]
        )


async def sign_in(running: Running, name: str, role: Role) -> Browser:
    """Without a password, whose hash takes longer than all the rest."""
    accounts, browser = running.gateway.accounts, Browser(running)

    def begin() -> str:
        user = accounts.people.add(name, None, role, "no password")
        return accounts.sessions.begin(user.id, address="127.0.0.1", agent="a test")

    browser.cookies[NAME] = await asyncio.to_thread(begin)
    return browser


@asynccontextmanager
async def household_of(running: Running) -> AsyncIterator[Household]:
    async with AsyncExitStack() as stack:
        ada = await stack.enter_async_context(await sign_in(running, "Ada", "admin"))
        ben = await stack.enter_async_context(await sign_in(running, "Ben", "user"))
        yield Household(running, Staffed(running, ada, ben), stack)


@pytest.fixture
async def household(running: Running) -> AsyncIterator[Household]:
    async with household_of(running) as household:
        yield household


async def refused(running: Running, headers: dict[str, str]) -> tuple[int, str]:
    url = running.base_url.replace("http", "ws", 1) + "/ws/worker"
    with pytest.raises(InvalidStatus) as caught:
        async with connect(url, additional_headers=headers):
            pass
    response = caught.value.response
    return response.status_code, httpx.Response(200, content=bytes(response.body or b"")).json()["error"]["code"]


async def answer(job: Job) -> None:
    await job.answer(*LINES)


# -- coming in


async def test_a_code_becomes_a_credential_once_that_serves_its_owner(household: Household) -> None:
    ada = household.staffed.ada
    code = await household.code(ada)
    enrolled = await household.enrol(code.lower(), "living room")
    assert enrolled.status_code == 201
    told = enrolled.json()
    assert (told["name"], told["owner"], told["gateway"]) == ("living room", "Ada", household.running.base_url)
    again = await household.enrol(code)
    assert (again.status_code, again.json()["error"]["code"]) == (403, "code_not_valid")
    async with household.staffed.program(told["credential"]) as relay:
        who = (await relay.get("/api/workers/self")).json()
        assert (who["name"], who["owner"], who["sharing"]) == ("living room", "Ada", "owner")
        assert (await relay.get("/api/workers/status")).status_code == 401
    worker = await household.worker(told["credential"], token="whatever")
    asked = asyncio.ensure_future(household.ask(ada))
    await answer(await worker.granted())
    assert (await asked).choices[0].message.content == "Hi"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_the_api_reads_json_whatever_it_is_called(household: Household, kind: str | None) -> None:
    """As `curl -d` sends it, for one. A page elsewhere may send it too, but not with a browser's session."""
    ada, headers = household.staffed.ada, {"content-type": kind} if kind else {}
    body = json.dumps({"code": await household.code(ada)})
    async with httpx.AsyncClient(base_url=household.running.base_url, headers=headers) as nobody:
        assert (await nobody.post("/api/workers/enrol", content=body)).status_code == 201
    foreign = {**headers, "sec-fetch-site": "cross-site"}
    refused = await ada.post("/api/workers/codes", content=json.dumps({"name": "theirs"}), headers=foreign)
    assert refused.status_code == 403


async def test_guessing_codes_is_throttled(household: Household) -> None:
    statuses = [(await household.enrol(f"guess {number}")).status_code for number in range(FREE_TRIES + 1)]
    assert statuses == [403] * FREE_TRIES + [429]


async def test_a_relay_without_a_good_credential_is_refused_before_the_upgrade(household: Household) -> None:
    running, ada = household.running, household.staffed.ada
    credential = await household.credential(ada)
    own_script = (await ada.post("/api/workers/credentials", json={"name": "x"})).json()
    text = running.gateway.accounts.workers.of_browser(own_script["id"])
    for wrong in ("", "guess", credential + "x", running.gateway.secrets.pairing, text):
        assert await refused(running, relay_headers(wrong)) == (401, "invalid_worker_credential")
    assert await refused(running, {"Host": "another.example", **relay_headers(credential)}) == (421, "host_not_allowed")
    assert await refused(running, {"Origin": ORIGIN, **relay_headers(credential)}) == (403, "origin_not_allowed")
    await ada.delete(f"/api/workers/credentials/{own_script['id']}")
    row = await household.row(ada)
    await ada.delete(f"/api/workers/credentials/{row['id']}")
    assert await refused(running, relay_headers(credential)) == (401, "invalid_worker_credential")


async def test_tokens_of_the_settings_let_relays_in_and_serve_everybody(start: Start) -> None:
    async with start(worker_tokens=("one", "two")) as running, household_of(running) as household:
        worker = await household.worker("two")
        asked = asyncio.ensure_future(household.ask(household.staffed.ben))
        await answer(await worker.granted())
        await asked
        for number in range(FREE_TRIES):
            assert await refused(running, relay_headers(f"no {number}")) == (401, "invalid_worker_credential")
        assert await refused(running, relay_headers("one")) == (429, "rate_limit_exceeded"), (
            "a stranger's guess, though right"
        )
        await household.worker("two", page="another page")


async def test_a_gateway_that_wants_no_credentials_lets_relays_in(start: Start) -> None:
    async with start(require_worker_authentication=False) as running, connected(running, relay="") as worker:
        assert not worker.closed
        assert running.gateway.hub.workers[0].relay == "living-room-pc"
        assert await refused(running, relay_headers("a wrong one")) == (401, "invalid_worker_credential")


async def test_a_half_dead_worker_does_not_block_its_return_and_strangers_do_not_use_its_place(start: Start) -> None:
    async with start(max_workers=1) as running, household_of(running) as household:
        credential = await household.credential(household.staffed.ada)
        await household.worker(credential, page="a page")
        returned = await household.worker(credential, page="a page")
        assert not returned.closed
        async with connected(running, hello(running, page="another"), models=()) as other:
            assert (await other.next(m.RefusedLink)).code == "too_many_workers"
        async with connected(running, hello(running, page="another", token="guess"), models=()) as stranger:
            assert (await stranger.next(m.RefusedLink)).code == "wrong_secret"


# -- a person's own script


async def test_a_persons_own_script_connects_as_theirs_until_it_is_revoked(household: Household) -> None:
    running, ben = household.running, household.staffed.ben
    made = (await ben.post("/api/workers/credentials", json={"name": "laptop", "sharing": "all"})).json()
    credential = running.gateway.accounts.workers.of_browser(made["id"])
    async with httpx.AsyncClient() as manager:
        script = await manager.get(made["address"])
        assert (script.status_code, script.headers["cache-control"]) == (200, "no-store")
        assert credential in script.text
        assert made["address"] in script.text, "so that the manager finds newer ones"
        assert running.gateway.secrets.pairing not in script.text
        wrong = made["address"].replace(f"{made['id']}.", f"{made['id']}.x")
        assert (await manager.get(wrong)).status_code == 404
        worker = await household.worker(None, token=credential)
        assert running.gateway.hub.workers[0].terms.owner == made["owner"]["id"]
        asked = asyncio.ensure_future(household.ask(household.staffed.ada))
        await answer(await worker.granted())
        await asked
        assert (await ben.delete(f"/api/workers/credentials/{made['id']}")).status_code == 204
        await worker.until_closed()
        assert (await manager.get(made["address"])).status_code == 404
    async with connected(running, hello(running, token=credential), models=()) as late:
        assert (await late.next(m.RefusedLink)).code == "wrong_secret"


async def test_a_persons_own_script_may_come_by_requests(household: Household) -> None:
    running, ben = household.running, household.staffed.ben
    made = (await ben.post("/api/workers/credentials", json={"name": "laptop"})).json()
    credential = running.gateway.accounts.workers.of_browser(made["id"])
    headers = {"x-arenabridge-session": "0123456789abcdef" * 2, "x-arenabridge-secret": credential}
    async with httpx.AsyncClient(base_url=running.base_url, headers=headers, timeout=10) as manager:
        async with manager.stream("GET", "/link/down") as down:
            assert down.status_code == 200
            greeting = m.encode(hello(running, token=credential, transport="gm"))
            await manager.post("/link/up", content=greeting, headers={"x-arenabridge-number": "0"})
            await until(lambda: running.gateway.hub.workers)
            assert running.gateway.hub.workers[0].terms.credential == made["id"]
        refused = await manager.get("/link/down", headers={"x-arenabridge-secret": f"{PREFIX}guess"})
        assert refused.status_code == 403


# -- whom they serve


async def test_a_worker_serves_whom_its_owner_says_from_the_moment_that_is_said(household: Household) -> None:
    ada, ben = household.staffed.ada, household.staffed.ben
    worker = await household.worker(await household.credential(ada))
    asked = asyncio.ensure_future(household.ask(ben))
    await household.until_waiting()
    assert [each for each in worker.heard if isinstance(each, m.Offer)] == []
    assert (await household.change(sharing="team", team=["Ben"]))["team"] == ["Ben"]
    await answer(await worker.granted())
    await asked
    await household.change(sharing="owner")
    asked = asyncio.ensure_future(household.ask(ben))
    await household.until_waiting()
    assert [each for each in worker.heard if isinstance(each, m.Offer)] == []
    await household.change(sharing="all")
    await answer(await worker.granted())
    await asked


async def test_a_cap_counts_the_jobs_of_others_alone(household: Household) -> None:
    ada, ben = household.staffed.ada, household.staffed.ben
    worker = await household.worker(await household.credential(ada, sharing="all"))
    await household.change(cap=1)
    of_ben = [asyncio.ensure_future(household.ask(ben)) for _ in range(2)]
    first = await worker.granted()
    of_ada = asyncio.ensure_future(household.ask(ada))
    second = await worker.granted()
    assert household.running.gateway.hub.waiting == 1
    await answer(second)
    await of_ada
    await answer(first)
    await answer(await worker.granted())
    await asyncio.gather(*of_ben)


async def test_a_backup_serves_when_no_other_can(household: Household) -> None:
    ada = household.staffed.ada
    backup = await household.worker(await household.credential(ada), page="1")
    await household.change(is_backup=True)
    first = await household.worker(None, page="2", profile="other")
    asked = [asyncio.ensure_future(household.ask(ada)) for _ in range(5)]
    for _ in range(4):
        await answer(await first.granted())
    jobs = asyncio.ensure_future(backup.granted()), asyncio.ensure_future(first.granted())
    done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
    await answer(done.pop().result())
    await asyncio.gather(*asked)
    for job in jobs:
        job.cancel()


async def test_a_paused_credential_gets_nothing_new_until_it_is_resumed(household: Household) -> None:
    ada = household.staffed.ada
    worker = await household.worker(await household.credential(ada))
    assert (await household.change(paused=True))["paused"]
    asked = asyncio.ensure_future(household.ask(ada))
    await household.until_waiting()
    assert [each for each in worker.heard if isinstance(each, m.Offer)] == []
    await household.change(paused=False)
    await answer(await worker.granted())
    await asked


async def test_a_limit_of_the_site_rests_one_person_and_another_may_serve(household: Household) -> None:
    ada, ben = household.staffed.ada, household.staffed.ben
    of_ada = await household.worker(await household.credential(ada, sharing="all"), page="1")
    second_of_ada = await household.worker(await household.credential(ada, sharing="all"), page="2", profile="2")
    asked = asyncio.ensure_future(household.ask(ben))
    granted = [asyncio.ensure_future(each.granted()) for each in (of_ada, second_of_ada)]
    done, pending = await asyncio.wait(granted, return_when=asyncio.FIRST_COMPLETED)
    await done.pop().result().refuse(429, "{}", retry_after="60")
    with pytest.raises(APIStatusError) as caught:
        await asked
    assert caught.value.code == "upstream_rate_limited"
    with pytest.raises(APIStatusError) as caught:
        await household.ask(ben)
    assert caught.value.code == "upstream_rate_limited", "another browser of the same person is not asked"
    of_ben = await household.worker(await household.credential(ben, sharing="all"), page="3", profile="3")
    asked = asyncio.ensure_future(household.ask(ben))
    await answer(await of_ben.granted())
    await asked
    for each in pending:
        each.cancel()


async def test_nobody_gets_anothers_slots_or_chats_by_naming_their_browser(household: Household) -> None:
    ada, ben = household.staffed.ada, household.staffed.ben
    await household.worker(await household.credential(ada), page="1", profile="the same")
    await household.worker(await household.credential(ben), page="2", profile="the same")
    first, second = household.running.gateway.hub.workers
    assert first.profile_on_site != second.profile_on_site


# -- the end


async def test_revoking_ends_the_connections_of_that_credential_alone(household: Household) -> None:
    ada, ben = household.staffed.ada, household.staffed.ben
    of_ada = await household.worker(await household.credential(ada), page="1")
    of_ben = await household.worker(await household.credential(ben), page="2")
    row = await household.row(ben)
    assert (await ben.delete(f"/api/workers/credentials/{row['id']}")).status_code == 204
    await of_ben.until_closed()
    assert not of_ada.closed


async def test_what_another_process_decides_holds_for_those_that_are_here(household: Household) -> None:
    gateway, ada = household.running.gateway, household.staffed.ada
    worker = await household.worker(await household.credential(ada))
    row = await household.row(ada)
    gateway.accounts.workers.revoke(row["id"])
    await gateway.link_policy.peers.refresh(gateway.hub.roster)
    await worker.until_closed()


async def test_removing_a_person_ends_their_workers(household: Household) -> None:
    gateway, staffed = household.running.gateway, household.staffed
    worker = await household.worker(await household.credential(staffed.ben))
    ben = (await staffed.ada.get("/api/users")).json()["users"][1]["id"]
    assert (await staffed.ada.delete(f"/api/users/{ben}")).status_code == 204
    await gateway.link_policy.peers.refresh(gateway.hub.roster)
    await worker.until_closed()


# -- looking


async def test_administrators_see_all_workers_and_others_theirs(household: Household) -> None:
    ada, ben = household.staffed.ada, household.staffed.ben
    worker = await household.worker(await household.credential(ada), page="1")
    await household.credential(ben)
    asked = asyncio.ensure_future(household.ask(ada))
    job = await worker.granted()
    told = (await ada.get("/api/workers/status")).json()
    busy, offline = told["workers"]
    assert (busy["name"], busy["owner"], busy["kind"], busy["relay"]) == ("at home", "Ada", "relay", "living-room-pc")
    assert (busy["status"], busy["jobs"], busy["slots"]) == ("busy", 1, 4)
    assert (offline["status"], offline["owner"], offline["last_seen_at"]) == ("offline", "Ben", None)
    assert (told["totals"]["workers"], told["totals"]["busy"], told["totals"]["offline"]) == (2, 1, 1)
    assert told["queue"] == {"waiting": 0, "running": 1, "free_slots": 3}
    assert [each["owner"] for each in (await ben.get("/api/workers/status")).json()["workers"]] == ["Ben"]
    await answer(job)
    await asked


async def test_nobody_manages_anothers_credentials(household: Household) -> None:
    ada, ben = household.staffed.ada, household.staffed.ben
    made = (await ada.post("/api/workers/credentials", json={"name": "laptop"})).json()
    path = f"/api/workers/credentials/{made['id']}"
    for refused in (
        await ben.patch(path, json={"sharing": "all"}),
        await ben.delete(path),
        await ben.get(f"{path}/install"),
        await ben.post("/api/workers/codes", json={"name": "x", "owner_id": made["owner"]["id"]}),
        await ben.post("/api/workers/credentials", json={"name": "x", "owner_id": None}),
    ):
        assert refused.status_code in {403, 404}
    of_ben = (await ben.post("/api/workers/credentials", json={"name": "laptop"})).json()
    told = await ada.get(f"/api/workers/credentials/{of_ben['id']}/install")
    assert told.status_code == 403, "an administrator could pose as another person's browser"
    assert (await ben.get(f"/api/workers/credentials/{of_ben['id']}/install")).json()["address"] == of_ben["address"]
