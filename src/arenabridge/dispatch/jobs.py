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
    """Of the offer, or of the next piece of the answer; waiting jobs are judged by `arrived`."""
    epoch: int = 0
    granted: float = 0.0
    answering: bool = False
    refused_because: str = ""
    """What the last worker that was asked gave as its reason."""
