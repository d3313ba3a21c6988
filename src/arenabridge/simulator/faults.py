"""Switches that make the site misbehave: for the next n requests, or until they are cleared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from arenabridge.simulator.calls import STREAM_CALLS, Call

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULTS_KEPT = 1_000
"""More than these at once is a mistake of the caller: `ValueError`."""

FaultKind = Literal[
    "rate_limited",
    "challenge",
    "login_wall",
    "flagged",
    "too_large",
    "server_error",
    "status",
    "hang_before_head",
    "hang_after_head",
    "error_in_stream",
    "cut",
    "reset",
    "slow",
    "action_failed",
]
STREAM_FAULTS = frozenset[FaultKind]({"hang_after_head", "error_in_stream", "cut", "reset", "slow"})
"""These change a stream that otherwise goes its way, `action_failed` an action; the others answer in its place."""


@dataclass(frozen=True)
class Fault:
    """One kind of misbehaviour."""

    kind: FaultKind
    calls: tuple[Call, ...] = STREAM_CALLS
    """The calls it meets; for a challenge of everything add `page`."""
    times: int | None = 1
    """How many requests it meets; None: until it is cleared."""
    records: int = 0
    """`hang_after_head`, `error_in_stream`, `cut`, `reset`: after so many records of the answer."""
    seconds: float = 1.0
    """`slow`: the silence before each record. `rate_limited`: the wait that headers with a time in them tell."""
    retry_after: str | None = "0"
    """`rate_limited`: the header's value; None: no header; `date`: an HTTP date `seconds` from now."""
    quota: Literal["requests", "image", "model"] = "requests"
    """`rate_limited`: the plain refusal, the one with the image quota's headers, or the JSON that names a model."""
    text: str = "An error occurred"
    """`error_in_stream`, `action_failed`: the message. `status`: the body, JSON when it parses as such."""
    status: int = 500
    """`status`: the refusal's status."""


@dataclass
class Faults:
    """The faults that wait for their requests, the oldest first."""

    _waiting: list[tuple[Fault, int | None]] = field(default_factory=list)

    def __iter__(self) -> Iterator[Fault]:
        return iter([fault for fault, _ in self._waiting])

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, fault: Fault) -> None:
        if len(self._waiting) >= FAULTS_KEPT:
            raise ValueError(f"more than {FAULTS_KEPT} faults wait already")
        if fault.times is None or fault.times > 0:
            self._waiting.append((fault, fault.times))

    def clear(self, kind: FaultKind | None = None) -> None:
        """Takes all faults back, or those of a kind: the person has solved the challenge, say."""
        self._waiting = [each for each in self._waiting if kind is not None and each[0].kind != kind]

    def take(self, call: Call) -> Fault | None:
        """The fault that the next request of that call meets, used up by one."""
        for at, (fault, left) in enumerate(self._waiting):
            if call in fault.calls:
                if left is not None:
                    self._waiting[at : at + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None
