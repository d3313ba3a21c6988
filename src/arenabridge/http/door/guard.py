"""
The door: who may talk to us under which name.

A page of any web site can be made to resolve to this computer (DNS rebinding); the `Host` header then still holds that
site's name. So we answer only under names that are ours. Whether we are alive is told under any: what looks after
us in a cloud asks by addresses that nobody knows beforehand, and "ok" is all there is to learn.

An address in digits is nobody's name: no page can make it lead elsewhere. So where we listen to a network and have no
public name, we answer under addresses as well.
"""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from arenabridge.errors import WrongHost
from arenabridge.http.door.errors import error_response
from arenabridge.settings_rules import LOOPBACK_NAMES, is_address

_FOR_ANYBODY = frozenset({"/livez", "/readyz"})


class Guard:
    """ASGI middleware, plain: the kind that wraps bodies costs five times as much per piece of a stream."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], *, by_address: bool = False) -> None:
        self._app = app
        self._by_address = by_address
        self._hosts = LOOPBACK_NAMES | {host.lower() for host in hosts if host}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        host = _host(Headers(scope=scope))
        if scope["type"] == "websocket":
            if self._is_ours(host):
                await self._app(scope, receive, send)
            else:
                await receive()
                await self._refuse_socket(scope, receive, send)
            return
        if self._is_ours(host) or scope["path"] in _FOR_ANYBODY:
            await self._app(scope, receive, send)
        else:
            await self._refuse(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        return host in self._hosts or (self._by_address and is_address(host))

    async def _refuse_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse in words, which a relay passes on, where the server can say them before the upgrade."""
        if "websocket.http.response" in scope.get("extensions", {}):
            await self._refuse(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": "host not allowed"})

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = ", ".join([*sorted(self._hosts), *(["its addresses in the network"] if self._by_address else [])])
        error = WrongHost(f"The gateway answers under {names}. Other names are set with allowed_hosts.")
        await error_response(error)(scope, receive, send)


def _host(headers: Headers) -> str:
    """The name without the port; empty, and so nobody's, unless there is exactly one."""
    hosts = headers.getlist("host")
    host = hosts[0] if len(hosts) == 1 else ""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return name.lower()
