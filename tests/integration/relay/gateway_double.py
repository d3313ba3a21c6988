"""The gateway's side as a relay meets it, which does what a test says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from arenabridge.wire.link.messages import MAX_FRAME_BYTES
from integration.gateway.worker_double import until

CREDENTIAL = "wk-lmarena-of-a-test"

Serve = Callable[[WebSocket], Awaitable[None]]


@dataclass
class GatewayDouble:
    """`refusal`, while it is set, is the HTTP status and error code that everything is answered with."""

    base: str = ""
    refusal: tuple[int, str] | None = None
    redirect: str = ""
    knows_websockets: bool = True
    """Or it passes a handshake on as a request, as a proxy may."""
    serve: Serve | None = None
    """What becomes of a tab's connection; without it the connection is taken and nothing said."""
    asked: list[str | None] = field(default_factory=list)
    """What requests had as `Authorization`."""
    relays: list[str] = field(default_factory=list)
    """What relays called themselves, a connection each."""

    async def _answer(self, request: Request) -> Response:
        self.asked.append(request.headers.get("authorization"))
        if self.redirect:
            return Response(status_code=307, headers={"location": self.redirect})
        if (refused := self._refused(request.headers.get("authorization"))) is not None:
            return refused
        return JSONResponse(
            {"name": "study", "owner": "ann", "sharing": "owner", "gateway_version": "1.0", "heartbeat_seconds": 60.0}
        )

    async def _enrol(self, request: Request) -> Response:
        wanted = await request.json()
        if wanted["code"] != "GOOD":
            return _error(403, "code_not_valid", "The code is unknown, used or too old.")
        return JSONResponse({"credential": CREDENTIAL, "name": wanted["name"], "owner": "ann", "gateway": ""}, 201)

    async def _link(self, socket: WebSocket) -> None:
        if not self.knows_websockets:
            await socket.send_denial_response(_error(404, "not_found", "There is nothing at /ws/worker."))
            return
        if (refused := self._refused(socket.headers.get("authorization"))) is not None:
            await socket.send_denial_response(refused)
            return
        self.relays.append(socket.headers.get("x-arenabridge-relay", ""))
        await socket.accept()
        if self.serve is not None:
            await self.serve(socket)

    def _refused(self, authorization: str | None) -> Response | None:
        if self.refusal is not None:
            return _error(*self.refusal, "The credential was revoked.")
        if authorization != f"Bearer {CREDENTIAL}":
            return _error(401, "invalid_worker_credential", "The credential is unknown.")
        return None

    @property
    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/workers/self", self._answer),
                Route("/api/workers/enrol", self._enrol, methods=["POST"]),
                WebSocketRoute("/ws/worker", self._link),
            ]
        )


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": "x", "param": None, "code": code}}, status)


@contextlib.asynccontextmanager
async def gateway_double(*, port: int = 0, certificate: tuple[str, str] | None = None) -> AsyncIterator[GatewayDouble]:
    """Up at a free port, or at `port`; with a `certificate` (its file and that of its key) over TLS."""
    double = GatewayDouble()
    chain, key = certificate or (None, None)
    config = uvicorn.Config(
        double.application, port=port, log_config=None, lifespan="off", ws="websockets-sansio", ssl_certfile=chain,
        ssl_keyfile=key, timeout_graceful_shutdown=1, ws_max_size=MAX_FRAME_BYTES,
    )  # fmt: skip
    server = _Server(config)
    serving = asyncio.ensure_future(server.serve())
    try:
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        double.base = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
        yield double
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
