"""
A bounded queue in which the jobs of different keys take turns.

Start-time fair queueing (Goyal, Vin, Cheng 1996): a job's tag is the later of the queue's virtual time and the tag of
the key's previous job, plus 1 / weight; the smallest tag is next, and its tag becomes the virtual time. A key with 500
waiting jobs delays a newcomer by about one job per competing key, not by 500.

Each priority has a line of its own, the highest first; but some turns begin with another (`BEGINS_WITH`), so that none
waits for ever, however busy the others are.
"""

import heapq
from itertools import count

from arenabridge.engine.interface import Entry
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import ANYTHING, Opening

PRIORITIES = 3
BEGINS_WITH = (0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 2)
"""The line that each turn begins with, over and over; then come the others, the highest first.

As many as a prime number: workers that get theirs in turn would else meet the same ones of them again and again.
"""

MAX_LOOKED_AT = 64
"""Jobs that it is not for, which a claim looks past in each line, before it takes the line to have none for it."""


class QueueIsFull(Exception):
    """No room: the caller decides what that means for the client."""


class FairQueue:
    """Pure: no clock, no loop. Withdrawn jobs leave their place at once and their heap cell when it comes up."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lines: tuple[list[tuple[float, int, JobId]], ...] = tuple([] for _ in range(PRIORITIES))
        self._queued: dict[JobId, tuple[Entry, float, int]] = {}
        self._claimed: dict[JobId, Entry] = {}
        self._last_tag: dict[str, float] = {}
        self._virtual_time = 0.0
        self._turns = 0
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

    def take(self, limit: int, opening: Opening = ANYTHING) -> list[Entry]:
        """Claim up to `limit` jobs that the opening is for."""
        taken: list[Entry] = []
        while len(taken) < limit and (job := self._next(opening)) is not None:
            entry, tag, _ = self._queued.pop(job)
            self._claimed[job] = entry
            self._virtual_time = max(self._virtual_time, tag)
            taken.append(entry)
        self._forget_idle_keys()
        return taken

    def position(self, job: JobId) -> int | None:
        """How many come before it, not counting the turns of lower priorities; None if it is not queued."""
        if job not in self._queued:
            return None
        mine = self._order(job)
        return sum(self._order(other) < mine for other in self._queued)

    def put_back(self, job: JobId) -> None:
        """Return a claimed job to the front; it had its turn, so the bound does not apply to it."""
        entry = self._claimed.pop(job, None)
        if entry is not None:
            self._push(entry, 0.0, next(self._returns))

    def withdraw(self, job: JobId) -> None:
        entry, _, _ = self._queued.pop(job, (None, None, None))
        if entry is None:
            return
        line = self._lines[entry.priority]
        if len(line) > 2 * len(self._queued) + 64:
            line[:] = [cell for cell in line if self._is_current(cell)]
            heapq.heapify(line)

    def release(self, job: JobId) -> None:
        self._claimed.pop(job, None)

    def _next(self, opening: Opening) -> JobId | None:
        begins_with = BEGINS_WITH[self._turns % len(BEGINS_WITH)]
        lines = [self._lines[begins_with], *self._lines[:begins_with], *self._lines[begins_with + 1 :]]
        job = next((job for line in lines if (job := self._first(line, opening)) is not None), None)
        self._turns += job is not None
        return job

    def _first(self, line: list[tuple[float, int, JobId]], opening: Opening) -> JobId | None:
        """Take the first job of a line that may be given out; those that may not keep their places."""
        aside: list[tuple[float, int, JobId]] = []
        found: JobId | None = None
        while line and found is None and len(aside) < MAX_LOOKED_AT:
            cell = heapq.heappop(line)
            if not self._is_current(cell):
                continue
            entry = self._queued[cell[2]][0]
            if opening.takes(entry.model, entry.asker):
                found = cell[2]
            else:
                aside.append(cell)
        for cell in aside:
            heapq.heappush(line, cell)
        return found

    def _is_current(self, cell: tuple[float, int, JobId]) -> bool:
        queued = self._queued.get(cell[2])
        return queued is not None and queued[2] == cell[1]

    def _order(self, job: JobId) -> tuple[int, float, int]:
        entry, tag, order = self._queued[job]
        return entry.priority, tag, order

    def _push(self, entry: Entry, tag: float, order: int) -> None:
        self._queued[entry.job] = entry, tag, order
        heapq.heappush(self._lines[entry.priority], (tag, order, entry.job))

    def _forget_idle_keys(self) -> None:
        """A key whose last tag has passed starts afresh anyway: what is kept is bounded by what is queued."""
        if len(self._last_tag) > len(self._queued) + 64:
            self._last_tag = {key: tag for key, tag in self._last_tag.items() if tag > self._virtual_time}
