"""How long a request and its answer are waited for, and what the client is told when none comes."""

from dataclasses import dataclass

from arenabridge.dispatch.commands import FailRequest
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.events import Need
from arenabridge.dispatch.fleet import Fleet
from arenabridge.dispatch.jobs import Job, Stage
from arenabridge.dispatch.standing import Standing
from arenabridge.errors import (
    AnswerTimeout,
    FirstByteTimeout,
    NoWorkerConnected,
    Stalled,
    UploadFailed,
    UpstreamRateLimited,
    WaitedTooLong,
    WorkerLost,
)
from arenabridge.wire.link.messages import JobId

RESTS = "The site's own limit for this model is reached, and nobody else here can ask for it."
_NOT_SHARED = "Browsers are connected, but their owners do not share them with you. Connect one of your own."


@dataclass(slots=True)
class Patience:
    """How long the requests of one fleet wait."""

    fleet: Fleet
    standing: Standing
    deadlines: Deadlines
    worker_seen: float
    """When a worker was here last; a gateway that just started may have had workers a moment ago."""

    def is_worth_a_try(self, asker: str, now: float) -> bool:
        """Whether somebody may serve this person soon."""
        return self.fleet.anyone_for(asker) or now - self.worker_seen <= self.deadlines.recently

    def gives_up_at(self, job: Job) -> float:
        latest = job.arrived + self.deadlines.wait
        if self.fleet.anyone_for(job.asker):
            return latest
        return min(latest, max(job.arrived, self.worker_seen) + self.deadlines.return_)

    def nobody(self, job: JobId) -> FailRequest:
        """There is no worker for this one's person."""
        return FailRequest(job, NoWorkerConnected, _NOT_SHARED if len(self.fleet) else "")

    def in_vain(self, job: JobId, entry: Job, now: float) -> FailRequest:
        """If something stands in the way of every worker, that is what the client is told."""
        if not self.fleet.anyone_for(entry.asker):
            return self.nobody(job)
        match self.standing.in_the_way(entry, now):
            case Need(error, detail):
                return FailRequest(job, error, detail)
            case None:
                return self._nobody_was_free(job, entry)
            case seconds:
                return FailRequest(job, UpstreamRateLimited, RESTS, seconds)

    def _nobody_was_free(self, job: JobId, entry: Job) -> FailRequest:
        refused = entry.refused_because
        why = f"No worker became free in time. The last one asked said: {refused}." if refused else ""
        return FailRequest(job, WaitedTooLong, why)

    def is_overdue(self, entry: Job, now: float) -> bool:
        """The whole of the answer takes longer than it may."""
        overall = self.deadlines.overall
        is_granted = entry.stage in {Stage.GRANTED, Stage.SUSPENDED}
        return overall is not None and is_granted and now - entry.granted > overall

    def timed_out(self, job: JobId, entry: Job, now: float) -> FailRequest:
        """What came too late for a job that a worker has."""
        match entry.stage:
            case Stage.PREPARING:
                return FailRequest(job, UploadFailed, "The upload of the request's files took too long.")
            case Stage.SUSPENDED:
                return FailRequest(job, WorkerLost, "The browser tab that was answering did not come back in time.")
            case _ if self.is_overdue(entry, now):
                return FailRequest(job, AnswerTimeout)
            case _:
                return FailRequest(job, Stalled if entry.answering else FirstByteTimeout)
