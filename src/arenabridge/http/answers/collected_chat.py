"""The choices of an answer in one piece: gathered until all are whole."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from arenabridge.errors import ClientGone, GatewayError, SiteFailed
from arenabridge.http.answers.answering import Answering
from arenabridge.http.answers.served_by import served_by, told_by
from arenabridge.http.door.client import until_gone
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.answer import WholeChoice
from arenabridge.wire.openai.shape import Shape
from arenabridge.wire.openai.usage import Spoken
from arenabridge.wire.reply import Finished, ReplyEvent

MAX_CHARACTERS = 64 * 2**20
"""Bound of one answer, including pictures sent inline."""


class CollectedChoices:
    """All choices of one answer. `whole` waits for the end, which is the last one's or the first failure."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self._left = 0
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_over(self) -> bool:
        return self._end.done()

    def add(self, shape: Shape) -> "CollectedChoice":
        self._left += 1
        return CollectedChoice(self, shape)

    def completed(self) -> None:
        self._left -= 1
        if not self._left and not self._end.done():
            self._end.set_result(None)

    def fail(self, error: GatewayError) -> None:
        if not self._end.done():
            self._end.set_exception(error)

    async def whole(self) -> None:
        """Raises what the answer failed with."""
        await self._end


class CollectedChoice:
    """The sink of one job."""

    def __init__(self, group: CollectedChoices, shape: Shape) -> None:
        self._group = group
        self._shape = shape
        self.spoken = Spoken()
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._pictures: list[str] = []
        self._characters = 0
        self._finish: Finished | None = None

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        self._group.headers |= served_by(worker, how, model)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        self._group.headers |= told_by(events)
        for event in events:
            self.spoken.note(event)
            if picture := self._shape.picture(event):
                self._pictures.append(picture)
                self._characters += len(picture)
                continue
            text, thoughts = self._shape.turn(event)
            self._text.append(text)
            self._thoughts.append(thoughts)
            self._characters += len(text) + len(thoughts)
        if self._characters > MAX_CHARACTERS:
            self.fail(SiteFailed(f"The answer is longer than {MAX_CHARACTERS} characters; stream it instead."))
        return not self._group.is_over

    def complete(self, finish: Finished) -> None:
        if self._finish is None:
            self._finish = finish
            self.spoken.site = finish.usage
            self._text.append(self._shape.end())
            self._group.completed()

    def fail(self, error: GatewayError) -> None:
        self._group.fail(error)

    def whole(self) -> WholeChoice:
        """What it holds, once it is complete."""
        return WholeChoice(
            text="".join(self._text),
            thoughts="".join(self._thoughts),
            annotations=self._shape.annotations(),
            pictures=self._pictures,
            reason=self._finish.reason if self._finish else "stop",
            error=self._finish.error if self._finish else None,
        )


async def collected(answering: Answering, request: Request) -> Response:
    """Ask, and wait for the answer, but no longer than the client does; raises what it failed with, or `ClientGone`."""
    group = CollectedChoices()
    choices = [group.add(answering.shape()) for _ in range(answering.choices)]
    answering.start(choices)
    await _whole_or_gone(request, answering, group)
    tokens = await answering.tokens([choice.spoken for choice in choices])
    headers = {**answering.headers, **group.headers, "x-arenabridge-usage": tokens.source}
    body = answering.body([choice.whole() for choice in choices], tokens)
    return Response(body, media_type="application/json", headers=headers)


async def _whole_or_gone(request: Request, answering: Answering, group: CollectedChoices) -> None:
    """Whatever ends the waiting early stops what still runs."""

    async def watch() -> None:
        await until_gone(request.receive)
        group.fail(ClientGone())

    watcher = answering.gateway.tasks.start(watch(), "client of a collected answer")
    try:
        await group.whole()
    except (GatewayError, asyncio.CancelledError):
        answering.stop()
        raise
    finally:
        watcher.cancel()
