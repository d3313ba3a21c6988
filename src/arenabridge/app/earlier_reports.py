"""The port on which the earlier bridges' userscript reports a captured session, open while one is captured."""

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable

from arenabridge.app.server import served
from arenabridge.http.links.earlier_reports import reports_application
from arenabridge.hub.capture.capturing import Report
from arenabridge.hub.tasks import Tasks
from arenabridge.settings import Settings

HOST = "127.0.0.1"
"""The script knows no other, and nobody else shall."""

BACKLOG = 16


def reports_of(settings: Settings) -> Callable[[Report], contextlib.AbstractAsyncContextManager[None]] | None:
    """What opens it; None unless the earlier scripts are served."""

    @contextlib.asynccontextmanager
    async def listening_for(report: Report) -> AsyncIterator[None]:
        with socket.socket() as listener:
            if os.name != "nt":  # there it would let two processes share the port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, settings.capture_port))
            listener.listen(BACKLOG)
            listener.setblocking(False)
            async with served(reports_application(settings.site_origins, report), listener, Tasks()):
                yield

    return listening_for if settings.compatibility else None
