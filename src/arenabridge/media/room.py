"""
Which files make way for a new one. Pure.

Those unused for longest, among the payer's own where their room is full. Where the room of all is full, the one who has
most makes way: nobody loses a file to somebody who has more.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from arenabridge.errors import FilesQuotaExceeded
from arenabridge.media.index import Totals, Unused


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

    def measure(self, totals: Totals) -> int:
        """How much somebody has of that of which there is too much."""
        return totals.size if self.size > 0 else totals.count


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
class Level:
    """Those who have the same, and how far they may be brought down before others have to give, too."""

    payers: frozenset[str]
    has: float = math.inf
    floor: float = 0.0

    def going(self, lack: Lack, unused: Iterable[Unused]) -> list[str]:
        """Ids of the files unused for longest: perhaps too few, but none only if there is none."""
        left = dict.fromkeys(self.payers, self.has)
        going: list[str] = []
        for file in unused:
            if lack.is_met or left[file.payer] < self.floor:
                break
            going.append(file.id)
            left[file.payer] -= lack.measure(Totals(1, file.size))
            lack = lack.after(file)
        return going


def levels(shares: Mapping[str, Totals], payer: str, size: int, lack: Lack) -> list[Level]:
    """Who makes way for this payer's file, those who have most first: the payer too, but nobody who has less."""
    has = {each: lack.measure(totals) for each, totals in shares.items()}
    has[payer] = has.get(payer, 0) + lack.measure(Totals(1, size))
    steps = sorted({each for each in has.values() if each >= has[payer]}, reverse=True)
    return [
        Level(frozenset(each for each in has if has[each] == step), step, floor)
        for step, floor in zip(steps, [*steps[1:], steps[-1]], strict=True)
    ]
