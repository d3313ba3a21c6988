"""The HTTP server around an application."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import uvicorn
from starlette.types import ASGIApp

from arenabridge.app.listening import StartError
from arenabridge.app.stalled_clients import Connection, cut_off_stalled
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.link.messages import MAX_FRAME_BYTES

SHUTDOWN_SECONDS = 5

STALL_SECONDS = 30.0
"""The bound where no setting says otherwise."""


@contextlib.asynccontextmanager
async def served(
    application: ASGIApp,
    listener: socket.socket,
    tasks: Tasks,
    also: Sequence[socket.socket] = (),
    *,
    stall_seconds: float = STALL_SECONDS,
) -> AsyncIterator[Callable[[], None]]:
    """
    The HTTP server, up; at the end it goes down, and all tasks with it.

    It gives a function that stops the listening before that, while open connections go on. A client that takes nothing
    of an answer for `stall_seconds` loses its connection.
    """
    server = _Server(_server_config(application))
    serving = tasks.start(server.serve(sockets=[listener, *also]), "http server")
    try:
        serving.add_done_callback(lambda _: server.is_up.set())
        await server.is_up.wait()
        if serving.done():
            raise StartError("The HTTP server could not start; the log says why.")
        tasks.start(cut_off_stalled(server.server_state.connections, stall_seconds), "clients that take nothing")
        yield server.stop_listening
    finally:
        server.should_exit = True
        await asyncio.wait([serving])
        await tasks.close()


class _Server(uvicorn.Server):
    """Says when it is up. Signals belong to the command that runs us, not to a server within it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    def stop_listening(self) -> None:
        for each in self.servers:
            each.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server_config(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        http=Connection,
        lifespan="off",
        proxy_headers=False,  # whose are believed is a setting (`http.door.public_address`)
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,  # four times the memory per connection, for frames of 60 bytes
        ws_ping_interval=None,  # the link asks page code itself
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
