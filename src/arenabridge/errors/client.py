"""The client has gone, takes nothing, or is not to have its answer."""

from arenabridge.errors.base import GatewayError


class ClientGone(GatewayError):
    """The client closed the connection before the answer was complete."""

    status, code = 499, "client_closed_request"


class ClientTooSlow(GatewayError):
    """The client does not take its answer as fast as it arrives."""

    status, code = 499, "client_too_slow"


class RequestEnded(GatewayError):
    """Somebody ended this request on the dashboard."""

    status, code = 503, "request_ended"
    should_retry = False
    may_be_paid = True
