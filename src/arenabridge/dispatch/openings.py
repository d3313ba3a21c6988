"""
What the free slots are for.

This is worked out for each group of workers on the same terms, and again only where something has changed: which of
their slots are free, which models rest for their owner, or what some of them fail with, which depends on all others
too.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from arenabridge.dispatch.askers import Askers
from arenabridge.dispatch.breakers import Breakers
from arenabridge.dispatch.cooldowns import CoolDowns
from arenabridge.dispatch.fleet import Fleet
from arenabridge.dispatch.members import Group, Member
from arenabridge.wire.link.messages import WorkerId
from arenabridge.wire.opening import Opening

IsAble = Callable[[str, Askers], bool]
"""Whether somebody can serve the model for all these askers, were it free."""

Part = tuple[int, frozenset[str]]
"""Slots, and the models with which their worker fails."""


class Openings:
    """The openings of one fleet."""

    def __init__(
        self, fleet: Fleet, cooldowns: CoolDowns, breakers: Breakers, able_with: Callable[[float], IsAble]
    ) -> None:
        self._fleet = fleet
        self._cooldowns = cooldowns
        self._breakers = breakers
        self._able_with = able_with
        self._of_groups: dict[Group, list[tuple[Opening, int]]] = {}
        self._of_all: dict[Opening, int] = {}
        self._failed: set[Group] = set()

    def at(self, now: float) -> Mapping[Opening, int]:
        """Free slots, by the jobs that they are for."""
        failing, able = self._failing(now), self._able_with(now)
        rested = self._fleet.groups_of(self._cooldowns.changed(now))
        changed = self._fleet.changed_groups().union(rested, failing, self._failed)
        self._failed = set(failing)
        promised: Counter[str] = Counter()
        for group in self._fleet.with_siblings(changed):
            parts = list(self._parts(group, failing.get(group, []), promised))
            self._set(group, self._found(group, parts, able, now) if parts else ())
        return self._of_all

    def _failing(self, now: float) -> dict[Group, list[Part]]:
        """
        The shares of workers that fail with some models.

        A pool's free slots are shared out without regard to models. So a share is for a model all the same if another
        tab of the pool on the same terms could take the job now.
        """
        failing: dict[Group, list[Part]] = {}
        open_now = dict(self._breakers.open_now(now))
        for worker in open_now:
            member = self._fleet.get(worker)
            if member is not None and member.share and (models := self._no_tab_beside_takes(member, open_now)):
                failing.setdefault(member.group, []).append((member.share, models))
        return failing

    def _no_tab_beside_takes(self, member: Member, failing: Mapping[WorkerId, frozenset[str]]) -> frozenset[str]:
        """The models with which it fails, and so does every other on its terms that could take its slots now."""
        beside = (each for each in self._fleet.of_pool(member.pool) if each.group is member.group and each.rank)
        return failing[member.worker].intersection(*(failing.get(each.worker, frozenset()) for each in beside))

    def _parts(
        self, group: Group, failing: list[Part], promised: Counter[str]
    ) -> Iterator[tuple[Askers, int, frozenset[str]]]:
        """
        Its free slots by whom they are for; those of workers that fail with some models are listed apart.

        `promised`: how many were found to be for other people before, by credential.
        """
        terms = group.terms
        if not group.free or self._fleet.others_come_first(terms):
            return
        others = group.free - sum(share for share, _ in failing)
        for free, models in ((others, frozenset[str]()), *failing):
            for_others = min(free, max(0, self._fleet.lendable(terms) - promised[terms.credential]))
            promised[terms.credential] += for_others
            yield group.askers, for_others, models
            yield group.owner, free - for_others, models

    def _found(
        self, group: Group, parts: list[tuple[Askers, int, frozenset[str]]], able: IsAble, now: float
    ) -> Iterator[tuple[Opening, int]]:
        resting = frozenset(self._cooldowns.resting(group.terms.owner, now))
        for askers, slots, models in parts:
            if slots:
                yield Opening(resting.union(model for model in models if able(model, askers)), askers), slots

    def _set(self, group: Group, openings: Iterable[tuple[Opening, int]]) -> None:
        for opening, slots in self._of_groups.pop(group, ()):
            self._of_all[opening] -= slots
            if not self._of_all[opening]:
                del self._of_all[opening]
        found = list(openings)
        for opening, slots in found:
            self._of_all[opening] = self._of_all.get(opening, 0) + slots
        if found:
            self._of_groups[group] = found
