"""What the dispatcher asks the outer world to do. It never does any of it itself."""

from dataclasses import dataclass

from arenabridge.errors import GatewayError
from arenabridge.wire.link.messages import JobId, WorkerId
from arenabridge.wire.opening import ANYTHING, Opening


@dataclass(frozen=True, slots=True)
class EnqueueJob:
    """Put the job into the queue; `WorkWaiting` or `RequestRejected` follows."""

    job: JobId


@dataclass(frozen=True, slots=True)
class RequeueJob:
    """Put a claimed job back to the front of the queue."""

    job: JobId


@dataclass(frozen=True, slots=True)
class WithdrawJob:
    """Take the job out of the queue: nobody waits for it any more."""

    job: JobId


@dataclass(frozen=True, slots=True)
class ClaimJobs:
    """Take up to `limit` jobs that the opening is for out of the queue; `JobsClaimed` follows."""

    limit: int
    opening: Opening = ANYTHING


@dataclass(frozen=True, slots=True)
class ReleaseJob:
    """A claimed job is over: give up the claim."""

    job: JobId


@dataclass(frozen=True, slots=True)
class LendWorker:
    """Lend the worker to the job's own replica; `GuestLeft` follows when it needs the slot no more."""

    worker: WorkerId
    job: JobId


@dataclass(frozen=True, slots=True)
class TellLimit:
    """Tell the other replicas that a limit of this person is reached at the site."""

    person: str
    model: str
    seconds: float


@dataclass(frozen=True, slots=True)
class OfferJob:
    """Ask the worker whether it can take the job."""

    worker: WorkerId
    job: JobId


@dataclass(frozen=True, slots=True)
class PrepareJob:
    """Have the worker do beforehand what the job needs and what costs no quota; `JobPrepared` follows."""

    worker: WorkerId
    job: JobId


@dataclass(frozen=True, slots=True)
class GrantJob:
    """Build the site's request and let the worker carry it out, once."""

    worker: WorkerId
    job: JobId
    epoch: int


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Tell the worker to stop the job and forget it."""

    worker: WorkerId
    job: JobId


@dataclass(frozen=True, slots=True)
class FailRequest:
    """Tell the client."""

    job: JobId
    error: type[GatewayError]
    detail: str = ""
    retry_after: float | None = None
    """Seconds until a repetition may succeed."""


Command = (
    EnqueueJob
    | RequeueJob
    | WithdrawJob
    | ClaimJobs
    | ReleaseJob
    | LendWorker
    | TellLimit
    | OfferJob
    | PrepareJob
    | GrantJob
    | CancelJob
    | FailRequest
)
