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
    """It belongs to another replica, to which the worker is lent for it."""


@dataclass(slots=True)
class Job:
    """What is known of one job."""

    arrived: float
    needs_preparing: bool = False
    model: str = ""
    wants: PoolId | None = None
    asker: str = ""
    is_guest: bool = False
    """It is another replica's job."""
    stage: Stage = Stage.WAITING
    worker: WorkerId | None = None
    deadline: float = 0.0
    """When the offer, the next piece of the answer or the return of its page is due; waiting jobs go by `arrived`."""
    kept_seconds: float = 0.0
    """What was left of a granted job's deadline when it was suspended: its page gets so much if it returns."""
    epoch: int = 0
    granted: float = 0.0
    answering: bool = False
    refused_because: str = ""
    """What the last worker that was asked gave as its reason."""

    def suspend(self, until: float, now: float) -> None:
        self.stage, self.kept_seconds, self.deadline = Stage.SUSPENDED, self.deadline - now, until

    def resume(self, worker: WorkerId, now: float) -> None:
        """The time its page was away does not count as silence; the time before does."""
        self.stage, self.worker, self.deadline = Stage.GRANTED, worker, now + self.kept_seconds
