"""
The workers there are, and what they have left.

Slots belong to the pool, since all tabs of a browser profile share its connections to the site; a worker may by itself
take fewer (one, when it uses its page as a person would). A member whose connection broke, but whose page may return
with its jobs, stays as one that is away: it gets nothing new, and its jobs hold their slots.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from arenabridge.dispatch.events import OPEN, Need, PoolId, Terms, WorkerChanged, WorkersElsewhere
from arenabridge.wire.link.messages import JobId, WorkerId
from arenabridge.wire.opening import Opening

Askers = frozenset[str] | None
"""Persons whose requests are meant, by id; None for everybody."""

MANY = 1 << 30
"""As many jobs as there are slots."""


@dataclass(slots=True)
class Member:
    """One worker, and the jobs it was offered or granted."""

    pool: PoolId
    pool_slots: int
    slots: int
    terms: Terms = OPEN
    uses_page: bool = False
    visible: bool = True
    frozen: bool = False
    away: bool = False
    is_lent: bool = False
    """By another replica, for one job."""
    need: Need | None = None
    rests_until: float = 0.0
    """It refused an offer, or let one pass: it gets no other until then. 0 when it does not rest."""
    first_token: float = 0.0
    """Seconds from grant to first piece, of late; 0 while nothing is known."""
    jobs: set[JobId] = field(default_factory=set)
    for_others: set[JobId] = field(default_factory=set)
    """Those of them that are other people's than its owner's."""

    @property
    def person(self) -> str:
        """Whose limits at the site count; one nobody's name was told of is the same person everywhere."""
        return self.terms.owner

    @property
    def able(self) -> bool:
        return not (self.away or self.is_lent or self.frozen or self.need is not None or self.rests_until)

    @property
    def free(self) -> int:
        return max(0, self.slots - len(self.jobs)) if self.able else 0


class Fleet:
    """All members, by their worker's id."""

    def __init__(self) -> None:
        self._members: dict[WorkerId, Member] = {}
        self.elsewhere: frozenset[WorkersElsewhere] = frozenset()
        """What other replicas have."""

    def __len__(self) -> int:
        return sum(not member.away for member in self._members.values()) + len(self.elsewhere)

    def __contains__(self, worker: WorkerId | None) -> bool:
        return worker in self._members

    def get(self, worker: WorkerId) -> Member | None:
        return self._members.get(worker)

    def __iter__(self) -> Iterator[WorkerId]:
        """Those that are here."""
        return iter([worker for worker, member in self._members.items() if not member.away])

    def join(self, worker: WorkerId, pool: PoolId, slots: int, terms: Terms = OPEN, *, is_lent: bool = False) -> None:
        self._members[worker] = Member(pool, slots, slots, terms, is_lent=is_lent)

    def set_terms(self, terms: Terms) -> None:
        """Of all workers with this credential."""
        for member in self._members.values():
            if member.terms.credential == terms.credential:
                member.terms = terms

    def leave(self, worker: WorkerId) -> Member | None:
        return self._members.pop(worker, None)

    def go_away(self, worker: WorkerId) -> None:
        """Its page may return; until its last job is given back, or moves, it holds their slots."""
        self._members[worker].away = True
        self._forget_if_gone(worker)

    def move(self, job: JobId, before: WorkerId, worker: WorkerId) -> None:
        """The job goes on at the worker that its page has returned as."""
        is_for_others = before in self._members and job in self._members[before].for_others
        self.take(worker, job, is_for_others=is_for_others)
        self.give_back(before, job)

    def _forget_if_gone(self, worker: WorkerId) -> None:
        member = self._members[worker]
        if member.away and not member.jobs:
            del self._members[worker]

    def change(self, change: WorkerChanged) -> Member | None:
        member = self._members.get(change.worker)
        if member is not None:
            member.visible, member.frozen, member.need = change.visible, change.frozen, change.need
        return member

    def limit(self, worker: WorkerId, slots: int, *, uses_page: bool) -> None:
        if worker in self._members:
            self._members[worker].slots, self._members[worker].uses_page = slots, uses_page

    def take(self, worker: WorkerId, job: JobId, *, is_for_others: bool = False) -> None:
        member = self._members[worker]
        member.jobs.add(job)
        if is_for_others:
            member.for_others.add(job)

    def give_back(self, worker: WorkerId | None, job: JobId) -> None:
        member = self._members.get(worker) if worker else None
        if worker is not None and member is not None:
            member.jobs.discard(job)
            member.for_others.discard(job)
            self._forget_if_gone(worker)

    def rest(self, worker: WorkerId | None, until: float) -> None:
        member = self._members.get(worker) if worker else None
        if member is not None:
            member.rests_until = until

    def wake_rested(self, now: float) -> bool:
        """End the rests that are over; whether any was."""
        rested = [member for member in self._members.values() if member.rests_until and member.rests_until <= now]
        for member in rested:
            member.rests_until = 0.0
        return bool(rested)

    @property
    def free_slots(self) -> int:
        return sum(self._free_by_pool().values())

    @property
    def capacity(self) -> int:
        """How many jobs could run at once if none did."""
        pools: dict[PoolId, int] = {}
        for member in self._members.values():
            if member.able:
                pools[member.pool] = min(member.pool_slots, pools.get(member.pool, 0) + member.slots)
        return sum(pools.values())

    def openings(self, excluded: Callable[[WorkerId, Askers], frozenset[str]]) -> dict[Opening, int]:
        """Free slots, by the jobs that they are for; `excluded`: what a worker is not to be asked for by them now."""
        left = self._free_by_pool()
        openings: dict[Opening, int] = {}
        lendable = {each.terms.credential: self._lendable(each.terms) for each in self._members.values()}
        for worker, member in self._members.items():
            take = 0 if self._others_come_first(member.terms) else min(member.free, left[member.pool])
            left[member.pool] -= take
            for_others = min(take, lendable[member.terms.credential])
            lendable[member.terms.credential] -= for_others
            for askers, free in ((all_askers(member.terms), for_others), (_owner(member.terms), take - for_others)):
                if free:
                    opening = Opening(excluded(worker, askers), askers)
                    openings[opening] = openings.get(opening, 0) + free
        return openings

    def has_room_for(self, worker: WorkerId, asker: str) -> bool:
        """Whether its terms let it serve this person now."""
        member = self._members[worker]
        return _serves(member.terms, asker) and (asker == member.terms.owner or self._lendable(member.terms) > 0)

    def _lendable(self, terms: Terms) -> int:
        """How many more jobs of other people's the workers with this credential take."""
        if terms.cap is None:
            return MANY
        alike = (each for each in self._members.values() if each.terms.credential == terms.credential)
        return max(0, terms.cap - sum(len(each.for_others) for each in alike))

    def best(
        self,
        may_serve: Callable[[WorkerId], bool] = lambda _: True,
        wanted: PoolId | None = None,
        shuns: Callable[[WorkerId], bool] = lambda _: False,
    ) -> WorkerId | None:
        """
        Who should get the next job.

        Those that it does not shun come first, then the `wanted` browser profile, then those that are no backup, then
        visible tabs (hidden ones may be throttled), then the least busy, then who was the quickest to answer. Where the
        page itself is used, hidden tabs come first: the person may be reading in the visible one.
        """
        free = self._free_by_pool()
        candidates = [
            (
                shuns(worker),
                member.pool != wanted,
                member.terms.is_backup,
                member.visible == member.uses_page,
                len(member.jobs),
                member.first_token,
                worker,
            )
            for worker, member in self._members.items()
            if member.free and free[member.pool] and may_serve(worker)
        ]
        return min(candidates)[-1] if candidates else None

    def anyone_for(self, asker: str) -> bool:
        """Whether somebody is here who may serve this person, free or not."""
        here = any(_serves(member.terms, asker) for member in self._members.values() if not member.away)
        return here or self.someone_elsewhere_for(asker)

    def someone_elsewhere_for(self, asker: str) -> bool:
        return any(_serves(each.terms, asker) for each in self.elsewhere)

    def _others_come_first(self, terms: Terms) -> bool:
        """It is a backup's, and another replica has a slot of no backup for somebody whom it serves."""
        return terms.is_backup and any(
            each.has_free_slot and not each.terms.is_backup and _share_an_asker(each.terms, terms)
            for each in self.elsewhere
        )

    def persons_for(self, asker: str) -> set[str]:
        """Whose limits at the site count for those who may serve this person."""
        here = {each.terms for each in self._members.values() if not each.away}
        there = {each.terms for each in self.elsewhere}
        return {terms.owner for terms in here | there if _serves(terms, asker)}

    def who_serves(self, asker: str) -> Iterator[Member | WorkersElsewhere]:
        """Those that may serve this person, whether they can now or not."""
        yield from (each for each in self._members.values() if not each.away and _serves(each.terms, asker))
        yield from (each for each in self.elsewhere if _serves(each.terms, asker))

    def _free_by_pool(self) -> dict[PoolId, int]:
        """What each pool can take: what it has left, but no more than its able members have."""
        left: dict[PoolId, int] = {}
        free: dict[PoolId, int] = {}
        for member in self._members.values():
            left[member.pool] = max(left.get(member.pool, 0), member.pool_slots)
            free[member.pool] = free.get(member.pool, 0) + member.free
        for member in self._members.values():
            left[member.pool] -= len(member.jobs)
        return {pool: max(0, min(left[pool], free[pool])) for pool in left}


def all_askers(terms: Terms) -> Askers:
    """Whom it serves."""
    return None if terms.askers is None else terms.askers | _owner(terms)


def serves_all(terms: Terms, askers: Askers) -> bool:
    return terms.askers is None or (askers is not None and askers <= terms.askers | _owner(terms))


def _owner(terms: Terms) -> frozenset[str]:
    return frozenset({terms.owner})


def _serves(terms: Terms, asker: str) -> bool:
    return terms.askers is None or asker == terms.owner or asker in terms.askers


def _share_an_asker(one: Terms, other: Terms) -> bool:
    if one.askers is None or other.askers is None:
        return True
    return not (one.askers | {one.owner}).isdisjoint(other.askers | {other.owner})
