"""Captured sessions as the hub uses them, in step with the database, into which other processes may put more."""

import asyncio
import logging

from arenabridge.conversations.captured import CapturedSessions
from arenabridge.hub.tasks import Tasks
from arenabridge.storage.captured_sessions import CapturedSessionStore
from arenabridge.wire.arena.captured import CapturedSession

_log = logging.getLogger(__name__)

READ_AGAIN_SECONDS = 5.0
"""How long the command line's changes may go unnoticed."""


class Captures:
    """`sessions` is what is known now."""

    def __init__(self, store: CapturedSessionStore, tasks: Tasks) -> None:
        self._store = store
        self._tasks = tasks
        self._one_at_a_time = asyncio.Lock()
        self._unwritten: dict[str, CapturedSession] = {}
        self.sessions = CapturedSessions(store.all(), keep=self._keep)

    async def follow(self) -> None:
        """Read them again and again; ends only with its task."""
        while True:
            await asyncio.sleep(READ_AGAIN_SECONDS)
            try:
                await self.read()
            except Exception:  # noqa: BLE001 - a database that can't be read now may be in a few seconds
                _log.exception("the captured sessions could not be read")

    async def read(self) -> None:
        """What is to be written goes before."""
        async with self._one_at_a_time:
            await self._write()
            self.sessions.replace(await asyncio.to_thread(self._store.all))

    def _keep(self, captured: CapturedSession) -> None:
        self._unwritten[captured.id] = captured
        self._tasks.start(self._write_soon(), "keeping a captured session")

    async def _write_soon(self) -> None:
        async with self._one_at_a_time:
            await self._write()

    async def _write(self) -> None:
        unwritten, self._unwritten = self._unwritten, {}
        for captured in unwritten.values():
            await asyncio.to_thread(self._store.note_use, captured)
