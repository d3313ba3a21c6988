"""
Note what becomes of each request that asks a model, from the outermost layer: its arrival, its bytes and its end.

What happens in between is noted by those who know it. They carry the trace along: the hub works in other contexts.
"""

from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arenabridge.accounts.keys import PERSON_PREFIX, ApiKey
from arenabridge.http.door.paths import ROOT, api_path
from arenabridge.http.door.request_log import request_number
from arenabridge.hub.clock import Clock
from arenabridge.usage.ledger import Ledger
from arenabridge.usage.record import MAX_NAME_CHARACTERS
from arenabridge.usage.trace import Trace

PLAYGROUND = "/api/playground/chat"
_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace:
    """The trace of the present request; where there is none, one that nobody reads."""
    trace = _current.get()
    return trace if trace is not None else Trace("", at=0.0, now=lambda: 0.0)


def identified(key: ApiKey) -> None:
    """The present request has this key."""
    user = key.owner.id if key.owner else None
    if key.id.startswith(PERSON_PREFIX):
        user = key.id.removeprefix(PERSON_PREFIX)
    current_trace().identify(key.id, key.name, user, keeps_bodies=key.profile.keep_bodies)


class Tracing:
    """ASGI middleware, behind the one that numbers requests."""

    def __init__(self, app: ASGIApp, ledger: Ledger, clock: Clock) -> None:
        self._app = app
        self._ledger = ledger
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = endpoint_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        client = " ".join(Headers(scope=scope).get("user-agent", "").split())[:MAX_NAME_CHARACTERS]
        trace = self._ledger.begin(
            lambda at, on_over: Trace(
                request_number(), at=at, now=self._clock.now, endpoint=endpoint, client=client, on_over=on_over
            )
        )
        token = _current.set(trace)
        status = 0

        async def receive_counted() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                trace.received(message.get("body", b""))
            return message

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                nonlocal status
                status = message["status"]
            else:
                trace.sent(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive_counted, send_counted)
        except BaseException as error:
            trace.failed(error)
            raise
        finally:
            _current.reset(token)
            trace.ended(status)


def endpoint_of(method: str, path: str) -> str | None:
    """The endpoint, if its use is recorded: that of anything posted to the API, at whichever address."""
    if method != "POST":
        return None
    path = api_path(path, method)
    if path == PLAYGROUND:
        return "playground"
    return path.removeprefix(f"{ROOT}/")[:MAX_NAME_CHARACTERS] if path.startswith(f"{ROOT}/") else None
