"""
The other gateways of a fleet, as the hub deals with them: who lives, what they are told, and workers lent to and fro.

A gateway that runs alone has none, and nothing here ever happens.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from arenabridge.dispatch import events as e
from arenabridge.engine.interface import Engine, Fleet, Heard, ReplicaGone, ReplicaId, Told
from arenabridge.errors import VerificationRequired, WorkersPaused
from arenabridge.hub.clock import Clock
from arenabridge.hub.replicas.borrower import Borrower, Home
from arenabridge.hub.replicas.lender import Lender
from arenabridge.hub.tasks import Tasks
from arenabridge.hub.workers.humans import ERRORS, hindrance_of
from arenabridge.hub.workers.roster import Roster
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire import fleet as f, lending as l
from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.link import messages as m

_log = logging.getLogger(__name__)

PRESENT_SECONDS = 1.0
"""How often the others are told of us again."""

STRAY_SECONDS = 3.0
"""A job that waits here and nowhere else for so long is queued again. Longer than an offer may take."""

JOIN_SECONDS = 10.0
"""How long a start waits for what keeps the replicas together."""

MAX_UNTOLD = 256
"""What waits to be told to all while nobody can be reached; more is not told."""

_NEEDS = {error.code: error for error in ERRORS.values()} | {WorkersPaused.code: WorkersPaused}


class Replicas:
    """All the other gateways, and what goes between them and us."""

    def __init__(
        self,
        engine: Engine,
        home: Home,
        roster: Roster,
        clock: Clock,
        tasks: Tasks,
        happened: Callable[[e.Event], None],
    ) -> None:
        self._engine = engine
        self._home = home
        self._roster = roster
        self._clock = clock
        self._happened = happened
        self.lender = Lender(engine, roster, happened, clock.now)
        self.borrower = Borrower(home, engine, tasks, happened, clock.now)
        self.facts: Callable[[], f.ReplicaFacts | None] = lambda: None
        """What other replicas' screens are to show of this one."""
        self.on_fleet: Callable[[Mapping[ReplicaId, f.ReplicaFacts]], None] = lambda facts: None  # noqa: ARG005 - nobody to tell
        """Told what the others say of themselves, as far as it is understood."""
        self.on_change: Callable[[f.Change], None] = lambda change: None  # noqa: ARG005 - likewise
        """Told what another replica has changed."""
        self.on_account: Callable[[str | None], None] = lambda profile: None  # noqa: ARG005 - likewise
        """Told when a browser profile may have another account; without one when word of that may have been lost."""
        self.on_return: Callable[[], None] = lambda: None
        """Told when the others can be heard again: what they said meanwhile is lost."""
        self._living: frozenset[ReplicaId] = frozenset()
        self._missing_since: dict[m.JobId, float] = {}
        self._presented = -PRESENT_SECONDS
        self._outages = 0
        self._is_back = True
        self._untold: dict[f.Change, None] = {}
        if engine.me:
            roster.on_lesson = self._tell_refusal
            roster.on_person = self.borrower.person_is_needed

    @property
    def me(self) -> ReplicaId:
        return self._engine.me

    async def join(self) -> None:
        """Wait until the others can be heard, but not for ever: they may come later."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(JOIN_SECONDS):
                while not self._engine.is_reachable:  # noqa: ASYNC110 - at the start alone
                    await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Say goodbye to the others."""
        await self._engine.close()

    def home_of(self, job: m.JobId) -> ReplicaId | None:
        """The replica whose job it is, if that is another one and alive."""
        home = ReplicaId(job.partition(".")[0])
        return home if home in self._living else None

    def met(self, replica: ReplicaId) -> None:
        """The other replica is alive: we have just claimed one of its jobs."""
        self._living |= {replica}

    def lend(self, worker: m.WorkerId, job: m.JobId) -> None:
        """Lend the worker to the replica whose job it is; if that can't be, the job goes back into the queue."""
        lent, home = self._roster.get(worker), self.home_of(job)
        if lent is None or home is None or not self.lender.lend(lent, job, home):
            self._happened(e.GuestLeft(job))
            self._engine.requeue(job)

    def strays(self, waiting: Sequence[m.JobId]) -> list[m.JobId]:
        """Jobs that wait here and have not been in the queue for a while: word of them was lost."""
        if not self.me:
            return []
        now = self._clock.now()
        missing = [job for job in waiting if self._engine.position(job) is None]
        self._missing_since = {job: self._missing_since.get(job, now) for job in missing}
        found = [job for job, since in self._missing_since.items() if now - since > STRAY_SECONDS]
        for job in found:
            del self._missing_since[job]
        return found

    def hear(self, event: Heard | Told | ReplicaGone | Fleet) -> None:
        match event:
            case Heard(sender, frames):
                self._living |= {sender}
                for frame in frames:
                    self._hear(sender, frame)
            case Told(topic, payload):
                self._told(topic, payload)
            case ReplicaGone(replica):
                self._living -= {replica}
                self.lender.replica_gone(replica)
                self.borrower.replica_gone(replica)
            case Fleet(replicas):
                self._note(replicas)

    def tell_limit(self, person: str, model: str, seconds: float) -> None:
        self._tell(f.Limit(person, model, seconds))

    def tell_page(self, page: str, credential: str, carrying: Sequence[m.JobId]) -> None:
        """The page has come back, to this replica."""
        self._tell(f.Page(page, credential, tuple(carrying)))

    def tell_account(self, profile: str) -> None:
        """A browser profile may have another account: what it has uploaded for any replica may not be its own now."""
        self._tell(f.Account(profile))

    def settle(self) -> None:
        """After something has happened: give back the workers we no longer need."""
        if len(self.borrower):
            self.borrower.settle()

    def tick(self) -> None:
        if not self.me:
            return
        now = self._clock.now()
        self._watch_engine()
        self.borrower.tick(now)
        if now - self._presented >= PRESENT_SECONDS:
            self._presented = now
            self.borrower.name_leases(now)
            self._engine.present(f.encode_presence(f.Presence(self._serves(), self.facts())))

    def _watch_engine(self) -> None:
        """While the server is away nobody is heard; once it is back, nobody can know what was lost."""
        if self._engine.outages != self._outages:
            self._outages, self._is_back = self._engine.outages, False
            self.borrower.cut_off()
        if self._engine.is_reachable and not self._is_back:
            self._is_back = True
            self.lender.call_back()
            self._catch_up_on_accounts()
            self.on_return()
        if self._engine.is_reachable:
            for change in self._untold:
                self._tell(change)
            self._untold.clear()

    def _catch_up_on_accounts(self) -> None:
        """Neither we nor the others have heard who has signed in meanwhile."""
        self.on_account(None)
        for profile in {state.profile_on_site for state in self._roster.own}:
            self.tell_account(profile)

    def _serves(self) -> tuple[f.Serves, ...]:
        """Our workers by their terms; among those with the same terms, one that needs nothing stands for all."""
        found: dict[e.Terms, f.Serves] = {}
        for state in self._roster.own:
            if not state.frozen:
                need = hindrance_of(state)
                before = found.get(state.terms)
                if before is None or before.need or (need is None and not before.has_free_slot):
                    found[state.terms] = self._told_of(state, need)
        return tuple(found.values())

    def _told_of(self, state: WorkerState, need: e.Need | None) -> f.Serves:
        terms = state.terms
        has_free_slot = need is None and self._home.has_free_slot(state.worker)
        return f.Serves(
            terms.credential,
            terms.owner,
            None if terms.askers is None else tuple(sorted(terms.askers)),
            terms.is_backup,
            has_free_slot,
            need.error.code if need else "",
            need.detail if need else "",
        )

    def _hear(self, sender: ReplicaId, frame: bytes) -> None:
        try:
            lease, message = l.decode(frame)
        except l.Malformed as error:
            _log.warning("replica %s sent something that makes no sense: %s", sender, error)
            return
        if isinstance(message, l.FromHolder):
            self.borrower.hear(sender, lease, message)
        else:
            self.lender.hear(sender, lease, message)

    def _note(self, replicas: Mapping[ReplicaId, bytes]) -> None:
        self._living |= frozenset(replicas)
        known: dict[ReplicaId, f.Presence] = {}
        for replica, about in replicas.items():
            if not about:  # it has just begun
                continue
            try:
                known[replica] = f.decode_presence(about)
            except f.Malformed as error:
                _log.warning("replica %s says of itself what makes no sense: %s", replica, error)
        serves = (each for presence in known.values() for each in presence.serves)
        self._happened(e.Elsewhere(frozenset(map(_elsewhere, serves))))
        self.on_fleet({replica: presence.facts for replica, presence in known.items() if presence.facts is not None})

    # -- what all are told

    def tell_change(self, change: f.Change) -> None:
        """Tell the others, later if need be."""
        if self._engine.is_reachable:
            self._tell(change)
        elif len(self._untold) < MAX_UNTOLD:
            self._untold[change] = None

    def _tell(self, news: f.News) -> None:
        if self.me:
            self._engine.tell_all(*f.encode_news(news))

    def _tell_refusal(self, profile: str, kind: Modality) -> None:
        self._tell(f.Refusal(profile, kind))

    def _told(self, topic: str, payload: bytes) -> None:
        try:
            news = f.decode_news(topic, payload)
        except f.Malformed as error:
            _log.warning("a replica told of %r what makes no sense: %s", topic, error)
            return
        match news:
            case f.Limit(person, model, seconds):
                self._happened(e.PersonLimited(person, model, seconds))
            case f.Refusal(profile, kind):
                self._roster.learn(profile, kind)
            case f.Page(page, credential, carrying):
                self._home.returning.is_elsewhere(page, credential, carrying)
            case f.Account(profile):
                self.on_account(profile)
            case f.Change():
                self.on_change(news)
            case None:  # of another version's
                pass
            case _:
                assert_never(news)


def _elsewhere(serves: f.Serves) -> e.WorkersElsewhere:
    askers = None if serves.askers is None else frozenset(serves.askers)
    terms = e.Terms(serves.credential, serves.owner, askers, is_backup=serves.is_backup)
    need = e.Need(_NEEDS.get(serves.need, VerificationRequired), serves.words) if serves.need else None
    return e.WorkersElsewhere(terms, serves.has_free_slot, need)
