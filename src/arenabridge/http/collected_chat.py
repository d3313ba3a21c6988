"""A chat answer in one piece: gathered until it is whole, then sent as JSON."""

import asyncio
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from arenabridge.errors import ClientGone, GatewayError, SiteFailed
from arenabridge.http.served_by import served_by
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.content import content_of
from arenabridge.wire.reply import Finished, Reasoning, ReplyEvent

MAX_CHARACTERS = 64 * 2**20
"""Of one answer, pictures sent inline included."""


class CollectedChat:
    """The sink: `whole` waits for the end."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._characters = 0
        self._end: asyncio.Future[Finished] = asyncio.get_running_loop().create_future()

    @property
    def text(self) -> str:
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        return "".join(self._reasoning)

    def granted(self, worker: WorkerId, how: How) -> None:
        self.headers = served_by(worker, how)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        for event in events:
            if isinstance(event, Reasoning):
                self._keep(self._reasoning, event.text)
            else:
                self._keep(self._text, content_of(event))
        if self._characters > MAX_CHARACTERS:
            self.fail(SiteFailed(f"The answer is longer than {MAX_CHARACTERS} characters; stream it instead."))
        return not self._end.done()

    def _keep(self, pieces: list[str], piece: str) -> None:
        pieces.append(piece)
        self._characters += len(piece)

    def complete(self, finish: Finished) -> None:
        if not self._end.done():
            self._end.set_result(finish)

    def fail(self, error: GatewayError) -> None:
        if not self._end.done():
            self._end.set_exception(error)

    async def whole(self) -> Finished:
        return await self._end


async def answer_or_gone(
    request: Request,
    tasks: Tasks,
    chat: CollectedChat,
    answer: Callable[[Finished], Response],
    on_gone: Callable[[], None],
) -> Response:
    """Wait for the answer, but no longer than the client does; raises what the answer failed with, or `ClientGone`."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        chat.fail(ClientGone())

    watcher = tasks.start(watch(), "client of a collected answer")
    try:
        return answer(await chat.whole())
    except (ClientGone, asyncio.CancelledError):
        on_gone()
        raise
    finally:
        watcher.cancel()
