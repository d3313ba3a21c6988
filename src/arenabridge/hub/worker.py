"""What the hub needs of a worker, whatever it is: a browser tab, or later a relay or an account session."""

from dataclasses import dataclass
from typing import Protocol

from arenabridge.wire.link.messages import FromGateway, WorkerId


@dataclass(slots=True)
class WorkerState:
    """What a worker has told of itself; shown in `/health`."""

    worker: WorkerId
    origin: str
    profile: str
    script: str
    slots: int
    visible: bool = True
    frozen: bool = False


class Worker(Protocol):
    """A live connection that can carry out site calls."""

    state: WorkerState

    def say(self, message: FromGateway) -> None:
        """Send a message soon; never blocks. A worker that takes nothing is closed once its bound is reached."""

    def tick(self, now: float) -> None:
        """Time has passed: ask for a sign of life, or give the worker up."""

    def close(self, reason: str) -> None:
        """End the connection."""
