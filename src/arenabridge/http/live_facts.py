"""
The state that dashboards follow, put together from what the parts tell of themselves.

Administrators see every worker. Everybody else sees whether there are any, and how much is going on, but not whose
tabs they are. What is not known is left out, never guessed.
"""

import math

from arenabridge.http.feed.patch import Facts, without_unknown
from arenabridge.http.gateway import Gateway
from arenabridge.hub.worker import WorkerState


def facts_for(gateway: Gateway, *, administrator: bool) -> Facts:
    hub = gateway.hub
    awake = [worker for worker in hub.workers if not worker.frozen]
    facts: Facts = {
        "now": {
            "running": hub.running,
            "waiting": hub.waiting,
            "free_slots": hub.free_slots,
            "workers": len(awake),
            "able": sum(worker.human is None and not worker.is_paused and not worker.leaving for worker in awake),
            "models": len(gateway.models.catalogue),
            "finished": gateway.usage.recorder.newest_written,
        },
    }
    if administrator:
        facts["workers"] = {worker.worker: worker_facts(gateway, worker) for worker in hub.workers}
    return facts


def resting_models(gateway: Gateway, worker: WorkerState) -> list[Facts]:
    """The models whose limit the worker's person has reached, by name, and until when at the latest (Unix seconds)."""
    now, catalogue = gateway.clock.unix(), gateway.models.catalogue
    resting = gateway.hub.resting(worker.worker)
    names = {model: entry.name if (entry := catalogue.by_name(model)) else model for model in resting}
    return [{"model": names[model], "until": 5 * math.ceil((now + seconds) / 5)} for model, seconds in resting.items()]


def _credential(worker: WorkerState) -> Facts | None:
    """What it came in with, if that is somebody's."""
    peer = worker.peer
    if not peer.terms.credential:
        return None
    return {
        "id": peer.terms.credential,
        "name": peer.name,
        "owner": peer.owner or None,
        "kind": peer.kind,
        "paused": peer.paused,
    }


def worker_facts(gateway: Gateway, worker: WorkerState) -> Facts:
    """One tab. `browser` tells tabs of one browser from those of another."""
    failure = worker.failure
    found: Facts = without_unknown(
        {
            "id": worker.worker,
            "name": worker.name or None,
            "browser": worker.profile[:8],
            "site": worker.origin,
            "script": worker.script,
            "slots": worker.limit or worker.slots,
            "running": gateway.hub.jobs_of(worker.worker),
            "visible": worker.visible,
            "frozen": worker.frozen,
            "paused": worker.paused,
            "leaving": worker.leaving,
            "how": list(worker.how),
            "uses_page": worker.uses_page,
            "link": {"by": worker.transport, "since": worker.transport_because or None},
            "resting": resting_models(gateway, worker),
            "credential": _credential(worker),
            "relay": worker.relay or None,
            "served": dict(worker.served),
            "since": worker.joined_at,
            "refused_because": worker.refused_because or None,
            "needs": {"what": worker.human.kind, "words": worker.human.words} if worker.human else None,
            "failure": {"code": failure.code, "words": failure.words, "at": failure.at} if failure else None,
        }
    )
    return found
