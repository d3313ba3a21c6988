"""The hub as dialogues between plain workers and plain sinks: no loop, no socket, a clock that the test sets."""

from dataclasses import dataclass, field

import pytest

from arenabridge.dispatch.events import Terms
from arenabridge.errors import NoWorkerConnected, ShuttingDown, UnknownModel
from arenabridge.hub.hub import Hub
from arenabridge.wire.link import messages as m
from arenabridge.wire.reply import Finished, Text
from unit.hub.doubles import ASK, HandClock, PlainSink, PlainWorker, make_hub, plain_worker

J1, J2 = m.JobId("j1"), m.JobId("j2")
STREAM = {"content-type": "text/event-stream"}
STOP = 'ad:{"finishReason":"stop"}\n'


@dataclass
class Scene:
    """A hub with one worker of `slots`, and the sinks of what was asked."""

    slots: int = 1
    clock: HandClock = field(default_factory=HandClock)
    hub: Hub = field(init=False)
    tab: PlainWorker = field(init=False)

    def __post_init__(self) -> None:
        self.hub = make_hub(clock=self.clock)
        self.tab = plain_worker(slots=self.slots)
        self.hub.join(self.tab)

    def ask(self, job: m.JobId = J1, *, takes: int = 1000) -> PlainSink:
        sink = PlainSink(takes)
        self.hub.submit(job, ASK, key="k", sink=sink)
        return sink

    def says(self, *messages: m.FromWorker) -> None:
        for message in messages:
            self.hub.receive(self.tab, message)

    def chunks(self, *texts: str, seq: int = 2, job: m.JobId = J1, epoch: int = 1) -> None:
        self.says(m.Chunks([m.Chunk(job, epoch, seq + n, text) for n, text in enumerate(texts)]))

    def answering(self, job: m.JobId = J1, epoch: int = 1) -> None:
        """Accepted, started, and the stream is open: the next number is 2."""
        self.says(m.Accept(job), m.Start(job, epoch, 0))
        self.says(m.Head(job=job, epoch=epoch, seq=1, status=200, headers=STREAM))

    def told(self) -> list[str]:
        """What the worker was told, by type; forgotten with the asking."""
        told = [str(message.__struct_config__.tag) for message in self.tab.heard]
        self.tab.heard.clear()
        return told


def test_an_answer_goes_from_the_worker_to_its_sink() -> None:
    scene = Scene()
    sink = scene.ask()
    assert scene.tab.heard == [m.Offer(J1, "fetch")]
    scene.answering()
    scene.chunks('a0:"Hel', 'lo"\n', STOP)
    assert (sink.delivered, sink.outcome) == ([Text("a", "Hello")], None)
    scene.says(m.End(J1, 1, 5))
    assert sink.ends == [Finished("a", "stop")]
    assert scene.told() == ["offer", "go", "acks"]
    assert (scene.hub.running, scene.hub.waiting, scene.hub.jobs_of(scene.tab.state.worker)) == (0, 0, 0)


def test_what_comes_twice_or_late_or_of_another_epoch_or_worker_changes_nothing() -> None:
    scene, stranger = Scene(), plain_worker("w2", profile="other")
    sink = scene.ask()
    scene.hub.join(stranger)
    scene.answering()
    scene.chunks('a0:"once"\n')
    scene.chunks('a0:"once"\n')
    scene.chunks('a0:"another epoch"\n', seq=3, epoch=2)
    scene.chunks('a0:"another job"\n', seq=3, job=J2)
    scene.hub.receive(stranger, m.Chunks([m.Chunk(J1, 1, 3, 'a0:"a stranger"\n')]))
    scene.hub.receive(stranger, m.End(J1, 1, 3))
    scene.says(m.Accept(J1), m.Refuse(J1), m.Start(J1, 1, 0), m.End(J1, 9, 3))
    scene.chunks(STOP, seq=3)
    scene.says(m.End(J1, 1, 4), m.End(J1, 1, 4), m.End(J1, 1, 5))
    scene.chunks('a0:"late"\n', seq=5)
    assert (sink.text, sink.outcome) == ("once", "stop")


@pytest.mark.parametrize(
    "wrong",
    [
        m.Head(job=J1, epoch=1, seq=0, status=200),
        m.End(J1, 1, 0),
        m.Start(J1, 1, 1),
        m.Chunks([m.Chunk(J1, 1, 0, "x")]),
    ],
)
def test_reports_out_of_order_end_the_job_at_both_sides(wrong: m.FromWorker) -> None:
    scene = Scene()
    sink = scene.ask()
    scene.says(m.Accept(J1), wrong)
    assert sink.outcome == "worker_lost"
    assert scene.told() == ["offer", "go", "cancel"]


def test_a_failure_in_the_stream_stops_the_worker_and_the_client() -> None:
    scene = Scene()
    sink = scene.ask()
    scene.answering()
    scene.chunks('a0:"Once"\n', 'a3:"out of luck"\n', 'a0:" more"\n')
    assert (sink.text, sink.outcome) == ("Once", "upstream_error")
    assert scene.told() == ["offer", "go", "cancel"]
    scene.says(m.End(J1, 1, 5))
    assert sink.outcome == "upstream_error"


@pytest.mark.parametrize("lost", ["worker", "silence", "gap", "failed", "frozen"])
def test_an_answer_that_the_site_had_finished_is_whole_though_its_body_never_ended(lost: str) -> None:
    scene = Scene()
    sink = scene.ask()
    scene.answering()
    scene.chunks('a0:"All of it"\n', STOP)
    match lost:
        case "worker":
            scene.hub.leave(scene.tab)
        case "silence":
            scene.clock.now += 1000
            scene.hub.tick()
        case "gap":
            scene.chunks("\n", seq=9)
        case "failed":
            scene.says(m.Failed(job=J1, epoch=1, seq=4, kind="fetch_failed"))
        case _:
            scene.says(m.State(visible=False, frozen=True))
    assert (sink.text, sink.outcome) == ("All of it", "stop")


@pytest.mark.parametrize(
    ("kind", "started", "code"),
    [
        ("fetch_failed", True, "upstream_error"),
        ("frozen", True, "worker_lost"),
        ("of a newer version", True, "worker_lost"),
        ("forbidden_path", False, "site_changed"),
        ("fetch_failed", False, None),
    ],
)
def test_what_a_worker_could_not_carry_out_is_told_apart(kind: str, started: bool, code: str | None) -> None:  # noqa: FBT001 - a column of the table
    scene = Scene()
    sink = scene.ask()
    scene.says(m.Accept(J1), m.Failed(job=J1, epoch=1, seq=0, kind=kind, started=started))
    assert sink.outcome == code
    assert scene.hub.waiting == (code is None)


def test_who_has_said_start_can_no_longer_prove_that_it_did_not() -> None:
    scene = Scene()
    sink = scene.ask()
    scene.says(m.Accept(J1), m.Start(J1, 1, 0))
    scene.says(m.Failed(job=J1, epoch=1, seq=1, kind="fetch_failed", started=False))
    assert sink.outcome == "upstream_error"


def test_a_request_given_again_is_built_anew_and_hears_nothing_of_the_first() -> None:
    scene = Scene()
    sink = scene.ask()
    scene.says(m.Accept(J1), m.Failed(job=J1, epoch=1, seq=0, kind="frozen", started=False))
    scene.clock.now += 3
    scene.hub.tick()
    scene.answering(epoch=2)
    scene.chunks('a0:"old"\n', epoch=1)
    scene.chunks('a0:"new"\n', STOP, epoch=2)
    scene.says(m.End(J1, 2, 4))
    assert (sink.text, sink.outcome) == ("new", "stop")
    assert [go.epoch for go in scene.tab.heard if isinstance(go, m.Go)] == [1, 2]


def test_a_client_that_takes_no_more_is_forgotten_at_once() -> None:
    scene = Scene()
    sink = scene.ask(takes=1)
    scene.answering()
    scene.chunks('a0:"taken"\n', 'a0:"not taken"\n', 'a0:"never offered"\n', STOP)
    assert (sink.text, sink.outcome) == ("takennot taken", None)
    assert scene.told() == ["offer", "go", "cancel"]


def test_a_client_that_left_hears_nothing_more() -> None:
    scene = Scene()
    sink = scene.ask()
    scene.answering()
    scene.hub.abandon(J1)
    scene.hub.abandon(J1)
    scene.chunks('a0:"x"\n')
    assert (sink.delivered, sink.ends) == ([], [])
    assert scene.told() == ["offer", "go", "cancel"]


def test_pieces_of_other_jobs_in_the_same_frame_survive_the_end_of_one() -> None:
    scene = Scene(slots=2)
    first, second = scene.ask(J1), scene.ask(J2)
    scene.answering(J1)
    scene.answering(J2)
    scene.says(m.Chunks([m.Chunk(J1, 1, 2, 'a3:"no"\n'), m.Chunk(J2, 1, 2, 'a0:"yes"\n'), m.Chunk(J1, 1, 3, "x\n")]))
    assert (first.outcome, second.text, second.outcome) == ("upstream_error", "yes", None)


class Hasty(PlainWorker):
    """Accepts within the call that offers."""

    hub: Hub

    def say(self, message: m.FromGateway) -> None:
        super().say(message)
        if isinstance(message, m.Offer):
            self.hub.receive(self, m.Accept(message.job))


def test_what_a_command_causes_waits_until_all_of_its_kin_are_carried_out() -> None:
    hub, tab = make_hub(), Hasty(plain_worker(slots=2).state)
    tab.hub = hub
    for job in (J1, J2):
        hub.submit(job, ASK, key="k", sink=PlainSink())
    hub.join(tab)
    assert [type(message) for message in tab.heard] == [m.Offer, m.Offer, m.Go, m.Go]


class Chance:
    """Random bits, until it breaks: a bug in what builds the site's request."""

    broken = False

    def __call__(self) -> int:
        return 1 // (not self.broken)


def test_a_request_that_can_t_be_built_fails_alone_and_gives_its_slot_back() -> None:
    chance = Chance()
    hub, tab = make_hub(random_bits=chance), plain_worker()
    hub.join(tab)
    sinks = PlainSink(), PlainSink()
    for job, sink in zip((J1, J2), sinks, strict=True):
        hub.submit(job, ASK, key="k", sink=sink)
    chance.broken = True
    hub.receive(tab, m.Accept(J1))
    chance.broken = False
    assert sinks[0].outcome == "internal_error"
    assert "division" not in str(sinks[0].ends[0])
    assert tab.heard == [m.Offer(J1, "fetch"), m.Cancel(J1), m.Offer(J2, "fetch")]
    hub.receive(tab, m.Accept(J2))
    assert isinstance(tab.heard[-1], m.Go)
    assert sinks[1].outcome is None


def test_the_same_request_granted_twice_carries_other_ids() -> None:
    """The site's refusal of an id that it knows is the second fence against carrying out one grant twice."""
    numbers = iter(range(100))
    hub, tab = make_hub(random_bits=lambda: next(numbers)), plain_worker(slots=2)
    hub.join(tab)
    for job in (J1, J2):
        hub.submit(job, ASK, key="k", sink=PlainSink())
        hub.receive(tab, m.Accept(job))
    first, second = (message.step for message in tab.heard if isinstance(message, m.Go))
    assert first != second


def test_what_can_t_be_asked_is_said_at_once_and_leaves_nothing_behind() -> None:
    hub = make_hub()
    sink = PlainSink()
    with pytest.raises(UnknownModel):
        hub.submit(J1, type(ASK)(model="nobody", messages=ASK.messages), key="k", sink=sink)
    with pytest.raises(NoWorkerConnected):
        make_hub(models=()).submit(J1, ASK, key="k", sink=sink)
    hub.join(plain_worker())
    assert (hub.waiting, sink.ends) == (0, [])


def test_a_full_queue_is_heard_through_the_sink() -> None:
    hub, sinks = make_hub(queue_length=1), [PlainSink(), PlainSink()]
    for job, sink in zip((J1, J2), sinks, strict=True):
        hub.submit(job, ASK, key="k", sink=sink)
    assert [sink.outcome for sink in sinks] == [None, "queue_full"]
    assert hub.waiting == 1


def test_a_closed_hub_has_told_everybody_and_takes_nothing_more() -> None:
    scene = Scene()
    answering, waiting = scene.ask(J1), scene.ask(J2)
    scene.answering()
    scene.hub.close(ShuttingDown())
    assert (answering.outcome, waiting.outcome) == ("shutting_down", "shutting_down")
    assert scene.tab.closed == ["the gateway is shutting down"]
    with pytest.raises(ShuttingDown):
        scene.ask(m.JobId("j3"))
    scene.chunks('a0:"late"\n')
    scene.hub.leave(scene.tab)
    assert (answering.outcome, waiting.outcome) == ("shutting_down", "shutting_down")


def test_an_old_connection_of_a_tab_takes_nothing_from_the_new_one() -> None:
    scene, again = Scene(), plain_worker("w2")
    sink = scene.ask()
    scene.hub.join(again)
    scene.hub.leave(scene.tab)
    scene.hub.leave(scene.tab)
    assert again.heard == [m.Offer(J1, "fetch")]
    scene.says(m.Accept(J1), m.State(visible=True, frozen=True))
    assert (sink.outcome, [state.worker for state in scene.hub.workers]) == (None, ["w2"])


def test_time_reaches_every_worker() -> None:
    scene = Scene()
    scene.clock.now = 5
    scene.hub.tick()
    assert scene.tab.ticks == [5]


def test_a_page_with_models_makes_them_known() -> None:
    hub, tab = make_hub(models=()), plain_worker()
    hub.join(tab)
    row = r"6:[null,{\"initialModels\":[{\"id\":\"1\",\"publicName\":\"gpt\",\"organization\":\"o\"}]}]\n"
    hub.receive(tab, m.Page("/", f'<script>self.__next_f.push([1,"{row}"])</script>'))
    hub.submit(J1, ASK, key="k", sink=PlainSink())
    assert tab.heard == [m.Offer(J1, "fetch")]


def test_only_the_page_of_a_worker_that_serves_everybody_replaces_the_models() -> None:
    kept: list[set[str]] = []
    hub = make_hub(keep=lambda known: kept.append({each.model.id for each in known if each.available}))
    bobs, shared = plain_worker("bobs"), plain_worker("shared", profile="other")
    bobs.state.terms = Terms("c1", "bob", frozenset({"bob"}))
    shared.state.terms = Terms("c2", "ann", None)
    row = r"6:[null,{\"initialModels\":[{\"id\":\"1\",\"publicName\":\"invented\",\"organization\":\"o\"}]}]\n"
    page = m.Page("/", f'<script>self.__next_f.push([1,"{row}"])</script>')
    hub.join(bobs)
    hub.join(shared)
    hub.receive(bobs, page)
    hub.receive(shared, page)
    assert kept == [{"id-gpt", "1"}, {"1"}]


def test_the_links_own_affairs_are_none_of_the_hubs() -> None:
    scene = Scene()
    sink = scene.ask()
    scene.says(m.Pong(), m.Bye())
    assert (scene.told(), sink.outcome) == (["offer"], None)
