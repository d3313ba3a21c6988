"""Answers survive a broken connection: dialogues between the hub and one page, over one connection after another."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.hub.links.resumption import LONGER_SECONDS
from arenabridge.wire.link import messages as m
from unit.hub.doubles import ASK, ORIGIN, HandClock, PlainSink, PlainWorker, make_hub, plain_worker

J1, J2 = m.JobId("j1"), m.JobId("j2")
STREAM = {"content-type": "text/event-stream"}
STOP = 'ad:{"finishReason":"stop"}\n'


@dataclass
class Page:
    """A page and its connections to one hub. `jobs` is what the last welcome said of what it carries."""

    clock: HandClock = field(default_factory=HandClock)
    connections: int = 0
    key: str = ""
    jobs: dict[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hub = make_hub(clock=self.clock)
        self.tab: PlainWorker = plain_worker()

    def connects(self, *carrying: tuple[m.JobId, int], key: str | None = None) -> None:
        self.connections += 1
        self.tab = plain_worker(f"w{self.connections}", slots=2)
        hello: dict[str, Any] = {"token": "t", "origin": ORIGIN, "profile": "home", "page": "p"}
        carried = tuple(m.Carried(*each) for each in carrying)
        key = self.key if key is None else key
        self.key, jobs = self.hub.welcome(
            self.tab.state.worker,
            m.Hello(protocol=2, script="s", resumes=True, resume_key=key, carrying=carried, **hello),
        )
        self.jobs = {each.job: each.from_seq for each in jobs}
        self.hub.join(self.tab)

    def breaks(self) -> None:
        self.hub.leave(self.tab, may_return=True)

    def asks(self, job: m.JobId = J1) -> PlainSink:
        sink = PlainSink()
        self.hub.submit(job, ASK, key="k", sink=sink)
        return sink

    def says(self, *messages: m.FromWorker, over: PlainWorker | None = None) -> None:
        for message in messages:
            self.hub.receive(over or self.tab, message)

    def begins(self, job: m.JobId = J1, *, epoch: int = 1) -> None:
        """Accepted and started; the stream is open."""
        head = m.Head(job=job, epoch=epoch, seq=1, status=200, headers=STREAM)
        self.says(m.Accept(job), m.Start(job, epoch, 0), head)

    def chunk(self, seq: int, text: str, job: m.JobId = J1, over: PlainWorker | None = None) -> None:
        self.says(m.Chunks([m.Chunk(job, 1, seq, text)]), over=over)

    def wait(self, seconds: float) -> None:
        self.clock.now += seconds
        self.hub.tick()

    def grants(self) -> int:
        return sum(isinstance(message, m.Go) for message in self.tab.heard)


@pytest.fixture
def page() -> Page:
    page = Page()
    page.connects()
    return page


def test_an_answer_goes_on_over_the_next_connection_without_gap_or_repetition(page: Page) -> None:
    sink = page.asks()
    page.begins()
    page.chunk(2, 'a0:"one "\n')
    page.breaks()
    page.connects((J1, 1))
    assert page.jobs == {J1: 3}
    page.chunk(2, 'a0:"one "\n')  # said again though it had arrived
    page.chunk(3, 'a0:"two"\n' + STOP)
    page.says(m.End(J1, 1, 4))
    assert (sink.text, sink.outcome) == ("one two", "stop")
    assert page.grants() == 0


def test_fifty_breaks_within_one_answer_are_not_noticed(page: Page) -> None:
    sink = page.asks()
    page.begins()
    for number in range(50):
        page.chunk(2 + number, f'a0:"{number} "\n')
        page.breaks()
        page.connects((J1, 1))
        assert page.jobs == {J1: 3 + number}
    page.chunk(52, STOP)
    page.says(m.End(J1, 1, 53))
    assert sink.text == "".join(f"{number} " for number in range(50))
    assert sink.outcome == "stop"


def test_an_answer_whose_page_does_not_return_in_time_ends_as_lost(page: Page) -> None:
    sink = page.asks()
    page.begins()
    page.breaks()
    page.wait(Deadlines().grace - 1)
    assert not sink.ends
    page.wait(1)
    assert sink.outcome == "worker_lost"
    page.connects((J1, 1))
    assert page.jobs == {J1: None}


def test_a_page_that_says_goodbye_takes_its_answers_along(page: Page) -> None:
    sink = page.asks()
    page.begins()
    page.hub.leave(page.tab)
    assert sink.outcome == "worker_lost"


def test_only_the_page_that_has_the_key_gets_the_jobs_and_only_once(page: Page) -> None:
    sink = page.asks()
    page.begins()
    page.breaks()
    key = page.key
    page.connects((J1, 1), key="guessed")
    assert page.jobs == {J1: None}
    page.connects((J1, 1), key=key)
    assert page.jobs == {J1: 2}
    page.hub.confirm(page.tab.state.worker)
    page.connects((J1, 1), key=key)
    assert page.jobs == {J1: None}
    assert sink.outcome is None


def test_a_page_whose_welcome_was_lost_comes_back_with_the_key_it_has(page: Page) -> None:
    sink = page.asks()
    page.begins()
    for _ in range(3):
        key = page.key
        page.breaks()
        page.connects((J1, 1))
        assert page.jobs == {J1: 2}
        page.key = key
    page.chunk(2, 'a0:"one"\n' + STOP)
    page.says(m.End(J1, 1, 3))
    assert (sink.text, sink.outcome) == ("one", "stop")


def test_the_old_connection_is_fenced_before_the_new_one_is_served(page: Page) -> None:
    sink, old = page.asks(), page.tab
    page.begins()
    page.connects((J1, 1))  # the gateway has not noticed yet that the old one is dead
    assert old.closed == ["its page has connected anew"]
    page.chunk(2, 'a0:"old"\n', over=old)
    page.says(m.Failed(job=J1, epoch=1, seq=2, kind="cancelled"), over=old)
    page.hub.leave(old, may_return=True)  # its late end
    page.chunk(2, 'a0:"new"\n' + STOP)
    page.says(m.End(J1, 1, 3))
    assert (sink.text, sink.outcome) == ("new", "stop")


def test_a_grant_that_never_arrived_is_given_again(page: Page) -> None:
    sink = page.asks()
    page.says(m.Accept(J1))
    page.breaks()
    page.connects()
    assert sink.outcome is None
    page.says(m.Accept(J1))
    (go,) = [message for message in page.tab.heard if isinstance(message, m.Go)]
    assert go.epoch == 2


def test_an_answer_that_had_begun_and_is_not_carried_is_lost_and_never_asked_for_again(page: Page) -> None:
    sink = page.asks()
    page.begins()
    page.breaks()
    page.connects()
    assert sink.outcome == "worker_lost"
    assert not any(isinstance(message, m.Offer) for message in page.tab.heard)


def test_a_client_that_goes_meanwhile_is_told_to_the_page_when_it_returns(page: Page) -> None:
    page.asks()
    page.begins()
    page.breaks()
    page.hub.abandon(J1)
    page.connects((J1, 1))
    assert page.jobs == {J1: None}


def test_what_is_suspended_holds_its_slot_and_what_was_only_offered_moves(page: Page) -> None:
    page.asks(J1)
    page.begins(J1)
    second = page.asks(J2)
    page.breaks()
    other = plain_worker("other", profile="work")
    page.hub.join(other)
    assert [message.job for message in other.heard if isinstance(message, m.Offer)] == [J2]
    assert second.outcome is None
    page.connects((J1, 1))
    assert page.hub.jobs_of(page.tab.state.worker) == 1


def test_what_has_arrived_is_acknowledged_so_that_the_page_need_not_keep_it(page: Page) -> None:
    page.asks()
    page.begins()
    page.chunk(2, 'a0:"one"\n')
    page.wait(0.25)
    page.wait(0.25)
    assert [message for message in page.tab.heard if isinstance(message, m.Acks)] == [m.Acks((m.Ack(J1, 1, 3),))]
    page.chunk(3, STOP)
    page.says(m.End(J1, 1, 4))
    assert page.tab.heard[-1] == m.Acks((m.Ack(J1, 1, 5),))


def test_keys_of_pages_that_never_come_back_are_forgotten(page: Page) -> None:
    for _ in range(5):
        page.breaks()
        page.connects(key="")
    assert len(page.hub.returning.keys) == 6
    page.wait(page.hub.grace_seconds + LONGER_SECONDS + 1)
    assert len(page.hub.returning.keys) == 1


def test_what_a_page_carries_of_another_grant_of_the_job_is_dropped(page: Page) -> None:
    sink = page.asks()
    page.begins()
    page.breaks()
    page.connects((J1, 2))
    assert page.jobs == {J1: None}
    assert sink.outcome == "worker_lost"
