"""
What one replica knows of its jobs in the fleet's queue.

The server may lose all it has. Then this is the memory: homes queue again what was waiting, and nobody queues what
somebody was given.

A job that is `lent` was claimed by another replica; its home stays responsible, and queues it again if it turns out
that neither the server nor its claimer knows of it.
"""

from collections.abc import Iterable

from arenabridge.engine.interface import Entry, ReplicaId
from arenabridge.wire.link.messages import JobId


class KnownJobs:
    """Pure. Bounded by what the clients here wait for, and what the workers here run."""

    def __init__(self) -> None:
        self._waiting: dict[JobId, Entry] = {}
        self._unconfirmed: set[JobId] = set()
        self._lent: dict[JobId, tuple[Entry, ReplicaId]] = {}
        self._held: dict[JobId, Entry] = {}
        self._positions: dict[JobId, int] = {}

    # -- what this replica does

    def submitted(self, entry: Entry) -> None:
        self._waiting[entry.job] = entry
        self._unconfirmed.add(entry.job)

    def unconfirmed(self) -> tuple[JobId, ...]:
        return tuple(self._unconfirmed)

    def confirmed(self, jobs: Iterable[JobId]) -> None:
        """The server has these submissions."""
        self._unconfirmed.difference_update(jobs)

    def claimed(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._forget_waiting(entry.job)
            self._lent.pop(entry.job, None)
            self._held[entry.job] = entry

    def requeued(self, job: JobId, me: ReplicaId) -> bool:
        """Whether it was held here."""
        entry = self._held.pop(job, None)
        if entry is not None and entry.home == me:
            self._waiting[job] = entry
        return entry is not None

    def withdrawn(self, job: JobId) -> bool:
        """Whether it was waiting."""
        return self._forget_waiting(job) is not None

    def released(self, job: JobId) -> ReplicaId | None:
        """The home of a job that was claimed; None if no such job is known."""
        entry = self._held.pop(job, None)
        if entry is None and job in self._lent:
            entry, _ = self._lent.pop(job)
        return entry.home if entry else None

    # -- what happens elsewhere

    def taken(self, job: JobId, claimer: ReplicaId) -> None:
        entry = self._forget_waiting(job)
        if entry is None and job in self._lent:
            entry, _ = self._lent[job]
        if entry is not None:
            self._lent[job] = entry, claimer

    def returned(self, jobs: Iterable[JobId]) -> None:
        """They are in the queue again."""
        for job in jobs:
            entry, _ = self._lent.pop(job, (None, None))
            if entry is not None:
                self._waiting[job] = entry

    def done(self, jobs: Iterable[JobId]) -> None:
        for job in jobs:
            self._lent.pop(job, None)

    def over(self, jobs: Iterable[JobId]) -> None:
        """Forget all that is known of them."""
        for job in jobs:
            self._forget_waiting(job)
            self._lent.pop(job, None)

    def lost_to_others(self, jobs: Iterable[JobId]) -> None:
        for job in jobs:
            self._held.pop(job, None)

    def cut_off(self, me: ReplicaId) -> None:
        """The others have counted this replica among the dead: what it held for them is theirs again."""
        self._held = {job: entry for job, entry in self._held.items() if entry.home == me}

    # -- what is asked

    def is_known(self, job: JobId) -> bool:
        """False if nobody waits for it any more."""
        return job in self._waiting or job in self._held or job in self._lent

    def held(self) -> tuple[Entry, ...]:
        return tuple(self._held.values())

    def waiting(self) -> tuple[Entry, ...]:
        return tuple(self._waiting.values())

    def lent(self) -> tuple[JobId, ...]:
        return tuple(self._lent)

    def lent_to(self, claimer: ReplicaId) -> tuple[Entry, ...]:
        return tuple(entry for entry, holder in self._lent.values() if holder == claimer)

    def still_lent(self, jobs: Iterable[JobId]) -> tuple[Entry, ...]:
        return tuple(self._lent[job][0] for job in jobs if job in self._lent)

    # -- positions

    def position(self, job: JobId) -> int | None:
        """The position last heard; 0 until one was."""
        return self._positions.get(job, 0) if job in self._waiting else None

    def placed(self, jobs: Iterable[JobId], positions: Iterable[int]) -> None:
        self._positions |= {
            job: position
            for job, position in zip(jobs, positions, strict=True)
            if position >= 0 and job in self._waiting
        }

    def first_waiting(self, limit: int) -> tuple[JobId, ...]:
        return tuple(job for job, _ in zip(self._waiting, range(limit), strict=False))

    def _forget_waiting(self, job: JobId) -> Entry | None:
        self._unconfirmed.discard(job)
        self._positions.pop(job, None)
        return self._waiting.pop(job, None)
