"""A worker of another replica, as the home of a job sees it while it is lent: every word goes through a pipe."""

from collections.abc import Callable

from arenabridge.dispatch.events import Terms
from arenabridge.engine.interface import ReplicaId
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire import lending as l
from arenabridge.wire.link import messages as m


class LentWorker:
    """Implements `hub.workers.worker.Worker`. Its connection is its holder's to look after."""

    def __init__(
        self,
        lent: l.Lent,
        lease: l.LeaseId,
        job: m.JobId,
        holder: ReplicaId,
        send: Callable[[ReplicaId, bytes], None],
        send_file: "Callable[[LentWorker, m.JobId, bytes], None]",
        now: float,
    ) -> None:
        self.state = _state_of(lent, lease, holder)
        self.lease = lease
        self.job = job
        self.holder = holder
        self.is_over = False
        """Its slot was given back; from now on it only carries errands."""
        self.over_at = 0.0
        self.verdict: str | None = None
        self._send = send
        self._send_file = send_file
        self.since = now

    def say(self, message: m.FromGateway) -> None:
        self.pass_on(l.Say(m.encode(message).encode()))

    def send_file(self, errand: m.JobId, content: bytes) -> None:
        self._send_file(self, errand, content)

    def tick(self, now: float) -> None:
        """Its holder asks it for signs of life."""

    def close(self, reason: str) -> None:  # noqa: ARG002 - the holder's log has a reason of its own
        """Have the page come back: whichever replica it comes to lends it again."""
        self.pass_on(l.Close(cut=True))

    def give_back(self, over: l.Over) -> None:
        self.pass_on(over)

    def let_go(self) -> None:
        self.pass_on(l.Close())

    def pass_on(self, message: l.FromHome) -> None:
        self._send(self.holder, l.encode(self.lease, message))


def lent_out(state: WorkerState) -> l.Lent:
    """What a home is told of a worker of ours."""
    return l.Lent(
        worker=state.worker,
        origin=state.origin,
        profile=state.profile,
        script=state.script,
        page=state.page,
        how=state.how,
        name=state.name,
        resumes=state.resumes,
        visible=state.visible,
        transport=state.transport,
        uses_page=state.uses_page,
        human=state.human,
        credential=state.terms.credential,
        owner=state.terms.owner,
    )


def _state_of(lent: l.Lent, lease: l.LeaseId, holder: ReplicaId) -> WorkerState:
    return WorkerState(
        worker=m.WorkerId(f"{lent.worker}/{lease.rpartition('.')[2]}"),
        origin=lent.origin,
        profile=lent.profile,
        script=lent.script,
        slots=1,
        how=lent.how,
        resumes=lent.resumes,
        transport=lent.transport,
        visible=lent.visible,
        human=lent.human,
        page=lent.page,
        name=lent.name,
        uses_page=lent.uses_page,
        limit=1,
        terms=Terms(credential=lent.credential, owner=lent.owner),
        lender=holder,
    )
