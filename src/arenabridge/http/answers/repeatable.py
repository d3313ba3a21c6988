"""
Requests that may be repeated without being carried out twice: those with an `Idempotency-Key`.

The first one with a key is carried out apart from its client's connection, and what it answers is kept as it is sent.
Another with the same key and body joins it, or gets the same answer again. A client that lost its connection can so
come back for an answer that the person's quota has paid for; if nobody comes, the job is stopped.

A failure that proves that nothing was generated is not kept, be it a status or an event: a repetition is a new request.
Answers are in memory: a restart forgets them.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arenabridge.errors import ClientTooSlow, GatewayError, InvalidRequest
from arenabridge.http.answers.kept_answers import KeptAnswer, Name
from arenabridge.http.door.authentication import authenticate
from arenabridge.http.door.body import read_body
from arenabridge.http.door.client import replayed, until_gone
from arenabridge.http.door.errors import error_response
from arenabridge.http.door.tracing import current_trace
from arenabridge.http.gateway import gateway_of
from arenabridge.wire.openai.chunks import error_event

MAX_KEY_CHARACTERS = 255
REPLAYED = (b"x-arenabridge-replayed", b"true")

Endpoint = Callable[[Request], Awaitable[ASGIApp]]


def repeatable(endpoint: Endpoint) -> Endpoint:
    """Have an endpoint honour `Idempotency-Key`."""

    async def once(request: Request) -> ASGIApp:
        idempotency_key = request.headers.get("idempotency-key")
        if idempotency_key is None:
            return await endpoint(request)
        if not 0 < len(idempotency_key) <= MAX_KEY_CHARACTERS:
            raise InvalidRequest(f"Idempotency-Key has 1 to {MAX_KEY_CHARACTERS} characters.")
        gateway = gateway_of(request)
        name = Name((await authenticate(request)).id, request.url.path, idempotency_key)
        body = await read_body(request, gateway.settings.max_body_bytes)
        digest, now = hashlib.sha256(body).digest(), gateway.clock.now()
        kept = gateway.repeatable.find(name, digest, now)
        if kept is not None:
            return _Listening(kept, is_repeated=True)
        kept, trace = gateway.repeatable.begin(name, digest, now), current_trace()

        async def carry_out() -> None:
            try:
                await _carry_out(endpoint, request.scope, body, kept)
            finally:
                gateway.repeatable.ended(name, kept, may_be_tried_again=trace.may_be_tried_again)

        gateway.tasks.start(carry_out(), "a request that may be repeated")
        return _Listening(kept, is_repeated=False)

    return once


async def _carry_out(endpoint: Endpoint, scope: Scope, body: bytes, kept: KeptAnswer) -> None:
    """Answer into `kept`; the client is there as long as anybody is."""

    async def gone() -> Message:
        await kept.gone.wait()
        return {"type": "http.disconnect"}

    plain = {name: value for name, value in scope.items() if name != "extensions"}
    headers = [each for each in scope["headers"] if each[0] != b"content-encoding"]  # the body is decompressed
    inner, receive = plain | {"headers": headers}, replayed(body, gone)
    try:
        application = await endpoint(Request(inner, receive))
    except GatewayError as error:
        application = error_response(error)
    await application(inner, receive, kept.take)


class _Listening:
    """The ASGI application that tells one client what is answered, from its beginning."""

    def __init__(self, kept: KeptAnswer, *, is_repeated: bool) -> None:
        self._kept = kept
        self._is_repeated = is_repeated
        self.heard = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tasks = gateway_of(Request(scope)).tasks
        self._kept.listeners.add(self)
        telling = tasks.start(self._tell(send), "telling what is kept")
        watching = tasks.start(until_gone(receive), "client of a kept answer")
        try:
            await asyncio.wait([telling, watching], return_when=asyncio.FIRST_COMPLETED)
        finally:
            telling.cancel()
            watching.cancel()
            self._kept.listeners.discard(self)

    async def _tell(self, send: Send) -> None:
        try:
            while (message := await self._next()) is not None:
                await send(self._marked(message))
                self.heard += 1
                self._kept.moved()
        except ClientTooSlow as error:  # others that listen were faster by more than is kept
            current_trace().failed(error)
            await send({"type": "http.response.body", "body": error_event(error)})

    async def _next(self) -> Message | None:
        """None at the end; raises `ClientTooSlow`."""
        while (message := self._kept.message(self.heard)) is None and not self._kept.is_over:
            await self._kept.came.wait()
        return message

    def _marked(self, message: Message) -> Message:
        if not self._is_repeated or message["type"] != "http.response.start":
            return message
        return {**message, "headers": [*message.get("headers", []), REPLAYED]}
