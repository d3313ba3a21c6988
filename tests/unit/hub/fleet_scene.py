"""A home with clients, an owner with a tab, and a third gateway, as tests set them up and speak to them."""

import asyncio
from dataclasses import dataclass, field

from arenabridge.dispatch.events import Terms
from arenabridge.engine.interface import ReplicaId
from arenabridge.hub.hub import Hub
from arenabridge.wire.link import messages as m
from unit.hub.doubles import ASK, ORIGIN, HandClock, PlainSink, PlainWorker, plain_worker
from unit.hub.fleet_double import Network, make_replica
from unit.hub.upload_double import CAT, as_the_site

HOME, OWNER, THIRD = ReplicaId("r-home"), ReplicaId("r-owner"), ReplicaId("r-third")
STREAM = {"content-type": "text/event-stream"}


@dataclass
class Fleet:
    """A home with clients, an owner with one tab, and a third that the tab may return to."""

    clock: HandClock = field(default_factory=HandClock)
    network: Network = field(default_factory=Network)
    hubs: dict[ReplicaId, Hub] = field(init=False)
    tab: PlainWorker = field(init=False)
    at: ReplicaId = OWNER
    key: str = ""

    def __post_init__(self) -> None:
        self.hubs = {name: make_replica(name, self.network, self.clock) for name in (HOME, OWNER, THIRD)}
        self.tick()
        self.connect(OWNER)
        self.tick()

    @property
    def home(self) -> Hub:
        return self.hubs[HOME]

    def tick(self, seconds: float = 1) -> None:
        self.clock.now += seconds
        for name in list(self.network.engines):
            self.hubs[name].tick()
        self.network.run()
        self.network.beat()

    def connect(self, at: ReplicaId, *carrying: m.Carried, slots: int = 1) -> tuple[m.Resumed, ...]:
        """The tab's page connects, to this replica."""
        self.at = at
        worker = m.WorkerId(f"w{len(self.key)}")
        hello = m.Hello(
            protocol=2, script="", token="", origin=ORIGIN, profile="p", page="page", resumes=True,
            resume_key=self.key, carrying=carrying,
        )  # fmt: skip
        self.key, answers = self.hubs[at].welcome(worker, hello)
        heard = self.tab.heard if carrying else []
        self.tab = plain_worker(worker, slots=slots, profile="p")
        self.tab.heard = heard
        self.tab.state.page, self.tab.state.resumes = "page", True
        self.hubs[at].join(self.tab)
        self.network.run()
        return answers

    def stranger_with(
        self, job: m.JobId, at: ReplicaId, *, page: str = "another page", credential: str = ""
    ) -> PlainWorker:
        """Another page says that it carries the job."""
        stranger = plain_worker("stranger", profile="x")
        stranger.state.page, stranger.state.terms = page, Terms(credential)
        carrying = (m.Carried(job, 1),)
        hello = m.Hello(
            protocol=2, script="", token="", origin=ORIGIN, profile="x", page=page, carrying=carrying
        )  # fmt: skip
        self.hubs[at].welcome(stranger.state.worker, hello, credential)
        self.hubs[at].join(stranger)
        self.network.run()
        return stranger

    def breaks(self) -> None:
        self.hubs[self.at].leave(self.tab, may_return=True)
        self.network.run()

    def ask(self, asker: str = "") -> tuple[m.JobId, PlainSink]:
        sink, job = PlainSink(), self.home.new_job()
        self.home.submit(job, ASK, key="k", sink=sink, asker=asker)
        self.network.run()
        return job, sink

    def says(self, *messages: m.FromWorker) -> None:
        for message in messages:
            self.hubs[self.at].receive(self.tab, message)
        self.network.run()

    def answering(self, job: m.JobId) -> None:
        self.says(m.Accept(job), m.Start(job, 1, 0), m.Head(job=job, epoch=1, seq=1, status=200, headers=STREAM))

    def chunk(self, job: m.JobId, seq: int, text: str) -> None:
        self.says(m.Chunks([m.Chunk(job, 1, seq, text)]))

    def told(self) -> list[str]:
        return [str(message.__struct_config__.tag) for message in self.tab.heard]

    async def errands_to_upload(self, worker: m.WorkerId, tab: PlainWorker, at: ReplicaId) -> int:
        """What the tab, at this replica, does at the site so that this worker of the home has a file there."""
        before = len(tab.heard)
        profile = self.home.roster.profile(worker)
        upload = asyncio.ensure_future(self.home.preparation.upload(worker, profile, [CAT]))
        answered: set[m.JobId] = set()
        async with asyncio.timeout(5):
            while not upload.done():
                await asyncio.sleep(0)
                self.network.run()
                for message in tab.heard[before:]:
                    if isinstance(message, m.RunErrand) and message.errand not in answered:
                        answered.add(message.errand)
                        self._answer(message, tab, at)
        return len(answered)

    def _answer(self, told: m.RunErrand, tab: PlainWorker, at: ReplicaId) -> None:
        id_, answer = told.errand, as_the_site(told.step)
        pieces = [m.Chunk(id_, 0, 2 + number, text) for number, text in enumerate(answer.pieces)]
        head = m.Head(job=id_, epoch=0, seq=1, status=answer.status, headers={})
        for message in (m.Start(id_, 0, 0), head, m.Chunks(pieces), m.End(id_, 0, 2 + len(pieces))):
            self.hubs[at].receive(tab, message)
        self.network.run()

    @property
    def busy(self) -> int:
        return self.hubs[self.at].jobs_of(self.tab.state.worker)
