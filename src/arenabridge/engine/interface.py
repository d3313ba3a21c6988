"""
Whose turn is it: the queue of jobs that wait for a worker.

Commands go in without waiting, answers come out as events, in order: an engine in another process can send them in
batches, and the hub never awaits one. A job is queued, then claimed (by an owner that has a free slot for it), then
released, or put back. Entries hold no bodies, only what a claim needs to know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from arenabridge.wire.link.messages import JobId


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A job that waits for one of its `model`'s turns.

    Jobs of different keys take turns, in proportion to their `weight`; those of a lower `priority` come when there are
    none of a higher one (0 is the highest), and now and then before.
    """

    job: JobId
    key: str
    weight: float = 1.0
    model: str = ""
    priority: int = 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """Jobs may be waiting that were not there at the last claim."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The queue is full: the job is not in it."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to `claim(limit, excluding)`: these jobs are the caller's now."""

    limit: int
    jobs: tuple[JobId, ...]
    excluding: frozenset[str] = frozenset()


EngineEvent = Waiting | Rejected | Claimed


class Engine(Protocol):
    """One queue for the whole fleet, whatever keeps it."""

    def start(self, on_event: Callable[[EngineEvent], None]) -> None:
        """Begin; `on_event` is called from the event loop's thread and must not block."""

    def submit(self, entry: Entry) -> None:
        """Queue a job: `Waiting` or `Rejected` follows."""

    def claim(self, limit: int, excluding: frozenset[str] = frozenset()) -> None:
        """Take up to `limit` jobs, those whose turn it is first, but for none of the models `excluding`."""

    def requeue(self, job: JobId) -> None:
        """Put a claimed job back, before all others: `Waiting` follows."""

    def withdraw(self, job: JobId) -> None:
        """Take a job out that nobody waits for any more; nothing happens if it is not queued."""

    def release(self, job: JobId) -> None:
        """A claimed job is over."""

    def length(self) -> int:
        """How many jobs wait."""

    def position(self, job: JobId) -> int | None:
        """How many jobs' turn comes before its own, as things are; None if it does not wait."""
