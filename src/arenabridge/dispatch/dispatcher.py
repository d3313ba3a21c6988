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

A job of another replica that was claimed here is a guest: its worker is lent to that replica, which decides on it as
on its own, and here it only holds a slot. A worker that another replica lends us serves the one job it is lent for.

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
from typing import assert_never

from arenabridge.dispatch.claims import Claims
from arenabridge.dispatch.commands import (
    CancelJob,
    Command,
    EnqueueJob,
    FailRequest,
    GrantJob,
    LendWorker,
    OfferJob,
    PrepareJob,
    ReleaseJob,
    RequeueJob,
    TellLimit,
    WithdrawJob,
)
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.events import (
    AttemptEnded,
    AttemptLimited,
    AttemptNotStarted,
    AttemptRefused,
    Elsewhere,
    Event,
    GuestArrived,
    GuestLeft,
    JobPrepared,
    JobsClaimed,
    JobsResumed,
    Need,
    OfferAccepted,
    OfferRefused,
    PersonLimited,
    RequestAbandoned,
    RequestArrived,
    RequestRejected,
    SlotLent,
    TermsChanged,
    TimePassed,
    Verdict,
    WorkerChanged,
    WorkerJoined,
    WorkerLeft,
    WorkerLimited,
    WorkWaiting,
)
from arenabridge.dispatch.fleet import Fleet
from arenabridge.dispatch.jobs import Job, Stage
from arenabridge.dispatch.patience import RESTS, Patience
from arenabridge.dispatch.standing import Standing
from arenabridge.errors import (
    QueueFull,
    UpstreamRateLimited,
    WorkerLost,
)
from arenabridge.wire.link.messages import JobId, WorkerId

MAX_GRANTS = 3
"""How often a job may be granted when it keeps being proved that nothing came of it."""


class Dispatcher:
    """Who serves whom. One per gateway process."""

    def __init__(self, deadlines: Deadlines, *, now: float) -> None:
        self._deadlines = deadlines
        self._fleet = Fleet()
        self._jobs: dict[JobId, Job] = {}
        self._standing = Standing(self._fleet, deadlines)
        self._patience = Patience(self._fleet, self._standing, deadlines, now)
        self._claims = Claims()
        self._work_waits = False

    def handle(self, event: Event, now: float) -> list[Command]:
        return [*self._react(event, now), *self._claim(now)]

    def heard(self, worker: WorkerId, job: JobId, epoch: int, now: float) -> bool:
        """
        Note a piece of an answer and say whether it is to be used.

        The short path: called for every piece, it allocates nothing and decides nothing else.
        """
        entry = self._jobs.get(job)
        if entry is None or entry.worker != worker or entry.epoch != epoch or entry.stage is not Stage.GRANTED:
            return False
        entry.deadline = now + self._deadlines.silence
        if not entry.answering:
            entry.answering = True
            self._standing.answered_after(worker, now - entry.granted)
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

    def expected_wait(self, position: int) -> float | None:
        """Seconds until the job at that place in the queue may begin, going by the last answers; None if unknown."""
        return self._standing.expected_wait(position)

    def resting(self, worker: WorkerId, now: float) -> dict[str, float]:
        """The models whose limit the worker's person has reached, and for how many seconds."""
        member = self._fleet.get(worker)
        return self._standing.cooldowns.resting(member.person, now) if member else {}

    @property
    def free_slots(self) -> int:
        return self._fleet.free_slots

    def at(self, stage: Stage) -> list[JobId]:
        return [job for job, entry in self._jobs.items() if entry.stage is stage]

    def jobs_of(self, worker: WorkerId) -> int:
        member = self._fleet.get(worker)
        return len(member.jobs) if member else 0

    def has_free_slot(self, worker: WorkerId) -> bool:
        """Whether it could take one more job now, also of somebody other than its owner."""
        member = self._fleet.get(worker)
        return member is not None and member.rank is not None and self._fleet.lendable(member.terms) > 0

    def rests(self, worker: WorkerId) -> bool:
        """It did not take its last offer."""
        member = self._fleet.get(worker)
        return member is not None and member.rests_until > 0

    def _react(self, event: Event, now: float) -> Iterator[Command]:  # noqa: C901, PLR0912, PLR0915 - one case an event
        match event:
            case WorkerJoined(worker, pool, slots, terms, is_lent):
                self._fleet.join(worker, pool, slots, terms, is_lent=is_lent)
                self._patience.worker_seen = now
                self._work_waits = True
            case TermsChanged(terms):
                self._fleet.set_terms(terms)
                self._work_waits = True
            case WorkerChanged():
                yield from self._change(event)
            case WorkerLimited(worker, slots, uses_page):
                self._fleet.limit(worker, slots, uses_page=uses_page)
                self._work_waits = True
            case WorkerLeft(worker, may_return):
                yield from self._leave(worker, now, may_return=may_return)
            case JobsResumed():
                yield from self._resume(event, now)
            case RequestArrived():
                yield from self._admit(event, now)
            case RequestRejected(job):
                yield from self._reject(job)
            case RequestAbandoned(job):
                yield from self._drop(job)
            case WorkWaiting(model, asker):
                self._claims.news(model, asker)
                self._work_waits = True
            case JobsClaimed(limit, jobs, opening):
                self._work_waits |= self._claims.answered(limit, opening, len(jobs))
                for job in jobs:
                    yield from self._place(job, now)
            case SlotLent(worker, job):
                if worker in self._fleet and self.is_waiting(job):
                    yield self._offer(worker, job, self._jobs[job], now)
            case GuestArrived():
                self._take_in(event, now)
            case GuestLeft(job, verdict):
                self._see_off(job, verdict, now)
            case PersonLimited(person, model, seconds):
                self._standing.cooldowns.limited(person, model, seconds, asked=None, now=now)
            case Elsewhere(workers):
                self._fleet.elsewhere = workers
            case OfferAccepted(worker, job):
                yield from self._accepted(worker, job, now)
            case JobPrepared(worker, job):
                if self._is_at(worker, job, Stage.PREPARING):
                    yield self._grant(worker, job, now)
            case OfferRefused(worker, job, why):
                if self._is_at(worker, job, Stage.OFFERED):
                    self._jobs[job].refused_because = why
                    yield self._give_elsewhere(job, now)
            case AttemptEnded(worker, job, epoch, verdict):
                if self.is_current(worker, job, epoch):
                    self._standing.learn(worker, self._jobs[job], verdict, now)
                    yield self._forget(job)
            case AttemptNotStarted(worker, job, epoch, need):
                if self.is_current(worker, job, epoch):
                    yield from self._not_started(job, need, now)
            case AttemptRefused(worker, job, epoch, need):
                if self.is_current(worker, job, epoch):
                    yield from self._refused(job, need, now)
            case AttemptLimited(worker, job, epoch):
                if self.is_current(worker, job, epoch):
                    yield from self._limited(event, now)
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
            for job in sorted(job for job in member.jobs if not self._jobs[job].is_guest):
                yield CancelJob(change.worker, job)
                yield from self._lose(job, "The browser froze the tab that was answering.")

    def _leave(self, worker: WorkerId, now: float, *, may_return: bool) -> Iterator[Command]:
        member = self._fleet.get(worker)
        if member is None or member.away:
            return
        self._patience.worker_seen = now
        self._standing.breakers.left(worker)
        for job in sorted(member.jobs):
            if self._jobs[job].is_guest:
                self._see_off(job, None, now)
            elif may_return and self._jobs[job].stage is Stage.GRANTED:
                self._jobs[job].suspend(now + self._deadlines.grace, now)
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
                self._jobs[job].resume(resumed.worker, now)
                self._fleet.move(job, resumed.before, resumed.worker)
            elif job in resumed.unheard and self._jobs[job].epoch < MAX_GRANTS:
                yield self._wait_again(job)
            elif resumed.is_all:
                yield from self._lose(job, "The browser tab that was answering came back without this answer.")

    def _lose(self, job: JobId, detail: str) -> Iterator[Command]:
        """The worker is gone: what was not granted goes elsewhere, a granted job is over."""
        if self._jobs[job].stage in {Stage.OFFERED, Stage.PREPARING}:
            yield self._wait_again(job)
        else:
            yield FailRequest(job, WorkerLost, detail)
            yield self._forget(job)

    # -- requests

    def _admit(self, request: RequestArrived, now: float) -> Iterator[Command]:
        job = request.job
        if job in self._jobs:
            return
        if not self._patience.is_worth_a_try(request.asker, now):
            yield self._patience.nobody(job)
        elif (wait := self._standing.limited_for(request.model, request.asker, now)) > 0:
            yield FailRequest(job, UpstreamRateLimited, RESTS, wait)
        else:
            self._jobs[job] = Job(now, request.needs_preparing, request.model, request.wants, request.asker)
            yield EnqueueJob(job)

    def _reject(self, job: JobId) -> Iterator[Command]:
        if self.is_waiting(job):
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

    def _claim(self, now: float) -> Iterator[Command]:
        if self._work_waits:
            self._work_waits = False
            yield from self._claims.against(self._standing.openings.at(now))

    def _place(self, job: JobId, now: float) -> Iterator[Command]:
        """Offer a claimed job to the best worker there is now; or lend that one to the job's own replica."""
        if not self.is_waiting(job):
            yield ReleaseJob(job)
            return
        entry = self._jobs[job]
        worker = self._standing.best(entry, now)
        if worker is None:
            if entry.is_guest:
                del self._jobs[job]
            yield RequeueJob(job)
        elif entry.is_guest:
            entry.stage = Stage.GUEST
            self._take(worker, job, entry, now)
            yield LendWorker(worker, job)
        else:
            yield self._offer(worker, job, entry, now)

    def _offer(self, worker: WorkerId, job: JobId, entry: Job, now: float) -> Command:
        entry.stage, entry.deadline = Stage.OFFERED, now + self._deadlines.accept
        self._take(worker, job, entry, now)
        return OfferJob(worker, job)

    def _take(self, worker: WorkerId, job: JobId, entry: Job, now: float) -> None:
        entry.worker, entry.granted = worker, now
        member = self._fleet.get(worker)
        self._fleet.take(worker, job, is_for_others=member is not None and member.person != entry.asker)

    # -- jobs of other replicas

    def _take_in(self, guest: GuestArrived, now: float) -> None:
        entry = Job(now, model=guest.model, asker=guest.asker, is_guest=True)
        if guest.worker is None:
            self._jobs.setdefault(guest.job, entry)
        elif guest.worker in self._fleet and guest.job not in self._jobs:
            self._jobs[guest.job], entry.stage = entry, Stage.GUEST
            self._take(guest.worker, guest.job, entry, now)

    def _see_off(self, job: JobId, verdict: Verdict, now: float) -> None:
        entry = self._jobs.get(job)
        if entry is not None and entry.is_guest and entry.worker is not None:
            self._standing.learn(entry.worker, entry, verdict, now)
            self._forget(job)

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
        entry.granted, entry.answering = now, False
        self._standing.breakers.tries(worker, entry.model, job, now)
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

    def _limited(self, limited: AttemptLimited, now: float) -> Iterator[Command]:
        """Somebody else's worker may serve it; another account of the same person never."""
        job, entry = limited.job, self._jobs[limited.job]
        wait = self._standing.limited(limited.worker, entry, limited.seconds, now)
        member = self._fleet.get(limited.worker)
        tell = TellLimit(member.person if member else "", entry.model, wait)
        if entry.epoch < MAX_GRANTS and not self._standing.limited_for(entry.model, entry.asker, now):
            yield from (self._wait_again(job), tell)
        else:
            yield FailRequest(job, limited.need.error, limited.need.detail, wait)
            yield from (self._forget(job), tell)

    # -- stages

    def is_waiting(self, job: JobId) -> bool:
        return job in self._jobs and self._jobs[job].stage is Stage.WAITING

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
        entry = self._jobs[job]
        if entry.worker is not None:
            self._standing.breakers.gone(entry.worker, entry.model, job)
        self._fleet.give_back(entry.worker, job)
        self._work_waits = True

    # -- time

    def _expire(self, now: float) -> Iterator[Command]:
        self._work_waits |= self._fleet.wake_rested(now)
        if any(entry.stage is Stage.WAITING for entry in self._jobs.values()):
            self._claims.news()  # in case word of it was lost
            self._work_waits = True  # a rest may be over
        for job, entry in list(self._jobs.items()):
            if entry.stage is Stage.WAITING:
                yield from self._expire_waiting(job, entry, now)
            elif (
                entry.worker is not None
                and not entry.is_guest
                and (entry.deadline <= now or self._patience.is_overdue(entry, now))
            ):
                yield CancelJob(entry.worker, job)
                yield from self._time_out(job, now)

    def _expire_waiting(self, job: JobId, entry: Job, now: float) -> Iterator[Command]:
        wait = self._standing.limited_for(entry.model, entry.asker, now)
        if wait > 0 or self._patience.gives_up_at(entry) <= now:
            del self._jobs[job]
            yield WithdrawJob(job)
            limited = FailRequest(job, UpstreamRateLimited, RESTS, wait)
            yield limited if wait > 0 else self._patience.in_vain(job, entry, now)

    def _time_out(self, job: JobId, now: float) -> Iterator[Command]:
        entry = self._jobs[job]
        if entry.stage is Stage.OFFERED:
            yield self._give_elsewhere(job, now)
            return
        if entry.stage is Stage.GRANTED and entry.worker is not None and not self._patience.is_overdue(entry, now):
            self._standing.breakers.failed(entry.worker, entry.model, now)
        yield self._patience.timed_out(job, entry, now)
        yield self._forget(job)
