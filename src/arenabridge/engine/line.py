"""
The jobs of one priority, in the order of their turns.

A claim may be for the jobs of some people only. Those are found in lines of their own, however many others wait.
"""

from bisect import bisect_left, insort
from typing import NamedTuple

from arenabridge.engine.interface import Entry
from arenabridge.wire.opening import Opening


class Cell(NamedTuple):
    """A job's place: no two have the same order, so that entries are never compared."""

    tag: float
    order: int
    entry: Entry


class Line:
    """Pure. Cells are kept sorted, so that looking, finding and removing need no heap with leftovers."""

    def __init__(self) -> None:
        self._cells: list[Cell] = []
        self._by_asker: dict[str, list[Cell]] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def add(self, cell: Cell) -> None:
        insort(self._cells, cell)
        insort(self._by_asker.setdefault(cell.entry.asker, []), cell)

    def remove(self, cell: Cell) -> None:
        """Remove a job that is there."""
        asker = cell.entry.asker
        of_asker = self._by_asker[asker]
        del self._cells[self.before(cell)]
        del of_asker[bisect_left(of_asker, cell)]
        if not of_asker:
            del self._by_asker[asker]

    def before(self, cell: Cell) -> int:
        """How many jobs come before this one."""
        return bisect_left(self._cells, cell)

    def first(self, opening: Opening) -> Cell | None:
        """The first job that the opening is for."""
        if opening.askers is None:
            return _first(self._cells, opening)
        found = (_first(self._by_asker[asker], opening) for asker in self._by_asker.keys() & opening.askers)
        return min((cell for cell in found if cell is not None), default=None)


def _first(cells: list[Cell], opening: Opening) -> Cell | None:
    return next((cell for cell in cells if cell.entry.model not in opening.excluding), None)
