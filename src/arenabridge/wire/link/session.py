"""
The two state machines of the link, as the gateway sees them: the connection, and the reports of one granted attempt.

A connection greets, is ready, and closes; only `hello` may come first and it may come once::

    greeting --hello--> ready --bye--> closed

An attempt begins when the gateway has written `go`. The worker says `start` when the request is about to leave, `head`
when the site has answered, then pieces of the body, then `end`; `failed` may replace whatever comes next::

    granted --start--> started --head--> answering --chunk--> answering --end--> over
       '-----------------'------failed-------'------------------------------------^

Reports of one attempt are numbered from 0 over all their kinds. A number below the expected one is a repetition (a
worker that was in doubt says things twice), one above it proves that something was lost: the link is one ordered
stream, so a gap is a fault of the worker and ends the attempt.
"""

from enum import Enum, auto
from typing import Literal

from arenabridge.wire.link.messages import FromWorker


class LinkState(Enum):
    """Where a connection stands."""

    GREETING = auto()
    READY = auto()
    CLOSED = auto()


_SAID_WHEN_READY = (
    *("accept", "refuse", "start", "head", "chunks", "end", "failed"),
    *("pong", "state", "page", "captured", "session"),
)

_LINK: dict[tuple[LinkState, str], LinkState] = {
    (LinkState.GREETING, "hello"): LinkState.READY,
    **{(LinkState.READY, type_): LinkState.READY for type_ in _SAID_WHEN_READY},
    (LinkState.GREETING, "bye"): LinkState.CLOSED,
    (LinkState.READY, "bye"): LinkState.CLOSED,
}


class OutOfTurn(ValueError):
    """A message that its sender may not send in this state."""


class LinkSession:
    """One connection's state: `advance` with each message that arrives."""

    def __init__(self) -> None:
        self.state = LinkState.GREETING

    def advance(self, message: FromWorker) -> None:
        """Move on, or raise `OutOfTurn` and stay."""
        type_ = str(message.__struct_config__.tag)
        try:
            self.state = _LINK[self.state, type_]
        except KeyError:
            raise OutOfTurn(f"{type_} may not be said while the link is {self.state.name.lower()}") from None


class AttemptPhase(Enum):
    """How far the worker's reports of one granted attempt have come."""

    GRANTED = auto()
    STARTED = auto()
    ANSWERING = auto()
    OVER = auto()


Report = Literal["start", "head", "chunk", "end", "failed"]

_ATTEMPT: dict[tuple[AttemptPhase, Report], AttemptPhase] = {
    (AttemptPhase.GRANTED, "start"): AttemptPhase.STARTED,
    (AttemptPhase.GRANTED, "failed"): AttemptPhase.OVER,
    (AttemptPhase.STARTED, "head"): AttemptPhase.ANSWERING,
    (AttemptPhase.STARTED, "failed"): AttemptPhase.OVER,
    (AttemptPhase.ANSWERING, "chunk"): AttemptPhase.ANSWERING,
    (AttemptPhase.ANSWERING, "end"): AttemptPhase.OVER,
    (AttemptPhase.ANSWERING, "failed"): AttemptPhase.OVER,
}


class Admission(Enum):
    """What to do with a report."""

    FRESH = auto()
    """It is the next one: use it."""
    REPEATED = auto()
    """It was here before, or the attempt is over: drop it."""
    BROKEN = auto()
    """Something before it is missing, or it can't follow what came before: the attempt can't be trusted any more."""


class ReportSequence:
    """Admits the reports of one attempt once each and in order."""

    __slots__ = ("_next", "phase")

    def __init__(self) -> None:
        self.phase = AttemptPhase.GRANTED
        self._next = 0

    @property
    def expected(self) -> int:
        """The number of the next report: all before have arrived."""
        return self._next

    def admit(self, report: Report, seq: int) -> Admission:
        if seq < self._next or self.phase is AttemptPhase.OVER:
            return Admission.REPEATED
        phase = _ATTEMPT.get((self.phase, report))
        if phase is None or seq > self._next:
            self.phase = AttemptPhase.OVER
            return Admission.BROKEN
        self.phase = phase
        self._next += 1
        return Admission.FRESH
