"""How workers have fared with models lately, and what follows for who may serve what."""

from collections.abc import Collection, Iterable

from arenabridge.dispatch.askers import Askers, serves_all
from arenabridge.dispatch.breakers import Breakers
from arenabridge.dispatch.cooldowns import CoolDowns
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.events import Need, Terms, Verdict
from arenabridge.dispatch.fleet import Fleet
from arenabridge.dispatch.jobs import Job
from arenabridge.dispatch.members import Group, Member, Rank
from arenabridge.dispatch.openings import IsAble, Openings
from arenabridge.wire.link.messages import WorkerId

SMOOTHING = 0.3
"""The weight in the average of the newest time, to the first piece or of the whole answer."""


class Standing:
    """How the members of one fleet have fared."""

    def __init__(self, fleet: Fleet, deadlines: Deadlines) -> None:
        self._fleet = fleet
        self._deadlines = deadlines
        self.cooldowns = CoolDowns()
        self.breakers = Breakers()
        self.openings = Openings(fleet, self.cooldowns, self.breakers, self._able_with)
        self._usual_seconds = 0.0

    def best(self, job: Job, now: float) -> WorkerId | None:
        """
        Who should get the job: one of the wanted pool, if it can, or the first by its rank.

        A worker that fails with the model comes last, if another could serve only some of the people it serves, and
        those others are busy: the job may have been claimed for its slot, and would otherwise go back and be claimed
        again without end.
        """
        failing = self.breakers.open_with(job.model, now)
        found = self._ranks(self._fleet.of_pool(job.wants), failing, job, now) or [
            rank
            for group in self._fleet.groups
            if group.ready and self._may_serve(group, job, now) and (rank := group.first_but(failing)) is not None
        ]
        if not found and failing:
            members = (member for worker in failing if (member := self._fleet.get(worker)) is not None)
            able = self._able_with(now)
            last = [member for member in members if not able(job.model, member.group.askers)]
            wanted = [member for member in last if member.pool == job.wants]
            found = self._ranks(wanted, (), job, now) or self._ranks(last, (), job, now)
        return min(found).worker if found else None

    def _ranks(self, members: Iterable[Member], failing: Collection[WorkerId], job: Job, now: float) -> list[Rank]:
        """The ranks of those that can take the job now."""
        return [
            member.rank
            for member in members
            if member.rank is not None and member.worker not in failing and self._may_serve(member.group, job, now)
        ]

    def _may_serve(self, group: Group, job: Job, now: float) -> bool:
        return self._fleet.has_room_for(group.terms, job.asker) and not self.cooldowns.left(
            group.terms.owner, job.model, now
        )

    def _able_with(self, now: float) -> IsAble:
        """Whether somebody can serve the model for all these askers, were it free; found out once for each model."""
        known: dict[str, list[Terms]] = {}

        def is_able(model: str, askers: Askers) -> bool:
            if model not in known:
                known[model] = [group.terms for group in self._fleet.groups if self._can(group, model, now)]
            return any(serves_all(terms, askers) for terms in known[model])

        return is_able

    def _can(self, group: Group, model: str, now: float) -> bool:
        return not self.cooldowns.left(group.terms.owner, model, now) and any(
            member.able and not self.breakers.is_open(worker, model, now) for worker, member in group.members.items()
        )

    def limited_for(self, model: str, asker: str, now: float) -> float:
        """Seconds until somebody who serves this person may ask for the model again; 0 also if nobody is here."""
        if not self.cooldowns.may_rest(model):
            return 0.0
        least = 0.0
        for person in self._fleet.persons_for(asker):
            left = self.cooldowns.left(person, model, now)
            if not left:
                return 0.0
            least = min(least or left, left)
        return least

    def in_the_way(self, job: Job, now: float) -> Need | float | None:
        """
        What keeps everybody who may serve the job from doing so; None if somebody could, were they free.

        It is what one of them needs, or else the seconds until the first may ask for the model again.
        """
        needs: list[Need] = []
        rests: list[float] = []
        for each in self._fleet.who_serves(job.asker):
            rest = self.cooldowns.left(each.terms.owner, job.model, now)
            if each.need is not None:
                needs.append(each.need)
            elif rest > 0:
                rests.append(rest)
            elif not each.frozen:
                return None
        return needs[0] if needs else min(rests, default=None)

    def answered_after(self, worker: WorkerId, seconds: float) -> None:
        self._fleet.answered_after(worker, seconds, SMOOTHING)

    def learn(self, worker: WorkerId, job: Job, verdict: Verdict, now: float) -> None:
        """Learn from the end of a job."""
        match verdict:
            case "served":
                self._served(worker, job, now)
            case "failed":
                self.breakers.failed(worker, job.model, now)
            case "refused":
                self._fleet.rest(worker, now + self._deadlines.rest)
            case None:
                pass

    def expected_wait(self, position: int) -> float | None:
        """Seconds until the job at that place of the queue may begin, going by the last answers; None if unknown."""
        capacity = self._fleet.capacity
        return (position + 1) * self._usual_seconds / capacity if capacity and self._usual_seconds else None

    def _served(self, worker: WorkerId, job: Job, now: float) -> None:
        self.breakers.served(worker, job.model)
        if (member := self._fleet.get(worker)) is not None:
            self.cooldowns.served(member.person, job.model, asked=job.granted)
        took, known = now - job.granted, self._usual_seconds
        self._usual_seconds = took if not known else known + SMOOTHING * (took - known)

    def limited(self, worker: WorkerId, job: Job, seconds: float | None, now: float) -> float:
        """The site said that a limit is reached: returns how long the model rests."""
        member = self._fleet.get(worker)
        person = member.person if member else ""
        return self.cooldowns.limited(person, job.model, seconds, asked=job.granted, now=now)
