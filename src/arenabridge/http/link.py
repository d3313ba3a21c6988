"""
`/ws`: where workers connect.

Any web page can open a WebSocket to this computer, since WebSockets know no CORS. So the handshake itself is refused
unless the browser says that the page is the site's; the pairing secret, checked next, keeps out other programs.
"""

import logging
import secrets

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from arenabridge.http.gateway import Gateway
from arenabridge.hub.link import LinkConnection, SocketClosed
from arenabridge.wire.link.messages import WorkerId

_log = logging.getLogger(__name__)


class LinkEndpoint:
    """A raw ASGI endpoint: a layer in between would cost more per frame than the rest of the way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway = scope["app"].state.gateway
        assert isinstance(gateway, Gateway)  # noqa: S101 - set by `build_application`, for the type checker's sake
        origin = Headers(scope=scope).get("origin")
        await receive()  # websocket.connect
        if origin not in gateway.link_policy.origins:
            _log.warning("a link from the page of another origin was refused: %r", origin)
            await send({"type": "websocket.close", "code": 1008, "reason": "origin not allowed"})
            return
        await send({"type": "websocket.accept"})
        socket = _AsgiSocket(receive, send)
        await LinkConnection(socket, gateway.hub, gateway.link_policy, new_worker_id).run()


def new_worker_id() -> WorkerId:
    """A name for a connection, in logs and on screens."""
    return WorkerId(f"w-{secrets.token_hex(4)}")


class _AsgiSocket:
    """The server's WebSocket as the link knows it."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._closed = False

    async def receive(self) -> str | bytes:
        message = await self._receive()
        if message["type"] != "websocket.receive":
            self._closed = True
            raise SocketClosed
        text = message.get("text")
        frame = message["bytes"] if text is None else text
        assert isinstance(frame, str | bytes)  # noqa: S101 - so ASGI has it
        return frame

    async def send(self, frame: str | bytes) -> None:
        if self._closed:
            raise SocketClosed
        try:
            await self._send({"type": "websocket.send", "text" if isinstance(frame, str) else "bytes": frame})
        except (OSError, RuntimeError) as error:  # what servers raise after the other side has gone
            self._closed = True
            raise SocketClosed from error

    async def close(self, code: int, reason: str) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            await self._send({"type": "websocket.close", "code": code, "reason": reason[:100]})
        except (OSError, RuntimeError):
            return
