"""Engines that are spoken to in tests, and what they answer."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Self, TypeVar

from arenabridge.engine.interface import Claimed, Engine, EngineEvent, Entry, Waiting
from arenabridge.engine.redis.engine import RedisEngine
from arenabridge.engine.redis.pace import Pace
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import ANYTHING, Opening

Event = TypeVar("Event")

IMPATIENT = Pace(lease=0.3, settling=0.0, patience=0.5, longest_pause=0.05)
WITHIN = 10.0
"""Seconds after which what did not happen will not."""


class Replica:
    """An engine, and all that it has said."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.heard: list[EngineEvent] = []
        self._news = asyncio.Event()
        self._react: Callable[[EngineEvent], None] | None = None
        engine.start(self._hear)

    def reacts(self, react: Callable[[EngineEvent], None]) -> None:
        self._react = react

    def _hear(self, event: EngineEvent) -> None:
        self.heard.append(event)
        self._news.set()
        if self._react is not None:
            self._react(event)

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait for events until it is so."""
        async with asyncio.timeout(WITHIN):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def hears(self, event: EngineEvent) -> None:
        await self.until(lambda: event in self.heard)

    def all_heard(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.heard if isinstance(event, kind)]

    def answers(self) -> list[EngineEvent]:
        """What was said that can't be said too often."""
        return [event for event in self.heard if not isinstance(event, Waiting)]

    async def is_settled(self) -> Self:
        """All that was ordered is done."""
        await self.claims(0)
        return self

    async def claims(self, limit: int, opening: Opening = ANYTHING) -> list[str]:
        """The jobs that a claim gets, and not before it is answered by a server that is there."""
        before = len(self.all_heard(Claimed))
        self.engine.claim(limit, opening)
        await self.until(lambda: len(self.all_heard(Claimed)) > before)
        return [entry.job for entry in self.all_heard(Claimed)[before].entries]

    async def gets(self, limit: int) -> list[str]:
        """The jobs of the first claim that gets any; it claims again whenever it is woken."""
        while True:
            self.heard.clear()
            if jobs := await self.claims(limit):
                return jobs
            await self.hears(Waiting())

    def submits(self, *jobs: str, key: str = "k", priority: int = 1) -> None:
        for job in jobs:
            self.engine.submit(Entry(JobId(job), key, priority=priority))


class Fleet:
    """Engines that share a server, and end with the test."""

    def __init__(self, url: str, stack: AsyncExitStack, prefix: str) -> None:
        self.url = url
        self.prefix = prefix
        self._stack = stack
        self._tasks = Tasks()

    async def joins(self, queue_length: int = 1000, pace: Pace = IMPATIENT) -> Replica:
        """One more, whose claims are answered."""
        engine = RedisEngine(self.url, queue_length, self._tasks.start, pace=pace, prefix=self.prefix)
        self._stack.push_async_callback(engine.close)
        replica = Replica(engine)
        await replica.hears(Waiting())
        return replica
