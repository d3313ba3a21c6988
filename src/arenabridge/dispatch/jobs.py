"""Jobs on their way, as the dispatcher sees them."""

from dataclasses import dataclass
from enum import Enum, auto

from arenabridge.dispatch.events import PoolId
from arenabridge.wire.link.messages import WorkerId


class Stage(Enum):
    """Where a job stands."""

    WAITING = auto()
    OFFERED = auto()
    PREPARING = auto()
    GRANTED = auto()
    SUSPENDED = auto()
    GUEST = auto()
    """It is another replica's, to which the worker is lent for it."""


@dataclass(slots=True)
class Job:
    """What is known of one."""

    arrived: float
    needs_preparing: bool = False
    model: str = ""
    wants: PoolId | None = None
    asker: str = ""
    is_guest: bool = False
    """Another replica's."""
    stage: Stage = Stage.WAITING
    worker: WorkerId | None = None
    deadline: float = 0.0
    """Of the offer, the next piece of the answer, or the return of its page; waiting jobs are judged by `arrived`."""
    kept_seconds: float = 0.0
    """What was left of a granted job's deadline when it was suspended: its page may return, and have so much."""
    epoch: int = 0
    granted: float = 0.0
    answering: bool = False
    refused_because: str = ""
    """What the last worker that was asked gave as its reason."""

    def suspend(self, until: float, now: float) -> None:
        self.stage, self.kept_seconds, self.deadline = Stage.SUSPENDED, self.deadline - now, until

    def resume(self, worker: WorkerId, now: float) -> None:
        """Time that its page was away is no silence; all that was before is."""
        self.stage, self.worker, self.deadline = Stage.GRANTED, worker, now + self.kept_seconds
