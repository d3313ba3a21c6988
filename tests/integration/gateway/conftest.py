"""A real gateway on a free port with a data directory of its own, and clients that speak to it over HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI

from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings

Start = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a gateway; keyword arguments are settings."""

    @asynccontextmanager
    async def start_gateway(**settings: Any) -> AsyncIterator[Running]:
        async with running_gateway(
            Settings(**{"data_dir": tmp_path, "port": 0, **settings}), environment={}
        ) as running:
            yield running

    return start_gateway


@pytest.fixture
async def running(start: Start) -> AsyncIterator[Running]:
    async with start(head_hold_seconds=0.3, keep_alive_seconds=0.3) as running:
        yield running


@pytest.fixture
async def http(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {running.first_key}"}
    async with httpx.AsyncClient(base_url=running.base_url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
async def openai(running: Running) -> AsyncIterator[AsyncOpenAI]:
    key = running.first_key or ""
    async with AsyncOpenAI(base_url=f"{running.base_url}/v1", api_key=key, max_retries=0, timeout=10) as client:
        yield client
