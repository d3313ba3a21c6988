"""
Serves an ASGI application over HTTP/1.1 and HTTP/2 inside the caller's event loop, with Hypercorn's connections.

Hypercorn's own `serve` is not used, for two reasons: a port that the system chooses has to be known before the first
request, and an abortive end of one response (RST_STREAM, TCP reset) needs the connection under it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import struct
from typing import TYPE_CHECKING, Any, cast

from h2.errors import ErrorCodes
from h2.settings import SettingCodes
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.events import RawData
from hypercorn.protocol.events import EndBody
from hypercorn.protocol.h2 import H2Protocol

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

    from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, LifespanState, Scope as HypercornScope
    from starlette.types import ASGIApp, Receive, Send

LOG = logging.getLogger("arenabridge.simulator")

H2_STREAMS = 256
"""Concurrent streams that a connection may have; browsers were seen to use dozens."""
REQUESTS_PER_CONNECTION = 1_000_000
"""Hypercorn ends a connection after 1,000 requests otherwise, which is a blip in a benchmark."""
H2_WINDOW_BYTES = 4_000_000
"""How much of an upload may be on its way; the protocol's own 64 kB make one of 10 MB wait 150 times."""
KEEP_ALIVE_SECONDS = 75
CLOSING_SECONDS = 2.0
"""How long open connections get to end their requests once they were told that the client is gone."""
LINGER_NOTHING = struct.pack("ii", 1, 0)
"""`SO_LINGER` with zero seconds: closing the socket sends a TCP reset."""


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening address; port 0 lets the system choose one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


@contextlib.asynccontextmanager
async def listening(app: ASGIApp, bound: socket.socket, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
    """Serves the application on a bound socket for as long as the context lasts, then ends every connection."""
    context = WorkerContext(None)
    open_connections: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        open_connections[task] = writer
        try:
            with contextlib.suppress(
                asyncio.CancelledError
            ):  # at our end; asyncio's streams would report it as a fault
                await _Connection(app, context, reader, writer).serve()
        finally:
            del open_connections[task]

    server = await asyncio.start_server(connected, sock=bound, ssl=tls, backlog=512)
    try:
        yield
    finally:
        server.close()
        await context.terminated.set()
        await _end(open_connections)
        await server.wait_closed()


async def _end(connections: dict[asyncio.Task[Any], asyncio.StreamWriter]) -> None:
    """Aborts the transports, so that requests see their client leave, and cancels what does not end by that."""
    tasks = set(connections)
    for writer in connections.values():
        writer.transport.abort()
    if tasks:
        _, stubborn = await asyncio.wait(tasks, timeout=CLOSING_SECONDS)
        for task in stubborn:
            task.cancel()
        await asyncio.gather(*stubborn, return_exceptions=True)


def _config() -> Config:
    config = Config()
    config.h2_max_concurrent_streams = H2_STREAMS
    config.keep_alive_max_requests = REQUESTS_PER_CONNECTION
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.include_server_header = False
    config.errorlog = LOG
    return config


class _Connection:
    """One connection; to Hypercorn it is the application, to the application it opens the way to the wire."""

    def __init__(
        self, app: ASGIApp, context: WorkerContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._app = app
        self.writer = writer
        self._is_wide = False
        state = cast("LifespanState", {})
        self.server = TCPServer(self, asyncio.get_running_loop(), _config(), context, state, reader, writer)

    async def serve(self) -> None:
        await self.server

    async def __call__(
        self,
        scope: HypercornScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        sync_spawn: Callable[..., Any],
        call_soon: Callable[..., Any],
    ) -> None:
        del sync_spawn, call_soon
        await self._widen()
        state = cast("dict[str, Any]", scope.setdefault("state", {}))  # type: ignore[typeddict-item]  # LifespanState
        state["wire"] = _StreamWire(self, scope)
        await self._app(cast("Any", scope), cast("Receive", receive), cast("Send", send))

    async def _widen(self) -> None:
        """Opens the window for uploads from the first request of a connection on; Hypercorn has no setting for it."""
        protocol = self.server.protocol.protocol
        if self._is_wide or not isinstance(protocol, H2Protocol):
            return
        self._is_wide = True
        protocol.connection.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: H2_WINDOW_BYTES})
        protocol.connection.increment_flow_control_window(H2_WINDOW_BYTES)
        await protocol.send(RawData(protocol.connection.data_to_send()))


class _StreamWire:
    """The `Wire` of one request."""

    def __init__(self, connection: _Connection, scope: HypercornScope) -> None:
        self._connection = connection
        self._scope = scope

    async def flushed(self) -> None:
        found = self._h2_stream()
        if found is not None:
            protocol, stream_id = found
            if stream_id in protocol.stream_buffers:
                await protocol.stream_buffers[stream_id].drain()

    async def reset(self) -> None:
        found = self._h2_stream()
        if found is None:
            self._reset_connection()
            return
        protocol, stream_id = found
        protocol.connection.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)
        await protocol.send(RawData(protocol.connection.data_to_send()))
        await protocol.stream_send(EndBody(stream_id))  # lets Hypercorn drop its buffer of the stream

    def _h2_stream(self) -> tuple[H2Protocol, int] | None:
        protocol = self._connection.server.protocol.protocol
        if not isinstance(protocol, H2Protocol):
            return None
        own = (number for number, stream in protocol.streams.items() if stream.scope is self._scope)
        stream_id = next(own, None)
        return None if stream_id is None else (protocol, stream_id)

    def _reset_connection(self) -> None:
        writer = self._connection.writer
        descriptor = writer.get_extra_info("socket").fileno()
        with socket.socket(fileno=os.dup(descriptor)) as same:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOTHING)
        writer.transport.abort()
