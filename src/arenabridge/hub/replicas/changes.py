"""
What gateways on one database tell each other: that something in it has changed, so that all read it again.

A message may be lost, or nobody there to hear it. So everything is also read again every `FOLLOW_SECONDS`, and what is
told is never the change itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from arenabridge.hub.tasks import Tasks
from arenabridge.wire.fleet import Change, Topic

_log = logging.getLogger(__name__)

FOLLOW_SECONDS = 30.0
"""How long a change may go unnoticed whose message was lost."""

MAX_PENDING = 256
"""Reactions that wait; beyond that all of a topic is read again, whatever it was about."""


Reaction = Callable[[str], Awaitable[None]]
"""Is told what exactly has changed; told nothing, anything may have."""


class Changes:
    """`tell` from any thread, everything else on the event loop. Without `join` nobody else is told."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._reactions: dict[Topic, list[Reaction]] = {}
        self._pending: set[Change] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tell_all: Callable[[Change], None] | None = None

    def join(self, tell_all: Callable[[Change], None]) -> None:
        """From now on there are others."""
        self._loop = asyncio.get_running_loop()
        self._tell_all = tell_all

    def on(self, topic: Topic, react: Reaction) -> None:
        self._reactions.setdefault(topic, []).append(react)

    def tell(self, topic: Topic, about: str = "") -> None:
        """Tell all other gateways that this has changed."""
        if self._loop is not None and self._tell_all is not None:
            self._loop.call_soon_threadsafe(self._tell_all, Change(topic, about))

    def told(self, change: Change) -> None:
        """Another gateway says so."""
        if len(self._pending) >= MAX_PENDING:
            change = Change(change.topic)
        if change.topic in self._reactions and change not in self._pending:
            self._pending.add(change)
            self._tasks.start(self._react(change), f"news of {change.topic}")

    async def follow(self) -> None:
        """For as long as it runs: read everything again now and then."""
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            self.take_up_all()

    def take_up_all(self) -> None:
        """Anything may have changed."""
        for topic in list(self._reactions):
            self.told(Change(topic))

    async def _react(self, change: Change) -> None:
        self._pending.discard(change)  # what changes from here on is another piece of news
        for react in self._reactions[change.topic]:
            try:
                await react(change.about)
            except Exception:  # noqa: BLE001 - a database that can't be read now may be in a few seconds
                _log.exception("news of %s could not be taken up", change.topic)
