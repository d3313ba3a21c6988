"""
A storm: many clients at once, several tabs, two networks that misbehave between them, and a site that does too.

All is drawn from one seed. What came of it is counted in a `Tally`, which is printed.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from time import monotonic

from arenabridge.app import Running
from arenabridge.wire.link import messages as m
from chaos.client import Client, Outcome, Wish
from chaos.fault_proxy import GOOD, Conduct, FaultProxy, fault_proxy
from chaos.reference_site import FAULTS_IN_A_THOUSAND, ReferenceSite, SiteFault
from chaos.tab import Habits, Page, Record
from integration.gateway.worker_double import until

CLIENTS = 48
"""At once."""
TABS = 8
PROFILES = 4
SLOTS = 8
MODELS = tuple(f"model-{number}" for number in range(80))
"""Many, since a limit of the site lets a model rest for everybody."""

PICTURES = 0.1
"""Of the requests, those with a file that is brought to the site first."""

NETWORK = ("changes its network",)
LIVES = (*NETWORK * 8, "freezes", "needs its person", "is closed", "crashes")


UNQUIET = Habits(refuses=0.004, ignores=0.001, never_starts=0.01)


@dataclass(frozen=True, kw_only=True)
class Weather:
    """What is to be expected; by default everything."""

    site: dict[SiteFault, float] = field(default_factory=lambda: FAULTS_IN_A_THOUSAND)
    lives: tuple[str, ...] = LIVES
    """What happens to tabs, each as often as it is named."""
    habits: Habits = UNQUIET
    life_seconds: float = 4.0
    """Between two things that happen to a tab, and from one break of its network to the next, on average."""
    swaps: float = 0.001
    """Of a link's frames, by some networks."""
    patient_clients: bool = False
    """They and their network keep to the end."""


@dataclass
class Tally:
    """What came of a run."""

    seed: int
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    """To tabs."""
    slowest_seconds: float = 0.0

    def note(self, outcome: Outcome, *, was_broken: bool) -> None:
        self.outcomes[outcome.code or outcome.ending] += 1
        self.slowest_seconds = max(self.slowest_seconds, outcome.seconds)
        if outcome.wrong:
            self.wrong.append(outcome.wrong)
        if outcome.ending == "broken" and not was_broken:
            self.wrong.append(f"an answer ended early, and nobody had cut it: {outcome}")

    @property
    def requests(self) -> int:
        return self.outcomes.total()


@dataclass
class Storm:
    """Its parts, and what came of them."""

    running: Running
    site: ReferenceSite
    record: Record
    random: Random
    weather: Weather
    tally: Tally
    clients: FaultProxy
    links: FaultProxy
    began: float = field(default_factory=monotonic)
    _number: int = 0

    async def ask(self, requests: int) -> None:
        """So many, by all clients together; ends when all have ended."""
        client = Client(self.clients.port, self.running.first_key or "")
        left = iter(range(requests))

        async def ask_on() -> None:
            for _ in left:
                outcome, port = await client.ask(self._wish())
                self.tally.note(outcome, was_broken=port in self.clients.broken)
                self.clients.broken.discard(port)

        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(ask_on())

    def _wish(self) -> Wish:
        self._number += 1
        random = self.random
        manner = 1.0 if self.weather.patient_clients else random.random()
        return Wish(
            number=self._number,
            words=int(random.paretovariate(0.8) * 10) % 3000,
            model=random.choice(MODELS),
            streamed=random.random() < 0.6,
            leaves_after_seconds=random.expovariate(5.0) if manner < 0.06 else None,
            leaves_after_bytes=random.randint(1, 4000) if 0.06 <= manner < 0.1 else float("inf"),
            shows_picture=random.random() < PICTURES,
            sips_bytes=random.randint(8, 256) if 0.1 <= manner < 0.14 else 0,
        )

    def table(self, lost: int) -> str:
        """All counts of the run."""
        calls = Counter(f"  {call.fault}" for call in self.site.calls)
        rows: list[tuple[str, object]] = [
            ("seed", self.tally.seed),
            ("seconds", round(monotonic() - self.began, 1)),
            ("requests", self.tally.requests),
            *sorted((f"  {what}", count) for what, count in self.tally.outcomes.items()),
            ("slowest answer (s)", round(self.tally.slowest_seconds, 1)),
            ("grants", self.running.gateway.hub.grants),
            ("  lost on the way to the tab", lost),
            ("  proved not to have begun", len(self.record.not_started)),
            ("calls at the site", len(self.site.calls)),
            *sorted(calls.items()),
            ("connections of tabs", self.record.connections),
            ("  broken by the network", self.links.breaks),
            *sorted((f"  {what}", count) for what, count in self.tally.happened.items()),
            ("jobs that went on over another connection", self.record.resumed),
            ("jobs dropped when their page came back", self.record.dropped),
            ("offers refused", self.record.refused),
            ("errands", self.record.errands),
            ("connections of clients", self.clients.connections),
            ("  broken by the network", self.clients.breaks),
        ]
        return "\n".join(f"{what:<44}{count}" for what, count in rows)


@asynccontextmanager
async def storm(running: Running, seed: int, weather: Weather | None = None, tabs: int = TABS) -> AsyncIterator[Storm]:
    """Tabs that come and go until the end, and a network for clients."""
    random = Random(seed)  # noqa: S311 - to be repeated
    weather = weather or Weather()
    site = ReferenceSite(random, weather.site, record_seconds=0.002)
    async with (
        fault_proxy(lambda: GOOD if weather.patient_clients else client_conduct(random), random) as clients,
        fault_proxy(lambda: link_conduct(random, weather), random) as links,
    ):
        clients.target = links.target = running.listens_on
        whole = Storm(running, site, Record(), random, weather, Tally(seed), clients, links)
        calm = asyncio.Event()
        lives = [asyncio.ensure_future(_life(whole, number, calm)) for number in range(tabs)]
        await until(lambda: running.gateway.hub.workers and len(running.gateway.models.catalogue))
        try:
            yield whole
        finally:
            calm.set()
            await asyncio.gather(*lives)


def client_conduct(random: Random) -> Conduct:
    """Of the network between a client and the gateway."""
    match random.randrange(50):
        case 0:
            return Conduct(ends_after_bytes=random.randint(0, 4000))
        case 1:
            return Conduct(ending="half_open", ends_after_bytes=random.randint(0, 2000))
        case 2:
            return Conduct(dribbled_bytes=random.randint(1, 2000))
        case 3 | 4:
            return Conduct(delay_seconds=random.uniform(0, 0.1))
        case _:
            return GOOD


def link_conduct(random: Random, weather: Weather) -> Conduct:
    """Of the network between a tab and the gateway."""
    return Conduct(
        ending=random.choice(("cut", "cut", "half_open")),
        ends_after_seconds=random.expovariate(1 / weather.life_seconds) if random.random() < 0.9 else None,
        half_open_seconds=random.uniform(0.2, 2.0),
        delay_seconds=random.choice((0, 0, 0.01, 0.05)),
        dribbled_bytes=random.choice((0, 0, 0, 3000)),
        repeats=random.choice((0, 0.02, 0.1)),
        swaps=random.choice((0, 0, 0, weather.swaps)),
    )


async def _life(storm: Storm, number: int, calm: asyncio.Event) -> None:
    """A tab, and all the pages that it loads one after another."""
    pages = 0
    while not calm.is_set():
        pages += 1
        page = _page(storm, number, pages)
        running = asyncio.ensure_future(page.run())
        try:
            await _live(storm, page, calm)
        finally:
            await running


def _page(storm: Storm, number: int, pages: int) -> Page:
    return Page(
        url=f"ws://127.0.0.1:{storm.links.port}/ws",
        token=storm.running.gateway.secrets.pairing,
        site=storm.site,
        record=storm.record,
        random=storm.random,
        profile=f"profile-{number % PROFILES}",
        id=f"page-{number}-{pages}",
        slots=SLOTS,
        habits=storm.weather.habits,
        models=MODELS,
    )


async def _live(storm: Storm, page: Page, calm: asyncio.Event) -> None:
    """Until this page is gone."""
    for event in _fate(storm.random, storm.weather.lives):
        try:
            async with asyncio.timeout(storm.random.expovariate(1 / storm.weather.life_seconds)):
                await _until_calm_or_reload(page, calm)
        except TimeoutError:
            pass
        else:
            event = "is closed" if calm.is_set() else "is loaded anew"  # noqa: PLW2901 - something else came first
        storm.tally.happened[event] += 1
        if not await _suffer(page, event, storm.random):
            return


def _fate(random: Random, lives: tuple[str, ...]) -> Iterator[str]:
    while True:
        yield random.choice(lives)


async def _suffer(page: Page, event: str, random: Random) -> bool:
    """Whether the page is still there afterwards."""
    match event:
        case "changes its network":
            page.break_connection()
        case "freezes":
            page.freeze()
            await asyncio.sleep(random.uniform(0, 1))
            page.thaw()
        case "needs its person":
            page.wants(m.Human("check", "Are you human?"))
            await asyncio.sleep(random.uniform(0, 1))
            page.wants(None)
        case "crashes":
            await page.crash()
            return False
        case _:
            await page.leave()
            return False
    return True


async def _until_calm_or_reload(page: Page, calm: asyncio.Event) -> None:
    """A page that is to be loaded anew is, once it has nothing to do."""
    while not (calm.is_set() or (page.reload_wanted and page.is_idle)):  # noqa: ASYNC110 - either of two
        await asyncio.sleep(0.02)
