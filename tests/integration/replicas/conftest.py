"""Two gateways on one PostgreSQL and one Redis, both real."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings
from servers.postgres import Postgres
from servers.redis import RedisServer, running_redis

SECRET = {"ARENABRIDGE_SECRET_KEY": "the same for all gateways of a fleet"}

_numbers = count()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    yield from running_redis()


@dataclass
class Shared:
    """What the gateways of a test have in common."""

    database_url: str
    redis_url: str
    folder: Path

    @asynccontextmanager
    async def gateway(self, name: str, **settings: Any) -> AsyncIterator[Running]:
        given = {"database_url": self.database_url, "redis_url": self.redis_url, "port": 0, **settings}
        async with running_gateway(Settings(data_dir=self.folder / name, **given), environment=SECRET) as running:
            yield running


@pytest.fixture
def shared(postgres: Postgres, redis_server: RedisServer, tmp_path: Path) -> Iterator[Shared]:
    with postgres.database() as database_url:
        yield Shared(database_url, f"{redis_server.url}?db={next(_numbers) % 16}", tmp_path)


@dataclass
class Pair:
    """Two gateways, the first of which made the first key; `at` is a program with that key."""

    one: Running
    two: Running

    def at(self, running: Running, key: str | None = None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {key or self.one.first_key}"}
        return httpx.AsyncClient(base_url=running.base_url, headers=headers, timeout=10)


@pytest.fixture
async def pair(shared: Shared) -> AsyncIterator[Pair]:
    async with shared.gateway("one") as one, shared.gateway("two") as two:
        yield Pair(one, two)


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """For tests that kill it."""
    yield from running_redis()


@pytest.fixture
async def mortal_pair(postgres: Postgres, own_redis: RedisServer, tmp_path: Path) -> AsyncIterator[Pair]:
    """Whose Redis is its own."""
    with postgres.database() as database_url:
        shared = Shared(database_url, own_redis.url, tmp_path)
        async with shared.gateway("one") as one, shared.gateway("two") as two:
            yield Pair(one, two)
