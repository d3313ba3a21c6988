"""What happens on a stream, one after the other: records, silences and the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arenabridge.simulator.conversations import Position, Status


@dataclass(frozen=True)
class Line:
    """One record, and what the site's own copy of the message gains by it."""

    text: str
    """The record with its line feed."""
    position: Position = "a"
    says: str = ""
    reasons: str = ""
    attaches: Mapping[str, Any] | None = None
    becomes: Status | None = None

    @property
    def is_text(self) -> bool:
        return self.text[1:3] == "0:"


@dataclass(frozen=True)
class Pause:
    """Silence; whatever a splitter holds back is written before it."""

    seconds: float


@dataclass(frozen=True)
class Head:
    """The response head goes out now, even if no record follows."""


@dataclass(frozen=True)
class Refused:
    """The call is refused with that status, if its head is not out yet."""

    status: int


@dataclass(frozen=True)
class End:
    """`clean` ends the body in good order, `reset` abortively, `hang` never."""

    how: Literal["clean", "reset", "hang"]


Beat = Line | Pause | Head | Refused | End


def after_lines(beats: Iterable[Beat], count: int) -> list[Beat]:
    """The beats up to and including the first `count` records."""
    kept: list[Beat] = []
    for beat in beats:
        if isinstance(beat, Line):
            if count == 0:
                break
            count -= 1
        kept.append(beat)
    return kept


def slowed(beats: Iterable[Beat], seconds: float) -> list[Beat]:
    """A silence before each record."""
    return [each for beat in beats for each in ((Pause(seconds), beat) if isinstance(beat, Line) else (beat,))]


def interleaved(first: list[Beat], second: list[Beat], first_at_once: int = 1) -> list[Beat]:
    """Two participants on one stream: so many records of the first, then one of the second; each keeps its order."""
    left, right = list(reversed(first)), list(reversed(second))
    merged: list[Beat] = []
    while left or right:
        merged.extend(left.pop() for _ in range(min(first_at_once if right else len(left), len(left))))
        if right:
            merged.append(right.pop())
    return merged
