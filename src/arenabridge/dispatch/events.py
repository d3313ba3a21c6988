"""What can happen to the dispatcher. The counterpart is `commands`: what it asks for in return."""

from dataclasses import dataclass
from typing import ClassVar, Literal, NewType

from arenabridge.errors import GatewayError
from arenabridge.wire.link.messages import JobId, WorkerId
from arenabridge.wire.opening import ANYTHING, Opening

Verdict = Literal["served", "failed", "refused"] | None
"""What the end says of the worker with that model, if anything; `refused`: it did not take the offer of a guest."""

PoolId = NewType("PoolId", str)
"""What its slots belong to: one browser profile on one site, however many tabs it has open there."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms a worker serves on, as its owner set them."""

    credential: str = ""
    """What it came in with, and what its cap belongs to; empty for the browsers of a gateway that is one person's."""
    owner: str = ""
    """Whose it is: a person's id. Their limits at the site count; workers without an owner count as one person's."""
    askers: frozenset[str] | None = None
    """Whose requests it serves, by id, always including its owner's; None for everybody's."""
    is_backup: bool = False
    """It serves only when no other can."""
    cap: int | None = None
    """How many jobs of people other than its owner all tabs with this credential may run at once."""


OPEN = Terms()
"""It serves everybody."""


@dataclass(frozen=True, slots=True)
class WorkerJoined:
    """A connection is ready. A tab that reconnects is a new worker."""

    worker: WorkerId
    pool: PoolId
    slots: int
    terms: Terms = OPEN
    is_lent: bool = False
    """Another replica lends it, for one job: it gets no others."""


@dataclass(frozen=True, slots=True)
class TermsChanged:
    """The owner of the workers with this credential has changed them."""

    terms: Terms


@dataclass(frozen=True, slots=True)
class Need:
    """What stands in the way, often until a worker's person acts: the error and the words that clients are told."""

    error: type[GatewayError]
    detail: str


@dataclass(frozen=True, slots=True)
class WorkerChanged:
    """
    What a worker can do now.

    A frozen tab runs no code: its jobs are lost and it takes no new ones until it thaws. One that needs its person
    takes no new ones either, but what it runs may still end well.
    """

    worker: WorkerId
    visible: bool = True
    frozen: bool = False
    need: Need | None = None


@dataclass(frozen=True, slots=True)
class WorkerLimited:
    """
    How many jobs the worker itself takes at once, whatever its pool has left.

    One that `uses_page` does in its page what a person would, so it should be a page that nobody looks at.
    """

    worker: WorkerId
    slots: int
    uses_page: bool = False


@dataclass(frozen=True, slots=True)
class WorkerLeft:
    """The connection is closed. One that `may_return` keeps its granted jobs and brings them along if it does."""

    worker: WorkerId
    may_return: bool = False


@dataclass(frozen=True, slots=True)
class JobsResumed:
    """
    The page of a worker that has left is back as another worker, with these of its granted jobs.

    It never heard of the `unheard` ones, so nothing of them was sent to the site. Jobs it does not name are lost.
    """

    worker: WorkerId
    before: WorkerId
    jobs: tuple[JobId, ...]
    unheard: tuple[JobId, ...] = ()
    is_all: bool = True
    """False: the page may name more of them later."""


@dataclass(frozen=True, slots=True)
class RequestArrived:
    """
    A client wants an answer of a model.

    One that `needs_preparing` has files, which a worker uploads before the grant. A chat whose site session belongs to
    a browser profile `wants` that one.
    """

    job: JobId
    needs_preparing: bool = False
    model: str = ""
    wants: PoolId | None = None
    asker: str = ""
    """Whose request it is: a person's id, or empty for a key that is nobody's."""


@dataclass(frozen=True, slots=True)
class RequestRejected:
    """The queue had no room for the job."""

    job: JobId


@dataclass(frozen=True, slots=True)
class RequestAbandoned:
    """The client hung up."""

    job: JobId


@dataclass(frozen=True, slots=True)
class WorkWaiting:
    """The queue may hold jobs that were not there at the last claim: this person's for the model, if one is named."""

    model: str | None = None
    asker: str = ""


@dataclass(frozen=True, slots=True)
class JobsClaimed:
    """The queue's answer to `ClaimJobs(limit)`: at most `limit` jobs, which are now ours to give."""

    limit: int
    jobs: tuple[JobId, ...]
    opening: Opening = ANYTHING


@dataclass(frozen=True, slots=True)
class SlotLent:
    """Another replica lends this worker for a job of ours."""

    worker: WorkerId
    job: JobId


@dataclass(frozen=True, slots=True)
class GuestArrived:
    """
    A job of another replica was claimed, or a page carries one: `worker` is then where it is.

    It is served in a slot of ours, and decided on there.
    """

    job: JobId
    model: str = ""
    asker: str = ""
    worker: WorkerId | None = None


@dataclass(frozen=True, slots=True)
class GuestLeft:
    """Its replica needs the slot no more. `verdict` as in `AttemptEnded`."""

    job: JobId
    verdict: Verdict = None


@dataclass(frozen=True, slots=True)
class PersonLimited:
    """Another replica was told by the site that a limit of this person is reached, for so many seconds."""

    person: str
    model: str
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkersElsewhere:
    """Workers of another replica that serve on these terms, and the state of the best of them."""

    terms: Terms
    has_free_slot: bool = False
    need: Need | None = None
    frozen: ClassVar[bool] = False
    """Replicas do not tell of their frozen workers."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """All the workers that other replicas have."""

    workers: frozenset[WorkersElsewhere]


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The worker has room for the job it was offered."""

    worker: WorkerId
    job: JobId


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """The worker can't take the job it was offered."""

    worker: WorkerId
    job: JobId
    why: str = ""


@dataclass(frozen=True, slots=True)
class JobPrepared:
    """All that the job needs is there: it can be granted to this worker."""

    worker: WorkerId
    job: JobId


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """
    The site's answer is complete, or it refused, or the attempt failed: either way the client was told.

    `verdict` is what it says of this worker with this model, if it says anything.
    """

    worker: WorkerId
    job: JobId
    epoch: int
    verdict: Verdict = None


@dataclass(frozen=True, slots=True)
class AttemptNotStarted:
    """The worker proves that nothing of this attempt was sent to the site. `need` is what that says to the client."""

    worker: WorkerId
    job: JobId
    epoch: int
    need: Need | None = None


@dataclass(frozen=True, slots=True)
class AttemptRefused:
    """The site's answer proves that nothing was generated, and another attempt may fare better."""

    worker: WorkerId
    job: JobId
    epoch: int
    need: Need
    """What the client is told if no attempt does."""


@dataclass(frozen=True, slots=True)
class AttemptLimited:
    """The site generated nothing, since the worker's person has reached a limit; `seconds` if it said for how long."""

    worker: WorkerId
    job: JobId
    epoch: int
    need: Need
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing happened but the clock: deadlines are checked."""


Event = (
    WorkerJoined
    | TermsChanged
    | WorkerChanged
    | WorkerLimited
    | WorkerLeft
    | JobsResumed
    | RequestArrived
    | RequestRejected
    | RequestAbandoned
    | WorkWaiting
    | JobsClaimed
    | SlotLent
    | GuestArrived
    | GuestLeft
    | PersonLimited
    | Elsewhere
    | OfferAccepted
    | OfferRefused
    | JobPrepared
    | AttemptEnded
    | AttemptNotStarted
    | AttemptRefused
    | AttemptLimited
    | TimePassed
)
