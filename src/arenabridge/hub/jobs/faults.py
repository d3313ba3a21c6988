"""Our own faults in the middle of somebody's request: the client hears that there was one, the log what it was."""

import logging

from arenabridge.errors import GatewayError

_log = logging.getLogger(__name__)


def told(error: Exception, what: str, *about: object) -> GatewayError:
    """What the client hears: an expected failure as it is. `what`, and the thing it is about, are for the log."""
    if isinstance(error, GatewayError):
        return error
    _log.error(what, *about, exc_info=error)
    return GatewayError()
