"""
Pages that come back with their jobs, on another connection or by way of another replica.

What a page carries belongs to this replica or to another one, which the page is then lent to again. The connection that
the page had before is fenced first: nothing that still comes over it counts.
"""

from collections.abc import Callable, Sequence

from arenabridge.dispatch import events as e
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.hub.jobs.exchanges import Exchanges
from arenabridge.hub.links.resumption import Resumption
from arenabridge.hub.replicas.fleet import Replicas
from arenabridge.hub.replicas.lent_worker import LentWorker
from arenabridge.hub.workers.roster import Roster
from arenabridge.hub.workers.worker import Worker
from arenabridge.wire.link import messages as m

MAX_OF_OTHERS = 256
"""Jobs of other replicas that one page may bring back: as many as a page may have slots."""

CLOSED_SINCE = "its page has connected anew"


class Returning:
    """Knows, between `welcome` and `join` of each worker, what becomes of the jobs that its page carries."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        exchanges: Exchanges,
        roster: Roster,
        replicas: Replicas,
        happened: Callable[[e.Event], None],
        leave: Callable[[Worker], None],
        grace_seconds: float,
    ) -> None:
        self._dispatcher = dispatcher
        self._exchanges = exchanges
        self._roster = roster
        self._replicas = replicas
        self._happened = happened
        self._leave = leave
        self.keys = Resumption(grace_seconds)
        self._resumed: dict[m.WorkerId, list[e.JobsResumed]] = {}
        self._theirs: dict[m.WorkerId, list[m.Carried]] = {}

    def welcome(self, worker: m.WorkerId, hello: m.Hello, credential: str = "") -> tuple[str, tuple[m.Resumed, ...]]:
        """A key for the worker's page, and what is to become of the jobs that it carries."""
        theirs = [each for each in hello.carrying if self._replicas.home_of(each.job) is not None][:MAX_OF_OTHERS]
        answers = {each.job: m.Resumed(each.job, each.epoch) for each in hello.carrying}
        answers |= {each.job: m.Resumed(each.job, each.epoch, 0) for each in theirs}
        redeemed = self.keys.redeem(hello.resume_key)
        resumed = self._resumed[worker] = []
        for before in self._befores(redeemed, hello, credential):
            self._fence(before)
            found = self._exchanges.resume(self._dispatcher.suspended_at(before), hello.carrying)
            answers |= {each.job: each for each in found.answers if each.from_seq is not None}
            resumed.append(e.JobsResumed(worker, before, found.kept, found.unheard))
        self._theirs[worker] = theirs
        if self._replicas.me and (hello.resume_key or hello.carrying):
            self._replicas.tell_page(hello.page, credential, [each.job for each in hello.carrying])
        return self.keys.issue(worker, instead_of=hello.resume_key if redeemed else ""), tuple(answers.values())

    def join(self, worker: Worker) -> None:
        """The page is among the workers now."""
        id_ = worker.state.worker
        for resumed in self._resumed.pop(id_, []):
            self._exchanges.move(resumed.jobs, id_)
            self._happened(resumed)
        for carried in self._theirs.pop(id_, []):
            if (home := self._replicas.home_of(carried.job)) is not None:
                self._happened(e.GuestArrived(carried.job, worker=id_))
                if not self._replicas.lender.lend(worker, carried.job, home, carried.epoch):
                    self._happened(e.GuestLeft(carried.job))
                    worker.say(m.Cancel(carried.job))

    def take_back(self, worker: LentWorker, job: m.JobId, epoch: int) -> bool:
        """The page that carries the job has come back to another replica; says whether it is to go on with it."""
        state = worker.state
        before = self._exchanges.held_by(state.page, state.terms.credential).get(job)
        if before is None:
            return False
        self._fence(before)
        kept = self._exchanges.resume(self._dispatcher.suspended_at(before), (m.Carried(job, epoch),)).kept
        self._exchanges.move(kept, state.worker)
        self._happened(e.JobsResumed(state.worker, before, kept, is_all=False))
        return bool(kept)

    def is_elsewhere(self, page: str, credential: str, carrying: Sequence[m.JobId]) -> None:
        """The page has come back to another replica with these jobs; others, which it never heard of, wait again."""
        for job, before in self._exchanges.held_by(page, credential).items():
            if job not in carrying:
                self._fence(before)
                unheard = self._exchanges.resume(self._dispatcher.suspended_at(before), ()).unheard
                self._happened(e.JobsResumed(before, before, (), unheard, is_all=False))

    def _befores(self, redeemed: m.WorkerId | None, hello: m.Hello, credential: str) -> list[m.WorkerId]:
        """
        The workers that this page was.

        Another replica's key says nothing here, but the page's id and what it came in with do: nobody else knows both.
        """
        befores = [redeemed] if redeemed is not None else []
        if self._replicas.me:
            befores += set(self._exchanges.held_by(hello.page, credential).values()) - {redeemed}
        return befores

    def _fence(self, before: m.WorkerId) -> None:
        if (old := self._roster.get(before)) is not None:
            self._leave(old)
            old.close(CLOSED_SINCE)
