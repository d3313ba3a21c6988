"""
A worker's connection made of plain requests.

What the gateway says flows down one long answer of server-sent events, what the worker says comes up in numbered posts.
Down go these events, each of one line of data::

    open                      the first, with `new` or `more`; from here on the worker may post
    message  (no name)        a text frame
    file                      a binary frame, in Base64
    again                     this answer is used up: ask for the next one, what follows waits for it

An answer that breaks without `again` is the end of the connection: what was on its way then is unknown. What jobs said
is said again over the next one, as after a broken WebSocket.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Sequence

from starlette.types import Receive, Send

from arenabridge.hub.links.link import SocketClosed

MAX_ANSWER_BYTES = 4 * 2**20
"""How much one answer carries: most userscript managers keep all of it until it ends."""

RETURN_SECONDS = 10.0
"""How long messages wait for the worker to ask for the next answer."""

_NEW = b"event: open\ndata: new\n\n"
_MORE = b"event: open\ndata: more\n\n"
_AGAIN = b"event: again\ndata:\n\n"


def event(frame: str | bytes) -> bytes:
    """A frame as a server-sent event; text frames are JSON, and so have no line break in them."""
    if isinstance(frame, bytes):
        return b"event: file\ndata: " + base64.b64encode(frame) + b"\n\n"
    return f"data: {frame}\n\n".encode()


class DownStream:
    """One answer to a worker's request for what the gateway has to say."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.written = 0

    async def begin(self, status: int = 200) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),  # Chrome would hold back plain text to sniff it
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, content: bytes) -> None:
        self.written += len(content)
        await self._send({"type": "http.response.body", "body": content, "more_body": True})

    async def end(self, content: bytes = b"") -> None:
        await self._send({"type": "http.response.body", "body": content, "more_body": False})


class PostMissing(Exception):
    """A post was lost: this one is not the next."""


class RequestSocket:
    """What `LinkConnection` takes for a WebSocket. Once over, it stays over."""

    def __init__(self) -> None:
        self.posting = asyncio.Lock()
        """Held while one post is read and taken: they come one at a time."""
        self._inbox: deque[str] = deque()
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._next_post = 0
        self._down: DownStream | None = None
        self._attached = asyncio.Event()
        self._was_open = self._over = False

    # -- what the requests do

    @property
    def has_way_down(self) -> bool:
        return self._down is not None

    async def serve_down(self, stream: DownStream, receive: Receive) -> None:
        """Let everything be said over this answer until it is used up, broken, or not wanted any more."""
        self._down = stream
        await stream.begin()
        await stream.write(_MORE if self._was_open else _NEW)
        self._was_open = True
        self._attached.set()
        while (await receive())["type"] != "http.disconnect":  # servers say so too when the answer is complete
            pass
        if self._down is stream:
            self._end()

    async def take(self, number: int, frames: Sequence[str]) -> None:
        """
        Take what a post says, unless that was done before; returns when the gateway has read it.

        Raises `PostMissing`, and `SocketClosed`.
        """
        if self._over:
            raise SocketClosed
        if number < self._next_post:
            return
        if number > self._next_post:
            self._end()
            raise PostMissing
        self._next_post += 1
        self._inbox.extend(frames)
        self._taken.clear()
        self._arrived.set()
        await self._taken.wait()

    # -- what the link does

    async def receive(self) -> str:
        while not self._inbox:
            self._taken.set()
            if self._over:
                raise SocketClosed
            self._arrived.clear()
            await self._arrived.wait()
        return self._inbox.popleft()

    async def send(self, frame: str | bytes) -> None:
        stream = await self._way_down()
        await stream.write(event(frame))
        if stream.written >= MAX_ANSWER_BYTES and self._down is stream:
            self._down = None
            self._attached.clear()
            await stream.end(_AGAIN)

    async def close(self, code: int, reason: str) -> None:  # noqa: ARG002 - requests have no place for either
        stream = self._down
        if not self._over and stream is not None:
            self._end()
            await stream.end()
        self._end()

    async def _way_down(self) -> DownStream:
        try:
            async with asyncio.timeout(RETURN_SECONDS):
                await self._attached.wait()
        except TimeoutError:
            self._end()
        if self._down is None:
            raise SocketClosed
        return self._down

    def _end(self) -> None:
        self._over = True
        self._down = None
        for waited_for in (self._arrived, self._attached, self._taken):
            waited_for.set()
