"""What the dialogues with a dispatcher begin with."""

from arenabridge.dispatch.commands import (
    Command,
    GrantJob,
    OfferJob,
)
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.dispatch.events import (
    Event,
    JobsClaimed,
    Need,
    OfferAccepted,
    PoolId,
    RequestArrived,
    Terms,
    WorkerJoined,
    WorkWaiting,
)
from arenabridge.errors import (
    VerificationRequired,
)
from arenabridge.wire.link.messages import JobId, WorkerId

TAB, OTHER = WorkerId("tab"), WorkerId("other")
J1, J2, J3 = JobId("j1"), JobId("j2"), JobId("j3")
HOME, WORK = PoolId("home"), PoolId("work")

DEFAULTS = Deadlines()
JOINED = WorkerJoined(TAB, HOME, 1)
ANN, BOB = WorkerJoined(TAB, HOME, 1, Terms(owner="ann")), WorkerJoined(OTHER, WORK, 1, Terms(owner="bob"))
GPT = RequestArrived(J1, model="gpt")
OFFERED: tuple[Event, ...] = (JOINED, RequestArrived(J1), WorkWaiting(), JobsClaimed(1, (J1,)))
GRANTED: tuple[Event, ...] = (*OFFERED, OfferAccepted(TAB, J1))
NEED = Need(VerificationRequired, "The tab shows a check.")


def dispatcher_after(*events: Event, deadlines: Deadlines = DEFAULTS, at: float = 0) -> Dispatcher:
    dispatcher = Dispatcher(deadlines, now=0)
    for event in events:
        dispatcher.handle(event, at)
    return dispatcher


def play(*events: Event, deadlines: Deadlines = DEFAULTS) -> list[Command]:
    return dispatcher_after(*events[:-1], deadlines=deadlines).handle(events[-1], 0)


def granted_at(dispatcher: Dispatcher, now: float, *jobs: JobId, asker: str = "") -> None:
    """Each is asked of gpt, and granted to the best worker at once."""
    for job in jobs:
        dispatcher.handle(RequestArrived(job, model="gpt", asker=asker), now)
        (offer,) = [each for each in dispatcher.handle(JobsClaimed(0, (job,)), now) if isinstance(each, OfferJob)]
        assert GrantJob(offer.worker, job, 1) in dispatcher.handle(OfferAccepted(offer.worker, job), now)
