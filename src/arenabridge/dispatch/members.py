"""One worker, and those that serve on the same terms."""

from bisect import bisect_left, insort
from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple

from arenabridge.dispatch.askers import Askers, all_askers, owner_alone
from arenabridge.dispatch.events import Need, PoolId, Terms
from arenabridge.wire.link.messages import JobId, WorkerId


class Rank(NamedTuple):
    """
    Who comes first for the next job: the smallest.

    Those that are not a backup, then visible tabs (hidden ones may be throttled), then the least busy, then the
    quickest to answer. Where the page itself is used, hidden tabs come first: the person may be reading in the visible
    one.
    """

    is_backup: bool
    is_worse_tab: bool
    jobs: int
    first_token: float
    worker: WorkerId


@dataclass(slots=True, eq=False)
class Group:
    """Members that serve on the same terms: what is true of all of them is asked once."""

    terms: Terms
    askers: Askers = field(init=False)
    """All the people they serve."""
    owner: frozenset[str] = field(init=False)
    members: "dict[WorkerId, Member]" = field(default_factory=dict)
    here: int = 0
    """How many of them are not away."""
    free: int = 0
    """Slots that they may take, in all."""
    ready: list[Rank] = field(default_factory=list)
    """Those that can take a job now, sorted."""

    def __post_init__(self) -> None:
        self.askers, self.owner = all_askers(self.terms), owner_alone(self.terms)

    def first_but(self, these: Container[WorkerId]) -> Rank | None:
        return next((rank for rank in self.ready if rank.worker not in these), None)


@dataclass(slots=True, eq=False)
class Member:
    """One worker, and the jobs it was offered or granted."""

    worker: WorkerId
    pool: PoolId
    pool_slots: int
    slots: int
    group: Group
    uses_page: bool = False
    visible: bool = True
    frozen: bool = False
    away: bool = False
    is_lent: bool = False
    """Lent by another replica, for one job."""
    need: Need | None = None
    rests_until: float = 0.0
    """It refused an offer, or let one pass: until then it gets no other. 0 when it does not rest."""
    first_token: float = 0.0
    """Seconds from grant to first piece, of late; 0 while nothing is known."""
    jobs: set[JobId] = field(default_factory=set)
    for_others: set[JobId] = field(default_factory=set)
    """Jobs submitted by people other than this worker's owner."""
    share: int = 0
    """How many of its pool's free slots are counted as its own."""
    rank: Rank | None = None
    """None while it can't take a job."""

    @property
    def terms(self) -> Terms:
        return self.group.terms

    @property
    def person(self) -> str:
        """The person whose limits at the site count. Workers without an owner count as one person."""
        return self.group.terms.owner

    @property
    def able(self) -> bool:
        return not (self.away or self.is_lent or self.frozen or self.need is not None or self.rests_until)

    @property
    def free(self) -> int:
        return max(0, self.slots - len(self.jobs)) if self.able else 0

    def stands(self, share: int, *, pool_has_room: bool) -> bool:
        """Tell its group what it may take; says whether that is a different share than before."""
        more, self.share = share - self.share, share
        self.group.free += more
        rank = self._new_rank() if pool_has_room and self.free else None
        if rank != self.rank:
            if self.rank is not None:
                del self.group.ready[bisect_left(self.group.ready, self.rank)]
            if rank is not None:
                insort(self.group.ready, rank)
            self.rank = rank
        return more != 0

    def _new_rank(self) -> Rank:
        is_worse_tab = self.visible == self.uses_page
        return Rank(self.terms.is_backup, is_worse_tab, len(self.jobs), self.first_token, self.worker)
