"""
A chat answer as a stream of server-sent events.

The head is held back for a few seconds: a failure within them is a real HTTP status. Once it is sent the answer is
*committed*, keep-alives fill silences, and a failure is an event.
"""

import asyncio
from collections.abc import Callable, Sequence

from starlette.types import Receive, Scope, Send

from arenabridge.errors import ClientTooSlow, GatewayError
from arenabridge.http.errors import error_response
from arenabridge.http.gateway import Gateway
from arenabridge.http.open_answers import OutgoingBytes
from arenabridge.http.served_by import served_by
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.chunks import DONE, KEEP_ALIVE, ChunkWriter, error_event
from arenabridge.wire.openai.content import content_of
from arenabridge.wire.openai.usage import usage_object
from arenabridge.wire.reply import Finished, Reasoning, ReplyEvent, Text

_HEAD_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


class StreamedChat:
    """The answer as its sink hears it and its client reads it. An ASGI application, to be returned by an endpoint."""

    def __init__(
        self,
        gateway: Gateway,
        writer: ChunkWriter,
        *,
        prompt: str | None,
        headers: dict[str, str],
        on_gone: Callable[[], None],
    ) -> None:
        self._gateway = gateway
        self._writer = writer
        self._prompt = prompt
        self._headers = headers
        self._on_gone = on_gone
        self._out = OutgoingBytes()
        self._said: list[str] = []
        self._opened = asyncio.Event()
        self._committed = False
        self._has_begun = False
        self._over = False
        self._is_gone = False
        self._error: GatewayError | None = None
        self._last_push = gateway.clock.now()

    # -- the sink

    def granted(self, worker: WorkerId, how: How) -> None:
        self._headers |= served_by(worker, how)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        data = b"".join([piece for event in events if (piece := self._encode(event))])
        return not data or self._push(data)

    def complete(self, finish: Finished) -> None:
        end = self._begin() + self._writer.finish(finish.reason)
        if self._prompt is not None:
            usage = usage_object(finish.usage, prompt=self._prompt, completion="".join(self._said))
            end += self._writer.usage(usage)
        self._push(end + DONE)
        self._end()

    def fail(self, error: GatewayError) -> None:
        self._error = error
        if self._committed:
            self._push(error_event(error))
        self._end()

    # -- the clock

    def tick(self, now: float) -> None:
        if not self._committed or self._over:
            return
        try:
            self._out.check_stall(now)
        except ClientTooSlow as error:
            self._give_up(error)
            return
        if now - self._last_push >= self._gateway.settings.keep_alive_seconds:
            self._push(KEEP_ALIVE)

    # -- the client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watch = self._gateway.tasks.start(self._watch(receive), "client of a streamed answer")
        self._gateway.answers.add(self)
        try:
            await self._open()
            if self._error is not None and not self._committed:
                await error_response(self._error, self._headers)(scope, receive, send)
            else:
                await self._stream(send)
        finally:
            watch.cancel()
            self._gateway.answers.remove(self)
            if not self._over:
                self._on_gone()

    async def _open(self) -> None:
        """Wait for the first piece or an early failure, but no longer than the head may be held."""
        try:
            async with asyncio.timeout(self._gateway.settings.head_hold_seconds):
                await self._opened.wait()
        except TimeoutError:
            pass
        self._committed = self._error is None
        if not self._opened.is_set():
            self._push(self._begin())

    async def _stream(self, send: Send) -> None:
        headers = [*_HEAD_HEADERS, *((name.encode(), value.encode()) for name, value in self._headers.items())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while data := await self._out.next():
            await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _watch(self, receive: Receive) -> None:
        """A send to a client that has gone fails silently: its absence shows only here."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        self._out.discard()
        self._opened.set()

    # -- pieces

    def _encode(self, event: ReplyEvent) -> bytes:
        if isinstance(event, Reasoning):
            return self._begin() + self._writer.reasoning(event.text)
        content = event.text if isinstance(event, Text) else content_of(event)
        if not content:
            return b""
        if self._prompt is not None:
            self._said.append(content)
        return self._begin() + self._writer.text(content)

    def _begin(self) -> bytes:
        if self._has_begun:
            return b""
        self._has_begun = True
        return self._writer.role()

    def _push(self, data: bytes) -> bool:
        self._last_push = self._gateway.clock.now()
        taken = self._out.push(data)
        if not taken and not self._is_gone:
            self._give_up(ClientTooSlow())
        self._opened.set()
        return taken

    def _give_up(self, error: GatewayError) -> None:
        """What could not be sent is dropped; a client that reads on must not take the rest for the whole."""
        self._out.discard(error_event(error))
        self._on_gone()

    def _end(self) -> None:
        self._over = True
        self._out.end()
        self._opened.set()
