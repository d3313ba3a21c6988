"""
Laws of the dispatcher under any order of joins, leaves, cancels, late and duplicate messages.

The machine below is the outer world: a queue that answers claims late, workers that answer offers when they please, say
things twice or after their time, and clients that hang up. It carries out every command and keeps its own books.
"""

from dataclasses import dataclass, field

from hypothesis import settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from arenabridge.dispatch import commands as c, events as e
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.dispatch.jobs import Stage
from arenabridge.errors import VerificationRequired
from arenabridge.wire.link.messages import JobId, WorkerId

NEED = e.Need(VerificationRequired, "click")


@dataclass
class Tab:
    pool: e.PoolId
    slots: int
    own_slots: int
    offered: set[JobId] = field(default_factory=set)
    preparing: set[JobId] = field(default_factory=set)
    granted: dict[JobId, int] = field(default_factory=dict)


class World(RuleBasedStateMachine):
    jobs = Bundle("jobs")
    workers = Bundle("workers")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.dispatcher = Dispatcher(Deadlines(), now=0)
        self.tabs: dict[WorkerId, Tab] = {}
        self.queue: list[JobId] = []
        self.claimed: set[JobId] = set()
        self.claims: list[int] = []
        self.live: set[JobId] = set()
        self.over: set[JobId] = set()
        self.with_files: set[JobId] = set()
        self.grants: dict[JobId, list[tuple[WorkerId, int]]] = {}
        self.disproved: set[tuple[JobId, int]] = set()

    # -- the outer world carries out what it is asked

    def say(self, event: e.Event) -> None:
        for command in self.dispatcher.handle(event, self.now):
            self.obey(command)

    def obey(self, command: c.Command) -> None:  # noqa: C901 - one case a command
        match command:
            case c.EnqueueJob(job) | c.RequeueJob(job):
                assert job in self.live
                assert job not in self.queue
                self.claimed.discard(job)
                self.queue.append(job)
                self.say(e.WorkWaiting())
            case c.WithdrawJob(job):
                if job in self.queue:
                    self.queue.remove(job)
            case c.ClaimJobs(limit):
                assert limit > 0
                self.claims.append(limit)
            case c.ReleaseJob(job):
                self.claimed.discard(job)
            case c.OfferJob(worker, job):
                assert job in self.live
                assert self.dispatcher.jobs_of(worker) <= self.tabs[worker].own_slots
                self.tabs[worker].offered.add(job)
            case c.PrepareJob(worker, job):
                assert job in self.with_files
                self.tabs[worker].preparing.add(job)
            case c.GrantJob(worker, job, epoch):
                self.check_grant(worker, job, epoch)
            case c.CancelJob(worker, job):
                tab = self.tabs[worker]
                tab.offered.discard(job)
                tab.preparing.discard(job)
                tab.granted.pop(job, None)
            case c.FailRequest(job):
                self.end(job)

    def check_grant(self, worker: WorkerId, job: JobId, epoch: int) -> None:
        before = self.grants.setdefault(job, [])
        assert all((job, earlier) in self.disproved for _, earlier in before), "given twice"
        assert epoch == len(before) + 1
        assert job in self.live
        assert job not in self.with_files or job in self.tabs[worker].preparing, "granted without its files"
        self.tabs[worker].preparing.discard(job)
        before.append((worker, epoch))
        self.tabs[worker].offered.discard(job)
        self.tabs[worker].granted[job] = epoch

    def end(self, job: JobId) -> None:
        assert job in self.live, "ended twice"
        self.live.discard(job)
        self.over.add(job)

    # -- what can happen

    @rule(target=workers, pool=st.sampled_from(["p", "q"]), slots=st.integers(1, 3))
    def join(self, pool: str, slots: int) -> WorkerId:
        return self.a_new_worker(pool, slots)

    def a_new_worker(self, pool: str, slots: int) -> WorkerId:
        worker = WorkerId(f"w{len(self.tabs)}")
        self.tabs[worker] = Tab(e.PoolId(pool), slots, slots)
        self.say(e.WorkerJoined(worker, e.PoolId(pool), slots))
        return worker

    @rule(worker=workers, may_return=st.booleans())
    def leave(self, worker: WorkerId, *, may_return: bool) -> None:
        self.say(e.WorkerLeft(worker, may_return))

    @rule(target=workers, before=workers, data=st.data())
    def return_with_some_of_its_jobs(self, before: WorkerId, data: st.DataObject) -> WorkerId:
        suspended = self.dispatcher.suspended_at(before)
        carried = data.draw(st.sets(st.sampled_from(suspended)) if suspended else st.just(set()))
        unheard = data.draw(st.sets(st.sampled_from(suspended)) if suspended else st.just(set())) - carried
        self.say(e.WorkerLeft(before))
        worker = self.a_new_worker(self.tabs[before].pool, self.tabs[before].slots)
        for job in carried:
            self.grants[job][-1] = (worker, self.grants[job][-1][1])
        self.disproved |= {(job, self.grants[job][-1][1]) for job in unheard}
        self.say(e.JobsResumed(worker, before, tuple(carried), tuple(unheard)))
        assert not self.dispatcher.suspended_at(before)
        return worker

    @rule(worker=workers, frozen=st.booleans(), needed=st.booleans())
    def change(self, worker: WorkerId, *, frozen: bool, needed: bool) -> None:
        self.say(e.WorkerChanged(worker, visible=not frozen, frozen=frozen, need=NEED if needed else None))

    @rule(worker=workers, slots=st.integers(1, 3))
    def limit(self, worker: WorkerId, slots: int) -> None:
        self.tabs[worker].own_slots = slots
        self.say(e.WorkerLimited(worker, slots))

    @rule(target=jobs, has_files=st.booleans())
    def arrive(self, *, has_files: bool) -> JobId:
        job = JobId(f"j{len(self.live) + len(self.over)}")
        self.live.add(job)
        if has_files:
            self.with_files.add(job)
        self.say(e.RequestArrived(job, needs_preparing=has_files))
        return job

    @rule(job=jobs)
    def abandon(self, job: JobId) -> None:
        self.say(e.RequestAbandoned(job))
        if job in self.live:
            self.end(job)

    @rule()
    def answer_a_claim(self) -> None:
        if self.claims:
            limit = self.claims.pop(0)
            given, self.queue = self.queue[:limit], self.queue[limit:]
            self.claimed.update(given)
            self.say(e.JobsClaimed(limit, tuple(given)))

    @rule(worker=workers, job=jobs, accepts=st.booleans())
    def answer_an_offer_or_none(self, worker: WorkerId, job: JobId, *, accepts: bool) -> None:
        self.say(e.OfferAccepted(worker, job) if accepts else e.OfferRefused(worker, job))

    @rule(worker=workers, job=jobs)
    def prepare_or_say_so_late(self, worker: WorkerId, job: JobId) -> None:
        self.say(e.JobPrepared(worker, job))

    @rule(worker=workers, job=jobs, epoch=st.integers(1, 3))
    def end_an_attempt_or_none(self, worker: WorkerId, job: JobId, epoch: int) -> None:
        if self.dispatcher.is_current(worker, job, epoch):
            self.end(job)
        self.say(e.AttemptEnded(worker, job, epoch))

    @rule(worker=workers, job=jobs, epoch=st.integers(1, 3))
    def prove_that_it_did_not_start(self, worker: WorkerId, job: JobId, epoch: int) -> None:
        if self.dispatcher.is_current(worker, job, epoch):
            self.disproved.add((job, epoch))
        self.say(e.AttemptNotStarted(worker, job, epoch))

    @rule(worker=workers, job=jobs, epoch=st.integers(1, 3))
    def prove_that_nothing_was_generated(self, worker: WorkerId, job: JobId, epoch: int) -> None:
        if self.dispatcher.is_current(worker, job, epoch):
            self.disproved.add((job, epoch))
        self.say(e.AttemptRefused(worker, job, epoch, NEED))

    @rule(seconds=st.sampled_from([0.5, 2, 9, 61, 400]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.say(e.TimePassed())

    # -- what must hold

    @rule(worker=workers, job=jobs, epoch=st.integers(1, 3))
    def a_piece_is_used_only_from_the_holder_of_the_latest_grant(
        self, worker: WorkerId, job: JobId, epoch: int
    ) -> None:
        if self.dispatcher.heard(worker, job, epoch, self.now):
            assert job in self.live
            assert self.grants[job][-1] == (worker, epoch)

    @invariant()
    def no_pool_is_given_more_than_its_slots(self) -> None:
        for pool in ("p", "q"):
            tabs = [tab for tab in self.tabs.values() if tab.pool == pool]
            busy = sum(self.dispatcher.jobs_of(id_) for id_, tab in self.tabs.items() if tab.pool == pool)
            assert busy <= max((tab.slots for tab in tabs), default=0)

    @invariant()
    def no_job_is_lost(self) -> None:
        assert sum(len(self.dispatcher.at(stage)) for stage in Stage) == len(self.live)
        assert set(self.queue) | self.claimed >= self.live

    def teardown(self) -> None:
        """Everybody leaves and time passes: every request has ended, nothing is left over."""
        for worker in list(self.tabs):
            self.leave(worker, may_return=True)
        while self.claims:
            self.answer_a_claim()
        self.time_passes(1000)
        while self.claims:
            self.answer_a_claim()
        assert not self.live
        assert not self.queue
        assert not self.claimed
        assert self.dispatcher.free_slots == 0


World.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestDispatcherLaws = World.TestCase
