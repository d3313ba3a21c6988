"""Two participants, each with a listener of its own: both end exactly once, and a failure finds its place."""

import pytest

from arenabridge.errors import GatewayError, SiteFailed, WorkerLost
from arenabridge.http.answers.split_answer import SplitAnswer
from arenabridge.wire.link.messages import WorkerId
from arenabridge.wire.reply import Finished, Notice, ReplyEvent, Text
from unit.http.answers.test_checked_answer import Listener

A, B = Text("a", "A"), Text("b", "B")
A_ENDS, B_ENDS = Finished("a", "stop"), Finished("b", "length")
LUCK = SiteFailed("out of luck")
A_FAILS = Finished("a", "error", error=LUCK)


def pair(*, takes_more: bool = True) -> tuple[Listener, Listener, SplitAnswer]:
    a, b = Listener(takes_more=takes_more), Listener()
    return a, b, SplitAnswer({"a": a, "b": b})


def reason(listener: Listener) -> str:
    (end,) = listener.ends
    return end.code if isinstance(end, GatewayError) else end.reason


def test_each_hears_its_own_and_ends_when_it_ends() -> None:
    a, b, both = pair()
    assert both.deliver([A, B, A_ENDS, Notice("b", "heartbeat")])
    assert (a.heard, a.ends, b.ends) == ([A], [A_ENDS], [])
    assert not both.deliver([B, B_ENDS])
    both.complete(A_ENDS)
    assert (b.heard, b.ends, a.ends) == ([B, Notice("b", "heartbeat"), B], [B_ENDS], [A_ENDS])


def test_a_failure_waits_for_the_others_fate_and_is_then_that_choices_end() -> None:
    a, b, both = pair()
    assert both.deliver([A_FAILS, B])
    assert a.ends == []
    assert both.deliver([B_ENDS])
    both.complete(B_ENDS)
    assert (reason(a), reason(b)) == ("error", "length")
    (end,) = a.ends
    assert isinstance(end, Finished)
    assert end.error is LUCK


def test_two_failures_are_the_requests() -> None:
    a, b, both = pair()
    both.deliver([A_FAILS])
    both.fail(WorkerLost())
    assert (reason(a), reason(b)) == ("worker_lost", "worker_lost")


def test_what_ended_well_stays_when_the_worker_is_lost() -> None:
    a, b, both = pair()
    both.deliver([A, A_ENDS, B])
    both.fail(WorkerLost())
    assert (reason(a), reason(b)) == ("stop", "error")


def test_a_new_attempt_forgets_the_failures_of_the_one_before() -> None:
    a, b, both = pair()
    both.deliver([A_FAILS])
    both.granted(WorkerId("w"), "fetch", "gpt")
    both.deliver([A, A_ENDS, B, B_ENDS])
    both.complete(A_ENDS)
    assert (reason(a), reason(b)) == ("stop", "length")


def test_one_that_takes_no_more_is_not_told_any_and_the_other_goes_on() -> None:
    a, b, both = pair(takes_more=False)
    assert both.deliver([A, B])
    assert both.deliver([A, B, A_ENDS])
    assert (a.heard, a.ends, b.heard) == ([A], [], [B, B])
    assert not both.deliver([B_ENDS])


@pytest.mark.parametrize(("events", "goes_on"), [([B, B_ENDS], True), ([A, A_ENDS], False)])
def test_where_one_alone_is_wanted_the_site_is_stopped_once_it_has_ended(
    events: list[ReplyEvent], *, goes_on: bool
) -> None:
    listener = Listener()
    assert SplitAnswer({"a": listener}).deliver(events) is goes_on
    assert listener.ends == ([] if goes_on else [A_ENDS])


def test_where_one_alone_is_wanted_its_failure_is_the_requests() -> None:
    listener = Listener()
    alone = SplitAnswer({"a": listener})
    assert alone.deliver([A_FAILS, B])
    alone.complete(B_ENDS)
    assert reason(listener) == "upstream_error"
