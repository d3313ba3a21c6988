"""
Read the site's models again because somebody asks: what is new, gone or renamed.

A tab reads the site's first page by an errand, which costs nothing. Where that brings no models, and with the earlier
bridges' userscript, which does no errands, the page that it shows is taken.
"""

import asyncio
import logging

from arenabridge.errors import NoCatalogue, NoWorkerConnected
from arenabridge.hub.hub import Hub
from arenabridge.hub.models.offered import Models
from arenabridge.hub.workers.errands import ErrandFailed
from arenabridge.wire.arena.model_changes import ModelChanges, changes
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import Step

_log = logging.getLogger(__name__)

PAGE = "/?mode=direct"
PAGE_SECONDS = 20.0
"""A page of some 100 kB, through a tab that may be in the background."""

TOLD_SECONDS = 10.0
"""How long a tab may take to tell of the page that it shows."""

LOOK_SECONDS = 0.05
MAX_TABS = 3
"""How many tabs are asked, one after the other: what three can't read, a fourth hardly will."""


class ModelUpdate:
    """Asks the tabs of one hub."""

    def __init__(self, hub: Hub, models: Models) -> None:
        self._hub = hub
        self._models = models

    async def run(self) -> ModelChanges:
        """Raises `NoWorkerConnected`, or `NoCatalogue` if no page with models could be had."""
        if not self._hub.workers:
            raise NoWorkerConnected
        before = self._models.catalogue
        if not (await self._fetched() or await self._told()):
            raise NoCatalogue("No tab has a page that shows the site's models: open the site's first page in one.")
        return changes(before, self._models.catalogue)

    def ask(self) -> None:
        """Have all tabs tell of their pages; raises `NoWorkerConnected`."""
        if not self._hub.workers:
            raise NoWorkerConnected
        for state in self._hub.workers:
            self._hub.roster.say(state.worker, m.ReadPage())

    async def _fetched(self) -> bool:
        able = [state for state in self._hub.workers if state.how != ("retry",) and not state.frozen]
        able.sort(key=lambda state: state.terms.askers is not None)  # tabs whose page may say what is gone come first
        for worker, terms in ((state.worker, state.terms) for state in able[:MAX_TABS]):
            step = Step(method="GET", path=PAGE)
            try:
                answer = await self._hub.errands.run(worker, step, seconds=PAGE_SECONDS)
            except (ErrandFailed, TimeoutError) as error:
                _log.info("worker %s could not read the page with the models: %s", worker, error)
                continue
            adds_only = terms.askers is not None
            if answer.status == 200 and self._models.read_page(PAGE, answer.text, adds_only=adds_only):
                return True
        return False

    async def _told(self) -> bool:
        before = self._models.pages_read
        self.ask()
        try:
            async with asyncio.timeout(TOLD_SECONDS):
                while self._models.pages_read == before:  # noqa: ASYNC110 - nobody else wants to know
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            return False
        return True
