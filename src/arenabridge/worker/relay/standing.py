"""How things stand with a relay: what its gateway said last, and its tabs. Each change is told once, in words."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from arenabridge.worker.relay.remote_gateway import Introduced
from arenabridge.worker.relay.trouble import Trouble

MAX_REFUSALS_KEPT = 64
"""Pages whose last refusal is remembered, so that it is not told with each of their attempts."""


@dataclass(slots=True)
class Tab:
    """A tab that is connected here. `profile` is the random name of its browser profile, cut short."""

    number: int
    site: str
    profile: str
    page: str
    transport: str
    worker: str = ""
    """What the gateway calls it; empty as long as it has not welcomed it."""

    @property
    def title(self) -> str:
        return f"tab {self.number} ({self.site}, browser {self.profile})"

    @property
    def state(self) -> str:
        return f"serving as {self.worker}" if self.worker else "connecting to the gateway"


@dataclass(slots=True)
class Standing:
    """`tell` is given each change as a sentence."""

    gateway_base: str
    tell: Callable[[str], None]
    gateway: Introduced | Trouble | None = None
    is_stopping: bool = False
    """The relay is closing: then tabs go, which is not news."""
    tabs: dict[int, Tab] = field(default_factory=dict)
    _refusals: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def is_connected(self) -> bool:
        return isinstance(self.gateway, Introduced)

    @property
    def needs_person(self) -> bool:
        """Trying again alone won't help."""
        return isinstance(self.gateway, Trouble) and self.gateway.kind in {"credential", "throttled"}

    @property
    def wished_heartbeat_seconds(self) -> float:
        """How often the gateway wants to hear of us."""
        return self.gateway.heartbeat_seconds if isinstance(self.gateway, Introduced) else 0.0

    @property
    def serving(self) -> list[Tab]:
        return [tab for tab in self.tabs.values() if tab.worker]

    @property
    def words(self) -> str:
        match self.gateway:
            case None:
                return f"Asking {self.gateway_base} …"
            case Trouble():
                return self.gateway.words
            case Introduced():
                return connected_words(self.gateway, self.gateway_base)

    def heard(self, gateway: Introduced | Trouble) -> None:
        """What the gateway said of us, or why it could not be asked. Asked too often, it says nothing new."""
        if isinstance(gateway, Trouble) and gateway.kind == "throttled" and self.needs_person:
            return
        is_news = _sense(gateway) != _sense(self.gateway)
        self.gateway = gateway
        if is_news:
            self.tell(self.words)

    @contextlib.contextmanager
    def tab(self, site: str, profile: str, page: str, transport: str) -> Iterator[Tab]:
        """A tab, for as long as it is connected."""
        tab = Tab(next(self._numbers), site, profile[:8], page, transport)
        self.tabs[tab.number] = tab
        try:
            yield tab
        finally:
            del self.tabs[tab.number]
            if tab.worker and not self.is_stopping:
                self.tell(f"Gone: {tab.title}. {self._count()}")

    def welcomed(self, tab: Tab, worker: str) -> None:
        tab.worker = worker
        self._refusals.pop(tab.page, None)
        self.tell(f"Serving: {tab.title}. {self._count()}")

    def refused(self, tab: Tab, words: str) -> None:
        """By the gateway, or because there is none."""
        if self._refusals.pop(tab.page, None) != words:
            self.tell(f"Not served: {tab.title}. {words}")
        self._refusals[tab.page] = words
        while len(self._refusals) > MAX_REFUSALS_KEPT:
            del self._refusals[next(iter(self._refusals))]

    def _count(self) -> str:
        count = len(self.serving)
        return "1 tab serves." if count == 1 else f"{count} tabs serve."


def connected_words(introduced: Introduced, base: str) -> str:
    whose = {"owner": f"{introduced.owner or 'its owner'} alone", "all": "everybody who uses the gateway"}
    served = whose.get(introduced.sharing, f"the team of {introduced.owner}" if introduced.sharing == "team" else "")
    owner = f", a worker of {introduced.owner}" if introduced.owner else ""
    version = f" (version {introduced.gateway_version})" if introduced.gateway_version else ""
    name = f" as {introduced.name!r}" if introduced.name else ""  # that of a mere token has none
    return f"Connected to {base}{version}{name}{owner}." + (f" It serves {served}." if served else "")


def _sense(gateway: Introduced | Trouble | None) -> object:
    """The parts whose change is news; that a heartbeat is to come sooner is none."""
    if isinstance(gateway, Introduced):
        return gateway.name, gateway.owner, gateway.sharing, gateway.gateway_version
    return gateway
