"""
What the person said of their browsers: what they are called, and which shall rest. It outlives restarts.

A browser is one profile on one site, to which slots belong too: tabs come and go with every page that is loaded.
"""

from collections.abc import Callable, Iterable

import msgspec

MAX_BROWSERS = 1000
"""Browsers of which something is kept; what was said first is forgotten first."""

MAX_NAME_CHARACTERS = 60


class Browser(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`id` is what pools are told apart by (`WorkerState.profile_on_site`)."""

    id: str
    name: str = ""
    paused: bool = False
    """It gets no new jobs; what it runs goes on."""


class Browsers:
    """`keep` is given all that is known whenever something changed."""

    def __init__(self, known: Iterable[Browser] = (), keep: Callable[[list[Browser]], None] = lambda _: None) -> None:
        self._known = {browser.id: browser for browser in known}
        self._keep = keep

    def get(self, id: str) -> Browser:
        return self._known.get(id) or Browser(id=id)

    def rename(self, id: str, name: str) -> None:
        self._put(msgspec.structs.replace(self.get(id), name=name))

    def pause(self, id: str, *, paused: bool) -> None:
        self._put(msgspec.structs.replace(self.get(id), paused=paused))

    def _put(self, browser: Browser) -> None:
        self._known.pop(browser.id, None)
        if browser != Browser(id=browser.id):
            if len(self._known) >= MAX_BROWSERS:
                del self._known[next(iter(self._known))]
            self._known[browser.id] = browser
        self._keep(list(self._known.values()))
