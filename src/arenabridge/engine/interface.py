"""
Whose turn is it: the queue of jobs that wait for a worker.

Commands go in without waiting, answers come out as events, in order: an engine in another process can send them in
batches, and the hub never awaits one. A job is queued, then claimed (by a holder that has a free slot for it), then
released, or put back. Entries hold no bodies, only what a claim needs to know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NewType, Protocol

from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import ANYTHING, Opening

ReplicaId = NewType("ReplicaId", str)
"""A gateway process of a fleet; new with each start. The empty one is a gateway that runs alone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A job that waits for one of its `model`'s turns.

    Jobs of different keys take turns, in proportion to their `weight`; those of a lower `priority` come when there are
    none of a higher one (0 is the highest), and have some turns of their own before.
    """

    job: JobId
    key: str
    weight: float = 1.0
    model: str = ""
    priority: int = 1
    asker: str = ""
    """Whose request it is, for workers that serve some people only."""
    home: ReplicaId = ReplicaId("")
    """Where its client is connected; filled in by the engine."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """There may be jobs waiting that were not there at the last claim."""

    entry: Entry | None = field(default=None, compare=False)
    """The job, if it is only this one: for a shorter search, and not sent to others."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The queue is full: the job is not in it, or no longer, since a key that holds less has taken its place."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Unreachable:
    """What keeps the queue can't be reached: the job is not in it."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Claimed:
    """
    The answer to `claim(limit, opening)`, one for each: these jobs are the caller's now, to serve or to lend a slot to.

    Without the engine it is empty, and `Waiting` follows when it is back.
    """

    limit: int
    entries: tuple[Entry, ...]
    opening: Opening = ANYTHING


@dataclass(frozen=True, slots=True)
class Heard:
    """Frames of another replica, in the order in which it sent them. Some before them may be lost."""

    sender: ReplicaId
    frames: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a replica tells all others about, by topic."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class ReplicaGone:
    """The replica has shown no sign of life for longer than a lease: it is dead, or cut off and knows that too."""

    replica: ReplicaId


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the other living replicas say of themselves, as of the last beat."""

    replicas: Mapping[ReplicaId, bytes]


EngineEvent = Waiting | Rejected | Unreachable | Claimed | Heard | Told | ReplicaGone | Fleet


class Engine(Protocol):
    """One queue for the whole fleet, whatever keeps it."""

    @property
    def me(self) -> ReplicaId:
        """The name of this process; empty if it runs alone. Its jobs' ids begin with it and a dot."""

    @property
    def is_reachable(self) -> bool:
        """False while the server that keeps the queue is away; what was claimed goes on."""

    @property
    def outages(self) -> int:
        """How often it has been away since the start: frames may have been lost each time."""

    def start(self, on_event: Callable[[EngineEvent], None]) -> None:
        """Begin; `on_event` is called from the event loop's thread and must not block."""

    async def close(self) -> None:
        """Say goodbye to the others, and let go of what was opened. Nothing is heard afterwards."""

    def submit(self, entry: Entry) -> None:
        """
        Queue a job: `Waiting`, `Rejected` or `Unreachable` follows. A claim in the same turn of the loop is next.

        In a full queue, whoever holds more places than its share gives one up: then `Rejected` follows for that job.
        """

    def claim(self, limit: int, opening: Opening = ANYTHING) -> None:
        """Take up to `limit` jobs that the opening is for, those whose turn it is first: `Claimed` follows."""

    def requeue(self, job: JobId) -> None:
        """Put a claimed job back, before all others: `Waiting` follows."""

    def withdraw(self, job: JobId) -> None:
        """Take a job out that nobody waits for any more; nothing happens if it is not queued."""

    def release(self, job: JobId) -> None:
        """A claimed job is over."""

    def length(self) -> int:
        """How many jobs wait, as far as is known here."""

    def position(self, job: JobId) -> int | None:
        """How many jobs come before this one, as far as is known here; None if it does not wait."""

    # -- between replicas; a gateway that runs alone has nobody to speak to

    def send(self, to: ReplicaId, frame: bytes) -> None:
        """
        Have the other replica hear the frame, after those sent to it before.

        Frames to one replica are joined for a few milliseconds. What can't be delivered is dropped: whoever needs to be
        sure numbers what it says.
        """

    def backlog(self, to: ReplicaId) -> int:
        """Bytes that wait to be sent to that replica."""

    def tell_all(self, topic: str, payload: bytes) -> None:
        """Have all other replicas hear it; those that are cut off do not."""

    def present(self, about: bytes) -> None:
        """What the others are to be told of this replica, with its next beat and until it says something else."""
