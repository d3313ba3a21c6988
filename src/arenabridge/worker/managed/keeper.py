"""
A managed browser through all its runs.

It is started again when it crashes, and when its window was closed: people close windows by mistake. If it is closed
once more within a minute, that was meant, and it stays closed.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from arenabridge.hub.clock import Clock
from arenabridge.hub.tasks import Tasks
from arenabridge.worker.browser import BrowserUnavailable
from arenabridge.worker.managed.injection import Injection
from arenabridge.worker.managed.page import Serve
from arenabridge.worker.managed.program import BrowserChoice, arguments_of, program_of, require_browser
from arenabridge.worker.managed.run import BrowserFailed, BrowserRun, Ending

_log = logging.getLogger(__name__)

MEANT_SECONDS = 60.0
"""A browser closed twice within this time was meant to be closed."""

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""Pauses before it is started again, doubled each time until it has run for as long as the longest."""


class ProfileInUse(BrowserUnavailable):
    """Another one of us runs a browser with this profile."""

    def __init__(self, profile: Path) -> None:
        super().__init__(
            f"another Arena Bridge runs a browser with the profile {profile}: stop it, or use another --data-dir"
        )


class ManagedBrowser:
    """What the person started by `--browser`."""

    def __init__(self, choice: BrowserChoice, injection: Injection, serve: Serve, clock: Clock, url: str) -> None:
        self._choice = choice
        self._injection = injection
        self._serve = serve
        self._clock = clock
        self._url = url
        self._closed_at = float("-inf")
        self._pause = FIRST_PAUSE_SECONDS
        self.run: BrowserRun | None = None
        """The run that is going on."""
        self.stays_closed = asyncio.Event()
        """Set when the person has closed it for good."""

    async def start(self, *, patiently: bool = False) -> None:
        """
        Raises `BrowserUnavailable`.

        It is patient: the browser of one of our programs that was killed may still be closing, and holds the profile.
        """
        require_browser(self._choice)
        try:
            await self._start_once()
        except BrowserFailed:
            if not patiently:
                raise
            await asyncio.sleep(FIRST_PAUSE_SECONDS)
            await self._start_once()

    async def _start_once(self) -> None:
        run = BrowserRun(self._injection, self._serve, self._clock)
        await run.start(program_of(self._choice), arguments_of(self._choice), self._url)
        self.run = run

    async def keep(self) -> None:
        """Start it again, until its person wants it closed."""
        while not self.stays_closed.is_set():
            if self.run is None:
                await self._start_again()
                continue
            started_at = self._clock.now()
            ending = await self.run.ended()
            self.run = None
            self.note(ending, self._clock.now() - started_at)

    async def close(self) -> None:
        if self.run is not None:
            await self.run.close()

    async def _start_again(self) -> None:
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        try:
            await self.start()
        except BrowserUnavailable as error:
            _log.warning("%s; the next try is in %.0f s", error, self._pause)

    def note(self, ending: Ending, ran_seconds: float) -> None:
        """A run has ended: decide what that means, and say so."""
        if ran_seconds >= LONGEST_PAUSE_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        if not ending.was_closed:
            _log.warning("the browser crashed (%d) and is started again in %.0f s", ending.code, self._pause)
            return
        now = self._clock.now()
        if now - self._closed_at <= MEANT_SECONDS:
            _log.warning("the browser was closed again and stays closed; to have it back, start this program anew")
            self.stays_closed.set()
            return
        self._closed_at = now
        self._pause = FIRST_PAUSE_SECONDS
        _log.warning("the browser was closed and opens again; close it once more within a minute to leave it closed")


@contextlib.asynccontextmanager
async def managed_browser(
    choice: BrowserChoice, *, origins: tuple[str, ...], secret: str, serve: Serve
) -> AsyncIterator[ManagedBrowser]:
    """
    The person's browser with the first of `origins` open, and the script in all pages of them.

    Each link of a page is given to `serve` as a socket, until it ends; its script shows `secret` there. Raises
    `BrowserUnavailable`.
    """
    clock = Clock(now=time.monotonic, unix=time.time)
    browser = ManagedBrowser(choice, Injection.make(origins, secret), serve, clock, f"{origins[0]}/")
    tasks = Tasks()
    with _locked(choice.profile):
        try:
            await browser.start(patiently=True)
            tasks.start(browser.keep(), "keeping the browser")
            yield browser
        finally:
            await tasks.close()
            await browser.close()


@contextlib.contextmanager
def _locked(profile: Path) -> Iterator[None]:
    lock = FileLock(f"{profile}.lock", timeout=0)
    try:
        profile.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise ProfileInUse(profile) from None
    except OSError as error:
        raise BrowserUnavailable(f"the profile {profile} can't be used: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
