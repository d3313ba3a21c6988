"""
The one thread that writes records: in batches, so that a row costs microseconds, and never in anybody's way.

What is put waits for at most `FLUSH_SECONDS`: so much a killed process loses. A database that can't be written is
tried again; if what waits reaches its bound, newer records are dropped, and counted.
"""

import logging
import queue
import threading
import time
from dataclasses import dataclass
from typing import Protocol

import msgspec
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from arenabridge.usage.record import Bodies, RequestRecord
from arenabridge.usage.store import Finished

_log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.2
MAX_BATCH = 500


@dataclass(frozen=True, slots=True)
class Bounds:
    """What waits, and for how long."""

    records: int = 20_000
    """Some 20 MB."""
    body_bytes: int = 32 * 2**20
    """Beyond it records are written without their bodies."""
    flush_seconds: float = FLUSH_SECONDS
    again_seconds: float = 1.0
    """After the database could not be written."""


USUAL = Bounds()

CLOSE_SECONDS = 5.0

MAX_MOVES = 8
"""How far the next id is, for a record whose id another gateway has given to one of the same microsecond."""


class Writes(Protocol):
    """Where records go; `usage.store.UsageStore`."""

    def write(self, finished: list[Finished]) -> None: ...


class Recorder:
    """`put` from any thread. `unwritten` and the counters may be read at any time."""

    def __init__(self, store: Writes, bounds: Bounds = USUAL) -> None:
        self._store = store
        self._bounds = bounds
        self._queue: queue.SimpleQueue[Finished | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._body_bytes = 0
        self._thread = threading.Thread(target=self._run, name="usage writer", daemon=True)
        self.dropped = 0
        self.bodies_dropped = 0
        self.written = 0
        self.failures = 0
        """Times that the database could not be written."""
        self.newest_written = 0
        """The id of the newest record that is in the database."""

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def start(self) -> None:
        self._thread.start()

    def put(self, record: RequestRecord, bodies: Bodies | None = None) -> None:
        """Have it written soon; never waits."""
        if self._queue.qsize() >= self._bounds.records:
            self.dropped += 1
            return
        if bodies is not None:
            size = _size(bodies)
            if self._body_bytes + size > self._bounds.body_bytes:
                self.bodies_dropped += 1
                bodies = None
            else:
                self._body_bytes += size
        self._queue.put((record, bodies))

    def close(self) -> None:
        """Write what is left and end; waits for it, but not for ever."""
        self._stopping.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while batch := self._gather():
            self._write(batch)

    def _gather(self) -> list[Finished]:
        """The records that came within one interval of the first; empty at the end."""
        first = self._queue.get()
        if first is None:
            return []
        batch = [first]
        until = time.monotonic() + self._bounds.flush_seconds
        while len(batch) < MAX_BATCH:
            left = until - time.monotonic()
            try:
                found = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
            except queue.Empty:
                break
            if found is None:
                self._queue.put(None)  # after this batch there is only the end
                break
            batch.append(found)
        return batch

    def _write(self, batch: list[Finished]) -> None:
        """Until it is done, or the gateway stops."""
        is_last_try = False
        while not self._try(batch):
            if is_last_try:
                self.dropped += len(batch)
                break
            is_last_try = self._stopping.wait(self._bounds.again_seconds)
        self._body_bytes -= sum(_size(bodies) for _, bodies in batch if bodies is not None)

    def _try(self, batch: list[Finished], moves: int = MAX_MOVES) -> bool:
        """Whether the batch is settled: written, or not worth another try."""
        try:
            self._store.write(batch)
        except (IntegrityError, DataError, OverflowError) as error:
            self._write_singly(batch, error, moves)
        except Exception as error:  # noqa: BLE001 - the thread must live: whatever it is may have passed next time
            if not self.failures:
                _log.error("what was used can't be written down: %s", _told(error))
            self.failures += 1
            return False
        else:
            self._wrote(batch)
        return True

    def _write_singly(self, batch: list[Finished], error: Exception, moves: int) -> None:
        """One of them has another record's id, or holds something that the database can't."""
        if len(batch) > 1:
            for each in batch:
                self._try([each])
        elif moves and isinstance(error, IntegrityError):
            record, bodies = batch[0]
            self._try([(msgspec.structs.replace(record, id=record.id + 1), bodies)], moves - 1)
        else:
            _log.error("a record can't be written down: %s", _told(error))
            self.dropped += 1

    def _wrote(self, batch: list[Finished]) -> None:
        self.written += len(batch)
        self.newest_written = max(self.newest_written, batch[-1][0].id)


def _size(bodies: Bodies) -> int:
    return len(bodies.asked) + len(bodies.answered)


def _told(error: Exception) -> str:
    return str(error.orig) if isinstance(error, DBAPIError) else repr(error)
