"""One run of a managed browser, from its start until it ends."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path

from arenabridge.hub.clock import Clock
from arenabridge.hub.tasks import Tasks
from arenabridge.worker.browser import BrowserUnavailable
from arenabridge.worker.managed.devtools import DevTools, DevToolsError, Event
from arenabridge.worker.managed.injection import Injection
from arenabridge.worker.managed.needs import Needs
from arenabridge.worker.managed.page import Page, Serve
from arenabridge.worker.managed.process import BrowserProcess, start_browser

_log = logging.getLogger(__name__)

START_SECONDS = 60.0
"""A large profile on a slow disk takes its time."""

CLOSE_SECONDS = 10.0
"""How long a browser may take to write its profile."""

WINDOWLESS_SECONDS = 2.0
"""On macOS a browser lives on without a window; after so long without one it counts as closed, as elsewhere."""


class BrowserFailed(BrowserUnavailable):
    """The browser did not start. The message holds what it said."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: by its person, who closed it, or otherwise, with this exit code (negative: a signal)."""

    was_closed: bool
    code: int


class BrowserRun:
    """A browser that runs. `tasks` are its own, and end with it."""

    def __init__(self, injection: Injection, serve: Serve, clock: Clock) -> None:
        self.pages: dict[str, Page] = {}
        """Its tabs, by session."""
        self.process: BrowserProcess
        self.devtools: DevTools
        self._injection = injection
        self._serve = serve
        self._tasks = Tasks()
        self._needs = Needs(self._tasks, clock)
        self._prepared: dict[str, asyncio.Task[None]] = {}
        self._going = asyncio.Event()
        """The process or its pipe has ended, and so the other is about to."""

    async def start(self, program: Path, arguments: list[str], url: str) -> None:
        """Up, with the first tab on its way to `url`; raises `BrowserFailed`."""
        try:
            self.process = await start_browser(program, arguments)
        except OSError as error:
            raise BrowserFailed(f"{program} could not be started: {error.strerror or error}") from error
        self.devtools = DevTools(self.process.writer, self._heard)
        try:
            self.process.when_ended(self._going.set)
            await self.process.listen(self.devtools.heard, self._ended)
            await self._greet(url)
        except DevToolsError as error:
            await self.close(0)
            raise BrowserFailed(self._why_not(program, error)) from error
        except BaseException:
            await self.close(0)
            raise

    async def _greet(self, url: str) -> None:
        version = await self.devtools.call("Browser.getVersion", seconds=START_SECONDS)
        _log.info("a browser is started: %s, process %d", version.get("product", "unknown"), self.process.pid)
        await self.devtools.call(
            "Target.setAutoAttach",
            autoAttach=True,
            waitForDebuggerOnStart=True,
            flatten=True,
            filter=[{"type": "page"}],
        )
        for session, page in self.pages.items():
            await self._prepared[session]
            await page.open(url)
            return
        await self.devtools.call("Target.createTarget", url=url)

    def _why_not(self, program: Path, error: DevToolsError) -> str:
        words = [
            line for line in self.process.last_words.splitlines() if "dbus" not in line
        ]  # the browser always complains about that
        said = " It said: " + " | ".join(words[-3:]) if words else ""
        return f"{program} did not start as it should ({error}). Is a browser open with the same profile?{said}"

    async def ended(self) -> Ending:
        """Until it is gone, however that came."""
        await self._going.wait()
        await self.close()
        exit_code = await self.process.ended()
        return Ending(exit_code == 0, exit_code)

    async def close(self, patience_seconds: float = CLOSE_SECONDS) -> None:
        """Close it politely, so that the profile is written, without letting a page ask whether it may be left."""
        if not self.process.has_ended:
            with contextlib.suppress(DevToolsError):
                await self.devtools.call("Browser.close", seconds=patience_seconds)
        await self.process.end(patience_seconds)
        for page in self.pages.values():
            page.end()
        await self._tasks.close()

    def _ended(self) -> None:
        self.devtools.ended()
        self._going.set()

    def _heard(self, event: Event) -> None:
        if event.session is not None:
            if page := self.pages.get(event.session):
                page.heard(event)
        elif event.method == "Target.attachedToTarget":
            self._attached(event.parameters["sessionId"], event.parameters["targetInfo"]["targetId"])
        elif event.method == "Target.detachedFromTarget":
            self._detached(event.parameters["sessionId"])

    def _attached(self, session: str, target: str) -> None:
        page = Page(self.devtools, session, target, self._injection, self._serve, self._needs, self._tasks)
        self.pages[session] = page
        self._prepared[session] = self._tasks.start(self._prepare(page), f"preparing tab {target[:8]}")

    async def _prepare(self, page: Page) -> None:
        with contextlib.suppress(DevToolsError):  # closed as soon as it was opened
            await page.prepare()

    def _detached(self, session: str) -> None:
        self._prepared.pop(session, None)
        if page := self.pages.pop(session, None):
            page.end()
            self._needs.forget(page)
        if not self.pages:
            self._tasks.start(self._close_without_window(), "closing a browser without a window")

    async def _close_without_window(self) -> None:
        await asyncio.sleep(WINDOWLESS_SECONDS)
        if not self.pages:
            with contextlib.suppress(DevToolsError):
                await self.devtools.call("Browser.close")
