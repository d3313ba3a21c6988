"""
`GET /metrics`: figures for Prometheus.

Who may read them: programs on this computer, unless they come through a proxy; a key that may administer; or whoever
has the setting `metrics_token`.
"""

import hmac
import ipaddress

from starlette.requests import Request
from starlette.responses import Response

from arenabridge.errors import SignInRequired
from arenabridge.http.api.access import administrator
from arenabridge.http.door.authentication import key_in
from arenabridge.http.door.forwarded import is_forwarded
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.monitoring.prometheus import CONTENT_TYPE


async def metrics(request: Request) -> Response:
    gateway = gateway_of(request)
    if not _is_local(request) and not _has_token(gateway, request):
        try:
            await administrator(request)
        except SignInRequired:
            raise SignInRequired("Send the metrics_token, or a key that may administer, as a Bearer token.") from None
    return Response(gateway.metrics.text(), media_type=CONTENT_TYPE)


def _has_token(gateway: Gateway, request: Request) -> bool:
    wanted, given = gateway.settings.metrics_token, key_in(request)
    return bool(wanted and given and hmac.compare_digest(wanted.encode(), given.encode()))


def _is_local(request: Request) -> bool:
    """A request through a proxy on this computer has this computer's address too, so it does not count as local."""
    if is_forwarded(request.headers) or gateway_of(request).settings.public_url:
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
