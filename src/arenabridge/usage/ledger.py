"""
The book of requests: those under way, and where those that are over go: to the recorder, and to whoever listens.

Everything here runs on the event loop.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable

from arenabridge.errors import ShuttingDown
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.recorder import Recorder
from arenabridge.usage.trace import Trace

_log = logging.getLogger(__name__)

MAX_RECENT = 200
"""Records kept in memory."""

Listener = Callable[[RequestRecord], None]


class Ledger:
    """`last_id` is the id of the newest record of earlier runs."""

    def __init__(self, recorder: Recorder, unix: Callable[[], float], *, last_id: int = 0) -> None:
        self._recorder = recorder
        self._unix = unix
        self._last_id = last_id
        self._open: dict[int, Trace] = {}
        self._listeners: list[Listener] = []
        self.recent: deque[RequestRecord] = deque(maxlen=MAX_RECENT)
        """The newest last."""
        self.strangers: Counter[int] = Counter()
        """Requests without a valid key, by HTTP status: counted only, since anybody can make as many as they like."""

    @property
    def under_way(self) -> list[Trace]:
        """Of those whose key is known, the oldest first."""
        return [trace for trace in self._open.values() if trace.key_id is not None]

    def subscribe(self, listener: Listener) -> None:
        """Tell it of every record; it must not block."""
        self._listeners.append(listener)

    def begin(self, make: Callable[[float, Callable[[Trace], None]], Trace]) -> Trace:
        """A request has arrived; `make` is given the time in seconds since 1970, and whom to tell of its end."""
        trace = make(self._unix(), self._over)
        self._open[id(trace)] = trace
        return trace

    def close(self) -> None:
        """Nothing follows: whatever is still under way ends now."""
        for trace in list(self._open.values()):
            if not trace.status:
                trace.failed(ShuttingDown())
            trace.status = trace.status or ShuttingDown.status
            self._over(trace)

    def _over(self, trace: Trace) -> None:
        if self._open.pop(id(trace), None) is None:
            return
        if trace.key_id is None:
            self.strangers[trace.status] += 1
            return
        record = trace.record(self._new_id())
        self._recorder.put(record, trace.bodies())
        self.recent.append(record)
        for listener in self._listeners:
            try:
                listener(record)
            except Exception:  # noqa: BLE001 - who listens must not take down the request that is told of
                _log.exception("a record could not be told")

    def _new_id(self) -> int:
        self._last_id = max(self._last_id + 1, int(self._unix() * 1e6))
        return self._last_id
