"""
Workers of other replicas that are lent to us, each for one job of ours: the home's end of the pipe.

To the hub each of them is a worker like any other; it is here from the moment it is lent until its job is over and
nothing more is on its way.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol, assert_never

from arenabridge.dispatch import events as e
from arenabridge.engine.interface import Engine, ReplicaId
from arenabridge.hub.replicas.lent_worker import LentWorker
from arenabridge.hub.tasks import Tasks
from arenabridge.wire import lending as l
from arenabridge.wire.link import messages as m

_log = logging.getLogger(__name__)

MAX_LENT = 4096
"""How many may be lent to us at a time; any more are given back immediately."""

MAX_BACKLOG_BYTES = 2**20
"""A file's next piece goes when less than this waits for that replica."""
BACKLOG_PAUSE_SECONDS = 0.005

NAMED_SECONDS = 60.0
"""For how long after its last lease a holder is still told that it has none with us."""

LINGER_SECONDS = 10.0
"""How long a worker is kept after its job, and longer while it has errands, such as pictures of the answer."""


class Pages(Protocol):
    """Pages that come back, see `hub.replicas.returning`."""

    def take_back(self, worker: LentWorker, job: m.JobId, epoch: int) -> bool: ...

    def is_elsewhere(self, page: str, credential: str, carrying: Sequence[m.JobId]) -> None: ...


class Home(Protocol):
    """What the hub does for it."""

    @property
    def returning(self) -> Pages: ...

    def join_lent(self, worker: LentWorker) -> None: ...

    def leave(self, worker: LentWorker, *, may_return: bool = False) -> None: ...

    def receive(self, worker: LentWorker, message: m.FromWorker) -> None: ...

    def jobs_of(self, worker: m.WorkerId) -> int: ...

    def has_free_slot(self, worker: m.WorkerId) -> bool: ...

    def is_waiting(self, job: m.JobId) -> bool: ...

    def rests(self, worker: m.WorkerId) -> bool: ...

    def errands_of(self, worker: m.WorkerId) -> int: ...


class Borrower:
    """All the workers that are lent to us, by lease."""

    def __init__(
        self, home: Home, engine: Engine, tasks: Tasks, happened: Callable[[e.Event], None], now: Callable[[], float]
    ) -> None:
        self._now = now
        self._home = home
        self._engine = engine
        self._tasks = tasks
        self._named: dict[ReplicaId, float] = {}
        self._happened = happened
        self._lent: dict[l.LeaseId, LentWorker] = {}

    def __len__(self) -> int:
        return len(self._lent)

    def hear(self, sender: ReplicaId, lease: l.LeaseId, message: l.FromHolder) -> None:
        if isinstance(message, l.Lend):
            self._borrow(sender, lease, message)
            return
        if isinstance(message, l.Missing):
            self._miss(sender, message.leases)
            return
        worker = self._lent.get(lease)
        if worker is None or worker.holder != sender:
            return
        match message:
            case l.Said(frame):
                self._pass_on(worker, frame)
            case l.Gone(may_return=may_return):
                self._leave(worker, may_return=may_return)
            case _:
                assert_never(message)

    def person_is_needed(self, worker: m.WorkerId, human: m.Human) -> None:
        """The site has told us, and its holder should know."""
        for lent in self._lent.values():
            if lent.state.worker == worker:
                lent.pass_on(l.NeedsPerson(kind=human.kind, words=human.words))

    def note(self, ended: e.AttemptEnded) -> None:
        """What its holder should learn when it gets the slot back."""
        for lent in self._lent.values():
            if lent.state.worker == ended.worker:
                lent.verdict = ended.verdict

    def settle(self) -> None:
        """Give back the slots of those that have no job any more."""
        for lent in list(self._lent.values()):
            if not lent.is_over and not self._home.jobs_of(lent.state.worker):
                lent.is_over, lent.over_at = True, self._now()
                lent.give_back(self._over(lent))
                self._happened(e.WorkerLeft(lent.state.worker))

    def tick(self, now: float) -> None:
        """Let go of those that have nothing on the way."""
        for lent in list(self._lent.values()):
            if lent.is_over and now - lent.over_at > LINGER_SECONDS and not self._home.errands_of(lent.state.worker):
                lent.let_go()
                self._leave(lent)

    def name_leases(self, now: float) -> None:
        """Tell all who lent us something lately what we hold: one that is told of nothing must hear that, too."""
        mine: dict[ReplicaId, tuple[list[l.LeaseId], list[l.LeaseId]]] = {
            holder: ([], []) for holder, at in self._named.items() if now - at < NAMED_SECONDS
        }
        for lent in self._lent.values():
            mine.setdefault(lent.holder, ([], []))[lent.is_over].append(lent.lease)
            self._named[lent.holder] = now
        self._named = {holder: at for holder, at in self._named.items() if holder in mine}
        for holder, (held, over) in mine.items():
            self._engine.send(holder, l.encode(l.LeaseId(""), l.Named(held=tuple(held), over=tuple(over))))

    def _miss(self, holder: ReplicaId, leases: Sequence[l.LeaseId]) -> None:
        """Their holder has given them up, and word of that was lost."""
        for lease in leases:
            lent = self._lent.get(lease)
            if lent is not None and lent.holder == holder and self._now() - lent.since > l.MISSED_SECONDS:
                self._leave(lent, may_return=lent.state.resumes)

    def replica_gone(self, replica: ReplicaId) -> None:
        """The holder is gone; its tabs may return to another one."""
        for lent in list(self._lent.values()):
            if lent.holder == replica:
                self._leave(lent, may_return=lent.state.resumes)

    def cut_off(self) -> None:
        """Nobody can be heard: their pages may return later."""
        for lent in list(self._lent.values()):
            self._leave(lent, may_return=lent.state.resumes)

    def _borrow(self, sender: ReplicaId, lease: l.LeaseId, lend: l.Lend) -> None:
        worker = LentWorker(lend.worker, lease, lend.job, sender, self._engine.send, self._bring_file, self._now())
        self._named[sender] = self._now()
        if len(self._lent) >= MAX_LENT:
            worker.let_go()
            return
        self._home.join_lent(worker)
        if lend.epoch is None:
            self._happened(e.SlotLent(worker.state.worker, lend.job))
        elif not self._home.returning.take_back(worker, lend.job, lend.epoch):
            worker.say(m.Cancel(lend.job))
            worker.let_go()
            self._home.leave(worker)
            return
        self._lent[lease] = worker  # not before: one without a job is given back
        self.settle()

    def _pass_on(self, worker: LentWorker, frame: bytes) -> None:
        try:
            message = m.decode_from_worker(frame)
        except m.MalformedFrame as error:
            _log.warning("replica %s passed on a frame that makes no sense: %s", worker.holder, error)
            return
        if not isinstance(message, m.UnknownMessage):
            self._home.receive(worker, message)

    def _leave(self, worker: LentWorker, *, may_return: bool = False) -> None:
        del self._lent[worker.lease]
        self._home.leave(worker, may_return=may_return)

    def _bring_file(self, lent: LentWorker, errand: m.JobId, content: bytes) -> None:
        self._tasks.start(self._bring(lent, errand, content), f"file {errand} to {lent.holder}")

    async def _bring(self, lent: LentWorker, errand: m.JobId, content: bytes) -> None:
        """Piece by piece, as room is made: what else goes to that replica must not be dropped for it."""
        for start in range(0, len(content), l.MAX_PIECE_BYTES):
            while self._engine.backlog(lent.holder) > MAX_BACKLOG_BYTES:  # noqa: ASYNC110 - a few milliseconds each
                await asyncio.sleep(BACKLOG_PAUSE_SECONDS)
            if lent.lease not in self._lent:
                return
            lent.pass_on(l.Piece(errand, content[start : start + l.MAX_PIECE_BYTES]))
        lent.pass_on(l.Piece(errand, b""))

    def _over(self, lent: LentWorker) -> l.Over:
        failure = lent.state.failure
        return l.Over(
            served=next(iter(lent.state.served), None),
            failed=(failure.code, failure.words) if failure else None,
            tells=lent.verdict == "failed",
            refused=self._home.rests(lent.state.worker),
            again=self._home.is_waiting(lent.job),
        )
