"""One thing that an earlier bridge had, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["comes", "there", "declined", "broken", "note"]
"""It comes over; it is there already; it does not come, with the reason; it can't be read; the person should know."""


def _nothing() -> None:
    """What is to be done for most kinds."""


@dataclass(frozen=True, slots=True)
class Step:
    """`words` never hold a key, password or token. `do` carries it out and waits for the disk."""

    kind: Kind
    what: str
    words: str
    do: Callable[[], object] = _nothing


def counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
