"""Workers that keep failing with a model, as dialogues with the dispatcher."""

import pytest

from arenabridge.dispatch.breakers import FAILURES
from arenabridge.dispatch.commands import (
    ClaimJobs,
    OfferJob,
    RequeueJob,
)
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.dispatch.events import (
    AttemptEnded,
    AttemptNotStarted,
    AttemptRefused,
    Event,
    JobsClaimed,
    OfferAccepted,
    RequestAbandoned,
    RequestArrived,
    Terms,
    TimePassed,
    WorkerChanged,
    WorkerJoined,
    WorkerLimited,
    WorkWaiting,
)
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import Opening
from unit.dispatch.dialogues import (
    ANN,
    BOB,
    DEFAULTS,
    GPT,
    HOME,
    J1,
    J2,
    JOINED,
    NEED,
    OTHER,
    TAB,
    WORK,
    dispatcher_after,
    granted_at,
)


def test_a_worker_that_keeps_failing_with_a_model_is_passed_over_while_another_can() -> None:
    dispatcher = dispatcher_after(ANN)
    for n in range(3):
        job = JobId(f"f{n}")
        for event in (RequestArrived(job, model="gpt"), JobsClaimed(1, (job,)), OfferAccepted(TAB, job)):
            dispatcher.handle(event, 0)
        dispatcher.handle(AttemptEnded(TAB, job, 1, "failed"), 0)
    dispatcher.handle(GPT, 0)
    dispatcher.handle(JobsClaimed(0, ()), 0)
    alone = dispatcher.handle(JobsClaimed(0, (J1,)), 0)
    assert OfferJob(TAB, J1) in alone, "with nobody else it is asked all the same"
    dispatcher.handle(RequestAbandoned(J1), 0)
    dispatcher.handle(BOB, 0)
    dispatcher.handle(RequestArrived(J2, model="gpt"), 0)
    assert OfferJob(OTHER, J2) in dispatcher.handle(JobsClaimed(0, (J2,)), 0)


def tripped(*others: Event, deadlines: Deadlines = DEFAULTS) -> Dispatcher:
    """At 0 the tab has failed too often with gpt, and at 40 it is tried with `J1`, which is granted to it."""
    dispatcher = dispatcher_after(JOINED, *others, deadlines=deadlines)
    for n in range(FAILURES):
        granted_at(dispatcher, 0, JobId(f"f{n}"))
        dispatcher.handle(AttemptEnded(TAB, JobId(f"f{n}"), 1, "failed"), 0)
    granted_at(dispatcher, 40, J1)
    return dispatcher


HIDDEN_OTHER = WorkerJoined(OTHER, WORK, 1), WorkerChanged(OTHER, visible=False)


@pytest.mark.parametrize(
    "end",
    [
        RequestAbandoned(J1),
        AttemptEnded(TAB, J1, 1),
        AttemptNotStarted(TAB, J1, 1),
        AttemptRefused(TAB, J1, 1, NEED),
        TimePassed(),
        WorkerChanged(TAB, frozen=True),
    ],
)
def test_a_trial_that_ends_without_a_verdict_leaves_the_next_to_decide(end: Event) -> None:
    dispatcher = tripped(*HIDDEN_OTHER, deadlines=Deadlines(overall=20))
    assert dispatcher.is_current(TAB, J1, 1)
    for event in (end, RequestAbandoned(J1), WorkerChanged(TAB)):
        dispatcher.handle(event, 61)
    dispatcher.handle(TimePassed(), 70)
    granted_at(dispatcher, 70, J2)
    assert dispatcher.is_current(TAB, J2, 1)


def failing(*others: Event, askers: frozenset[str] | None = None) -> Dispatcher:
    """Ann's tab has just failed too often with gpt."""
    dispatcher = dispatcher_after(WorkerJoined(TAB, HOME, 1, Terms("c-ann", "ann", askers)))
    for n in range(FAILURES):
        granted_at(dispatcher, 0, JobId(f"f{n}"), asker="ann")
        dispatcher.handle(AttemptEnded(TAB, JobId(f"f{n}"), 1, "failed"), 0)
    for event in others:
        dispatcher.handle(event, 0)
    return dispatcher


BOBS_OWN = WorkerJoined(OTHER, WORK, 1, Terms("c-bob", "bob", frozenset()))


def test_a_worker_is_passed_over_only_for_those_whom_another_may_serve() -> None:
    alone = failing(BOBS_OWN, askers=frozenset())
    for_ann = Opening(askers=frozenset({"ann"}))
    alone.handle(JobsClaimed(1, (), for_ann), 0)
    assert alone.handle(WorkWaiting(), 0) == [ClaimJobs(1, for_ann)]
    granted_at(alone, 0, J1, asker="ann")
    assert alone.is_current(TAB, J1, 1)


def test_who_may_be_served_by_a_worker_that_does_not_fail_is_served_by_that_one_if_it_is_free() -> None:
    dispatcher = failing(BOBS_OWN)
    granted_at(dispatcher, 0, J1, asker="bob")
    assert dispatcher.is_current(OTHER, J1, 1)


def test_whatever_is_claimed_for_a_worker_that_fails_is_given_to_it_if_no_other_is_free() -> None:
    """Or it would go back and be claimed again, without end."""
    dispatcher = failing(BOBS_OWN)
    granted_at(dispatcher, 0, J1, asker="bob")
    granted_at(dispatcher, 0, J2, asker="bob")
    assert dispatcher.is_current(TAB, J2, 1)


BESIDE = WorkerJoined(OTHER, HOME, 2), WorkerLimited(OTHER, 1), WorkerChanged(OTHER, visible=False)


def test_the_slots_of_a_profile_are_for_a_model_as_long_as_one_of_its_tabs_does_not_fail_with_it() -> None:
    dispatcher = dispatcher_after(WorkerJoined(TAB, HOME, 2))
    for n in range(FAILURES):
        granted_at(dispatcher, 0, JobId(f"f{n}"))
        dispatcher.handle(AttemptEnded(TAB, JobId(f"f{n}"), 1, "failed"), 0)
    for event in BESIDE:
        dispatcher.handle(event, 0)
    dispatcher.handle(JobsClaimed(2, ()), 0)
    assert dispatcher.handle(WorkWaiting("gpt"), 0) == [ClaimJobs(2)]
    for job in (J1, J2):
        dispatcher.handle(RequestArrived(job, model="gpt"), 0)
    offered, put_back, *claims = dispatcher.handle(JobsClaimed(2, (J1, J2)), 0)
    assert (offered, put_back) == (OfferJob(OTHER, J1), RequeueJob(J2))
    claims += dispatcher.handle(WorkWaiting("gpt"), 0)
    assert claims == [ClaimJobs(1, Opening(frozenset({"gpt"})))], "what nobody can take now is not claimed again"
    dispatcher.handle(OfferAccepted(OTHER, J1), 0)
    assert ClaimJobs(1) in dispatcher.handle(AttemptEnded(OTHER, J1, 1, "served"), 0)
