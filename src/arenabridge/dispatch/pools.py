"""
What is left of the slots.

Slots belong to the pool, since all tabs of a browser profile share its connections to the site; a worker may by itself
take fewer (one, when it uses its page as a person would). When a member changes, its pool is counted again and no
other: an event costs what it changes, however many workers there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from arenabridge.dispatch.events import PoolId
from arenabridge.dispatch.members import Group, Member
from arenabridge.wire.link.messages import WorkerId


@dataclass(slots=True)
class _Pool:
    members: dict[WorkerId, Member] = field(default_factory=dict)
    free: int = 0
    capacity: int = 0


class Pools:
    """By browser profile and site."""

    def __init__(self) -> None:
        self._pools: dict[PoolId, _Pool] = {}
        self.free = 0
        """Slots that could be given out now, over all pools."""
        self.capacity = 0
        """How many jobs could run at once if none did."""
        self.changed_groups: set[Group] = set()
        """Those whose members may take a different number of jobs than when somebody last emptied this."""

    def members(self, id_: PoolId | None) -> Iterable[Member]:
        pool = self._pools.get(id_) if id_ is not None else None
        return pool.members.values() if pool else ()

    def enter(self, member: Member) -> None:
        self._pools.setdefault(member.pool, _Pool()).members[member.worker] = member
        self.changed(member)

    def leave(self, member: Member) -> None:
        self._stands(member, 0, pool_has_room=False)
        pool = self._pools[member.pool]
        del pool.members[member.worker]
        self._count(pool)
        if not pool.members:
            del self._pools[member.pool]

    def changed(self, member: Member) -> None:
        """What it can do, or what it has, is different from before."""
        self._count(self._pools[member.pool])

    def _count(self, pool: _Pool) -> None:
        members = pool.members.values()
        left = max((member.pool_slots for member in members), default=0) - sum(len(member.jobs) for member in members)
        free, capacity = max(0, min(left, sum(member.free for member in members))), _capacity(members)
        self.free += free - pool.free
        self.capacity += capacity - pool.capacity
        pool.free, pool.capacity = free, capacity
        left = free
        for member in sorted(members, key=lambda member: member.terms.is_backup):  # a backup's share may not be used
            share = min(member.free, left)
            left -= share
            self._stands(member, share, pool_has_room=free > 0)

    def _stands(self, member: Member, share: int, *, pool_has_room: bool) -> None:
        if member.stands(share, pool_has_room=pool_has_room):
            self.changed_groups.add(member.group)


def _capacity(members: Iterable[Member]) -> int:
    capacity = 0
    for member in members:
        if member.able:
            capacity = min(member.pool_slots, capacity + member.slots)
    return capacity
