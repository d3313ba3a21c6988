"""An event loop whose clock jumps to the next timer instead of waiting for it, so that silence costs nothing."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Never waits: what it should have waited is added to `waited`."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready:
            assert timeout is not None, "nothing will ever happen any more"
            self.waited += timeout
        return ready


class ImpatientLoop(asyncio.SelectorEventLoop):
    """Time goes only where somebody waits for it, and then at once."""

    def __init__(self) -> None:
        self._impatient = _Selector()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.waited


def play(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a scenario to its end; a scenario in which nobody can go on fails at once."""
    with asyncio.Runner(loop_factory=ImpatientLoop) as runner:
        return runner.run(scenario)
