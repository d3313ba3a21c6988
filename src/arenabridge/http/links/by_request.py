"""
`/link/down` and `/link/up`: where workers connect whose page may not open a WebSocket.

Userscript managers send such requests from their extension, which neither the page's policy nor the browser's
permission for the local network binds. The worker makes up the session's id, asks for `down`, and posts `up` what it
says, numbered, so that a post that is repeated is taken once (`http.links.request_socket`).

No page can take this way: the pairing secret is in a header of its own, which makes a browser ask first whether a page
may send it, and nobody ever says so here. An extension's request names the extension as its origin, or none.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from arenabridge.errors import BodyTooLarge, InvalidWorkerCredential
from arenabridge.http.door.body import read_body
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.links.by_socket import new_worker_id
from arenabridge.http.links.request_socket import DownStream, PostMissing, RequestSocket, event
from arenabridge.hub.links.link import LinkConnection, LinkPolicy, Socket, SocketClosed
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.link.messages import MAX_FRAME_BYTES, RefusedLink, encode

_log = logging.getLogger(__name__)

SECRET_HEADER = "x-arenabridge-secret"  # noqa: S105 - the name of a header
SESSION_HEADER = "x-arenabridge-session"
NUMBER_HEADER = "x-arenabridge-number"

MAX_SESSIONS = 256
"""Sessions at once; each is a browser tab."""

_SESSION = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[0-9]{1,15}")
_EXTENSION = re.compile(r"(?:chrome|moz|safari-web)-extension://[^/]+")


class Door(Protocol):
    """Serves the workers that come this way: a gateway, or a relay."""

    @property
    def link_policy(self) -> LinkPolicy: ...

    @property
    def tasks(self) -> Tasks: ...

    async def serve_worker(self, socket: Socket) -> None:
        """As a worker's connection, until that ends."""


@dataclass(frozen=True, slots=True)
class _GatewaysDoor:
    gateway: Gateway

    @property
    def link_policy(self) -> LinkPolicy:
        return self.gateway.link_policy

    @property
    def tasks(self) -> Tasks:
        return self.gateway.tasks

    async def serve_worker(self, socket: Socket) -> None:
        await LinkConnection(socket, self.gateway.hub, self.gateway.link_policy, new_worker_id).run()


def _gateways_door(connection: HTTPConnection) -> Door:
    return _GatewaysDoor(gateway_of(connection))


def routes(door_of: Callable[[HTTPConnection], Door] = _gateways_door) -> list[BaseRoute]:
    """Both ends of the sessions of one door."""
    links = _Sessions()
    return [
        Route("/link/down", _Down(links, door_of), methods=["GET"]),
        Route("/link/up", _Up(links, door_of), methods=["POST"]),
    ]


class _Sessions(dict[str, RequestSocket]):
    """The open ones, by id. An id is of one connection, and is forgotten with it."""

    async def serve(self, id_: str, socket: RequestSocket, door: Door) -> None:
        """As a worker's connection, until that ends."""
        try:
            await door.serve_worker(socket)
        finally:
            await socket.close(0, "")
            del self[id_]


class _Down:
    """A raw ASGI endpoint: the answer is written from elsewhere."""

    def __init__(self, sessions: _Sessions, door_of: Callable[[HTTPConnection], Door]) -> None:
        self._sessions = sessions
        self._door_of = door_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._door_of(Request(scope))
        stream = DownStream(send)
        id_ = Headers(scope=scope).get(SESSION_HEADER, "")
        refused = await _refusal(Headers(scope=scope), door.link_policy) or self._refusal(id_)
        if refused is not None:
            _log.warning("a link by requests was refused: %s", refused.code)
            await stream.begin(HTTPStatus.FORBIDDEN)
            await stream.end(event(encode(refused)))
            return
        socket = self._sessions.get(id_)
        if socket is None:
            socket = self._sessions[id_] = RequestSocket()
            door.tasks.start(self._sessions.serve(id_, socket, door), f"link by requests {id_[:8]}")
        await socket.serve_down(stream, receive)

    def _refusal(self, id_: str) -> RefusedLink | None:
        if not _SESSION.fullmatch(id_):
            return RefusedLink("not_a_worker", "The id of the session is missing or malformed.", permanent=True)
        known = self._sessions.get(id_)
        if known is not None and known.has_way_down:
            return RefusedLink("session_in_use", "This session is in use.", permanent=False)
        if known is None and len(self._sessions) >= MAX_SESSIONS:
            return RefusedLink("too_many_tabs", f"{MAX_SESSIONS} tabs are connected already.", permanent=False)
        return None


class _Up:
    """Take what a worker says, one frame a line. 204: it was taken, now or before; 410: the session is over."""

    def __init__(self, sessions: _Sessions, door_of: Callable[[HTTPConnection], Door]) -> None:
        self._sessions = sessions
        self._door_of = door_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        status = await self._answer(request)
        await Response(status_code=status)(scope, receive, send)

    async def _answer(self, request: Request) -> HTTPStatus:
        if await _refusal(request.headers, self._door_of(request).link_policy) is not None:
            return HTTPStatus.FORBIDDEN
        number = request.headers.get(NUMBER_HEADER, "")
        if not _NUMBER.fullmatch(number):
            return HTTPStatus.BAD_REQUEST
        socket = self._sessions.get(request.headers.get(SESSION_HEADER, ""))
        if socket is None:
            return HTTPStatus.GONE
        async with socket.posting:
            return await _take(socket, int(number), request)


async def _take(socket: RequestSocket, number: int, request: Request) -> HTTPStatus:
    try:
        body = await read_body(request, MAX_FRAME_BYTES)
        await socket.take(number, body.decode(errors="replace").split("\n"))
    except BodyTooLarge:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    except PostMissing:
        return HTTPStatus.CONFLICT
    except (SocketClosed, ClientDisconnect):
        return HTTPStatus.GONE
    return HTTPStatus.NO_CONTENT


async def _refusal(headers: Headers, policy: LinkPolicy) -> RefusedLink | None:
    origin = headers.get("origin")
    if origin is not None and not _EXTENSION.fullmatch(origin) and origin not in policy.origins:
        return RefusedLink("wrong_origin", "Pages can't connect this way.", permanent=True)
    try:
        await policy.admit_page(headers.get(SECRET_HEADER, ""))
    except InvalidWorkerCredential as error:
        return RefusedLink("wrong_secret", str(error), permanent=True)
    return None
