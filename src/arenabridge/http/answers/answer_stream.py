"""
A stream of server-sent events to one client.

The head is held back for a few seconds: a failure within them is a real HTTP status. Once it is sent the answer is
*committed*, keep-alives fill silences, and a failure is an event.
"""

import asyncio
from collections.abc import Callable, Mapping

from starlette.types import Receive, Scope, Send

from arenabridge.errors import ClientGone, ClientTooSlow, GatewayError
from arenabridge.http.answers.open_answers import OutgoingBytes
from arenabridge.http.answers.queue_place import QueuePlace
from arenabridge.http.door.client import until_gone
from arenabridge.http.door.errors import error_response
from arenabridge.http.door.tracing import current_trace
from arenabridge.http.gateway import Gateway
from arenabridge.wire.openai.chunks import KEEP_ALIVE, error_event

_HEAD_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


class AnswerStream:
    """
    An ASGI application, to be returned by an endpoint.

    `opening` goes before whatever comes first; `place` tells where the request stands while it waits.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        opening: bytes,
        headers: dict[str, str],
        on_gone: Callable[[], None],
        place: Callable[[], QueuePlace | None] = lambda: None,
    ) -> None:
        self._gateway = gateway
        self._opening = opening
        self._headers = headers
        self._on_gone = on_gone
        self._place = place
        self._out = OutgoingBytes()
        self._opened = asyncio.Event()
        self._committed = False
        self._over = False
        self._is_gone = False
        self._is_given_up = False
        self._error: GatewayError | None = None
        self._last_push = gateway.clock.now()
        self._trace = current_trace()
        self._trace.streamed = True

    # -- what is to be said

    def tell(self, headers: Mapping[str, str]) -> None:
        """More headers; too late once the head is sent."""
        self._headers |= headers

    def push(self, data: bytes) -> bool:
        """Have it sent soon; false says that the client takes no more."""
        if self._over:
            return False
        self._last_push = self._gateway.clock.now()
        if self._opening:
            data, self._opening = self._opening + data, b""
        taken = self._out.push(data)
        if not taken and not self._is_gone:
            self._give_up(ClientTooSlow())
        self._opened.set()
        return taken

    def end(self, data: bytes) -> None:
        """These are the last words."""
        self.push(data)
        self._end()

    def fail(self, error: GatewayError) -> None:
        """An HTTP error if nothing was sent yet, an event otherwise."""
        if self._over:
            return
        self._error = error
        self._trace.failed(error)
        if self._committed:
            self.push(error_event(error))
        self._end()

    # -- the clock

    def tick(self, now: float) -> None:
        if not self._committed or self._is_given_up:
            return
        try:
            self._out.check_stall(now, self._gateway.settings.client_stall_seconds)
        except ClientTooSlow as error:
            self._give_up(error)
            return
        if not self._over and now - self._last_push >= self._gateway.settings.keep_alive_seconds:
            self.push(self._keep_alive())

    def _keep_alive(self) -> bytes:
        place = self._place()
        return KEEP_ALIVE if place is None else place.comment()

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
                self._trace.failed(ClientGone())
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
            if (place := self._place()) is not None:
                self._headers |= place.headers()
            self.push(b"" if self._opening else self._keep_alive())

    async def _stream(self, send: Send) -> None:
        headers = [*_HEAD_HEADERS, *((name.encode(), value.encode()) for name, value in self._headers.items())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while data := await self._out.next():
            await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _watch(self, receive: Receive) -> None:
        await until_gone(receive)
        self._is_gone = True
        self._out.discard()
        self._opened.set()

    # -- the end

    def _give_up(self, error: GatewayError) -> None:
        """
        What could not be sent is dropped; a client that reads on must not take the rest for the whole.

        One that does not loses its connection soon (`app.stalled_clients`), which ends the sending too.
        """
        self._is_given_up = True
        self._out.discard(error_event(error) if self._out.is_waiting or not self._over else b"")
        self._trace.failed(error)
        if not self._over:
            self._over = True
            self._on_gone()

    def _end(self) -> None:
        self._over = True
        self._out.end()
        self._opened.set()
