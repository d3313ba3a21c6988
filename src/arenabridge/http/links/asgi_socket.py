"""A WebSocket of our server, after its handshake, as links know one."""

from starlette.types import Receive, Send

from arenabridge.hub.links.link import SocketClosed


class AsgiSocket:
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
