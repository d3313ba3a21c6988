"""The hub's neighbours as plain objects: workers, sinks, a clock that a test sets, and a hub put together from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.engine.local import LocalEngine
from arenabridge.errors import GatewayError
from arenabridge.hub.clock import Clock
from arenabridge.hub.hub import Hub
from arenabridge.hub.jobs.execution import ExecutionChoice
from arenabridge.hub.jobs.site_requests import SiteRequests
from arenabridge.hub.models.offered import Models
from arenabridge.hub.tasks import Tasks
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire.arena.bodies import CURRENT
from arenabridge.wire.arena.known_model import KnownModel
from arenabridge.wire.arena.site_model import Outputs, SiteModel
from arenabridge.wire.chat import ChatRequest, Message
from arenabridge.wire.link import messages as m
from arenabridge.wire.reply import Finished, ReplyEvent, Text

ORIGIN = "https://arena.ai"
GPT = SiteModel(id="id-gpt", public_name="gpt", organization="acme", outputs=Outputs(text=True))
ASK = ChatRequest(model="gpt", messages=(Message("user", "Hi"),))


@dataclass
class HandClock:
    """Time goes where a test puts it."""

    now: float = 0.0

    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, unix=lambda: 1_700_000_000 + self.now)


def known_since(time: float, models: Sequence[SiteModel]) -> list[KnownModel]:
    return [KnownModel(model=model, first_seen=time, last_seen=time) for model in models]


def make_hub(
    *,
    clock: HandClock | None = None,
    models: Sequence[SiteModel] = (GPT,),
    queue_length: int = 100,
    random_bits: Callable[[], int] = lambda: 7,
    keep: Callable[[list[KnownModel]], None] = lambda _: None,
    reads_lost_answers: bool = False,
) -> Hub:
    time = (clock or HandClock()).clock()
    return Hub(
        dispatcher=Dispatcher(Deadlines(), now=time.now()),
        engine=LocalEngine(queue_length),
        models=Models(known_since(time.unix(), models), keep=keep, unix=time.unix),
        site_requests=SiteRequests(CURRENT, None, unix=time.unix, random_bits=random_bits),
        choice=ExecutionChoice("auto"),
        clock=time,
        tasks=Tasks(),
        reads_lost_answers=reads_lost_answers,
    )


@dataclass
class PlainSink:
    """Writes down what it hears, in order; `takes` is how many deliveries it takes before it wants no more."""

    takes: int = 1_000_000
    delivered: list[ReplyEvent] = field(default_factory=list)
    served_by: list[tuple[m.WorkerId, m.How]] = field(default_factory=list)
    ends: list[Finished | GatewayError] = field(default_factory=list)
    after_end: list[object] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The models, by the site's names, in the order of the attempts."""

    def granted(self, worker: m.WorkerId, how: m.How, model: str) -> None:
        self.served_by.append((worker, how))
        self.asked.append(model)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        if self.ends:
            self.after_end.append(events)
        self.delivered += events
        self.takes -= 1
        return self.takes >= 0

    def complete(self, finish: Finished) -> None:
        self.ends.append(finish)

    def fail(self, error: GatewayError) -> None:
        self.ends.append(error)

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.delivered if isinstance(event, Text))

    @property
    def outcome(self) -> str | None:
        """The finish reason, or the code of the failure; None while the answer is under way."""
        assert len(self.ends) <= 1
        assert not self.after_end
        for end in self.ends:
            return end.reason if isinstance(end, Finished) else end.code
        return None


@dataclass
class PlainWorker:
    """A worker without a connection: `heard` is what it was told."""

    state: WorkerState
    heard: list[m.FromGateway] = field(default_factory=list)
    files: dict[m.JobId, bytes] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)

    def say(self, message: m.FromGateway) -> None:
        self.heard.append(message)

    def send_file(self, errand: m.JobId, content: bytes) -> None:
        self.files[errand] = content

    def tick(self, now: float) -> None:
        self.ticks.append(now)

    def close(self, reason: str) -> None:
        self.closed.append(reason)


def plain_worker(name: str = "w1", *, slots: int = 1, profile: str = "home") -> PlainWorker:
    return PlainWorker(WorkerState(m.WorkerId(name), ORIGIN, profile, "test", slots))
