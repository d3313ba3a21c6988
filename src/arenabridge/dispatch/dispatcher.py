"""
Decide which worker serves which request.

The dispatcher is a plain object: `handle` takes one event and the time, changes the state and returns the commands to
carry out. It opens nothing, awaits nothing and reads no clock, so a test is a list of events and the list of commands
they must give.

A job is in exactly one stage, and moves like this::

    waiting --claimed--> offered --accepted--> [preparing] --> granted --ended--> (gone)
       ^--------------------'----------------------'            |  | ^
       |    refused, lost, no answer in time                    |  v | its page returns
       |                                                        | suspended --not in time--> (gone)
       '--------------------------------------------------------'  only with proof that nothing was generated

Only jobs with files are prepared: the worker that is to answer uploads them first, which costs no quota. A granted job
whose worker's connection broke is suspended until its page returns as another worker.

The grant is the line: a generation costs the person's quota, so what was granted is never given to anybody again
unless the worker proves that it did not start, or the site's own answer that it generated nothing. Each grant has the
next epoch; whatever is said of an older one is late and ignored.

A worker is its connection: nothing but suspended jobs survives `WorkerLeft`, and those move in one step to the worker
that their page returned as, so an old connection that closes late can't touch the jobs of the new one.

Jobs are claimed from the queue only against free slots, and a claim that is under way holds its slots, so that free
capacity is never promised twice and never leaks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from arenabridge.dispatch.commands import (
    CancelJob,
    ClaimJobs,
    Command,
    EnqueueJob,
    FailRequest,
    GrantJob,
    OfferJob,
    PrepareJob,
    ReleaseJob,
    RequeueJob,
    WithdrawJob,
)
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.events import (
    AttemptEnded,
    AttemptNotStarted,
    AttemptRefused,
    Event,
    JobPrepared,
    JobsClaimed,
    JobsResumed,
    Need,
    OfferAccepted,
    OfferRefused,
    RequestAbandoned,
    RequestArrived,
    RequestRejected,
    TimePassed,
    WorkerChanged,
    WorkerJoined,
    WorkerLeft,
    WorkerLimited,
    WorkWaiting,
)
from arenabridge.dispatch.fleet import Fleet
from arenabridge.errors import (
    FirstByteTimeout,
    NoWorkerConnected,
    QueueFull,
    Stalled,
    UploadFailed,
    WaitedTooLong,
    WorkerLost,
)
from arenabridge.wire.link.messages import JobId, WorkerId

MAX_GRANTS = 3
"""How often a job may be granted when it keeps being proved that nothing came of it."""


class Stage(Enum):
    """Where a job stands."""

    WAITING = auto()
    OFFERED = auto()
    PREPARING = auto()
    GRANTED = auto()
    SUSPENDED = auto()


@dataclass(slots=True)
class _Job:
    arrived: float
    needs_preparing: bool = False
    stage: Stage = Stage.WAITING
    worker: WorkerId | None = None
    deadline: float = 0.0
    """Of the offer, or of the next piece of the answer; waiting jobs are judged by `arrived`."""
    epoch: int = 0
    answering: bool = False
    refused_because: str = ""
    """What the last worker that was asked gave as its reason."""


class Dispatcher:
    """Who serves whom. One per gateway process."""

    def __init__(self, deadlines: Deadlines, *, now: float) -> None:
        self._deadlines = deadlines
        self._fleet = Fleet()
        self._jobs: dict[JobId, _Job] = {}
        self._worker_seen = now  # a gateway that just started may have had workers a moment ago
        self._claiming = 0
        self._work_waits = False

    def handle(self, event: Event, now: float) -> list[Command]:
        return [*self._react(event, now), *self._claim()]

    def heard(self, worker: WorkerId, job: JobId, epoch: int, now: float) -> bool:
        """
        Note a piece of an answer and say whether it is to be used.

        The short path: called for every piece, it allocates nothing and decides nothing else.
        """
        entry = self._jobs.get(job)
        if entry is None or entry.worker != worker or entry.epoch != epoch or entry.stage is not Stage.GRANTED:
            return False
        entry.deadline = now + self._deadlines.silence
        entry.answering = True
        return True

    def is_current(self, worker: WorkerId, job: JobId, epoch: int) -> bool:
        """Whether this worker holds this epoch of the job: anything else said of the job is late."""
        entry = self._jobs.get(job)
        return entry is not None and entry.stage is Stage.GRANTED and entry.worker == worker and entry.epoch == epoch

    def suspended_at(self, worker: WorkerId) -> list[JobId]:
        """The jobs kept for the page of a worker that has left."""
        member = self._fleet.get(worker)
        jobs = sorted(member.jobs) if member is not None else []
        return [job for job in jobs if self._is_at(worker, job, Stage.SUSPENDED)]

    @property
    def free_slots(self) -> int:
        return self._fleet.free_slots

    def count(self, stage: Stage) -> int:
        return sum(entry.stage is stage for entry in self._jobs.values())

    def jobs_of(self, worker: WorkerId) -> int:
        member = self._fleet.get(worker)
        return len(member.jobs) if member else 0

    def _react(self, event: Event, now: float) -> Iterator[Command]:  # noqa: C901, PLR0912 - one case an event
        match event:
            case WorkerJoined(worker, pool, slots):
                self._fleet.join(worker, pool, slots)
                self._worker_seen = now
                self._work_waits = True
            case WorkerChanged():
                yield from self._change(event)
            case WorkerLimited():
                self._limit(event)
            case WorkerLeft(worker, may_return):
                yield from self._leave(worker, now, may_return=may_return)
            case JobsResumed():
                yield from self._resume(event, now)
            case RequestArrived(job, needs_preparing):
                yield from self._admit(job, now, needs_preparing=needs_preparing)
            case RequestRejected(job):
                yield from self._reject(job)
            case RequestAbandoned(job):
                yield from self._drop(job)
            case WorkWaiting():
                self._work_waits = True
            case JobsClaimed(limit, jobs):
                self._claiming -= limit
                self._work_waits |= len(jobs) == limit
                for job in jobs:
                    yield from self._place(job, now)
            case OfferAccepted(worker, job):
                yield from self._accepted(worker, job, now)
            case JobPrepared(worker, job):
                if self._is_at(worker, job, Stage.PREPARING):
                    yield self._grant(worker, job, now)
            case OfferRefused(worker, job, why):
                if self._is_at(worker, job, Stage.OFFERED):
                    self._jobs[job].refused_because = why
                    yield self._give_elsewhere(job, now)
            case AttemptEnded(worker, job, epoch):
                if self.is_current(worker, job, epoch):
                    yield self._forget(job)
            case AttemptNotStarted(worker, job, epoch, need):
                if self.is_current(worker, job, epoch):
                    yield from self._not_started(job, need, now)
            case AttemptRefused(worker, job, epoch, need):
                if self.is_current(worker, job, epoch):
                    yield from self._refused(job, need, now)
            case TimePassed():
                yield from self._expire(now)
            case _:
                assert_never(event)

    # -- workers

    def _change(self, change: WorkerChanged) -> Iterator[Command]:
        member = self._fleet.change(change)
        if member is None:
            return
        self._work_waits |= member.able
        if change.frozen:
            for job in sorted(member.jobs):
                yield CancelJob(change.worker, job)
                yield from self._lose(job, "The browser froze the tab that was answering.")

    def _limit(self, limited: WorkerLimited) -> None:
        member = self._fleet.get(limited.worker)
        if member is not None:
            member.slots, member.uses_page = limited.slots, limited.uses_page
            self._work_waits = True

    def _leave(self, worker: WorkerId, now: float, *, may_return: bool) -> Iterator[Command]:
        member = self._fleet.get(worker)
        if member is None or member.away:
            return
        self._worker_seen = now
        for job in sorted(member.jobs):
            if may_return and self._jobs[job].stage is Stage.GRANTED:
                self._jobs[job].stage, self._jobs[job].deadline = Stage.SUSPENDED, now + self._deadlines.grace
            else:
                yield from self._lose(job, "The browser tab that was answering has disconnected.")
        if may_return:
            self._fleet.go_away(worker)
        else:
            self._fleet.leave(worker)

    def _resume(self, resumed: JobsResumed, now: float) -> Iterator[Command]:
        if resumed.worker not in self._fleet:
            return
        for job in self.suspended_at(resumed.before):
            if job in resumed.jobs:
                self._move(job, resumed, now)
            elif job in resumed.unheard and self._jobs[job].epoch < MAX_GRANTS:
                yield self._wait_again(job)
            else:
                yield from self._lose(job, "The browser tab that was answering came back without this answer.")

    def _move(self, job: JobId, resumed: JobsResumed, now: float) -> None:
        entry = self._jobs[job]
        entry.stage, entry.worker = Stage.GRANTED, resumed.worker
        entry.deadline = now + (self._deadlines.silence if entry.answering else self._deadlines.first_byte)
        self._fleet.move(job, resumed.before, resumed.worker)

    def _lose(self, job: JobId, detail: str) -> Iterator[Command]:
        """The worker is gone: what was not granted goes elsewhere, a granted job is over."""
        if self._jobs[job].stage in {Stage.OFFERED, Stage.PREPARING}:
            yield self._wait_again(job)
        else:
            yield FailRequest(job, WorkerLost, detail)
            yield self._forget(job)

    # -- requests

    def _admit(self, job: JobId, now: float, *, needs_preparing: bool) -> Iterator[Command]:
        if job in self._jobs:
            return
        if not len(self._fleet) and now - self._worker_seen > self._deadlines.recently:
            yield FailRequest(job, NoWorkerConnected)
            return
        self._jobs[job] = _Job(arrived=now, needs_preparing=needs_preparing)
        yield EnqueueJob(job)

    def _reject(self, job: JobId) -> Iterator[Command]:
        entry = self._jobs.get(job)
        if entry is not None and entry.stage is Stage.WAITING:
            del self._jobs[job]
            yield FailRequest(job, QueueFull)

    def _drop(self, job: JobId) -> Iterator[Command]:
        entry = self._jobs.get(job)
        if entry is None:
            return
        if entry.worker is None:
            del self._jobs[job]
            yield WithdrawJob(job)
        else:
            yield CancelJob(entry.worker, job)
            yield self._forget(job)

    # -- slots and offers

    def _claim(self) -> Iterator[Command]:
        if not self._work_waits:
            return
        limit = self.free_slots - self._claiming
        if limit > 0:
            self._claiming += limit
            self._work_waits = False
            yield ClaimJobs(limit)

    def _place(self, job: JobId, now: float) -> Iterator[Command]:
        """Offer a claimed job to the best worker there is now."""
        entry = self._jobs.get(job)
        if entry is None or entry.stage is not Stage.WAITING:
            yield ReleaseJob(job)
            return
        worker = self._fleet.best()
        if worker is None:
            yield RequeueJob(job)
            return
        entry.stage, entry.worker, entry.deadline = Stage.OFFERED, worker, now + self._deadlines.accept
        self._fleet.take(worker, job)
        yield OfferJob(worker, job)

    def _accepted(self, worker: WorkerId, job: JobId, now: float) -> Iterator[Command]:
        if not self._is_at(worker, job, Stage.OFFERED):
            return
        entry = self._jobs[job]
        if entry.needs_preparing:
            entry.stage, entry.deadline = Stage.PREPARING, now + self._deadlines.prepare
            yield PrepareJob(worker, job)
        else:
            yield self._grant(worker, job, now)

    def _grant(self, worker: WorkerId, job: JobId, now: float) -> Command:
        entry = self._jobs[job]
        entry.stage, entry.deadline = Stage.GRANTED, now + self._deadlines.first_byte
        entry.epoch += 1
        entry.answering = False
        return GrantJob(worker, job, entry.epoch)

    def _give_elsewhere(self, job: JobId, now: float) -> Command:
        """Its worker could not take it, so that one rests: a tab that refuses at once must not be asked in a loop."""
        self._fleet.rest(self._jobs[job].worker, now + self._deadlines.rest)
        return self._wait_again(job)

    def _not_started(self, job: JobId, need: Need | None, now: float) -> Iterator[Command]:
        if self._jobs[job].epoch < MAX_GRANTS:
            yield self._give_elsewhere(job, now)
            return
        if need is not None:
            yield FailRequest(job, need.error, need.detail)
        else:
            yield FailRequest(job, WorkerLost, f"No worker managed to start this request ({MAX_GRANTS} tries).")
        yield self._forget(job)

    def _refused(self, job: JobId, need: Need, now: float) -> Iterator[Command]:
        entry = self._jobs[job]
        if entry.epoch < MAX_GRANTS:
            entry.arrived = now  # the person gets the whole wait, however long the site took to refuse
            yield self._wait_again(job)
            return
        yield FailRequest(job, need.error, need.detail)
        yield self._forget(job)

    # -- stages

    def _is_at(self, worker: WorkerId, job: JobId, stage: Stage) -> bool:
        entry = self._jobs.get(job)
        return entry is not None and entry.stage is stage and entry.worker == worker

    def _wait_again(self, job: JobId) -> Command:
        entry = self._jobs[job]
        self._free(job)
        entry.stage, entry.worker = Stage.WAITING, None
        self._work_waits = True
        return RequeueJob(job)

    def _forget(self, job: JobId) -> Command:
        self._free(job)
        del self._jobs[job]
        return ReleaseJob(job)

    def _free(self, job: JobId) -> None:
        """Give the job's slot back; a queue that was not emptied by the last claim may have use for it."""
        self._fleet.give_back(self._jobs[job].worker, job)
        self._work_waits = True

    # -- time

    def _expire(self, now: float) -> Iterator[Command]:
        self._work_waits |= self._fleet.wake_rested(now)
        for job, entry in list(self._jobs.items()):
            if entry.stage is Stage.WAITING:
                yield from self._expire_waiting(job, entry, now)
            elif entry.deadline <= now and entry.worker is not None:
                yield CancelJob(entry.worker, job)
                yield from self._time_out(job, now)

    def _expire_waiting(self, job: JobId, entry: _Job, now: float) -> Iterator[Command]:
        if self._gives_up_at(entry) <= now:
            del self._jobs[job]
            yield WithdrawJob(job)
            yield self._waited_in_vain(job, entry.refused_because)

    def _waited_in_vain(self, job: JobId, refused: str) -> Command:
        """If every worker waits for its person, that is what the client is told."""
        if not len(self._fleet):
            return FailRequest(job, NoWorkerConnected)
        need = self._fleet.common_need()
        if need is not None:
            return FailRequest(job, need.error, need.detail)
        why = f"No worker became free in time. The last one asked said: {refused}." if refused else ""
        return FailRequest(job, WaitedTooLong, why)

    def _gives_up_at(self, job: _Job) -> float:
        latest = job.arrived + self._deadlines.wait
        return (
            latest if len(self._fleet) else min(latest, max(job.arrived, self._worker_seen) + self._deadlines.return_)
        )

    def _time_out(self, job: JobId, now: float) -> Iterator[Command]:
        entry = self._jobs[job]
        if entry.stage is Stage.OFFERED:
            yield self._give_elsewhere(job, now)
            return
        match entry.stage:
            case Stage.PREPARING:
                yield FailRequest(job, UploadFailed, "The upload of the request's files took too long.")
            case Stage.SUSPENDED:
                yield FailRequest(job, WorkerLost, "The browser tab that was answering did not come back in time.")
            case _:
                yield FailRequest(job, Stalled if entry.answering else FirstByteTimeout)
        yield self._forget(job)
