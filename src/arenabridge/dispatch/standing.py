"""How workers have fared with models lately, and what follows for who may serve what."""

from arenabridge.dispatch.breakers import Breakers
from arenabridge.dispatch.cooldowns import CoolDowns
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.events import Need, Verdict
from arenabridge.dispatch.fleet import Askers, Fleet, Member, all_askers, serves_all
from arenabridge.dispatch.jobs import Job
from arenabridge.wire.link.messages import WorkerId
from arenabridge.wire.opening import Opening

SMOOTHING = 0.3
"""How much the newest time, to the first piece or of the whole answer, counts for the average."""


class Standing:
    """Of the members of one fleet."""

    def __init__(self, fleet: Fleet, deadlines: Deadlines) -> None:
        self._fleet = fleet
        self._deadlines = deadlines
        self.cooldowns = CoolDowns()
        self.breakers = Breakers()
        self._usual_seconds = 0.0

    def excluded(self, worker: WorkerId, askers: Askers, now: float) -> frozenset[str]:
        """The models that this worker is not to be asked for now by any of these."""
        member = self._fleet.get(worker)
        if member is None:
            return frozenset()
        failing = self.breakers.open_for(worker, now)
        avoidable = {model for model in failing if self._others_can(worker, model, askers, now)}
        return frozenset(avoidable | self.cooldowns.resting(member.person, now).keys())

    def openings(self, now: float) -> dict[Opening, int]:
        """Free slots, by the jobs that they are for now."""
        return self._fleet.openings(lambda worker, askers: self.excluded(worker, askers, now))

    def best(self, job: Job, now: float) -> WorkerId | None:
        """
        Who should get the job.

        Whoever it may have been claimed for may serve it, or it would go back and be claimed again without end: one
        that fails too, if another could serve some of its askers only, and those are busy.
        """
        return self._fleet.best(
            lambda worker: self._may_serve(worker, job, now),
            job.wants,
            lambda worker: self.breakers.is_open(worker, job.model, now),
        )

    def _may_serve(self, worker: WorkerId, job: Job, now: float) -> bool:
        member = self._fleet.get(worker)
        return (
            member is not None
            and self._fleet.has_room_for(worker, job.asker)
            and job.model not in self.excluded(worker, all_askers(member.terms), now)
        )

    def limited_for(self, model: str, asker: str, now: float) -> float:
        """Seconds until somebody who serves this person may ask for the model again; 0 also if nobody is here."""
        persons = self._fleet.persons_for(asker)
        return min((self.cooldowns.left(person, model, now) for person in persons), default=0.0)

    def in_the_way(self, job: Job, now: float) -> Need | float | None:
        """
        What keeps everybody who may serve the job from it; None if somebody could if they were free.

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
        member = self._fleet.get(worker)
        if member is not None:
            known = member.first_token
            member.first_token = seconds if not known else known + SMOOTHING * (seconds - known)

    def learn(self, worker: WorkerId, job: Job, verdict: Verdict, now: float) -> None:
        """Of the end of a job."""
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
        """The site said that a limit is reached; how long the model rests."""
        member = self._fleet.get(worker)
        person = member.person if member else ""
        return self.cooldowns.limited(person, job.model, seconds, asked=job.granted, now=now)

    def _others_can(self, worker: WorkerId, model: str, askers: Askers, now: float) -> bool:
        """Whether one of them may serve all these askers, and can."""
        others = ((other, self._fleet.get(other)) for other in self._fleet if other != worker)
        return any(member is not None and self._can(other, member, model, askers, now) for other, member in others)

    def _can(self, worker: WorkerId, member: Member, model: str, askers: Askers, now: float) -> bool:
        if not member.able or not serves_all(member.terms, askers):
            return False
        return not self.cooldowns.left(member.person, model, now) and not self.breakers.is_open(worker, model, now)
