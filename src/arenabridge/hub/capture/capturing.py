"""
One session of the site is captured: tabs are asked to report the person's next press of Retry, for a while.

The first report counts, whichever tab it comes from; then nobody is asked any more. The earlier bridges' userscript
does not report over its link but to a port of its own, which is open only meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Literal

from arenabridge.earlier.captured import Global
from arenabridge.errors import NotFound, NoWorkerConnected
from arenabridge.hub.capture.captures import Captures
from arenabridge.hub.clock import Clock
from arenabridge.hub.hub import Hub
from arenabridge.hub.tasks import Tasks
from arenabridge.storage.captured_sessions import NotCaptured
from arenabridge.wire.arena.captured import RETRY_PATH, CapturedMode, CapturedSession
from arenabridge.wire.link import messages as m
from arenabridge.wire.reply import Participant

_log = logging.getLogger(__name__)

CAPTURE_SECONDS = 300.0
"""How long the person has: to find the tab, open a chat, and press Retry."""

ASK_AGAIN_SECONDS = 0.5
"""How soon a tab that comes meanwhile is asked: the person may open the chat in a new one."""

SCRIPT_SECONDS = 3.0
"""How long the port is left to the earlier bridges' `id_updater.py`, which listens on it itself."""

Outcome = Literal["waiting", "captured", "timed_out", "stopped", "failed"]

Report = Callable[[str, str], None]
"""Is told the ids of a session and a message that the earlier script has seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the session is to be for. Without a mode it is the page's own."""

    model: str | None = None
    mode: CapturedMode | None = None
    target: Participant = "a"
    worker: m.WorkerId | None = None
    """The tab that is asked; None for all."""
    as_in_file: bool = False
    """Take the target, and the mode if the page does not tell it, from what `config.jsonc` says by then."""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """The last capture, as far as it has come. `until` in seconds since 1970, UTC."""

    wanted: Wanted
    until: float
    outcome: Outcome = "waiting"
    captured: CapturedSession | None = None
    words: str = ""
    """Why it failed."""


@dataclass(frozen=True, slots=True)
class _Seen:
    session: str
    message: str
    mode: str = ""


class Capturing:
    """`listen` opens the port for the earlier script, and tells its `Report`; None where that is not allowed."""

    def __init__(
        self,
        hub: Hub,
        captures: Captures,
        clock: Clock,
        tasks: Tasks,
        listen: Callable[[Report], AbstractAsyncContextManager[None]] | None = None,
        *,
        usual: Callable[[], Global] = Global,
        seconds: float = CAPTURE_SECONDS,
    ) -> None:
        self._hub = hub
        self._captures = captures
        self._clock = clock
        self._tasks = tasks
        self._listen = listen
        self._usual = usual
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None
        self._seen: asyncio.Future[_Seen] | None = None
        self._asked: set[m.WorkerId] = set()
        self.last: Capture | None = None
        hub.on_captured = self._reported

    def begin(self, wanted: Wanted, *, listens_after: float = 0.0) -> Capture:
        """Begin, in place of one under way. Raises `NoWorkerConnected`, or `NotFound` for a tab that is not there."""
        if not len(self._hub.roster):
            raise NoWorkerConnected
        if wanted.worker is not None and self._hub.roster.get(wanted.worker) is None:
            raise NotFound(f"No tab {wanted.worker} is connected.")
        self.stop()
        self.last = Capture(wanted, self._clock.unix() + self._seconds)
        self._seen = asyncio.get_running_loop().create_future()
        self._ask()
        self._task = self._tasks.start(self._run(self.last, self._seen, listens_after), "capture of a session")
        return self.last

    def stop(self) -> None:
        """The person no longer wants it."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            self._over("stopped")

    # -- what is seen

    def _reported(self, worker: m.WorkerId, seen: m.Captured) -> None:
        if worker in self._asked:
            self._note(_Seen(seen.session, seen.message, seen.mode))

    def _note(self, seen: _Seen) -> None:
        if self._seen is not None and not self._seen.done():
            self._seen.set_result(seen)

    # -- while it lasts

    async def _run(self, capture: Capture, seen: "asyncio.Future[_Seen]", listens_after: float) -> None:
        listening = self._tasks.start(self._hear(listens_after), "port for captured sessions")
        try:
            async with asyncio.timeout(self._seconds):
                await self._wait(seen)
        except TimeoutError:
            self._over("timed_out")
            return
        finally:
            listening.cancel()
            await asyncio.wait([listening])
        await self._keep(capture.wanted, seen.result())

    async def _hear(self, after: float) -> None:
        """A port that is taken belongs to the earlier bridges' own script, which then gets the report itself."""
        if self._listen is None:
            return
        await asyncio.sleep(after)
        try:
            async with self._listen(lambda session, message: self._note(_Seen(session, message))):
                await asyncio.Event().wait()
        except OSError as error:
            _log.info("the earlier userscript's reports are left to another program: %s", error)

    async def _wait(self, seen: "asyncio.Future[_Seen]") -> None:
        while not seen.done():
            self._ask()
            await asyncio.wait([seen], timeout=ASK_AGAIN_SECONDS)

    def _ask(self) -> None:
        """Ask every tab that has not been asked yet."""
        only = self.last.wanted.worker if self.last is not None else None
        for state in self._hub.workers:
            if state.worker not in self._asked and only in {None, state.worker}:
                self._asked.add(state.worker)
                self._hub.roster.say(state.worker, m.Capture(on=True, path=RETRY_PATH))

    async def _keep(self, wanted: Wanted, seen: _Seen) -> None:
        mode, target = self._mode_and_target(wanted, seen)
        try:
            captured = await self._captures.add(
                seen.session,
                seen.message,
                mode=mode,
                target=target,
                model=wanted.model,
                label=wanted.label,
            )
        except NotCaptured as error:
            self._over("failed", words=str(error))
        except Exception:  # noqa: BLE001 - whatever it is, the person who waits is told
            _log.exception("a captured session could not be kept")
            self._over("failed", words="It could not be written into the database.")
        else:
            _log.info("site session %s was captured, for %s", captured.session, captured.model or "all models")
            self._over("captured", captured)

    def _mode_and_target(self, wanted: Wanted, seen: _Seen) -> tuple[CapturedMode, Participant]:
        usual = self._usual()
        told: CapturedMode = "battle" if seen.mode == "battle" else "direct"
        if not wanted.as_in_file:
            return wanted.mode or told, wanted.target
        return (told if seen.mode else usual.mode), usual.target

    def _over(self, outcome: Outcome, captured: CapturedSession | None = None, words: str = "") -> None:
        for worker in self._asked:
            self._hub.roster.say(worker, m.Capture(on=False))
        self._asked.clear()
        if self.last is not None:
            self.last = replace(self.last, outcome=outcome, captured=captured, words=words)
