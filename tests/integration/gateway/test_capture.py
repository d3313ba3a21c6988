"""A session is set aside by pressing Retry in a tab, and the models are read anew; by API and by command."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import orjson
from typer.testing import CliRunner, Result

from arenabridge.accounts.keys import KeyForm
from arenabridge.app import Running
from arenabridge.cli import application
from arenabridge.cli.address_file import address_left
from arenabridge.hub.capture.capturing import Capturing, Wanted
from arenabridge.wire.arena.captured import RETRY_PATH
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import Step
from integration.gateway.conftest import Start
from integration.gateway.worker_double import MODEL_ID, Job, WorkerDouble, connected, hello, page_with_models, until

SESSION = "0199a6c2-1234-7abc-8def-0000000000{:02d}"
MESSAGE = "0199a6c2-5678-7abc-8def-0123456789ab"


def seen(number: int = 0, mode: str = "") -> m.Captured:
    """What a tab reports when the person presses Retry."""
    return m.Captured(session=SESSION.format(number), message=MESSAGE, mode=mode)


async def ask(running: Running, method: str, path: str, **body: Any) -> httpx.Response:
    key = running.gateway.accounts.keys.make(KeyForm(name="test", administers=True))[1] if "/api" in path else ""
    async with httpx.AsyncClient(base_url=running.base_url, headers={"x-api-key": key}, timeout=20) as http:
        return await http.request(method, path, json=body or None)


def command(running: Running, *words: str) -> "asyncio.Future[Result]":
    """A command on the data directory of a gateway that runs."""
    where = ["--gateway", running.base_url, "--data-dir", str(running.gateway.settings.data_dir)]
    return asyncio.ensure_future(asyncio.to_thread(CliRunner().invoke, application, [*words, *where]))


async def press(worker: WorkerDouble, number: int = 0, mode: str = "") -> None:
    asked = await worker.next(m.Capture)
    assert (asked.on, asked.path) == (True, RETRY_PATH)
    await worker.say(seen(number, mode))


async def test_the_command_waits_for_the_press_and_the_next_chat_goes_into_that_session(start: Start) -> None:
    async with (
        start(require_api_key=False, session_strategy="captured") as running,
        connected(running, hello(running)) as worker,
    ):
        waiting = command(running, "capture", "--model", "gpt", "--label", "mine")
        await press(worker)
        ended = await waiting
        assert (ended.exit_code, SESSION.format(0) in ended.output) == (0, True), ended.output
        assert not (await worker.next(m.Capture)).on
        for number in (1, 2):  # several make a pool
            await ask(running, "POST", "/api/capture", model="gpt", label="mine")
            await press(worker, number)
            assert not (await worker.next(m.Capture)).on
        sessions = await running.gateway.captures.all()
        assert [(each.model, each.mode, each.label) for each in sessions] == [("gpt", "direct", "mine")] * 3
        asked = []
        for _ in range(3):
            chat = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}
            asking = asyncio.ensure_future(ask(running, "POST", "/v1/chat/completions", **chat))
            job = await worker.granted()
            asked.append(job.step.path.rpartition("/")[2])
            await job.answer('a0:"Hello"', 'ad:{"finishReason":"stop"}')
            assert (await asking).status_code == 200
        assert asked == [SESSION.format(number) for number in range(3)]
        names = [key.name for key in running.gateway.accounts.keys.all()]
        assert not [name for name in names if name.startswith("command line")]


async def test_of_several_tabs_the_first_counts_or_the_one_that_was_named(start: Start) -> None:
    async with (
        start() as running,
        connected(running, hello(running, page="1")) as first,
        connected(running, hello(running, page="2", profile="2"), models=()) as second,
    ):
        ids = {(await second.next(m.Welcome)).worker}
        named = next(iter(ids))
        begun = await ask(running, "POST", "/api/capture", mode="battle", target="B")
        assert begun.json()["outcome"] == "waiting"
        await first.next(m.Capture)
        await press(second, 1)
        await until(lambda: running.gateway.capturing.last and running.gateway.capturing.last.outcome == "captured")
        await first.say(seen(2))
        (only,) = await running.gateway.captures.all()
        assert (only.session, only.mode, only.target, only.model) == (SESSION.format(1), "battle", "b", None)
        assert not (await first.next(m.Capture)).on
        assert (await ask(running, "POST", "/api/capture", worker=named)).status_code == 200
        assert not (await second.next(m.Capture)).on
        await first.say(seen(3))
        await press(second, 4, mode="battle")
        await until(lambda: running.gateway.capturing.last and running.gateway.capturing.last.outcome == "captured")
        assert [each.session for each in await running.gateway.captures.all()] == [SESSION.format(1), SESSION.format(4)]
        shown = (await ask(running, "GET", "/api/captured")).json()
        assert [each["mode"] for each in shown["sessions"]] == ["battle", "battle"]
        gone = shown["sessions"][0]["id"]
        assert [(await ask(running, "DELETE", f"/api/captured/{gone}")).status_code for _ in "12"] == [204, 404]


async def test_a_tab_that_comes_meanwhile_is_asked_too_and_what_is_no_id_is_refused(start: Start) -> None:
    async with start() as running, connected(running, hello(running, page="1")):
        await ask(running, "POST", "/api/capture", model="gpt")
        async with connected(running, hello(running, page="2"), models=()) as late:
            await late.next(m.Capture)
            await late.say(m.Captured(session="no id", message=MESSAGE))
            await until(lambda: running.gateway.capturing.last and running.gateway.capturing.last.outcome == "failed")
            assert "is no session" in (await ask(running, "GET", "/api/capture")).json()["words"]


async def test_it_ends_when_nobody_presses_or_the_person_gives_up(start: Start) -> None:
    async with start() as running, connected(running, hello(running)) as worker:
        gateway = running.gateway
        quick = Capturing(gateway.hub, gateway.captures, gateway.clock, gateway.tasks, seconds=0.05)
        quick.begin(Wanted())
        await until(lambda: quick.last and quick.last.outcome == "timed_out")
        assert [(await worker.next(m.Capture)).on for _ in "12"] == [True, False]
        waiting = command(running, "capture")
        await worker.next(m.Capture)
        assert (await ask(running, "DELETE", "/api/capture")).status_code == 204
        ended = await waiting
        assert (ended.exit_code, "was stopped" in ended.output) == (1, True)


async def test_without_a_tab_or_a_gateway_the_command_says_so(start: Start, tmp_path: Path) -> None:
    async with start() as running:
        assert "No browser tab is connected" in (await command(running, "capture")).output
        assert "No browser tab is connected" in (await command(running, "models", "update")).output
    arguments = ["models", "update", "--gateway", "http://127.0.0.1:9", "--data-dir", str(tmp_path)]
    gone = await asyncio.to_thread(CliRunner().invoke, application, arguments)
    assert "is it running?" in gone.output


# -- models


async def errand(worker: WorkerDouble, *names: str) -> None:
    """Reads the site's page for the gateway."""
    asked = await worker.next(m.RunErrand)
    assert isinstance(asked.step, Step)
    assert (asked.step.method, asked.step.path) == ("GET", "/?mode=direct")
    await Job(worker, m.Go(asked.errand, 0, asked.step)).answer(page_with_models(*names))


async def test_what_is_new_gone_or_renamed_is_told_and_written(start: Start, tmp_path: Path) -> None:
    async with (
        start() as running,
        connected(running, hello(running), models=("gpt", "claude", "old")) as worker,
    ):
        await until(lambda: len(running.gateway.models.catalogue) == 3)
        updating = command(running, "models", "update", "--write")
        await errand(worker, "gpt", "claude 2")
        told = (await updating).output
        assert told.splitlines()[:3] == ["2 models", "- old", "  claude is called claude 2 now"]
        written = orjson.loads((tmp_path / "available_models.json").read_text("utf-8"))
        assert [(each["id"][-1], each["publicName"]) for each in written] == [("1", "claude 2"), ("0", "gpt")]
        updating = command(running, "models", "update")
        await errand(worker, "gpt", "claude 2", "new")
        assert "+ new" in (await updating).output
        folder = running.gateway.settings.data_dir
        with address_left(folder, running.base_url):  # which is none of the settings: the port is 0
            arguments = ["models", "list", "--data-dir", str(folder)]
            listed = await asyncio.to_thread(CliRunner().invoke, application, arguments)
        assert "chat    new\n" in listed.output, listed.output
        assert written[1]["id"] == MODEL_ID[:-1] + "0"


async def test_where_the_page_has_none_the_tabs_tell_of_theirs(start: Start) -> None:
    async with start() as running, connected(running, hello(running)) as worker:
        await until(lambda: len(running.gateway.models.catalogue))
        asking = asyncio.ensure_future(ask(running, "POST", "/api/models/update"))
        asked = await worker.next(m.RunErrand)
        assert isinstance(asked.step, Step)
        await Job(worker, m.Go(asked.errand, 0, asked.step)).refuse(403, "<html>", content_type="text/html")
        await worker.next(m.ReadPage)
        await worker.say(m.Page("/", page_with_models("gpt", "claude")))
        assert (await asking).json() == {"count": 2, "new": ["claude"], "gone": [], "renamed": []}
