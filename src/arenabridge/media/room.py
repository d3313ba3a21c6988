"""
Which files make way for a new one. Pure.

Those unused for longest, among the payer's own where their room is full. Where the room of all is full, the one who has
most makes way: nobody loses a file to somebody who has more.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from arenabridge.errors import FilesQuotaExceeded
from arenabridge.media.index import MAX_BATCH, Totals, Unused


@dataclass(frozen=True, slots=True)
class Lack:
    """What has to go, in bytes and in files."""

    size: int
    count: int

    @property
    def is_met(self) -> bool:
        return self.size <= 0 and self.count <= 0

    def after(self, file: Unused) -> "Lack":
        return Lack(self.size - file.size, self.count - 1)

    @property
    def is_of_size(self) -> bool:
        """Whether it is measured in bytes; else in files."""
        return self.size > 0

    def measure(self, totals: Totals) -> int:
        """How much somebody has of that of which there is too much."""
        return totals.size if self.is_of_size else totals.count


@dataclass(frozen=True, slots=True)
class Room:
    """How much there may be."""

    max_size: int
    max_count: int

    def check(self, size: int) -> None:
        """Raises `FilesQuotaExceeded` for a file that would not fit in if it were the only one."""
        if size > self.max_size:
            raise FilesQuotaExceeded(f"The file has {size} bytes; all files together may have {self.max_size}.")

    def lack(self, totals: Totals, size: int) -> Lack:
        """For one more file of this size."""
        return Lack(totals.size + size - self.max_size, totals.count + 1 - self.max_count)


@dataclass(frozen=True, slots=True)
class Shares:
    """Of each payer."""

    totals: Mapping[str, Totals]
    oldest: Mapping[str, float]
    """When what they used least was last used, in seconds since 1970, of those who have something unused."""
    unused: Callable[[str], Iterable[Unused]]
    """Their files unused for longest, `MAX_BATCH` of them if there are so many."""


def first(lack: Lack, unused: Iterable[Unused]) -> list[str]:
    """Ids of the first of these files, as many as meet the lack: perhaps too few."""
    going: list[str] = []
    for file in unused:
        if lack.is_met:
            break
        going.append(file.id)
        lack = lack.after(file)
    return going


def of_those_who_have_most(lack: Lack, shares: Shares, asker: str, size: int) -> list[str]:
    """
    Ids of the files that make way for the asker's of this size: perhaps too few, but none only if there is none.

    Each in turn is from whoever has most by then, the asker too, but from nobody who has less than the asker.
    """
    has = {payer: lack.measure(totals) for payer, totals in shares.totals.items()}
    has[asker] = has.get(asker, 0) + lack.measure(Totals(1, size))
    turns = [(-has[payer], since, payer) for payer, since in shares.oldest.items() if payer in has]
    heapq.heapify(turns)
    files: dict[str, deque[Unused]] = {}
    going: list[str] = []
    left = lack
    while turns and not left.is_met and left.is_of_size == lack.is_of_size and len(going) < MAX_BATCH:
        most, _, payer = heapq.heappop(turns)
        if -most < has[asker]:
            break
        if payer not in files:
            files[payer] = deque(shares.unused(payer))
        if not files[payer]:  # used a moment ago
            continue
        file = files[payer].popleft()
        going.append(file.id)
        has[payer] -= lack.measure(Totals(1, file.size))
        left = left.after(file)
        if files[payer]:
            heapq.heappush(turns, (-has[payer], files[payer][0].last_used_at, payer))
    return going
