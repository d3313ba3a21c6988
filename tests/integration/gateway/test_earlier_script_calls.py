"""What the earlier bridges' own programs and userscript call: capture of ids, and the list of models."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import orjson

from arenabridge.app import Running
from arenabridge.hub.capture.capturing import SCRIPT_SECONDS, Wanted
from arenabridge.simulator import Site, SiteSettings
from arenabridge.wire.link import messages as m
from integration.gateway.conftest import Start
from integration.gateway.earlier_script import ORIGIN, Tab, tab
from integration.gateway.worker_double import connected, until

SESSION, MESSAGE = "0199a6c2-1234-7abc-8def-000000000000", "0199a6c2-5678-7abc-8def-0123456789ab"
CAPTURE, UPDATE = "/internal/start_id_capture", "/internal/request_model_update"
PAGE = "/internal/update_available_models"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def bench(start: Start) -> AsyncIterator[tuple[Running, Tab, httpx.AsyncClient]]:
    site, port = Site(SiteSettings(check="ignore", site_version="2025-11", page_filler_bytes=1_000)), free_port()
    async with (
        site.serving() as served,
        start(compatibility=True, site_version="2025-11", capture_port=port) as running,
        tab(running, served.url, reports_to=port) as opened,
        httpx.AsyncClient(base_url=running.base_url) as http,
    ):
        await until(lambda: running.gateway.hub.workers and len(running.gateway.models.catalogue))
        yield running, opened, http


async def test_the_press_of_retry_is_reported_once_and_the_pages_request_goes_its_way(start: Start) -> None:
    """Several captures make a pool; the port is open only meanwhile."""
    async with bench(start) as (running, opened, _):
        capturing = running.gateway.capturing
        for number in range(2):
            capturing.begin(Wanted(model="keel-2-large", mode="battle", target="b"))
            await opened.heard("activate_id_capture")
            await until(lambda: opened.armed)
            assert opened.title == "🎯 ✅ LMArena"
            await open_port(opened.reports_to)
            request = await opened.press_retry(f"{SESSION[:-1]}{number}", MESSAGE)
            assert request.status_code == 404  # of the site: there is no such session
            await until(lambda: capturing.last and capturing.last.outcome == "captured")
            await until(partial(is_closed, opened.reports_to))
            assert opened.title == "✅ LMArena"
        kept = await running.gateway.captures.all()
        assert [(each.session[-1], each.message, each.mode, each.target) for each in kept] == [
            ("0", MESSAGE, "battle", "b"),
            ("1", MESSAGE, "battle", "b"),
        ]


def is_closed(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


async def open_port(port: int) -> None:
    await until(lambda: not is_closed(port))


async def test_what_reports_must_be_whole_and_of_the_site(start: Start) -> None:
    async with bench(start) as (running, opened, _), httpx.AsyncClient() as http:
        running.gateway.capturing.begin(Wanted())
        await open_port(opened.reports_to)
        url = f"http://127.0.0.1:{opened.reports_to}/update"
        whole = {"sessionId": SESSION, "messageId": MESSAGE}

        async def post(content: object, **headers: str) -> int:
            return (await http.post(url, content=orjson.dumps(content), headers=headers)).status_code

        assert await post({"sessionId": SESSION}, origin=ORIGIN) == 400
        assert await post([1], origin=ORIGIN) == 400
        assert await post(whole, origin="https://evil.example") == 403
        assert await post(whole, origin=ORIGIN, host="evil.example") == 421
        assert await post(whole, origin=ORIGIN, via="1.1 proxy") == 403
        assert not await running.gateway.captures.all()
        assert await post(whole, origin=ORIGIN) == 200
        await until(lambda: running.gateway.capturing.last and running.gateway.capturing.last.captured)


async def test_what_their_updater_asks_for_has_the_mode_and_target_that_the_settings_say(start: Start) -> None:
    async with bench(start) as (running, opened, http):
        settings = {"id_updater_last_mode": "battle", "id_updater_battle_target": "B"}
        (running.gateway.settings.data_dir / "config.jsonc").write_bytes(orjson.dumps(settings))  # as it does before
        assert (await http.post(CAPTURE)).status_code == 200
        await open_port(opened.reports_to)
        await opened.press_retry(SESSION, MESSAGE)
        await until(lambda: running.gateway.capturing.last and running.gateway.capturing.last.captured)
        (kept,) = await running.gateway.captures.all()
        assert (kept.mode, kept.target, kept.model) == ("battle", "b", None)


async def test_the_earlier_programs_are_answered_as_they_were(start: Start, tmp_path: Path) -> None:
    async with bench(start) as (running, opened, http):
        begun = await http.post(CAPTURE)
        assert (begun.status_code, begun.json()["status"]) == (200, "success")
        await opened.heard("activate_id_capture")
        asked = await http.post(UPDATE)
        assert (asked.status_code, asked.json()["status"]) == (200, "success")
        await until((tmp_path / "available_models.json").exists)
        await until(lambda: opened.posted == [200, 200])  # when it came, and now
        written = orjson.loads((tmp_path / "available_models.json").read_text("utf-8"))
        assert {each["publicName"] for each in written} == {
            entry.model.public_name for entry in running.gateway.models.catalogue
        }
        assert list(written[0])[:2] == ["id", "organization"]
        for html in ("", "<html>no models</html>"):
            refused = await http.post(PAGE, content=html, headers={"origin": ORIGIN})
            assert (refused.status_code, refused.json()["status"]) == (400, "error")
        before = len(running.gateway.models.catalogue)
        await opened.close()
        await until(lambda: not running.gateway.hub.workers)
        for path in (CAPTURE, UPDATE):
            gone = await http.post(path)
            assert (gone.status_code, gone.json()) == (503, {"detail": "Browser client not connected."})
        assert len(running.gateway.models.catalogue) == before


async def test_nobody_else_may_call_them(start: Start) -> None:
    strangers = [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"via": "1.1 proxy"}]
    async with start(compatibility=True) as running, httpx.AsyncClient(base_url=running.base_url) as http:
        for headers in strangers:
            for path in (CAPTURE, UPDATE, PAGE):
                answer = await http.post(path, content="<html>", headers=headers)
                assert answer.status_code in {403, 404, 421}, (path, headers)
            preflight = await http.options(PAGE, headers=headers)
            assert "access-control-allow-origin" not in preflight.headers


async def test_a_port_that_is_taken_is_left_to_the_program_that_listens_on_it(start: Start) -> None:
    """`id_updater.py` asks us to begin and takes the port itself: we are to leave it time, and then the port."""
    assert SCRIPT_SECONDS >= 1
    with socket.socket() as theirs:
        theirs.bind(("127.0.0.1", 0))
        theirs.listen()
        async with (
            start(compatibility=True, capture_port=theirs.getsockname()[1]) as running,
            connected(running) as worker,
        ):
            running.gateway.capturing.begin(Wanted())
            await worker.next(m.Capture)
            await worker.say(m.Captured(session=SESSION, message=MESSAGE))
            await until(lambda: running.gateway.capturing.last and running.gateway.capturing.last.captured)
