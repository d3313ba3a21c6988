"""A gateway with people, and browsers that act for them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext
from typing import Any

import httpx
import pytest

from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings

PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple your own horse"

Start = Callable[..., AbstractAsyncContextManager[Running]]


class Browser(httpx.AsyncClient):
    """Keeps cookies, and says like a browser that its requests come from the gateway's own pages."""

    def __init__(self, running: Running, *, verify: SSLContext | bool = True, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        ours = {"sec-fetch-site": "same-origin", **named}
        super().__init__(base_url=running.base_url, verify=verify, timeout=10, headers=ours)


@dataclass
class Staffed:
    """A gateway with an administrator, Ada, and a user, Ben, each at a browser."""

    running: Running
    ada: Browser
    ben: Browser

    async def key(self, browser: Browser | None = None, **fields: Any) -> dict[str, Any]:
        """A new key's whole record."""
        answer = await (browser or self.ada).post("/api/tokens", json={"name": "a key", **fields})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def program(self, key: str) -> httpx.AsyncClient:
        """A program that has this key, or none."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.AsyncClient(base_url=self.running.base_url, timeout=10, headers=headers)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a gateway; keyword arguments are settings, but for `environment`."""

    @asynccontextmanager
    async def start_gateway(environment: dict[str, str] | None = None, **settings: Any) -> AsyncIterator[Running]:
        together = Settings(**{"data_dir": tmp_path, "port": 0, **settings})
        async with running_gateway(together, environment=environment or {}) as running:
            yield running

    return start_gateway


async def set_up(browser: Browser, running: Running, name: str = "Ada") -> httpx.Response:
    body = {"code": code_of(running), "username": name, "email": f"{name}@example.org", "password": PASSWORD}
    return await browser.post("/api/admin/init", json=body)


def code_of(running: Running) -> str:
    return (running.set_up_address or "").partition("code=")[2]


@asynccontextmanager
async def staffed_gateway(running: Running) -> AsyncIterator[Staffed]:
    async with Browser(running) as ada, Browser(running) as ben:
        assert (await set_up(ada, running)).status_code == 201
        added = await ada.post("/api/users", json={"name": "Ben", "password": PASSWORD})
        assert added.status_code == 201
        assert (await ben.post("/api/session", json={"name": "Ben", "password": PASSWORD})).status_code == 200
        yield Staffed(running, ada, ben)


@pytest.fixture
async def running(start: Start) -> AsyncIterator[Running]:
    async with start() as running:
        yield running


@pytest.fixture
async def staffed(running: Running) -> AsyncIterator[Staffed]:
    async with staffed_gateway(running) as staffed:
        yield staffed
