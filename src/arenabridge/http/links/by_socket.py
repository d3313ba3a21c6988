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
from arenabridge.http.links.asgi_socket import AsgiSocket
from arenabridge.http.links.earlier import serves_earlier_scripts
from arenabridge.hub.links.earlier import EarlierScripts
from arenabridge.hub.links.link import LinkConnection
from arenabridge.wire.link.messages import WorkerId

_log = logging.getLogger(__name__)


class LinkEndpoint:
    """A raw ASGI endpoint: a layer in between would cost more per frame than all the rest."""

    def __init__(self) -> None:
        self._earlier = EarlierScripts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway = scope["app"].state.gateway
        assert isinstance(gateway, Gateway)  # noqa: S101 - set by `build_application`, for the type checker's sake
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        await receive()  # websocket.connect
        if origin not in gateway.link_policy.origins:
            _log.warning("a link from the page of another origin was refused: %r", origin)
            await send({"type": "websocket.close", "code": 1008, "reason": "origin not allowed"})
            return
        await send({"type": "websocket.accept"})
        socket = AsgiSocket(receive, send)
        if serves_earlier_scripts(gateway.settings, headers):
            await self._earlier.serve(socket, gateway.hub, gateway.link_policy, new_worker_id, origin or "")
        else:
            await LinkConnection(socket, gateway.hub, gateway.link_policy, new_worker_id).run()


def new_worker_id() -> WorkerId:
    """A name for a connection, in logs and on screens."""
    return WorkerId(f"w-{secrets.token_hex(4)}")
