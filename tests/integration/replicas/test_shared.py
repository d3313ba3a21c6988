"""What is changed at one gateway holds at the other within a second, and each shows the whole fleet."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import KeyForm
from arenabridge.accounts.people import Person
from arenabridge.accounts.workers import WorkerForm
from arenabridge.app import running_gateway
from arenabridge.http.monitoring.live_facts import facts_for
from arenabridge.settings import Settings
from arenabridge.storage.failure import DatabaseError
from arenabridge.wire.link import messages as m
from integration.gateway.worker_double import connected, page_with_models, until
from integration.replicas.conftest import Pair, Shared

PATIENCE_SECONDS = 30.0
ADA = Person("1", "ada", None, "admin")
BUDGET = 100
ASKED = 200


async def soon(holds: Callable[[], Awaitable[bool]]) -> None:
    """It has to hold before anything else happens: nobody asks again, so that what was not told never does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # noqa: ASYNC110 - another gateway takes it up
            await asyncio.sleep(0.02)


async def test_a_key_that_is_revoked_at_one_is_refused_at_the_other(pair: Pair) -> None:
    _, admin = pair.one.gateway.accounts.keys.make(KeyForm(name="admin", administers=True))
    made, key = pair.one.gateway.accounts.keys.make(KeyForm(name="lost"))
    async with pair.at(pair.one, admin) as one, pair.at(pair.two, key) as two:
        assert (await two.get("/v1/models")).status_code != 401
        assert (await one.delete(f"/api/tokens/{made.id}")).is_success

        async def is_refused() -> bool:
            return (await two.get("/v1/models")).status_code == 401

        await soon(is_refused)


async def test_a_setting_that_is_saved_at_one_holds_at_the_other_and_after_a_restart(
    pair: Pair, shared: Shared
) -> None:
    here, there = pair.one.gateway.settings_in_use, pair.two.gateway.settings_in_use
    changes = {"aliases": {"fast": "gpt"}, "queue_length": 7, "metrics_token": "s3cret-token"}
    await asyncio.to_thread(here.change, changes)

    async def is_known() -> bool:
        return pair.two.gateway.models.names.alias("fast") == ("gpt",)

    await soon(is_known)
    shown = {each.name: each for each in await asyncio.to_thread(there.all)}
    assert (shown["aliases"].source, shown["aliases"].saved) == ("saved", {"fast": "gpt"})
    assert (shown["queue_length"].saved, shown["queue_length"].waits_for_restart) == (7, True)
    assert "s3cret-token" not in repr(shown)
    assert not (shared.folder / "one" / "config.jsonc").exists()
    async with shared.gateway("three") as three:
        assert (three.gateway.settings.queue_length, three.gateway.settings.metrics_token) == (7, "s3cret-token")
    async with shared.gateway("four", queue_length=9) as four:
        assert four.gateway.settings.queue_length == 9, "a flag is stronger"
    await asyncio.to_thread(there.change, {"aliases": None})

    async def is_forgotten() -> bool:
        return not pair.one.gateway.models.names.alias("fast")

    await soon(is_forgotten)


async def test_models_that_a_tab_of_one_has_read_are_listed_at_the_other(pair: Pair) -> None:
    pair.one.gateway.models.read_page("https://arena.ai/", page_with_models("gpt", "claude"))

    async def are_listed() -> bool:
        return {entry.name for entry in pair.two.gateway.models.catalogue} == {"gpt", "claude"}

    await soon(are_listed)


async def test_each_shows_the_tabs_of_all(pair: Pair) -> None:
    async with connected(pair.one):
        await until(lambda: facts_for(pair.two.gateway, ADA)["now"]["workers"] == 1)
        facts = facts_for(pair.two.gateway, ADA)
    assert {each["address"] for each in facts["replicas"].values()} == {pair.one.base_url, pair.two.base_url}
    ((id_, worker),) = facts["workers"].items()
    assert (worker["elsewhere"], worker["site"]) == (True, "https://arena.ai")
    assert worker["replica"].endswith(pair.one.base_url.rpartition(":")[2])
    assert id_.endswith(worker["id"])


async def test_how_workers_are_is_told_of_the_whole_fleet_by_each(pair: Pair) -> None:
    made = pair.one.gateway.accounts.workers.make("relay", WorkerForm(name="attic", sharing="all"), None)
    _, admin = pair.one.gateway.accounts.keys.make(KeyForm(name="admin", administers=True))
    async with connected(pair.one, relay=made[1]) as tab, pair.at(pair.two, admin) as two:
        await until(lambda: any(pair.two.gateway.fleet.workers()))
        told = (await two.get("/api/workers/status")).json()
        (row,) = told["workers"]
        assert (row["credential"], row["status"], row["slots"]) == (made[0].id, "idle", 4)
        assert row["gateway"].endswith(pair.one.base_url.rpartition(":")[2])
        assert (told["totals"]["workers"], told["totals"]["offline"], told["queue"]["free_slots"]) == (1, 0, 4)
        (credential,) = (await two.get("/api/workers/credentials")).json()["credentials"]
        assert (credential["id"], credential["tabs"]) == (made[0].id, 1)
        health = (await two.get("/health")).json()
        assert (health["status"], health["workers"], health["others"]["workers"]) == ("ok", [], 1)
        await tab.say(m.State(human=m.Human("sign_in", "Sign in")))
        await until(lambda: any(pair.two.gateway.fleet.needs()))
        health = (await two.get("/health")).json()
        assert (health["status"], health["others"]["needs"][0]["what"]) == ("needs_human", "sign_in")
        assert (await two.get("/api/workers/status")).json()["totals"]["needs_human"] == 1


async def test_of_200_at_two_gateways_a_budget_of_100_lets_exactly_100_through(pair: Pair) -> None:
    form = KeyForm(name="limited", limits=KeyLimits(requests_per_day=BUDGET))
    made, _ = pair.one.gateway.accounts.keys.make(form)
    doors = [running.gateway.accounts.admissions for running in (pair.one, pair.two)]
    asking = [doors[number % 2].enter(made, requests=1, tokens=0) for number in range(ASKED)]
    told = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(not isinstance(each, Exception) for each in told) == BUDGET
    assert doors[0].used(made.held[0]).day_requests == BUDGET


async def test_a_limit_of_the_moment_is_one_of_both_gateways(pair: Pair) -> None:
    form = KeyForm(name="slow", limits=KeyLimits(requests_per_minute=3))
    _, key = pair.one.gateway.accounts.keys.make(form)
    body = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}
    async with pair.at(pair.one, key) as one, pair.at(pair.two, key) as two:
        answers = [await each.post("/v1/chat/completions", json=body) for each in (one, two, one, two)]
    assert [answer.status_code for answer in answers] == [503, 503, 503, 429]
    assert answers[3].headers["x-ratelimit-remaining-requests"] == "0"


async def test_another_secret_is_refused_with_what_to_do(shared: Shared) -> None:
    async with shared.gateway("one"):
        pass
    settings = Settings(data_dir=shared.folder / "odd", port=0, database_url=shared.database_url)
    with pytest.raises(DatabaseError, match="ARENABRIDGE_SECRET_KEY to the same value"):
        async with running_gateway(settings, environment={"ARENABRIDGE_SECRET_KEY": "x" * 32}):
            pass


async def test_a_file_that_one_keeps_can_be_had_from_the_other_where_they_share_a_folder(shared: Shared) -> None:
    folder = str(shared.folder / "files of all")
    async with shared.gateway("one", files_dir=folder) as one, shared.gateway("two", files_dir=folder) as two:
        kept = await one.gateway.files.keep(b"content", "", "a.bin", "me")
        async with httpx.AsyncClient(base_url=two.base_url) as client:
            assert (await client.get(kept.path)).content == b"content"
        again = await two.gateway.files.keep(b"content", "", "b.bin", "me")
        await one.gateway.files.remove(kept.id, "me")
        await one.gateway.files.sweep()
        assert (await one.gateway.files.read(again.id))[1] == b"content"
