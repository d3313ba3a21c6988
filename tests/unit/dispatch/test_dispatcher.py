"""The dispatcher, as dialogues: a list of events in, the commands of the last one out."""

from arenabridge.dispatch.commands import (
    CancelJob,
    ClaimJobs,
    EnqueueJob,
    FailRequest,
    GrantJob,
    OfferJob,
    PrepareJob,
    ReleaseJob,
    RequeueJob,
    WithdrawJob,
)
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import MAX_GRANTS, Dispatcher
from arenabridge.dispatch.events import (
    AttemptEnded,
    AttemptNotStarted,
    AttemptRefused,
    JobPrepared,
    JobsClaimed,
    JobsResumed,
    OfferAccepted,
    OfferRefused,
    RequestAbandoned,
    RequestArrived,
    RequestRejected,
    Terms,
    TermsChanged,
    TimePassed,
    WorkerChanged,
    WorkerJoined,
    WorkerLeft,
    WorkerLimited,
    WorkWaiting,
)
from arenabridge.errors import (
    AnswerTimeout,
    FirstByteTimeout,
    NoWorkerConnected,
    QueueFull,
    Stalled,
    UploadFailed,
    VerificationRequired,
    WaitedTooLong,
    WorkerLost,
)
from arenabridge.wire.link.messages import JobId, WorkerId
from arenabridge.wire.opening import Opening
from unit.dispatch.dialogues import (
    ANN,
    DEFAULTS,
    GRANTED,
    HOME,
    J1,
    J2,
    J3,
    JOINED,
    NEED,
    OFFERED,
    OTHER,
    TAB,
    WORK,
    dispatcher_after,
    play,
)


def test_a_request_is_queued_claimed_offered_granted_and_released() -> None:
    assert play(JOINED, RequestArrived(J1)) == [EnqueueJob(J1)]
    assert play(*OFFERED) == [OfferJob(TAB, J1)]
    assert play(*GRANTED) == [GrantJob(TAB, J1, 1)]
    assert play(*GRANTED, AttemptEnded(TAB, J1, 1)) == [ReleaseJob(J1), ClaimJobs(1)]


def test_jobs_are_claimed_only_against_free_slots_and_never_twice() -> None:
    dispatcher = dispatcher_after(JobsClaimed(0, ()))
    assert dispatcher.handle(WorkerJoined(TAB, HOME, 3), 0) == [ClaimJobs(3)]
    assert dispatcher.handle(WorkWaiting(), 0) == []
    assert dispatcher.handle(JobsClaimed(3, ()), 0) == [ClaimJobs(3)]
    assert dispatcher.handle(JobsClaimed(3, ()), 0) == []


def test_tabs_of_one_profile_share_its_slots() -> None:
    both = WorkerJoined(TAB, HOME, 2), WorkerJoined(OTHER, HOME, 2)
    assert dispatcher_after(*both).free_slots == 2
    assert dispatcher_after(WorkerJoined(TAB, HOME, 2), WorkerJoined(OTHER, WORK, 2)).free_slots == 4


def test_visible_and_less_busy_tabs_are_preferred() -> None:
    two = WorkerJoined(OTHER, WORK, 2), WorkerJoined(TAB, HOME, 2), RequestArrived(J1), RequestArrived(J2)
    hidden = WorkerChanged(OTHER, visible=False, frozen=False)
    assert play(*two, JobsClaimed(2, (J1, J2))) == [OfferJob(OTHER, J1), OfferJob(TAB, J2)]
    assert play(*two, hidden, JobsClaimed(1, (J1,)))[0] == OfferJob(TAB, J1)


def test_before_the_grant_a_job_moves_freely() -> None:
    """Refused, lost or unanswered: it waits again, and the worker that failed it rests."""
    assert play(*OFFERED, OfferRefused(TAB, J1)) == [RequeueJob(J1)]
    assert play(*OFFERED, WorkerLeft(TAB)) == [RequeueJob(J1)]
    late = dispatcher_after(*OFFERED)
    assert late.handle(TimePassed(), 1.9) == []
    assert late.handle(TimePassed(), 2.0) == [CancelJob(TAB, J1), RequeueJob(J1)]
    assert late.handle(OfferAccepted(TAB, J1), 2.1) == []
    assert late.handle(TimePassed(), 4.0) == [ClaimJobs(1)]


def test_a_worker_that_refuses_is_not_asked_again_at_once() -> None:
    assert play(JOINED, WorkerJoined(OTHER, WORK, 1), RequestArrived(J1), JobsClaimed(1, (J1,)))[0] == OfferJob(
        OTHER, J1
    )
    refused = JOINED, WorkerJoined(OTHER, WORK, 1), RequestArrived(J1), JobsClaimed(1, (J1,)), OfferRefused(OTHER, J1)
    assert play(*refused, JobsClaimed(1, (J1,)))[0] == OfferJob(TAB, J1)


def test_after_the_grant_a_lost_worker_ends_the_request() -> None:
    detail = "The browser tab that was answering has disconnected."
    assert play(*GRANTED, WorkerLeft(TAB)) == [FailRequest(J1, WorkerLost, detail), ReleaseJob(J1)]


def test_only_proof_that_nothing_was_sent_gives_a_job_again_as_a_new_epoch() -> None:
    again = *GRANTED, AttemptNotStarted(TAB, J1, 1)
    assert play(*again) == [RequeueJob(J1)]
    dispatcher = dispatcher_after(*again)
    dispatcher.handle(WorkerJoined(OTHER, WORK, 1), 1)
    dispatcher.handle(JobsClaimed(1, (J1,)), 1)
    assert dispatcher.handle(OfferAccepted(OTHER, J1), 1) == [GrantJob(OTHER, J1, 2)]
    assert dispatcher.handle(AttemptEnded(TAB, J1, 1), 1) == []
    assert not dispatcher.heard(TAB, J1, 1, now=1)
    assert dispatcher.heard(OTHER, J1, 2, now=1)


def test_a_job_that_nobody_manages_to_start_fails_in_the_end() -> None:
    dispatcher = dispatcher_after(JOINED, RequestArrived(J1))
    for epoch in range(1, MAX_GRANTS + 1):
        dispatcher.handle(TimePassed(), epoch * 3)
        dispatcher.handle(JobsClaimed(1, (J1,)), epoch * 3)
        dispatcher.handle(OfferAccepted(TAB, J1), epoch * 3)
        commands = dispatcher.handle(AttemptNotStarted(TAB, J1, epoch), epoch * 3)
    assert [type(command) for command in commands] == [FailRequest, ReleaseJob, ClaimJobs]


def test_a_late_close_of_the_old_connection_leaves_the_new_one_alone() -> None:
    """A tab reloads: its new connection is there before the old one is seen to close."""
    dispatcher = dispatcher_after(JOINED, WorkerJoined(OTHER, HOME, 1), WorkerLeft(TAB), RequestArrived(J1))
    dispatcher.handle(JobsClaimed(1, (J1,)), 0)
    assert dispatcher.handle(WorkerLeft(TAB), 0) == []
    assert dispatcher.handle(OfferAccepted(OTHER, J1), 0) == [GrantJob(OTHER, J1, 1)]


def test_a_client_that_hangs_up_stops_the_job_in_every_stage() -> None:
    assert play(JOINED, RequestArrived(J1), RequestAbandoned(J1)) == [WithdrawJob(J1)]
    assert play(*OFFERED, RequestAbandoned(J1)) == [CancelJob(TAB, J1), ReleaseJob(J1), ClaimJobs(1)]
    assert play(*GRANTED, RequestAbandoned(J1)) == [CancelJob(TAB, J1), ReleaseJob(J1), ClaimJobs(1)]
    assert play(*GRANTED, AttemptEnded(TAB, J1, 1), RequestAbandoned(J1)) == []


def test_a_job_whose_client_left_while_it_was_being_claimed_is_released() -> None:
    events = JOINED, RequestArrived(J1), RequestAbandoned(J1), JobsClaimed(1, (J1,))
    assert play(*events)[0] == ReleaseJob(J1)


def test_a_job_claimed_for_a_worker_that_has_left_goes_back() -> None:
    assert play(JOINED, RequestArrived(J1), WorkerLeft(TAB), JobsClaimed(1, (J1,))) == [RequeueJob(J1)]


def test_no_worker_is_said_at_once_unless_one_was_seen_a_moment_ago() -> None:
    dispatcher = Dispatcher(Deadlines(recently=60, return_=10), now=0)
    assert dispatcher.handle(RequestArrived(J1), 61) == [FailRequest(J1, NoWorkerConnected)]
    assert dispatcher.handle(WorkerJoined(TAB, HOME, 1), 62) == [ClaimJobs(1)]
    dispatcher.handle(JobsClaimed(1, ()), 62)
    dispatcher.handle(WorkerLeft(TAB), 63)
    assert dispatcher.handle(RequestArrived(J1), 64) == [EnqueueJob(J1)]
    assert dispatcher.handle(TimePassed(), 73.9) == []
    assert dispatcher.handle(TimePassed(), 74) == [WithdrawJob(J1), FailRequest(J1, NoWorkerConnected)]


def test_with_all_slots_busy_a_request_waits_its_time_and_no_longer() -> None:
    dispatcher = dispatcher_after(*GRANTED, RequestArrived(J2), deadlines=Deadlines(wait=30))
    assert dispatcher.handle(TimePassed(), 29) == []
    assert dispatcher.handle(TimePassed(), 30) == [WithdrawJob(J2), FailRequest(J2, WaitedTooLong)]


def test_a_full_queue_is_said() -> None:
    assert play(JOINED, RequestArrived(J1), RequestRejected(J1)) == [FailRequest(J1, QueueFull)]


def test_silence_before_and_within_an_answer_ends_it() -> None:
    limits = Deadlines(first_byte=20, silence=10)
    dispatcher = dispatcher_after(*GRANTED, deadlines=limits)
    assert dispatcher.handle(TimePassed(), 19) == []
    assert dispatcher.handle(TimePassed(), 20)[:2] == [CancelJob(TAB, J1), FailRequest(J1, FirstByteTimeout)]
    dispatcher = dispatcher_after(*GRANTED, deadlines=limits)
    assert dispatcher.heard(TAB, J1, 1, now=15)
    assert dispatcher.handle(TimePassed(), 24) == []
    assert dispatcher.handle(TimePassed(), 25)[:2] == [CancelJob(TAB, J1), FailRequest(J1, Stalled)]
    assert not dispatcher.heard(TAB, J1, 1, now=26)


def test_a_connection_that_keeps_breaking_does_not_put_off_the_end_of_silence() -> None:
    """The time that the page was away is not counted, all other is."""
    dispatcher = dispatcher_after(*GRANTED, deadlines=Deadlines(first_byte=180, silence=100))
    tabs = [TAB, OTHER, *(WorkerId(f"w{n}") for n in range(2))]
    for at, before, after in zip((60, 120), tabs, tabs[1:], strict=False):
        breaks_and_returns(dispatcher, at, before, after)
    assert dispatcher.handle(TimePassed(), 199) == []
    assert dispatcher.heard(tabs[2], J1, 1, now=199)
    breaks_and_returns(dispatcher, 279, tabs[2], tabs[3])
    assert dispatcher.handle(TimePassed(), 308) == []
    assert dispatcher.handle(TimePassed(), 309)[:2] == [CancelJob(tabs[3], J1), FailRequest(J1, Stalled)]


def breaks_and_returns(dispatcher: Dispatcher, at: float, before: WorkerId, after: WorkerId) -> None:
    """The page that has the job is away for 10 s."""
    assert dispatcher.handle(TimePassed(), at) == []
    dispatcher.handle(WorkerLeft(before, may_return=True), at)
    dispatcher.handle(JobsClaimed(1, ()), at)
    dispatcher.handle(WorkerJoined(after, HOME, 1), at + 10)
    dispatcher.handle(JobsResumed(after, before, (J1,)), at + 10)


def test_a_frozen_tab_gives_its_jobs_up_and_gets_none_until_it_thaws() -> None:
    dispatcher = dispatcher_after(*GRANTED)
    commands = dispatcher.handle(WorkerChanged(TAB, visible=False, frozen=True), 0)
    assert commands[:2] == [
        CancelJob(TAB, J1),
        FailRequest(J1, WorkerLost, "The browser froze the tab that was answering."),
    ]
    assert dispatcher.free_slots == 0
    assert dispatcher.handle(WorkerChanged(TAB, visible=True, frozen=False), 0) == [ClaimJobs(1)]


NEEDY = WorkerChanged(TAB, need=NEED)


def test_a_worker_that_needs_its_person_gets_no_jobs_and_keeps_those_it_has() -> None:
    dispatcher = dispatcher_after(*GRANTED, NEEDY)
    assert dispatcher.free_slots == 0
    assert dispatcher.is_current(TAB, J1, 1)
    assert dispatcher.handle(AttemptEnded(TAB, J1, 1), 0) == [ReleaseJob(J1)]
    assert dispatcher.handle(WorkerChanged(TAB), 0) == [ClaimJobs(1)]


def test_who_waits_in_vain_for_a_person_is_told_what_the_person_has_to_do() -> None:
    dispatcher = dispatcher_after(JOINED, NEEDY, RequestArrived(J1), deadlines=Deadlines(wait=30))
    assert dispatcher.handle(TimePassed(), 30) == [WithdrawJob(J1), FailRequest(J1, VerificationRequired, NEED.detail)]
    another = dispatcher_after(JOINED, WorkerJoined(OTHER, WORK, 1), NEEDY, RequestArrived(J1))
    assert another.handle(TimePassed(), 60) == [WithdrawJob(J1), FailRequest(J1, WaitedTooLong)]


def test_a_job_that_the_site_refused_for_want_of_its_person_waits_for_them() -> None:
    """The site's answer proves that nothing was generated, so it may be granted again, as a new epoch."""
    dispatcher = dispatcher_after(*GRANTED, NEEDY)
    assert dispatcher.handle(AttemptRefused(TAB, J1, 1, NEED), 50) == [RequeueJob(J1)]
    assert dispatcher.handle(TimePassed(), 109) == []
    assert dispatcher.handle(WorkerChanged(TAB), 109) == [ClaimJobs(1)]
    assert dispatcher.handle(JobsClaimed(1, (J1,)), 109) == [OfferJob(TAB, J1)]
    assert dispatcher.handle(OfferAccepted(TAB, J1), 109) == [GrantJob(TAB, J1, 2)]


def test_a_job_that_the_site_keeps_refusing_fails_in_the_end() -> None:
    dispatcher = dispatcher_after(JOINED, RequestArrived(J1))
    for epoch in range(1, MAX_GRANTS + 1):
        dispatcher.handle(JobsClaimed(1, (J1,)), 0)
        dispatcher.handle(OfferAccepted(TAB, J1), 0)
        commands = dispatcher.handle(AttemptRefused(TAB, J1, epoch, NEED), 0)
    assert commands[:2] == [FailRequest(J1, VerificationRequired, NEED.detail), ReleaseJob(J1)]


def test_a_worker_that_is_limited_takes_no_more_than_that_though_its_pool_has_more() -> None:
    tabs = WorkerJoined(TAB, HOME, 4), WorkerJoined(OTHER, HOME, 4)
    assert dispatcher_after(*tabs, WorkerLimited(TAB, 1)).free_slots == 4
    assert dispatcher_after(*tabs, WorkerLimited(TAB, 1), WorkerLimited(OTHER, 1)).free_slots == 2
    one_each = *tabs, WorkerLimited(TAB, 1), WorkerLimited(OTHER, 1), RequestArrived(J1), RequestArrived(J2)
    assert play(*one_each, JobsClaimed(2, (J1, J2)))[:2] == [OfferJob(OTHER, J1), OfferJob(TAB, J2)]


def test_a_page_that_is_used_is_one_that_nobody_looks_at_if_there_is_one() -> None:
    tabs = WorkerJoined(TAB, HOME, 2), WorkerJoined(OTHER, HOME, 2), WorkerChanged(TAB, visible=False)
    limits = WorkerLimited(TAB, 1, uses_page=True), WorkerLimited(OTHER, 1, uses_page=True)
    assert play(*tabs, *limits, RequestArrived(J1), JobsClaimed(1, (J1,)))[0] == OfferJob(TAB, J1)
    assert play(*tabs, RequestArrived(J1), JobsClaimed(1, (J1,)))[0] == OfferJob(OTHER, J1)


def test_a_piece_of_an_older_epoch_is_not_used_though_it_comes_from_the_same_worker() -> None:
    dispatcher = dispatcher_after(*GRANTED, AttemptNotStarted(TAB, J1, 1))
    dispatcher.handle(TimePassed(), 3)
    dispatcher.handle(JobsClaimed(1, (J1,)), 3)
    assert dispatcher.handle(OfferAccepted(TAB, J1), 3) == [GrantJob(TAB, J1, 2)]
    assert not dispatcher.heard(TAB, J1, 1, now=3)
    assert not dispatcher.is_current(TAB, J1, 1)
    assert dispatcher.heard(TAB, J1, 2, now=3)


WITH_FILES = JOINED, RequestArrived(J1, needs_preparing=True), JobsClaimed(1, (J1,)), OfferAccepted(TAB, J1)


def test_a_job_with_files_is_granted_only_when_they_are_there() -> None:
    assert play(*WITH_FILES) == [PrepareJob(TAB, J1)]
    assert play(*WITH_FILES, JobPrepared(OTHER, J1)) == []
    assert play(*WITH_FILES, JobPrepared(TAB, J1)) == [GrantJob(TAB, J1, 1)]
    assert play(*WITH_FILES, JobPrepared(TAB, J1), JobPrepared(TAB, J1)) == []


def test_a_job_whose_worker_leaves_during_the_upload_goes_to_another() -> None:
    assert play(*WITH_FILES, WorkerLeft(TAB)) == [RequeueJob(J1)]
    assert play(*WITH_FILES, WorkerChanged(TAB, frozen=True)) == [CancelJob(TAB, J1), RequeueJob(J1)]


def test_an_upload_that_does_not_end_ends_the_request() -> None:
    uploading = dispatcher_after(*WITH_FILES)
    assert uploading.handle(TimePassed(), DEFAULTS.prepare - 1) == []
    cancelled, failed, released, *_ = uploading.handle(TimePassed(), DEFAULTS.prepare)
    assert cancelled == CancelJob(TAB, J1)
    assert isinstance(failed, FailRequest)
    assert failed.error is UploadFailed
    assert released == ReleaseJob(J1)


def test_a_chat_goes_to_the_profile_that_holds_its_session_if_it_is_free() -> None:
    both = ANN, WorkerJoined(OTHER, WORK, 1, Terms(owner="ann"))
    wanting = RequestArrived(J1, wants=WORK)
    assert play(*both, wanting, JobsClaimed(2, (J1,)))[0] == OfferJob(OTHER, J1)
    assert play(ANN, wanting, JobsClaimed(1, (J1,)))[0] == OfferJob(TAB, J1)


def test_of_equal_workers_the_quicker_one_is_asked() -> None:
    dispatcher = dispatcher_after(WorkerJoined(TAB, HOME, 2), WorkerJoined(OTHER, WORK, 2))
    for worker, job, took in ((OTHER, J1, 1), (TAB, J2, 9)):
        dispatcher.handle(RequestArrived(job, wants=WORK if worker == OTHER else HOME), 0)
        dispatcher.handle(JobsClaimed(0, (job,)), 0)
        dispatcher.handle(OfferAccepted(worker, job), 0)
        dispatcher.heard(worker, job, 1, took)
        dispatcher.handle(AttemptEnded(worker, job, 1, "served"), took)
    dispatcher.handle(RequestArrived(JobId("j3")), 9)
    assert OfferJob(OTHER, JobId("j3")) in dispatcher.handle(JobsClaimed(0, (JobId("j3"),)), 9)


def test_how_long_a_place_in_the_queue_means_follows_from_the_last_answers() -> None:
    dispatcher = dispatcher_after(WorkerJoined(TAB, HOME, 2))
    assert dispatcher.expected_wait(3) is None
    for event in (RequestArrived(J1), JobsClaimed(2, (J1,)), OfferAccepted(TAB, J1)):
        dispatcher.handle(event, 0)
    dispatcher.handle(AttemptEnded(TAB, J1, 1, "served"), 20)
    assert dispatcher.expected_wait(3) == 40


def test_an_answer_may_be_limited_as_a_whole() -> None:
    answering = dispatcher_after(*GRANTED, deadlines=Deadlines(overall=60))
    for at in range(0, 60, 5):
        answering.heard(TAB, J1, 1, at)
        assert answering.handle(TimePassed(), at) == []
    _, failed, *_ = answering.handle(TimePassed(), 61)
    assert isinstance(failed, FailRequest)
    assert failed.error is AnswerTimeout


ANNS = WorkerJoined(TAB, HOME, 2, Terms("c-ann", "ann", frozenset({"bob"}), cap=1))


def test_a_worker_serves_its_owner_and_those_it_is_shared_with_and_nobody_else() -> None:
    dispatcher = dispatcher_after(ANNS, RequestArrived(J1, asker="eve"))
    assert dispatcher.handle(JobsClaimed(1, (J1,)), 0)[0] == RequeueJob(J1)
    for asker in ("ann", "bob"):
        served = dispatcher_after(ANNS, RequestArrived(J1, asker=asker))
        assert served.handle(JobsClaimed(1, (J1,)), 0)[0] == OfferJob(TAB, J1)


def test_whom_nobody_serves_is_told_so_when_they_have_waited_for_one() -> None:
    dispatcher = dispatcher_after(ANNS)
    assert dispatcher.handle(RequestArrived(J1, asker="eve"), 1000)[0] == FailRequest(
        J1,
        NoWorkerConnected,
        "Browsers are connected, but their owners do not share them with you. Connect one of your own.",
    )


def test_slots_are_claimed_for_those_they_are_for() -> None:
    shared, own = Opening(askers=frozenset({"ann", "bob"})), Opening(askers=frozenset({"ann"}))
    assert play(ANNS) == [ClaimJobs(1, shared), ClaimJobs(1, own)]


def test_the_owners_cap_leaves_the_rest_to_the_owner() -> None:
    dispatcher = dispatcher_after(ANNS, RequestArrived(J1, asker="bob"), RequestArrived(J2, asker="bob"))
    assert dispatcher.handle(JobsClaimed(2, (J1, J2)), 0)[:2] == [OfferJob(TAB, J1), RequeueJob(J2)]
    dispatcher.handle(RequestArrived(J3, asker="ann"), 0)
    assert dispatcher.handle(JobsClaimed(1, (J3,)), 0)[0] == OfferJob(TAB, J3)


def test_terms_can_change_while_a_worker_serves() -> None:
    dispatcher = dispatcher_after(ANNS, RequestArrived(J1, asker="eve"))
    dispatcher.handle(TermsChanged(Terms("c-ann", "ann")), 0)
    assert dispatcher.handle(JobsClaimed(1, (J1,)), 0)[0] == OfferJob(TAB, J1)


def test_a_backup_serves_when_no_other_can() -> None:
    backup = WorkerJoined(OTHER, WORK, 5, Terms("c", "carl", is_backup=True))
    dispatcher = dispatcher_after(backup, JOINED, RequestArrived(J1), RequestArrived(J2))
    assert dispatcher.handle(JobsClaimed(2, (J1, J2)), 0)[:2] == [OfferJob(TAB, J1), OfferJob(OTHER, J2)]


def test_a_worker_that_is_shared_with_nobody_has_its_slots_for_its_owner() -> None:
    assert play(WorkerJoined(TAB, HOME, 2, Terms("c", "ann", frozenset()))) == [
        ClaimJobs(2, Opening(askers=frozenset({"ann"})))
    ]
