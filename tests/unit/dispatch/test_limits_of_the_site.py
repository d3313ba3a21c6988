"""What the dispatcher makes of the site's limits, as dialogues."""

import pytest

from arenabridge.dispatch.commands import (
    ClaimJobs,
    EnqueueJob,
    FailRequest,
    OfferJob,
    ReleaseJob,
    RequeueJob,
    TellLimit,
    WithdrawJob,
)
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.dispatch.events import (
    AttemptEnded,
    AttemptLimited,
    Elsewhere,
    Event,
    JobsClaimed,
    Need,
    OfferAccepted,
    PersonLimited,
    RequestArrived,
    Terms,
    TimePassed,
    WorkerChanged,
    WorkerJoined,
    WorkerLeft,
    WorkersElsewhere,
    WorkWaiting,
)
from arenabridge.errors import (
    GatewayError,
    UpstreamRateLimited,
    VerificationRequired,
    WaitedTooLong,
)
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import Opening
from unit.dispatch.dialogues import (
    ANN,
    BOB,
    GPT,
    HOME,
    J1,
    J2,
    J3,
    NEED,
    OTHER,
    TAB,
    WORK,
    dispatcher_after,
    granted_at,
    play,
)

LIMIT = Need(UpstreamRateLimited, "slow down")
LIMITED = (ANN, GPT, JobsClaimed(1, (J1,)), OfferAccepted(TAB, J1), AttemptLimited(TAB, J1, 1, LIMIT, 17))


def test_a_limit_of_the_site_is_told_with_its_time_and_the_model_rests_for_that_person() -> None:
    assert play(*LIMITED) == [
        FailRequest(J1, UpstreamRateLimited, "slow down", 17),
        ReleaseJob(J1),
        TellLimit("ann", "gpt", 17),
        ClaimJobs(1, RESTS),
    ]
    dispatcher = dispatcher_after(*LIMITED)
    (told,) = dispatcher.handle(RequestArrived(J2, model="gpt"), 7)
    assert isinstance(told, FailRequest)
    assert (told.error, told.retry_after) == (UpstreamRateLimited, 10)
    assert dispatcher.handle(RequestArrived(JobId("j3"), model="other"), 7) == [EnqueueJob(JobId("j3"))]
    assert dispatcher.handle(RequestArrived(JobId("j4"), model="gpt"), 17) == [EnqueueJob(JobId("j4"))]


RESTS = Opening(frozenset({"gpt"}))


def test_somebody_elses_worker_serves_what_one_persons_limit_keeps_back() -> None:
    dispatcher = dispatcher_after(*LIMITED[:-1], BOB)
    assert dispatcher.handle(LIMITED[-1], 0) == [RequeueJob(J1), TellLimit("ann", "gpt", 17), ClaimJobs(1, RESTS)]
    assert dispatcher.handle(JobsClaimed(1, (J1,)), 0)[0] == OfferJob(OTHER, J1)


def test_another_account_of_the_same_person_does_not() -> None:
    second = WorkerJoined(OTHER, WORK, 1, Terms(owner="ann"))
    failed, *_ = dispatcher_after(*LIMITED[:-1], second).handle(LIMITED[-1], 0)
    assert failed == FailRequest(J1, UpstreamRateLimited, "slow down", 17)


def test_an_answer_that_was_asked_for_before_the_limit_says_nothing_of_it() -> None:
    dispatcher = dispatcher_after(WorkerJoined(TAB, HOME, 2))
    granted_at(dispatcher, 0, J1, J2)
    dispatcher.handle(AttemptLimited(TAB, J2, 1, LIMIT, 600), 2)
    dispatcher.handle(AttemptEnded(TAB, J1, 1, "served"), 3)
    (told,) = dispatcher.handle(RequestArrived(J3, model="gpt"), 4)
    assert isinstance(told, FailRequest)
    assert told.retry_after == 598


def test_a_burst_that_is_limited_as_a_whole_is_one_limit() -> None:
    """Of all that were under way when the first heard of it; who asks after that, and hears it again, rests longer."""
    dispatcher, burst = dispatcher_after(WorkerJoined(TAB, HOME, 8)), [JobId(f"b{n}") for n in range(8)]
    granted_at(dispatcher, 0, *burst)
    rests = [limited(dispatcher, job, 1 + n / 10) for n, job in enumerate(burst)]
    assert rests == [30] * 8
    granted_at(dispatcher, 40, J1)
    assert limited(dispatcher, J1, 41) == 60


def limited(dispatcher: Dispatcher, job: JobId, now: float) -> float | None:
    """How long the client is told to wait after a 429 that says nothing of it."""
    failed = dispatcher.handle(AttemptLimited(TAB, job, 1, LIMIT), now)[0]
    assert isinstance(failed, FailRequest)
    return failed.retry_after


def test_a_burst_that_another_replica_tells_of_is_one_limit_too() -> None:
    dispatcher = dispatcher_after(WorkerJoined(TAB, HOME, 8))
    for n in range(8):
        dispatcher.handle(PersonLimited("", "gpt", 30), n)
    granted_at(dispatcher, 60, J1)
    assert limited(dispatcher, J1, 61) == 60


def test_jobs_that_wait_for_a_model_that_rests_for_everybody_are_told_so() -> None:
    dispatcher = dispatcher_after(*LIMITED[:-1], RequestArrived(J2, model="gpt"), LIMITED[-1])
    withdrawn, failed, *_ = dispatcher.handle(TimePassed(), 1)
    assert withdrawn == WithdrawJob(J2)
    assert isinstance(failed, FailRequest)
    assert (failed.error, failed.retry_after) == (UpstreamRateLimited, 16)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([WorkerChanged(OTHER, need=NEED)], (VerificationRequired, None)),
        ([WorkerChanged(OTHER, frozen=True)], (UpstreamRateLimited, 540)),
        (
            [Elsewhere(frozenset({WorkersElsewhere(Terms("c", "carl"), need=NEED)})), WorkerLeft(OTHER)],
            (VerificationRequired, None),
        ),
        ([], (WaitedTooLong, None)),
    ],
)
def test_who_waits_in_vain_for_one_that_rests_and_one_that_can_not_is_told_what_stands_in_the_way(
    others: list[Event], said: tuple[type[GatewayError], float | None]
) -> None:
    """Whether it is the person who is needed, or time; but not that nobody became free."""
    dispatcher = dispatcher_after(ANN, BOB, *others)
    dispatcher.handle(PersonLimited("ann", "gpt", 600), 0)
    dispatcher.handle(RequestArrived(J1, model="gpt", asker="dora"), 0)
    assert dispatcher.handle(TimePassed(), 59) == []
    withdrawn, failed, *_ = dispatcher.handle(TimePassed(), 60)
    assert withdrawn == WithdrawJob(J1)
    assert isinstance(failed, FailRequest)
    assert (failed.error, failed.retry_after) == said


def test_slots_whose_person_is_limited_claim_other_models_only() -> None:
    dispatcher = dispatcher_after(*LIMITED)
    dispatcher.handle(JobsClaimed(1, (), RESTS), 0)
    assert dispatcher.handle(WorkWaiting(), 1) == [ClaimJobs(1, RESTS)]
    dispatcher.handle(JobsClaimed(1, (), RESTS), 1)
    assert dispatcher.handle(WorkWaiting(), 18) == [ClaimJobs(1)]
