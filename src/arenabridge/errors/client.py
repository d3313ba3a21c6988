"""The client has gone, or takes nothing."""

from arenabridge.errors.base import GatewayError


class ClientGone(GatewayError):
    """The client closed the connection before the answer was complete."""

    status, code = 499, "client_closed_request"


class ClientTooSlow(GatewayError):
    """The client does not take its answer as fast as it arrives."""

    status, code = 499, "client_too_slow"
