"""Captured sessions as the hub uses them, in step with the database, into which other processes may put more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

import msgspec

from arenabridge.conversations.captured import CapturedSessions
from arenabridge.hub.tasks import Tasks
from arenabridge.storage.captured_sessions import CapturedSessionStore, checked_ids
from arenabridge.wire.arena.captured import CapturedMode, CapturedSession
from arenabridge.wire.reply import Participant

_log = logging.getLogger(__name__)

READ_AGAIN_SECONDS = 5.0
"""How long the command line's changes may go unnoticed."""


IntoFile = Callable[[CapturedSession], Awaitable[CapturedSession | None]]
"""Replaces the session for all models that a file has by another; None if no file has one. Raises `NotCaptured`."""


class Captures:
    """`sessions` is what is known now."""

    def __init__(self, store: CapturedSessionStore, tasks: Tasks, into_file: IntoFile | None = None) -> None:
        self._store = store
        self._into_file = into_file
        self._tasks = tasks
        self._one_at_a_time = asyncio.Lock()
        self._unwritten: dict[str, CapturedSession] = {}
        self._kept = store.all()
        self._given: tuple[CapturedSession, ...] = ()
        self.sessions = CapturedSessions(self._kept, keep=self._keep)
        self.on_change: Callable[[], None] = lambda: None
        """Told when other gateways should read them too."""

    async def follow(self) -> None:
        """Read them again and again; ends only with its task."""
        while True:
            await asyncio.sleep(READ_AGAIN_SECONDS)
            try:
                await self.read()
            except Exception:  # noqa: BLE001 - a database that can't be read now may be in a few seconds
                _log.exception("the captured sessions could not be read")

    async def read(self) -> None:
        """Read them again; what is still to be written is written first."""
        async with self._one_at_a_time:
            await self._write()
            self._kept = await asyncio.to_thread(self._store.all)
        self._put_together()

    def give(self, sessions: Collection[CapturedSession]) -> None:
        """These are the ones in files now; earlier ones that are not among them are no longer used."""
        changed = {each.id for each in sessions} != {each.id for each in self._given}
        self._given = tuple(sessions)
        self._kept = [self.sessions.as_known(each) for each in self._kept]
        self._put_together(afresh=changed)

    def _put_together(self, *, afresh: bool = False) -> None:
        """How often those in files failed is known here alone; after a change they are tried again."""
        given = [self.sessions.as_known(each) for each in self._given]
        if afresh:
            given = [msgspec.structs.replace(each, failures=0) for each in given]
        self.sessions.replace([*self._kept, *given])

    async def add(
        self,
        session: str,
        message: str,
        *,
        mode: CapturedMode,
        target: Participant,
        model: str | None,
        label: str = "",
    ) -> CapturedSession:
        """
        Keep one and use it from now on; raises `NotCaptured`.

        One for all models replaces the one that `config.jsonc` has: otherwise chats would go into both in turn.
        """
        if model is None and self._into_file is not None:
            ids = checked_ids(session, message)
            new = CapturedSession(id="", session=ids[0], message=ids[1], mode=mode, target=target)
            if (there := await self._into_file(new)) is not None:
                return there
        captured = await asyncio.to_thread(
            self._store.add, session, message, mode=mode, target=target, model=model, label=label
        )
        await self.read()
        self.on_change()
        return captured

    async def remove(self, id: str) -> bool:
        """Forget one; says whether it was there."""
        was_there = await asyncio.to_thread(self._store.remove, id)
        await self.read()
        self.on_change()
        return was_there

    @property
    def in_files(self) -> list[CapturedSession]:
        """Those in files; the file's name is their label."""
        return [self.sessions.as_known(each) for each in self._given]

    async def all(self) -> list[CapturedSession]:
        """Those that were captured, in the order of their capture."""
        return await asyncio.to_thread(self._store.all)

    def _keep(self, captured: CapturedSession) -> None:
        if any(each.id == captured.id for each in self._given):
            return
        self._unwritten[captured.id] = captured
        self._tasks.start(self._write_soon(), "keeping a captured session")

    async def _write_soon(self) -> None:
        async with self._one_at_a_time:
            await self._write()

    async def _write(self) -> None:
        unwritten, self._unwritten = self._unwritten, {}
        for captured in unwritten.values():
            await asyncio.to_thread(self._store.note_use, captured)
