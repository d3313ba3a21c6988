"""What the hub needs of any worker: a tab, the earlier script, another replica's worker, or a direct session."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from arenabridge.dispatch.events import OPEN, Terms
from arenabridge.hub.links.peer import ANYBODY, Peer
from arenabridge.wire.link.messages import FromGateway, How, Human, JobId, WorkerId


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed: its error's code and words, and when, in seconds since 1970, UTC."""

    code: str
    words: str
    at: float


@dataclass(slots=True)
class WorkerState:
    """What a worker has told of itself; shown in `/health`."""

    worker: WorkerId
    origin: str
    profile: str
    script: str
    slots: int
    """Jobs that its browser profile may run at once on this site."""
    how: tuple[How, ...] = ("fetch",)
    resumes: bool = False
    """It brings its granted jobs along when its connection breaks and it comes back."""
    transport: str = "ws"
    """How it is connected: `ws`; `gm`, by requests of the userscript manager; `cdp`, by a managed browser's driver."""
    transport_because: str = ""
    """What forbids the WebSocket, as the worker names it; empty if nothing does."""
    discarded: bool = False
    """Its browser had discarded the tab, and has reloaded it."""
    visible: bool = True
    frozen: bool = False
    human: Human | None = None
    """What the page wants of the person, in the page's own words."""
    refused_because: str = ""
    """Why it refused the last offer; empty once it took one."""
    human_until: float | None = None
    """When `human` is forgotten, if we concluded it from a refusal and the page has not spoken."""
    served: Counter[How] = field(default_factory=Counter)
    """Whole answers it gave, by how it got them."""
    terms: Terms = OPEN
    """Whom it serves, as its owner set it."""
    peer: Peer = ANYBODY
    """With which credential it came in."""
    relay: str = ""
    """The name of the relay that it is connected through, if there is one."""
    heard_at: float = 0.0
    """When it last gave a sign of life, by the event loop's clock."""
    lender: str = ""
    """The replica that lends it, for one job of ours; empty for those that are connected here."""
    page: str = ""
    """A random id of the page, new with each that is loaded."""
    joined_at: float = 0.0
    """Seconds since 1970, UTC."""
    name: str = ""
    """What the person calls this browser; empty if they did not say."""
    paused: bool = False
    """The person wants it to rest: it gets no new jobs."""
    is_barred: bool = False
    """It is not let in again, so nothing waits for its return."""
    leaving: bool = False
    """It gets no new jobs, and goes when it has finished those it runs."""
    failure: "Failure | None" = None
    """The last attempt that failed here."""
    uses_page: bool = False
    limit: int | None = None
    """Jobs this worker takes by itself, when fewer: one, when it uses its page as the person would."""

    @property
    def is_paused(self) -> bool:
        """Set to rest by the person at this browser, or by its credential's owner."""
        return self.paused or self.peer.paused

    @property
    def profile_on_site(self) -> str:
        """What slots and lessons belong to."""
        return f"{self.profile} {self.origin}"


class Worker(Protocol):
    """A live connection that can carry out site calls."""

    state: WorkerState

    def say(self, message: FromGateway) -> None:
        """Send a message soon; never blocks. A worker that takes nothing is closed once its bound is reached."""

    def send_file(self, errand: JobId, content: bytes) -> None:
        """Send the file that belongs to an errand, in pieces that let other messages pass; never blocks."""

    def tick(self, now: float) -> None:
        """Time has passed: ask for a sign of life, or give the worker up."""

    def close(self, reason: str) -> None:
        """End the connection."""
