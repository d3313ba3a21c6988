"""One client request on its way: what was asked, who listens, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from arenabridge.errors import GatewayError
from arenabridge.hub.jobs.attempt import Attempt
from arenabridge.hub.models.asked import Asked
from arenabridge.wire.arena.captured import CapturedSession
from arenabridge.wire.arena.site_model import SiteModel
from arenabridge.wire.arena.uploads import SiteAttachment
from arenabridge.wire.chat import ChatRequest
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.repeated import Repeated
from arenabridge.wire.profile import ClientProfile
from arenabridge.wire.reply import Finished, Image, Participant, ReplyEvent, Text, Video


class ReplySink(Protocol):
    """What listens to an answer: a stream to a client, or a collector. Called from the event loop, must not block."""

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        """A worker is about to carry the request out; comes again with each new attempt."""

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        """
        Take what has come; false says that the client takes no more, and the job is cancelled.

        Where two participants answer, the end of each comes here as well, as a `Finished` among its events.
        """

    def complete(self, finish: Finished) -> None:
        """The answer is whole. Nothing follows."""

    def fail(self, error: GatewayError) -> None:
        """There is no answer, or no more of it. Nothing follows."""


class Watcher(Protocol):
    """Who notes how far a request has come, and where. Called from the event loop, must not block."""

    def submitted(self, model: str, model_id: str, mode: str) -> None:
        """The request waits for its turn. `model` is what the site calls it, or `one vs two`."""

    def offered(self) -> None: ...

    def prepared(self) -> None: ...

    def granted(self, worker: str, browser: str, how: str, session: str | None) -> None:
        """Comes again with each new attempt. `session` is the site's, as far as it is known."""

    def in_session(self, session: str | None) -> None:
        """The page has put the request into this session."""


class Nobody:
    """A watcher that notes nothing."""

    def submitted(self, model: str, model_id: str, mode: str) -> None: ...

    def offered(self) -> None: ...

    def prepared(self) -> None: ...

    def granted(self, worker: str, browser: str, how: str, session: str | None) -> None: ...

    def in_session(self, session: str | None) -> None: ...


NOBODY = Nobody()

_DEFAULTS = ClientProfile()

MAX_DELIVERED_PIECES = 4096
"""Pieces of an answer, before they are joined."""

MAX_DELIVERED_CHARACTERS = 2**20
"""Of an answer that is kept while it comes; one that is longer is not read again from the site if it is lost."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Files of the turns that are to be sent: uploaded to the site, or held by the worker under these ids."""

    uploaded: tuple[SiteAttachment, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(slots=True)
class Exchange:
    """A request and its current attempt."""

    request: ChatRequest
    asked: Asked
    sink: ReplySink
    key: str
    """The API key that it came with: the keys take turns."""
    client: ClientProfile = _DEFAULTS
    watcher: Watcher = NOBODY
    asker: str = ""
    """The person whose key it is; empty if it is nobody's."""
    how: How = "fetch"
    """The job, as it was last offered."""
    attempt: Attempt | None = None
    worker: WorkerId | None = None
    """The worker that carries out the current attempt."""
    page: str = ""
    """The page that carries out the current attempt."""
    credential: str = ""
    """What that page came in with."""
    heard: tuple[Participant, ...] = ()
    """The participants whose answers the current attempt is to give; empty for the one that speaks first."""
    profile: str = ""
    """Whoever serves the current attempt, as far as site sessions go."""
    session: str | None = None
    """The site session of the current attempt, as far as it is known."""
    continues: bool = False
    """The session had seen the conversation so far, so only what is new was sent."""
    holds_claim: bool = False
    """A session was taken in order to continue it, and nothing has been sent into it yet."""
    brought: Brought | None = None
    """Its files, where the worker that accepted it needs them."""
    dropped: int = 0
    """The number of turns that do not fit into one message, when no session has seen them."""
    must_be_fresh: bool = False
    """A session that was to be continued is gone, or gave no answer."""
    brought_anew: bool = False
    """The site refused one of its files, so all of them were brought there again; that happens once."""
    was_empty: bool = False
    """An attempt ended without anything in its answer."""
    again_in: str | None = None
    """The site session whose last answer is to be made again."""
    sent: str = ""
    """The turn that went to the site, as it was written."""
    delivered: list[str] | None = field(default_factory=list)
    """The text that the client has; None once it has more than text, or too much of it."""
    remembers: bool = False
    """Whether `repeated` is kept, for the session to be continued."""
    repeated: Repeated = field(default_factory=Repeated)
    """The answer's text so far, as the client will repeat it in its next request."""
    captured: CapturedSession | None = None
    """The captured session that the current attempt goes into."""
    unusable: dict[str, str] = field(default_factory=dict)
    """Captured sessions that were of no use to this request, and why."""

    @property
    def model(self) -> SiteModel:
        return self.asked.model

    @property
    def model_names(self) -> tuple[str, str, str]:
        """What the person may call the model in settings."""
        return self.request.model, self.model.public_name, self.model.id

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        """Pass events on, and keep what the client will take for the answer."""
        if self.remembers:
            self.repeated.note(events)
        if self.delivered is not None:
            self._note_delivered(self.delivered, events)
        return self.sink.deliver(events)

    def _note_delivered(self, delivered: list[str], events: Sequence[ReplyEvent]) -> None:
        delivered += [event.text for event in events if isinstance(event, Text)]
        if len(delivered) > MAX_DELIVERED_PIECES:
            delivered[:] = ["".join(delivered)]
        if any(map(_is_shown, events)) or len(delivered[0] if delivered else "") > MAX_DELIVERED_CHARACTERS:
            self.delivered = None


def _is_shown(event: ReplyEvent) -> bool:
    return isinstance(event, Image | Video)
