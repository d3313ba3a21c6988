"""
The workers there are, and what they have left.

A member whose connection broke, but whose page may return with its jobs, stays as one that is away: it gets nothing
new, and its jobs hold their slots.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from arenabridge.dispatch.askers import serves, share_an_asker
from arenabridge.dispatch.events import OPEN, PoolId, Terms, WorkerChanged, WorkersElsewhere
from arenabridge.dispatch.members import Group, Member
from arenabridge.dispatch.pools import Pools
from arenabridge.wire.link.messages import JobId, WorkerId

MANY = 1 << 30
"""As many jobs as there are slots."""


class Fleet:
    """All members, by their workers' ids."""

    def __init__(self) -> None:
        self._members: dict[WorkerId, Member] = {}
        self._groups: dict[Terms, Group] = {}
        self._by_owner: dict[str, dict[Group, None]] = {}
        self._by_credential: dict[str, dict[Group, None]] = {}
        self._pools = Pools()
        self._for_others: Counter[str] = Counter()
        """Jobs submitted by people other than the owner, by credential. Those of lent workers count at their lender."""
        self._resting: dict[WorkerId, Member] = {}
        self._elsewhere: frozenset[WorkersElsewhere] = frozenset()

    def __len__(self) -> int:
        return sum(group.here for group in self._groups.values()) + len(self.elsewhere)

    def __contains__(self, worker: WorkerId | None) -> bool:
        return worker in self._members

    def get(self, worker: WorkerId) -> Member | None:
        return self._members.get(worker)

    @property
    def groups(self) -> Iterable[Group]:
        return self._groups.values()

    def groups_of(self, persons: Iterable[str]) -> Iterator[Group]:
        for person in persons:
            yield from self._by_owner.get(person, ())

    def changed_groups(self) -> set[Group]:
        """Groups whose free slots, or what those are for, may have changed since this was last asked."""
        changed, self._pools.changed_groups = self._pools.changed_groups, set()
        return changed

    def with_siblings(self, groups: set[Group]) -> list[Group]:
        """
        These groups and all that share a cap with one of them, in the order in which they came.

        Workers with the same credential may be in several groups: they hear of changed terms at different times. What
        one without a cap takes counts for those that have one.
        """
        families = {group.terms.credential: self._by_credential.get(group.terms.credential, {}) for group in groups}
        capped = [family for family in families.values() if any(group.terms.cap is not None for group in family)]
        siblings = {group: None for family in capped for group in family}
        return [*siblings, *(groups - siblings.keys())]

    @property
    def elsewhere(self) -> frozenset[WorkersElsewhere]:
        """What other replicas have."""
        return self._elsewhere

    @elsewhere.setter
    def elsewhere(self, workers: frozenset[WorkersElsewhere]) -> None:
        if workers != self._elsewhere:
            self._elsewhere = workers
            self._pools.changed_groups |= {group for group in self._groups.values() if group.terms.is_backup}

    def of_pool(self, pool: PoolId | None) -> Iterable[Member]:
        return self._pools.members(pool)

    @property
    def free_slots(self) -> int:
        return self._pools.free

    @property
    def capacity(self) -> int:
        """How many jobs could run at once if none did."""
        return self._pools.capacity

    # -- members come and go

    def join(self, worker: WorkerId, pool: PoolId, slots: int, terms: Terms = OPEN, *, is_lent: bool = False) -> None:
        self.leave(worker)
        member = Member(worker, pool, slots, slots, self._group(terms), is_lent=is_lent)
        self._members[worker] = member
        self._enter(member)

    def leave(self, worker: WorkerId) -> None:
        member = self._members.pop(worker, None)
        if member is not None:
            self._resting.pop(worker, None)
            self._lend(member, -len(member.for_others))
            self._take_out(member)

    def set_terms(self, terms: Terms) -> None:
        """Sets the terms of all workers with this credential."""
        for member in self._members.values():
            if member.terms.credential == terms.credential:
                self._take_out(member)
                member.group = self._group(terms)
                self._enter(member)

    def go_away(self, worker: WorkerId) -> None:
        """Its page may return; until its last job is given back or moved, it holds the slots of its jobs."""
        member = self._members[worker]
        member.group.here -= not member.away
        member.away = True
        self._pools.changed(member)
        self._forget_if_gone(member)

    def _enter(self, member: Member) -> None:
        member.group.members[member.worker] = member
        member.group.here += not member.away
        self._pools.enter(member)

    def _take_out(self, member: Member) -> None:
        self._pools.leave(member)
        del member.group.members[member.worker]
        member.group.here -= not member.away
        if not member.group.members:
            self._dissolve(member.group)

    def _group(self, terms: Terms) -> Group:
        group = self._groups.get(terms)
        if group is None:
            group = self._groups[terms] = Group(terms)
            self._by_owner.setdefault(terms.owner, {})[group] = None
            self._by_credential.setdefault(terms.credential, {})[group] = None
        return group

    def _dissolve(self, group: Group) -> None:
        del self._groups[group.terms]
        for groups, name in ((self._by_owner, group.terms.owner), (self._by_credential, group.terms.credential)):
            del groups[name][group]
            if not groups[name]:
                del groups[name]

    def _forget_if_gone(self, member: Member) -> None:
        if member.away and not member.jobs:
            self.leave(member.worker)

    # -- what they can, and have

    def change(self, change: WorkerChanged) -> Member | None:
        member = self._members.get(change.worker)
        if member is not None:
            member.visible, member.frozen, member.need = change.visible, change.frozen, change.need
            self._pools.changed(member)
        return member

    def limit(self, worker: WorkerId, slots: int, *, uses_page: bool) -> None:
        member = self._members.get(worker)
        if member is not None:
            member.slots, member.uses_page = slots, uses_page
            self._pools.changed(member)

    def answered_after(self, worker: WorkerId, seconds: float, smoothing: float) -> None:
        """Note how long it took to the first piece of an answer."""
        member = self._members.get(worker)
        if member is not None:
            known = member.first_token
            member.first_token = seconds if not known else known + smoothing * (seconds - known)
            self._pools.changed(member)

    def take(self, worker: WorkerId, job: JobId, *, is_for_others: bool = False) -> None:
        member = self._members[worker]
        member.jobs.add(job)
        if is_for_others and job not in member.for_others:
            member.for_others.add(job)
            self._lend(member, 1)
        self._pools.changed(member)

    def give_back(self, worker: WorkerId | None, job: JobId) -> None:
        member = self._members.get(worker) if worker else None
        if member is not None:
            member.jobs.discard(job)
            if job in member.for_others:
                member.for_others.discard(job)
                self._lend(member, -1)
            self._pools.changed(member)
            self._forget_if_gone(member)

    def _lend(self, member: Member, jobs: int) -> None:
        """So many more jobs of other people, or fewer."""
        if member.is_lent:
            return
        self._for_others[member.terms.credential] += jobs
        self._pools.changed_groups.add(member.group)
        if not self._for_others[member.terms.credential]:
            del self._for_others[member.terms.credential]

    def move(self, job: JobId, before: WorkerId, worker: WorkerId) -> None:
        """The job goes on at the worker as which its page has returned."""
        is_for_others = before in self._members and job in self._members[before].for_others
        self.take(worker, job, is_for_others=is_for_others)
        self.give_back(before, job)

    def rest(self, worker: WorkerId | None, until: float) -> None:
        member = self._members.get(worker) if worker else None
        if member is not None:
            member.rests_until = until
            self._resting[member.worker] = member
            self._pools.changed(member)

    def wake_rested(self, now: float) -> bool:
        """End the rests that are over; whether any was."""
        rested = [member for member in self._resting.values() if member.rests_until <= now]
        for member in rested:
            member.rests_until = 0.0
            del self._resting[member.worker]
            self._pools.changed(member)
        return bool(rested)

    # -- whom they serve

    def lendable(self, terms: Terms) -> int:
        """How many more jobs of other people the workers with this credential take."""
        return MANY if terms.cap is None else max(0, terms.cap - self._for_others[terms.credential])

    def has_room_for(self, terms: Terms, asker: str) -> bool:
        """Whether these terms let workers serve this person now."""
        return serves(terms, asker) and (asker == terms.owner or self.lendable(terms) > 0)

    def anyone_for(self, asker: str) -> bool:
        """Whether somebody is here who may serve this person, free or not."""
        here = any(serves(group.terms, asker) for group in self._groups.values() if group.here)
        return here or self.someone_elsewhere_for(asker)

    def someone_elsewhere_for(self, asker: str) -> bool:
        return any(serves(each.terms, asker) for each in self.elsewhere)

    def others_come_first(self, terms: Terms) -> bool:
        """It is a backup, and another replica has a slot that is not a backup's for somebody it serves."""
        return terms.is_backup and any(
            each.has_free_slot and not each.terms.is_backup and share_an_asker(each.terms, terms)
            for each in self.elsewhere
        )

    def persons_for(self, asker: str) -> Iterator[str]:
        """The people whose limits at the site count when this person is served; some appear more than once."""
        yield from (each.terms.owner for each in self._groups.values() if each.here and serves(each.terms, asker))
        yield from (each.terms.owner for each in self.elsewhere if serves(each.terms, asker))

    def who_serves(self, asker: str) -> Iterator[Member | WorkersElsewhere]:
        """Those that may serve this person, whether they can now or not."""
        groups = (group for group in self._groups.values() if serves(group.terms, asker))
        yield from (member for group in groups for member in group.members.values() if not member.away)
        yield from (each for each in self.elsewhere if serves(each.terms, asker))
