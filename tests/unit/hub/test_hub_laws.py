"""
Laws of the hub under any order of what workers and clients say, true or not.

Workers here answer when they please, say things twice, late, of other jobs and of epochs that were never given. Eager
ones answer within the very call that tells them something, as a worker in this process may. Some requests have a file,
which a task brings to the site first: after each step of a run, tasks go as far as they can.
"""

import asyncio
import functools
import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from arenabridge.dispatch.jobs import Stage
from arenabridge.errors import ShuttingDown
from arenabridge.wire.arena.site_model import Inputs
from arenabridge.wire.chat import Attachment, ChatRequest, Message
from arenabridge.wire.composition import PAGE_TEXT
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import CallAction
from unit.hub.doubles import ASK, GPT, HandClock, PlainSink, PlainWorker, make_hub, plain_worker

SEES = msgspec.structs.replace(GPT, inputs=Inputs(image=True))
CAT = Attachment("cat.png", "image/png", b"\x89PNG", hashlib.sha256(b"\x89PNG").hexdigest())
ASK_WITH_FILE = ChatRequest(model="gpt", messages=(Message("user", "Who is it?", files=(CAT,)),))
ADDRESSES = {
    "generateUploadUrl": '{"uploadUrl":"https://storage.example/put","key":"u/1"}',
    "getSignedUrl": '{"url":"https://storage.example/u/1?X-Amz-Date=20231114T221320Z&X-Amz-Expires=3600"}',
}
LOOP_TURNS = 12
"""As many as a task needs for the next thing that it waits for."""

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


def in_the_loop(act: Callable[..., None]) -> Callable[..., None]:
    """What a machine does within its loop, and what its tasks do then."""

    async def do(*arguments: Any, **named: Any) -> None:
        act(*arguments, **named)
        for _ in range(LOOP_TURNS):
            await asyncio.sleep(0)

    @functools.wraps(act)
    def do_and_wait(world: "World", *arguments: Any, **named: Any) -> None:
        world.loop.run_until_complete(do(world, *arguments, **named))

    return do_and_wait


class World(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = HandClock()
        self.hub = make_hub(clock=self.clock, models=[SEES], queue_length=3, reads_lost_answers=True)
        self.sinks: dict[m.JobId, PlainSink] = {}
        self.abandoned: dict[m.JobId, int] = {}
        self.workers: list[PlainWorker] = []

    @rule(slots=st.integers(1, 2), profile=st.sampled_from(["p", "q"]), eager=st.booleans())
    @in_the_loop
    def join(self, slots: int, profile: str, *, eager: bool) -> None:
        worker = plain_worker(f"w{len(self.workers)}", slots=slots, profile=profile)
        if eager:
            worker = Eager(worker.state)
            worker.hear = self.hub.receive
        self.workers.append(worker)
        self.hub.join(worker)

    @rule(number=st.integers(0, 3))
    @in_the_loop
    def leave(self, number: int) -> None:
        if number < len(self.workers):
            self.hub.leave(self.workers[number])

    @rule(takes=st.integers(0, 3), has_file=st.booleans())
    @in_the_loop
    def ask(self, takes: int, *, has_file: bool) -> None:
        job, sink = m.JobId(f"j{len(self.sinks)}"), PlainSink(takes)
        self.sinks[job] = sink
        self.hub.submit(job, ASK_WITH_FILE if has_file else ASK, key="k", sink=sink)

    @rule(job=JOBS)
    @in_the_loop
    def abandon(self, job: m.JobId) -> None:
        self.hub.abandon(job)
        if job in self.sinks and not self.sinks[job].ends:
            self.abandoned.setdefault(job, len(self.sinks[job].delivered))

    @rule(number=st.integers(0, 3), message=REPORTS)
    @in_the_loop
    def say_anything(self, number: int, message: m.FromWorker) -> None:
        if number < len(self.workers):
            self.hub.receive(self.workers[number], message)

    @rule(number=st.integers(0, 3), steps=st.integers(1, 5), text=TEXTS)
    @in_the_loop
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

    @rule(number=st.integers(0, 3), well=st.booleans())
    @in_the_loop
    def run_errands(self, number: int, *, well: bool) -> None:
        for worker in self.workers[number : number + 1]:
            for errand in [message for message in worker.heard if isinstance(message, m.RunErrand)]:
                self.run_errand(worker, errand, well=well)

    def run_errand(self, worker: PlainWorker, asked: m.RunErrand, *, well: bool) -> None:
        id_, answer = asked.errand, ADDRESSES.get(asked.step.name, "") if isinstance(asked.step, CallAction) else ""
        text = f'0:{{"a":"$@1","f":"","b":"x"}}\n1:{{"success":true,"data":{answer}}}\n'
        self.hub.receive(worker, m.Start(id_, 0, 0))
        self.hub.receive(worker, m.Head(job=id_, epoch=0, seq=1, status=200 if well else 500))
        self.hub.receive(worker, m.Chunks([m.Chunk(id_, 0, 2, text)]))
        self.hub.receive(worker, m.End(id_, 0, 3))

    @rule(seconds=st.sampled_from([0.5, 3, 100, 500]))
    @in_the_loop
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

    @invariant()
    def files_are_brought_for_jobs_that_wait_for_them_alone(self) -> None:
        assert set(self.hub._bringing) == set(self.hub._dispatcher.at(Stage.PREPARING))

    def teardown(self) -> None:
        """Closed, every client that still listened has heard one end, and nothing is left over."""
        try:
            in_the_loop(lambda world: world.hub.close(ShuttingDown()))(self)
            self.nobody_hears_anything_after_the_end()
            for job, sink in self.sinks.items():
                assert sink.ends or sink.takes < 0 or job in self.abandoned
            assert (self.hub.waiting, self.hub.running) == (0, 0)
            assert not self.hub._exchanges
            assert not self.hub._bringing
            assert not self.hub._lost
        finally:
            self.loop.run_until_complete(self.hub._tasks.close())
            self.loop.close()


World.TestCase.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
TestHubLaws = World.TestCase
