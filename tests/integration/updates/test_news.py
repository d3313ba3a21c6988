"""A gateway says once in its log, and in the dashboard as long as it is so, what is news."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import orjson
import pytest

import arenabridge
from arenabridge.app import Running, running_gateway
from arenabridge.app.looking import look
from arenabridge.settings import Settings
from integration.accounts.conftest import PASSWORD, Browser, set_up

INDEX = "https://index.example/simple/arenabridge/"
NEWS = "https://news.example/announcements.json"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    settings = Settings(
        data_dir=tmp_path, port=0, update_index_url="https://index.example/simple", announcements_url=NEWS
    )
    async with running_gateway(settings, environment={}) as running:
        yield running


def internet(**bodies: object) -> httpx.AsyncClient:
    """With what the index and the place of announcements say; without it they are not there."""
    places = {INDEX: bodies.get("index"), NEWS: bodies.get("news")}

    def answer(request: httpx.Request) -> httpx.Response:
        body = places[str(request.url)]
        if body is None:
            raise httpx.ConnectError("no network", request=request)
        return httpx.Response(200, content=orjson.dumps(body), headers={"content-type": "application/json"})

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


def index_with(version: str) -> dict[str, object]:
    name = f"arenabridge-{version}-py3-none-any.whl"
    return {"files": [{"filename": name, "url": name, "hashes": {"sha256": "a" * 64}}]}


async def looked(running: Running, **bodies: object) -> None:
    await look(running.gateway.news, running.gateway.settings, lambda: internet(**bodies))


async def test_a_newer_release_is_told_with_what_to_do(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    async with Browser(running) as browser:
        await set_up(browser, running)
        assert (await browser.get("/api/notices")).json() == {
            "update": None,
            "announcements": [],
            "files_out_of_reach": None,
        }
        with caplog.at_level(logging.WARNING, "arenabridge"):
            for _ in range(2):
                await looked(running, index=index_with("99.0"))
        update = (await browser.get("/api/notices")).json()["update"]
        assert (update["version"], update["installed"]) == ("99.0", arenabridge.__version__)
        assert "git" in update["command"], "this is a checkout"
        assert [record.message for record in caplog.records if "99.0" in record.message] == [
            f"version 99.0 is there (this is {arenabridge.__version__}): {update['command']}"
        ]
        await looked(running, index=index_with(arenabridge.__version__))
        assert (await browser.get("/api/notices")).json()["update"] is None


async def test_announcements_are_in_the_log_once_and_shown_until_an_administrator_closes_them(
    running: Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "announcement-lmarena.json").write_text('{"title": "Here", "content": ["one", "two"]}')
    with caplog.at_level(logging.WARNING, "arenabridge"):
        for _ in range(2):
            await looked(running, news=[{"title": "There", "content": ["three"]}])
    assert [record.message for record in caplog.records] == [
        "announcement: Here\n  one\n  two",
        "announcement: There\n  three",
    ]
    async with Browser(running) as browser, Browser(running) as other:
        await set_up(browser, running)
        await browser.post("/api/users", json={"name": "Ben", "password": PASSWORD})
        await other.post("/api/session", json={"name": "Ben", "password": PASSWORD})
        assert (await other.get("/api/notices")).status_code == 403
        there, here = (await browser.get("/api/notices")).json()["announcements"]
        assert (here["title"], here["lines"], there["lines"]) == ("Here", ["one", "two"], ["three"])
        assert (await browser.post(f"/api/notices/{here['id']}/seen")).status_code == 204
        assert (await browser.post("/api/notices/none/seen")).status_code == 404
        await looked(running)
        assert (await browser.get("/api/notices")).json()["announcements"] == [there]


async def test_nothing_is_looked_up_where_nobody_wants_it(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json=index_with("99.0"))

    settings = Settings(data_dir=tmp_path, port=0)
    for wanted, expected in ((False, []), (True, ["https://pypi.org/simple/arenabridge/"])):
        changed = msgspec.structs.replace(settings, enable_auto_update=wanted)
        async with running_gateway(changed, environment={}) as running:
            transport = httpx.MockTransport(answer)
            await look(running.gateway.news, changed, lambda: httpx.AsyncClient(transport=transport))  # noqa: B023 - called at once
            assert (asked, running.gateway.news.newer is not None) == (expected, wanted)
