"""
A bounded queue in which the jobs of different keys take turns.

Start-time fair queueing (Goyal, Vin, Cheng 1996): a job's tag is the later of the queue's virtual time and the tag of
the key's previous job, plus 1 / weight; the smallest tag is next, and its tag becomes the virtual time. A key with 500
waiting jobs delays a newcomer by about one job per competing key, not by 500.
"""

import heapq
from itertools import count

from arenabridge.engine.interface import Entry
from arenabridge.wire.link.messages import JobId


class QueueIsFull(Exception):
    """No room: the caller decides what that means for the client."""


class FairQueue:
    """Pure: no clock, no loop. Withdrawn jobs leave their place at once and their heap cell when it comes up."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[float, int, JobId]] = []
        self._queued: dict[JobId, tuple[Entry, int]] = {}
        self._claimed: dict[JobId, Entry] = {}
        self._last_tag: dict[str, float] = {}
        self._virtual_time = 0.0
        self._arrivals = count()
        self._returns = count(-1, -1)  # what was put back comes first

    def __len__(self) -> int:
        return len(self._queued)

    def put(self, entry: Entry) -> None:
        """Queue a job; raises `QueueIsFull`."""
        if len(self._queued) >= self._limit:
            raise QueueIsFull
        tag = max(self._virtual_time, self._last_tag.get(entry.key, 0.0)) + 1 / entry.weight
        self._last_tag[entry.key] = tag
        self._push(entry, tag, next(self._arrivals))

    def take(self, limit: int) -> list[JobId]:
        """Claim up to `limit` jobs."""
        taken: list[JobId] = []
        while self._heap and len(taken) < limit:
            tag, order, job = heapq.heappop(self._heap)
            entry, current = self._queued.get(job, (None, None))
            if entry is None or current != order:
                continue
            del self._queued[job]
            self._claimed[job] = entry
            self._virtual_time = max(self._virtual_time, tag)
            taken.append(job)
        self._forget_idle_keys()
        return taken

    def put_back(self, job: JobId) -> None:
        """Return a claimed job to the front; it had its turn, so the bound does not apply to it."""
        entry = self._claimed.pop(job, None)
        if entry is not None:
            self._push(entry, 0.0, next(self._returns))

    def withdraw(self, job: JobId) -> None:
        self._queued.pop(job, None)
        if len(self._heap) > 2 * len(self._queued) + 64:
            self._heap = [cell for cell in self._heap if self._queued.get(cell[2], (None, None))[1] == cell[1]]
            heapq.heapify(self._heap)

    def release(self, job: JobId) -> None:
        self._claimed.pop(job, None)

    def _push(self, entry: Entry, tag: float, order: int) -> None:
        self._queued[entry.job] = entry, order
        heapq.heappush(self._heap, (tag, order, entry.job))

    def _forget_idle_keys(self) -> None:
        """A key whose last tag has passed starts afresh anyway: what is kept is bounded by what is queued."""
        if len(self._last_tag) > len(self._queued) + 64:
            self._last_tag = {key: tag for key, tag in self._last_tag.items() if tag > self._virtual_time}
