"""
A bounded queue in which the jobs of different keys take turns.

Start-time fair queueing (Goyal, Vin, Cheng 1996): a job's tag is the later of the queue's virtual time and the tag of
the key's previous job, plus 1 / weight; the smallest tag is next, and its tag becomes the virtual time. A key with 500
waiting jobs delays a newcomer by about one job per competing key, not by 500.

Each priority has a line of its own, the highest first; but some turns begin with another (`BEGINS_WITH`), so that none
waits for ever, however busy the others are.
"""

from itertools import count

from arenabridge.engine.interface import Entry
from arenabridge.engine.line import Cell, Line
from arenabridge.engine.places import Places
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import ANYTHING, Opening

PRIORITIES = 3
BEGINS_WITH = (0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 2)
"""The line that each turn begins with, over and over; then come the others, the highest first.

As many as a prime number: workers that get theirs in turn would else meet the same ones of them again and again.
"""


class QueueIsFull(Exception):
    """No room, and nobody holds so much that they must share it: the caller decides what that means for the client."""


class FairQueue:
    """Pure: no clock, no loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lines = tuple(Line() for _ in range(PRIORITIES))
        self._queued: dict[JobId, Cell] = {}
        self._places = Places()
        self._claimed: dict[JobId, Entry] = {}
        self._last_tag: dict[str, float] = {}
        self._virtual_time = 0.0
        self._turns = 0
        self._arrivals = count()
        self._returns = count(-1, -1)  # what was put back comes first

    def __len__(self) -> int:
        return len(self._queued)

    def put(self, entry: Entry) -> Entry | None:
        """
        Queue a job; raises `QueueIsFull`.

        Returns the one that had to give up its place, if one had to: it is not in the queue any more.
        """
        gone = self._make_room(entry) if len(self._queued) >= self._limit else None
        tag = max(self._virtual_time, self._last_tag.get(entry.key, 0.0)) + 1 / entry.weight
        self._last_tag[entry.key] = tag
        self._push(Cell(tag, next(self._arrivals), entry))
        self._places.add(entry)
        return gone

    def take(self, limit: int, opening: Opening = ANYTHING) -> list[Entry]:
        """Claim up to `limit` jobs that the opening is for."""
        taken: list[Entry] = []
        while len(taken) < limit and (cell := self._next(opening)) is not None:
            self._pull(cell)
            self._claimed[cell.entry.job] = cell.entry
            self._virtual_time = max(self._virtual_time, cell.tag)
            taken.append(cell.entry)
        self._forget_idle_keys()
        return taken

    def position(self, job: JobId) -> int | None:
        """How many come before it, not counting the turns of lower priorities; None if it is not queued."""
        cell = self._queued.get(job)
        if cell is None:
            return None
        priority = cell.entry.priority
        return sum(map(len, self._lines[:priority])) + self._lines[priority].before(cell)

    def put_back(self, job: JobId) -> Entry | None:
        """Return a claimed job to the front, and here; it had its turn, so the bound does not apply to it."""
        entry = self._claimed.pop(job, None)
        if entry is not None:
            self._push(Cell(0.0, next(self._returns), entry))
        return entry

    def withdraw(self, job: JobId) -> None:
        cell = self._queued.get(job)
        if cell is not None:
            self._pull(cell)

    def release(self, job: JobId) -> None:
        self._claimed.pop(job, None)

    def _make_room(self, entry: Entry) -> Entry:
        job = self._places.yielded_to(entry)
        if job is None:
            raise QueueIsFull
        cell = self._queued[job]
        self._pull(cell)
        key = cell.entry.key
        if self._last_tag.get(key) == cell.tag:  # the key's next job is in its place
            self._last_tag[key] = cell.tag - 1 / cell.entry.weight
        return cell.entry

    def _next(self, opening: Opening) -> Cell | None:
        begins_with = BEGINS_WITH[self._turns % len(BEGINS_WITH)]
        lines = [self._lines[begins_with], *self._lines[:begins_with], *self._lines[begins_with + 1 :]]
        cell = next((cell for line in lines if (cell := line.first(opening)) is not None), None)
        self._turns += cell is not None
        return cell

    def _push(self, cell: Cell) -> None:
        self._queued[cell.entry.job] = cell
        self._lines[cell.entry.priority].add(cell)

    def _pull(self, cell: Cell) -> None:
        del self._queued[cell.entry.job]
        self._lines[cell.entry.priority].remove(cell)
        self._places.remove(cell.entry)

    def _forget_idle_keys(self) -> None:
        """A key whose last tag has passed starts afresh anyway: what is kept is bounded by what is queued."""
        if len(self._last_tag) > len(self._queued) + 64:
            self._last_tag = {key: tag for key, tag in self._last_tag.items() if tag > self._virtual_time}
