"""How a worker is, said once for screens, programs, monitors and other gateways."""

import pytest

from arenabridge.http.api.worker_status import _STATUSES
from arenabridge.http.monitoring.worker_facts import condition_of
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire.fleet import Condition
from arenabridge.wire.link.messages import Human, WorkerId

CHECK, BLOCKED = Human("check", "Are you human?"), Human("blocked", "Your account is blocked.")


@pytest.mark.parametrize(
    ("what_holds", "running", "condition", "status"),
    [
        ({}, 0, "ready", "idle"),
        ({}, 1, "working", "busy"),
        ({}, 4, "busy", "busy"),
        ({"limit": 1}, 1, "busy", "busy"),
        ({"paused": True}, 4, "paused", "paused"),
        ({"frozen": True, "paused": True}, 0, "frozen", "offline"),
        ({"human": CHECK, "frozen": True}, 0, "needs_you", "needs_human"),
        ({"human": BLOCKED}, 0, "blocked", "needs_human"),
        ({"leaving": True, "human": CHECK}, 1, "leaving", "paused"),
    ],
)
def test_of_all_that_holds_that_is_told_which_matters_most(
    what_holds: dict[str, object], running: int, condition: Condition, status: str
) -> None:
    worker = WorkerState(WorkerId("w"), "https://arena.ai", "profile", "1.0", 4)
    for name, value in what_holds.items():
        setattr(worker, name, value)
    assert condition_of(worker, running) == condition
    assert _STATUSES[condition] == status
