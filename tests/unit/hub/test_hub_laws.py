"""
Laws of the hub under any order of what workers and clients say, true or not.

Workers here answer when they please, say things twice, late, of other jobs and of epochs that were never given. Eager
ones answer within the very call that tells them something, as a worker in this process may.
"""

from collections.abc import Callable

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from arenabridge.errors import ShuttingDown
from arenabridge.wire.composition import PAGE_TEXT
from arenabridge.wire.link import messages as m
from unit.hub.doubles import ASK, HandClock, PlainSink, PlainWorker, make_hub, plain_worker

JOBS = st.integers(0, 5).map(lambda number: m.JobId(f"j{number}"))
NUMBERS = st.integers(0, 6)
EPOCHS = st.integers(1, 3)
TEXTS = st.sampled_from(
    [
        '{"error":"recaptcha validation failed"}',
        'a0:"x"\n',
        'a0:"cu',
        't"\n',
        'ad:{"finishReason":"stop"}\n',
        'a3:"no"\n',
        "nonsense\n",
        "",
        'b0:"y"\n',
    ]
)
HEADS = st.sampled_from(
    [
        (200, {}),
        (200, {"content-type": "text/html"}),
        (200, {"content-type": PAGE_TEXT}),
        (429, {"retry-after": "1"}),
        (403, {}),
        (403, {"content-type": "text/html"}),
        (401, {}),
        (500, {}),
    ]
)
HUMANS = st.sampled_from([None, m.Human("check", "Are you there?"), m.Human("sign_in")])

REPORTS: st.SearchStrategy[m.FromWorker] = st.one_of(
    st.builds(m.Accept, JOBS),
    st.builds(m.Refuse, JOBS),
    st.builds(m.Start, JOBS, EPOCHS, NUMBERS),
    st.builds(
        lambda job, epoch, seq, head: m.Head(job=job, epoch=epoch, seq=seq, status=head[0], headers=head[1]),
        JOBS,
        EPOCHS,
        NUMBERS,
        HEADS,
    ),
    st.builds(m.Chunks, st.lists(st.builds(m.Chunk, JOBS, EPOCHS, NUMBERS, TEXTS), max_size=4)),
    st.builds(m.End, JOBS, EPOCHS, NUMBERS),
    st.builds(
        m.Failed,
        job=JOBS,
        epoch=EPOCHS,
        seq=NUMBERS,
        kind=st.sampled_from(["frozen", "forbidden_path", "fetch_failed", "needs_human", "element_missing"]),
        started=st.booleans(),
    ),
    st.builds(m.State, st.booleans(), st.booleans(), HUMANS),
    st.just(m.Pong()),
)


class Eager(PlainWorker):
    """Carries a job out within the call that grants it, and speaks of it after its end."""

    hear: Callable[[PlainWorker, m.FromWorker], None]

    def say(self, message: m.FromGateway) -> None:
        super().say(message)
        if isinstance(message, m.Offer):
            self.hear(self, m.Accept(message.job))
        if isinstance(message, m.Go):
            self.carry_out(message.job, message.epoch)

    def carry_out(self, job: m.JobId, epoch: int) -> None:
        self.hear(self, m.Start(job, epoch, 0))
        self.hear(self, m.Head(job=job, epoch=epoch, seq=1, status=200))
        pieces = 'a0:"x"\n', 'a0:"y"\n', 'ad:{"finishReason":"stop"}\n'
        self.hear(self, m.Chunks([m.Chunk(job, epoch, seq, piece) for seq, piece in enumerate(pieces, 2)]))
        self.hear(self, m.End(job, epoch, 5))
        self.hear(self, m.End(job, epoch, 6))


class World(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.hub = make_hub(clock=self.clock, queue_length=3)
        self.sinks: dict[m.JobId, PlainSink] = {}
        self.abandoned: dict[m.JobId, int] = {}
        self.workers: list[PlainWorker] = []

    @rule(slots=st.integers(1, 2), profile=st.sampled_from(["p", "q"]), eager=st.booleans())
    def join(self, slots: int, profile: str, *, eager: bool) -> None:
        worker = plain_worker(f"w{len(self.workers)}", slots=slots, profile=profile)
        if eager:
            worker = Eager(worker.state)
            worker.hear = self.hub.receive
        self.workers.append(worker)
        self.hub.join(worker)

    @rule(number=st.integers(0, 3))
    def leave(self, number: int) -> None:
        if number < len(self.workers):
            self.hub.leave(self.workers[number])

    @rule(takes=st.integers(0, 3))
    def ask(self, takes: int) -> None:
        job, sink = m.JobId(f"j{len(self.sinks)}"), PlainSink(takes)
        self.sinks[job] = sink
        self.hub.submit(job, ASK, key="k", sink=sink)

    @rule(job=JOBS)
    def abandon(self, job: m.JobId) -> None:
        self.hub.abandon(job)
        if job in self.sinks and not self.sinks[job].ends:
            self.abandoned.setdefault(job, len(self.sinks[job].delivered))

    @rule(number=st.integers(0, 3), message=REPORTS)
    def say_anything(self, number: int, message: m.FromWorker) -> None:
        if number < len(self.workers):
            self.hub.receive(self.workers[number], message)

    @rule(number=st.integers(0, 3), steps=st.integers(1, 5), text=TEXTS)
    def go_on_as_one_should(self, number: int, steps: int, text: str) -> None:
        """Otherwise hardly any job would come far."""
        if number < len(self.workers):
            worker = self.workers[number]
            for message in list(worker.heard):
                if isinstance(message, m.Offer):
                    self.hub.receive(worker, m.Accept(message.job))
            for go in [message for message in worker.heard if isinstance(message, m.Go)]:
                reports: list[m.FromWorker] = [
                    m.Start(go.job, go.epoch, 0),
                    m.Head(job=go.job, epoch=go.epoch, seq=1, status=200),
                    m.Chunks([m.Chunk(go.job, go.epoch, 2, text)]),
                    m.Chunks([m.Chunk(go.job, go.epoch, 3, 'a0:"z"\nad:{"finishReason":"stop"}\n')]),
                    m.End(go.job, go.epoch, 4),
                ]
                for report in reports[:steps]:
                    self.hub.receive(worker, report)

    @rule(seconds=st.sampled_from([0.5, 3, 100, 500]))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds
        self.hub.tick()

    @invariant()
    def nobody_hears_anything_after_the_end(self) -> None:
        for job, sink in self.sinks.items():
            assert len(sink.ends) <= 1
            assert not sink.after_end
            if job in self.abandoned:
                assert not sink.ends
                assert len(sink.delivered) == self.abandoned[job]

    @invariant()
    def who_takes_no_more_is_given_no_more(self) -> None:
        assert all(sink.takes >= -1 for sink in self.sinks.values())

    def teardown(self) -> None:
        """Closed, every client that still listened has heard one end, and nothing is left over."""
        self.hub.close(ShuttingDown())
        self.nobody_hears_anything_after_the_end()
        for job, sink in self.sinks.items():
            assert sink.ends or sink.takes < 0 or job in self.abandoned
        assert (self.hub.waiting, self.hub.running) == (0, 0)
        assert not self.hub._exchanges


World.TestCase.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
TestHubLaws = World.TestCase
