"""
Workers of ours that are lent to other replicas, each for one job: the holder's end of the pipe.

What the worker says of a guest's job or errand goes to its home, what the home says goes to the worker. Only where
frames go and when a slot is free again is decided here.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import assert_never

from arenabridge.dispatch import events as e
from arenabridge.engine.interface import Engine, ReplicaId
from arenabridge.hub.replicas.lent_worker import lent_out
from arenabridge.hub.workers.roster import Roster
from arenabridge.hub.workers.worker import Worker
from arenabridge.wire import lending as l
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import HoldFile, PutFile

_log = logging.getLogger(__name__)

MAX_LEASES = 4096
"""Leases open at once; beyond that nothing is lent, and the job waits in the queue."""

MAX_FILE_BYTES = 64 * 2**20
"""The size of one file on its way to a worker: two of the largest requests."""


@dataclass(slots=True)
class _Lease:
    """One worker lent for one job."""

    id: l.LeaseId
    home: ReplicaId
    worker: Worker
    job: m.JobId
    since: float = 0.0
    is_over: bool = False
    errands: dict[m.JobId, int | None] = field(default_factory=dict)
    """An errand, with the size of the file that goes along."""
    files: dict[m.JobId, bytearray] = field(default_factory=dict)

    @property
    def routes(self) -> set[m.JobId]:
        return {*self.errands, self.job}


class Lender:
    """All leases, by id, by what they are for, and by worker."""

    def __init__(
        self, engine: Engine, roster: Roster, happened: Callable[[e.Event], None], now: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._now = now
        self._roster = roster
        self._happened = happened
        self._leases: dict[l.LeaseId, _Lease] = {}
        self._routes: dict[m.JobId, _Lease] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._leases)

    def __contains__(self, job: m.JobId) -> bool:
        return job in self._routes

    # -- lending

    def lend(self, worker: Worker, job: m.JobId, home: ReplicaId, epoch: int | None = None) -> bool:
        """Let the job's home have the worker; with `epoch`, to go on with what its page carries."""
        older = self._routes.get(job)
        if len(self._leases) >= MAX_LEASES or (older is not None and not _is_same_page(older.worker, worker)):
            return False
        lease = _Lease(l.LeaseId(f"{self._engine.me}.{next(self._numbers)}"), home, worker, job, self._now())
        if older is not None:
            self._drop(older)
        self._leases[lease.id] = self._routes[job] = lease
        self._tell(lease, l.Lend(job=job, worker=lent_out(worker.state), epoch=epoch))
        return True

    def worker_left(self, worker: Worker, *, may_return: bool) -> None:
        for lease in self._of(worker):
            self._tell(lease, l.Gone(may_return=may_return))
            self._end(lease, None)
            self._drop(lease)

    def replica_gone(self, replica: ReplicaId) -> None:
        """A home is gone, and its clients with it: what it had asked for is stopped."""
        for lease in [lease for lease in self._leases.values() if lease.home == replica]:
            for id_ in lease.routes:
                lease.worker.say(m.Cancel(id_))
            self._end(lease, None)
            self._drop(lease)

    def call_back(self) -> None:
        """
        Have all pages that are lent come back: what was said of them may be lost.

        Jobs whose homes have said nothing yet are not on their pages, which therefore bring nothing back.
        """
        for worker in {id(lease.worker): lease.worker for lease in self._leases.values()}.values():
            worker.close("what keeps the replicas together was away")

    # -- what the worker says

    def chunks(self, worker: Worker, chunks: Sequence[m.Chunk]) -> list[m.Chunk]:
        """Pass on what concerns guests; returns the rest, which is ours."""
        ours: list[m.Chunk] = []
        theirs: dict[l.LeaseId, list[m.Chunk]] = {}
        for chunk in chunks:
            lease = self._routes.get(chunk.job)
            if lease is None:
                ours.append(chunk)
            elif lease.worker is worker:
                theirs.setdefault(lease.id, []).append(chunk)
        for id_, pieces in theirs.items():
            self._said(self._leases[id_], m.Chunks(pieces))
        return ours

    def report(self, worker: Worker, message: m.Accept | m.Refuse | m.Start | m.Head | m.End | m.Failed) -> bool:
        """Whether it was a guest's."""
        lease = self._routes.get(message.job)
        if lease is None:
            return False
        if lease.worker is worker:
            self._said(lease, message)
            if message.job in lease.errands and isinstance(message, m.End | m.Failed):
                self._forget_errand(lease, message.job)
        return True

    def state(self, worker: Worker, message: m.State) -> None:
        for lease in self._of(worker):
            self._said(lease, message)

    # -- what the home says

    def hear(self, sender: ReplicaId, id_: l.LeaseId, message: l.FromHome) -> None:
        if isinstance(message, l.Named):
            self._compare(sender, message)
            return
        lease = self._leases.get(id_)
        if lease is None or lease.home != sender:
            return
        match message:
            case l.Say(frame):
                self._say(lease, frame)
            case l.Piece():
                self._take_piece(lease, message)
            case l.Over():
                self._over(lease, message)
            case l.NeedsPerson(kind=kind, words=words):
                self._roster.person_was_needed(lease.worker.state.worker, m.Human(kind, words))
            case l.Close(cut=cut):
                self._end(lease, None)
                self._drop(lease)
                if cut:
                    lease.worker.close("a replica asks for what was lost on the way")
            case _:
                assert_never(message)

    def _compare(self, home: ReplicaId, named: l.Named) -> None:
        """A lease the home no longer has is over; if the home was cut off meanwhile, the page is to come back."""
        known = {*named.held, *named.over}
        now = self._now()
        for lease in [lease for lease in self._leases.values() if lease.home == home]:
            if lease.id in named.over:
                self._end(lease, None)
            elif lease.id not in known and now - lease.since > l.MISSED_SECONDS:
                is_lost = not lease.is_over
                self._end(lease, None)
                self._drop(lease)
                if is_lost:
                    lease.worker.close("its job's replica was cut off")
        missing = tuple(id_ for id_ in named.held if id_ not in self._leases)
        if missing:
            self._engine.send(home, l.encode(l.LeaseId(""), l.Missing(leases=missing)))

    def _say(self, lease: _Lease, frame: bytes) -> None:
        try:
            message = m.decode_from_gateway(frame)
        except m.MalformedFrame as error:
            _log.warning("replica %s sent a frame that makes no sense: %s", lease.home, error)
            return
        match message:
            case m.RunErrand(errand, step):
                lease.errands[errand] = step.size if isinstance(step, PutFile | HoldFile) else None
                self._routes[errand] = lease
            case m.Cancel(id_):
                self._forget_errand(lease, id_)
            case m.Offer() | m.Go() | m.Acks() | m.Reload():
                pass
            case _:
                _log.warning("replica %s may not say %s to a worker of ours", lease.home, type(message).__name__)
                return
        lease.worker.say(message)

    def _take_piece(self, lease: _Lease, piece: l.Piece) -> None:
        if piece.errand not in lease.errands:
            return
        file = lease.files.setdefault(piece.errand, bytearray())
        file += piece.content
        if piece.content and len(file) <= MAX_FILE_BYTES:
            return
        del lease.files[piece.errand]
        if len(file) == lease.errands[piece.errand]:
            lease.worker.send_file(piece.errand, bytes(file))
        else:
            self._file_was_lost(lease, piece.errand)

    def _file_was_lost(self, lease: _Lease, errand: m.JobId) -> None:
        """A part of the file was lost: the errand begins again, if its home wants that."""
        lease.worker.say(m.Cancel(errand))
        words = "lost on the way"
        self._said(lease, m.Failed(job=errand, epoch=0, seq=0, kind="fetch_failed", detail=words, started=False))
        self._forget_errand(lease, errand)

    def _over(self, lease: _Lease, over: l.Over) -> None:
        worker = lease.worker.state.worker
        if over.served is not None:
            self._roster.served(worker, over.served)
        if over.failed is not None:
            self._roster.failed_elsewhere(worker, *over.failed)
        self._end(lease, _verdict(over), again=over.again)

    # -- ends

    def _end(self, lease: _Lease, verdict: e.Verdict, *, again: bool = False) -> None:
        """The slot is free and the claim is over: a home that did not hear of it will queue the job again."""
        if lease.is_over:
            return
        lease.is_over = True
        (self._engine.requeue if again else self._engine.release)(lease.job)
        self._happened(e.GuestLeft(lease.job, verdict))

    def _drop(self, lease: _Lease) -> None:
        self._leases.pop(lease.id, None)
        for id_ in lease.routes:
            if self._routes.get(id_) is lease:
                del self._routes[id_]

    def _forget_errand(self, lease: _Lease, errand: m.JobId) -> None:
        if errand in lease.errands:
            del lease.errands[errand]
            lease.files.pop(errand, None)
            self._routes.pop(errand, None)

    def _of(self, worker: Worker) -> list[_Lease]:
        return [lease for lease in self._leases.values() if lease.worker is worker]

    def _said(self, lease: _Lease, message: m.FromWorker) -> None:
        self._tell(lease, l.Said(m.encode(message).encode()))

    def _tell(self, lease: _Lease, message: l.FromHolder) -> None:
        self._engine.send(lease.home, l.encode(lease.id, message))


def _verdict(over: l.Over) -> e.Verdict:
    if over.refused:
        return "refused"
    if over.served is not None:
        return "served"
    return "failed" if over.tells else None


def _is_same_page(one: Worker, other: Worker) -> bool:
    """Whether it is the same page over another connection, and nobody else has heard of its job."""
    ours, theirs = one.state, other.state
    return (ours.page, ours.terms.credential) == (theirs.page, theirs.terms.credential)
