"""When a page wants its person, the window comes to the front: once for each time that it wants them."""

import logging
from typing import TYPE_CHECKING

from arenabridge.hub.clock import Clock
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.link import messages as m
from arenabridge.worker.managed.devtools import DevToolsError

if TYPE_CHECKING:
    from arenabridge.worker.managed.page import Page

_log = logging.getLogger(__name__)

REST_SECONDS = 30.0
"""A page that wants its person every now and then must not take over the screen each time."""

_STATE = '{"type":"state"'


class Needs:
    """What the tabs of one browser want, by what their scripts tell."""

    def __init__(self, tasks: Tasks, clock: Clock) -> None:
        self._tasks = tasks
        self._clock = clock
        self._wanting: dict[str, m.Human] = {}
        self._shown_at = float("-inf")

    def heard(self, page: "Page", frame: str) -> None:
        """Look at a frame for what the page wants."""
        if not frame.startswith(_STATE):
            return
        try:
            state = m.decode_from_worker(frame)
        except m.MalformedFrame:
            return
        if isinstance(state, m.State):
            self._note(page, state.human)

    def forget(self, page: "Page") -> None:
        """The tab is closed."""
        self._wanting.pop(page.target, None)

    def _note(self, page: "Page", human: m.Human | None) -> None:
        before = self._wanting.pop(page.target, None)
        if human is None:
            return
        self._wanting[page.target] = human
        now = self._clock.now()
        if (before is None or before.kind != human.kind) and now - self._shown_at >= REST_SECONDS:
            self._shown_at = now
            self._tasks.start(_show(page), "showing the browser's window")


async def _show(page: "Page") -> None:
    """Its window, if it is minimized, and its tab in it, in front of others."""
    devtools = page.devtools
    try:
        window = await devtools.call("Browser.getWindowForTarget", targetId=page.target)
        if window["bounds"].get("windowState") == "minimized":
            bounds = {"windowState": "normal"}
            await devtools.call("Browser.setWindowBounds", windowId=window["windowId"], bounds=bounds)
        await devtools.call("Page.bringToFront", session=page.session)
    except DevToolsError as error:
        _log.warning("the browser's window could not be shown: %s", error)
