"""Engines for these tests."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from itertools import count

import pytest

from integration.engine.replicas import Fleet
from servers.redis import RedisServer, running_redis

_numbers = count()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """It lasts: tests that kill a server have one of their own."""
    yield from running_redis()


@pytest.fixture
async def fleet(redis_server: RedisServer) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        yield Fleet(redis_server.url, stack, f"test-{next(_numbers)}:")
