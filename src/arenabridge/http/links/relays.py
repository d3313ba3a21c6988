"""
`/ws/worker`: where relays connect, one WebSocket for each tab that is connected to them.

A relay proves itself in the handshake, with a credential in the header `Authorization: Bearer`, and is refused before
the upgrade with an error in words. A browser can't send that header, and one that tries without is refused by its
`Origin`. What is said afterwards is what tab and gateway say to each other on `/ws` (`http.links.by_socket`); see
`docs/workers.md`.
"""

import logging

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from arenabridge.errors import ForbiddenOrigin, GatewayError
from arenabridge.http.door.client_address import client_address
from arenabridge.http.door.errors import error_response
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.links.asgi_socket import AsgiSocket
from arenabridge.http.links.by_socket import new_worker_id
from arenabridge.hub.links.link import LinkConnection, Relay
from arenabridge.hub.links.peer import Peer

_log = logging.getLogger(__name__)

NAME_HEADER = "x-arenabridge-relay"
MAX_NAME_CHARACTERS = 64


class RelayEndpoint:
    """A raw ASGI endpoint, like that of the link."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway = scope["app"].state.gateway
        assert isinstance(gateway, Gateway)  # noqa: S101 - set by `build_application`, for the type checker's sake
        headers = Headers(scope=scope)
        relay = Relay(bearer(headers), relay_name(headers))
        connection = HTTPConnection(scope)
        await receive()  # websocket.connect
        try:
            if "origin" in headers:
                raise ForbiddenOrigin("Web pages can't connect as a relay does.")
            await relay_peer(connection)
        except GatewayError as error:
            _log.warning("a relay was refused: %s", error)
            await error_response(error)(scope, receive, send)
            return
        await send({"type": "websocket.accept"})
        socket = AsgiSocket(receive, send)
        await LinkConnection(socket, gateway.hub, gateway.link_policy, new_worker_id, relay).run()


async def relay_peer(connection: HTTPConnection) -> Peer:
    """Who a relay is by its header; raises `InvalidWorkerCredential`, or `RateLimited` where it may be guessing."""
    gateway = gateway_of(connection)
    shown = bearer(connection.headers)
    if shown:
        await gateway.worker_credentials.attempt(shown, client_address(connection))
    return await gateway.link_policy.peers.relay(shown)


def bearer(headers: Headers) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None


def relay_name(headers: Headers) -> str:
    """The relay's name for itself, as far as it can be shown."""
    name = headers.get(NAME_HEADER, "")[:MAX_NAME_CHARACTERS]
    return "".join(character for character in name if character.isprintable()).strip()
