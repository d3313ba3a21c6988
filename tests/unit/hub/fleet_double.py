"""Several hubs whose engines share one queue in this process; what they say waits until a test lets it go."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.engine.interface import (
    Claimed,
    EngineEvent,
    Entry,
    Fleet,
    Heard,
    Rejected,
    ReplicaGone,
    ReplicaId,
    Told,
    Unreachable,
    Waiting,
)
from arenabridge.engine.queue import FairQueue, QueueIsFull
from arenabridge.hub.hub import Hub
from arenabridge.hub.jobs.execution import ExecutionChoice
from arenabridge.hub.jobs.site_requests import SiteRequests
from arenabridge.hub.models.offered import Models
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.arena.bodies import CURRENT
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import ANYTHING, Opening
from unit.hub.doubles import GPT, HandClock, known_since


@dataclass
class Network:
    """What the engines share."""

    queue: FairQueue = field(default_factory=lambda: FairQueue(100))
    engines: dict[ReplicaId, "PlainEngine"] = field(default_factory=dict)
    on_the_way: deque[tuple[ReplicaId, EngineEvent]] = field(default_factory=deque)
    loses: Callable[[bytes], bool] = lambda frame: False  # noqa: ARG005 - loses nothing
    is_up: bool = True
    outages: int = 0
    away: ReplicaId | None = None
    """One that alone is cut off."""

    def run(self) -> None:
        """Let everything arrive, and what that causes too."""
        while self.on_the_way:
            to, event = self.on_the_way.popleft()
            if to in self.engines:
                self.engines[to].on_event(event)

    def to_others(self, me: ReplicaId, event: EngineEvent) -> None:
        if self.away != me:
            self.on_the_way += [(each, event) for each in self.engines if each not in {me, self.away}]

    def beat(self) -> None:
        for me, engine in self.engines.items():
            others = {each: other.about for each, other in self.engines.items() if each != me}
            engine.on_event(Fleet(others))
        self.run()

    def kill(self, replica: ReplicaId) -> None:
        del self.engines[replica]
        self.to_others(replica, ReplicaGone(replica))
        self.beat()


@dataclass
class PlainEngine:
    """Implements `engine.interface.Engine`."""

    me: ReplicaId
    network: Network
    about: bytes = b"{}"
    held: set[JobId] = field(default_factory=set)
    on_event: Callable[[EngineEvent], None] = lambda event: None  # noqa: ARG005 - nobody listens yet

    @property
    def is_reachable(self) -> bool:
        return self.network.is_up and self.network.away != self.me

    @property
    def outages(self) -> int:
        return self.network.outages + (self.network.away == self.me)

    def start(self, on_event: Callable[[EngineEvent], None]) -> None:
        self.on_event = on_event
        self.network.engines[self.me] = self

    async def close(self) -> None:
        pass

    def submit(self, entry: Entry) -> None:
        if not self.network.is_up:
            self.on_event(Unreachable(entry.job))
            return
        try:
            gone = self.network.queue.put(replace(entry, home=self.me))
        except QueueIsFull:
            self.on_event(Rejected(entry.job))
        else:
            if gone is not None:
                self.network.on_the_way.append((gone.home, Rejected(gone.job)))
            self._wake()

    def claim(self, limit: int, opening: Opening = ANYTHING) -> None:
        entries = tuple(self.network.queue.take(limit, opening))
        self.held |= {entry.job for entry in entries}
        self.on_event(Claimed(limit, entries, opening))

    def requeue(self, job: JobId) -> None:
        """Only who has claimed it can."""
        if job in self.held:
            self.held.discard(job)
            self.network.queue.put_back(job)
            self._wake()

    def withdraw(self, job: JobId) -> None:
        self.network.queue.withdraw(job)

    def release(self, job: JobId) -> None:
        self.held.discard(job)
        self.network.queue.release(job)

    def length(self) -> int:
        return len(self.network.queue)

    def position(self, job: JobId) -> int | None:
        return self.network.queue.position(job)

    def send(self, to: ReplicaId, frame: bytes) -> None:
        if self.network.is_up and not self.network.loses(frame):
            self.network.on_the_way.append((to, Heard(self.me, (frame,))))

    def backlog(self, to: ReplicaId) -> int:  # noqa: ARG002 - everything arrives at once
        return 0

    def tell_all(self, topic: str, payload: bytes) -> None:
        self.network.to_others(self.me, Told(topic, payload))

    def present(self, about: bytes) -> None:
        self.about = about

    def _wake(self) -> None:
        self.on_event(Waiting())
        self.network.to_others(self.me, Waiting())


def make_replica(name: str, network: Network, clock: HandClock) -> Hub:
    time = clock.clock()
    return Hub(
        dispatcher=Dispatcher(Deadlines(), now=time.now()),
        engine=PlainEngine(ReplicaId(name), network),
        models=Models(known_since(0, (GPT,)), keep=lambda _: None, unix=time.unix),
        site_requests=SiteRequests(CURRENT, None, unix=time.unix, random_bits=lambda: 7),
        choice=ExecutionChoice("auto"),
        clock=time,
        tasks=Tasks(),
    )
