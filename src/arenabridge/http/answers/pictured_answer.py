"""An answer whose pictures are fetched and kept on their way to the client, in their place among its words."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from arenabridge.errors import GatewayError
from arenabridge.hub.jobs.exchange import ReplySink
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.reply import Finished, Image, Reasoning, ReplyEvent, Text, Video

_log = logging.getLogger(__name__)

PICTURE_SECONDS: Final = 45.0
"""What follows a picture waits for it no longer than this."""

MAX_PICTURES: Final = 16
"""Pictures of one answer that are fetched at the same time; others are given by the site's own address."""

MAX_HELD_CHARACTERS: Final = 4 * 2**20
"""Text that may wait for pictures before it."""

Answered = Image | Video
"""What an answer holds besides text."""

Keep = Callable[[Answered, WorkerId | None], Awaitable[Answered]]
"""The picture as the client gets it; itself, if it could not be kept."""


@dataclass(slots=True)
class _OnItsWay:
    shown: Answered
    is_here: bool = False
    task: asyncio.Task[None] | None = None


class PicturedAnswer:
    """
    A sink before another one, which hears everything in the same order, with pictures that stay.

    Pictures are fetched as soon as the answer names them, several at once. A failure waits for none.
    """

    def __init__(self, inner: ReplySink, keep: Keep, tasks: Tasks) -> None:
        self._inner = inner
        self._keep = keep
        self._tasks = tasks
        self._worker: WorkerId | None = None
        self._held: deque[ReplyEvent | _OnItsWay] = deque()
        self._held_characters = 0
        self._pictures = 0
        self._finish: Finished | None = None
        self._is_wanted = True

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        self._worker = worker
        self._inner.granted(worker, how, model)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        if not self._held and not any(isinstance(event, Image | Video) for event in events):
            return self._pass(events)
        for event in events:
            self._hold(event)
        if self._held_characters > MAX_HELD_CHARACTERS:
            self._wait_for_none()
        self._release()
        return self._is_wanted

    def complete(self, finish: Finished) -> None:
        self._finish = finish
        self._release()

    def fail(self, error: GatewayError) -> None:
        self._wait_for_none()
        self._release()
        if self._is_wanted:
            self._is_wanted = False
            self._inner.fail(error)

    def stop(self) -> None:
        """Nobody listens any more."""
        self._is_wanted = False
        self._wait_for_none()
        self._held.clear()

    def _hold(self, event: ReplyEvent) -> None:
        if isinstance(event, Text | Reasoning):
            self._held_characters += len(event.text)
        if not isinstance(event, Image | Video) or self._pictures >= MAX_PICTURES or not self._is_wanted:
            self._held.append(event)
            return
        picture = _OnItsWay(event)
        self._pictures += 1
        picture.task = self._tasks.start(self._bring(picture, self._worker), "a picture of an answer")
        self._held.append(picture)

    async def _bring(self, picture: _OnItsWay, worker: WorkerId | None) -> None:
        try:
            async with asyncio.timeout(PICTURE_SECONDS):
                picture.shown = await self._keep(picture.shown, worker)
        except TimeoutError:
            _log.warning("a picture of an answer took too long, its own address is given")
        except Exception:  # noqa: BLE001 - whatever it is, the answer goes on with the site's own address
            _log.exception("a picture of an answer could not be kept, its own address is given")
        picture.is_here, picture.task = True, None
        self._pictures -= 1
        try:
            self._release()
        except Exception:  # noqa: BLE001 - nobody else would end it
            _log.exception("an answer could not be passed on")
            self.fail(GatewayError())

    def _release(self) -> None:
        """Pass on whatever no longer waits for anything."""
        ready: list[ReplyEvent] = []
        while self._held:
            first = self._held[0]
            if isinstance(first, _OnItsWay) and not first.is_here:
                break
            self._held.popleft()
            ready.append(first.shown if isinstance(first, _OnItsWay) else first)
        if not self._held:
            self._held_characters = 0
        if ready:
            self._pass(ready)
        if not self._held and self._finish is not None and self._is_wanted:
            self._is_wanted = False
            self._inner.complete(self._finish)

    def _wait_for_none(self) -> None:
        """Give pictures that have not arrived by the site's own address."""
        for picture in self._held:
            if isinstance(picture, _OnItsWay) and picture.task is not None:
                picture.task.cancel()
                picture.is_here, picture.task = True, None
                self._pictures -= 1

    def _pass(self, events: Sequence[ReplyEvent]) -> bool:
        self._is_wanted = self._is_wanted and self._inner.deliver(events)
        return self._is_wanted
