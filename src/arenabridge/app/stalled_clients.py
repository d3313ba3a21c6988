"""
Clients that take nothing of what was sent to them lose their connection, whatever it was and be it whole or not.

An application's `send` tells it that a client is slow, but a whole answer is the server's as soon as it is handed over,
and so is a stream's end: only the connections themselves show who never takes them. One clock looks at all of them.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Protocol

from uvicorn.protocols.http.auto import AutoHTTPProtocol

LOOK_SECONDS: Final = 0.5

GRACE_SECONDS: Final = 1.0
"""How much longer than the setting: the answering side gives up first, and says why (`http.answers.answer_stream`)."""


class Outgoing(Protocol):
    """The part of a transport that is looked at."""

    def get_write_buffer_size(self) -> int: ...

    def abort(self) -> None: ...


_Server: Any = AutoHTTPProtocol
"""httptools' or, where there is none, h11's."""


class Connection(_Server):  # type: ignore[misc]  # which one it is is found out when it is started
    """One client's connection. `taken` grows when most of what waited is taken, and more may be written."""

    transport: Outgoing
    taken: int = 0

    def resume_writing(self) -> None:
        self.taken += 1
        super().resume_writing()


class _Seen(NamedTuple):
    waiting: int
    taken: int
    since: float


class StalledClients:
    """`limit` in seconds."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._seen: dict[Connection, _Seen] = {}

    def look(self, connections: Iterable[object], now: float) -> None:
        """Cut off those that have taken nothing for too long while something waited."""
        before, self._seen = self._seen, {}
        for each in connections:
            if isinstance(each, Connection) and (waiting := each.transport.get_write_buffer_size()):
                self._seen[each] = _seen(before.get(each), waiting, each.taken, now)
                if now - self._seen[each].since > self._limit:
                    each.transport.abort()


def _seen(last: _Seen | None, waiting: int, taken: int, now: float) -> _Seen:
    has_stood_still = last is not None and waiting >= last.waiting and taken == last.taken
    return _Seen(waiting, taken, last.since if last is not None and has_stood_still else now)


async def cut_off_stalled(connections: Iterable[object], seconds: float) -> None:
    """For as long as a server runs."""
    clients, now = StalledClients(seconds + GRACE_SECONDS), asyncio.get_running_loop().time
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        clients.look(list(connections), now())
