"""The engine of a gateway that runs alone: the queue in this process, answers at once."""

from collections.abc import Callable

from arenabridge.engine.interface import Claimed, EngineEvent, Entry, Rejected, ReplicaId, Waiting
from arenabridge.engine.queue import FairQueue, QueueIsFull
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import ANYTHING, Opening


class LocalEngine:
    """Implements `engine.interface.Engine`."""

    def __init__(self, queue_length: int) -> None:
        self._queue = FairQueue(queue_length)
        self._on_event: Callable[[EngineEvent], None] = lambda event: None  # noqa: ARG005 - nobody listens before start

    @property
    def me(self) -> ReplicaId:
        return ReplicaId("")

    @property
    def is_reachable(self) -> bool:
        return True

    @property
    def outages(self) -> int:
        return 0

    async def close(self) -> None:
        pass

    def start(self, on_event: Callable[[EngineEvent], None]) -> None:
        self._on_event = on_event

    def submit(self, entry: Entry) -> None:
        try:
            gone = self._queue.put(entry)
        except QueueIsFull:
            self._on_event(Rejected(entry.job))
        else:
            if gone is not None:
                self._on_event(Rejected(gone.job))
            self._on_event(Waiting(entry))

    def claim(self, limit: int, opening: Opening = ANYTHING) -> None:
        self._on_event(Claimed(limit, tuple(self._queue.take(limit, opening)), opening))

    def requeue(self, job: JobId) -> None:
        self._on_event(Waiting(self._queue.put_back(job)))

    def withdraw(self, job: JobId) -> None:
        self._queue.withdraw(job)

    def release(self, job: JobId) -> None:
        self._queue.release(job)

    def length(self) -> int:
        return len(self._queue)

    def position(self, job: JobId) -> int | None:
        return self._queue.position(job)

    def send(self, to: ReplicaId, frame: bytes) -> None:
        """There is nobody else."""

    def backlog(self, to: ReplicaId) -> int:  # noqa: ARG002 - there is nobody else
        return 0

    def tell_all(self, topic: str, payload: bytes) -> None:
        """There is nobody else."""

    def present(self, about: bytes) -> None:
        """There is nobody else."""
