"""Who served an answer, and how, in the answer's headers."""

from arenabridge.wire.link.messages import How, WorkerId


def served_by(worker: WorkerId, how: How) -> dict[str, str]:
    return {"x-arenabridge-worker": worker, "x-arenabridge-how": how}
