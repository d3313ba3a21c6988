"""
The state that dashboards follow, put together from what the parts tell of themselves.

Administrators see every worker and every request. Everybody else sees whether there are any workers, and how much is
going on, but not whose tabs they are, and of requests their own. What is not known is left out, never guessed.
"""

import math
import socket
from urllib.parse import urlsplit

import arenabridge
from arenabridge.accounts.people import Person
from arenabridge.http.feed.patch import Facts, without_unknown
from arenabridge.http.gateway import Gateway
from arenabridge.http.monitoring.fleet import Counts, ReplicaFacts
from arenabridge.http.monitoring.under_way import under_way
from arenabridge.hub.workers.worker import WorkerState


def facts_for(gateway: Gateway, person: Person) -> Facts:
    """Of all gateways of a fleet together, as far as is known here; but of requests under way those of this one."""
    facts: Facts = {"now": totals(gateway), "under_way": under_way(gateway, person)}
    if person.is_administrator:
        facts["workers"] = {worker.worker: worker_facts(gateway, worker) for worker in gateway.hub.workers}
        if gateway.fleet.others:
            facts["workers"] |= dict(gateway.fleet.workers())
            facts["replicas"] = _replicas(gateway)
    return facts


def totals(gateway: Gateway) -> Facts:
    """What is going on at all gateways of a fleet, in numbers."""
    all_ = [_counts(gateway), *(replica.facts.now for replica in gateway.fleet.others)]
    return {
        "running": sum(each.running for each in all_),
        "waiting": sum(each.waiting for each in all_),
        "free_slots": sum(each.free_slots for each in all_),
        "workers": sum(each.workers for each in all_),
        "able": sum(each.able for each in all_),
        "models": len(gateway.models.catalogue),
        "finished": max(each.finished for each in all_),
    }


def replica_facts(gateway: Gateway) -> ReplicaFacts:
    """What the other gateways are told of this one."""
    port = urlsplit(gateway.base_url).port
    return ReplicaFacts(
        name=socket.gethostname() + (f":{port}" if port else ""),
        address=gateway.base_url,
        version=arenabridge.__version__,
        since=gateway.fleet.since,
        closing=gateway.hub.is_closed,
        now=_counts(gateway),
        workers=[worker_facts(gateway, worker) for worker in gateway.hub.workers],
    )


def _counts(gateway: Gateway) -> Counts:
    hub = gateway.hub
    awake = [worker for worker in hub.workers if not worker.frozen]
    requests, failures = gateway.fleet.recent_failures.within(gateway.clock.unix())
    return Counts(
        running=hub.running,
        waiting=hub.waiting,
        free_slots=hub.free_slots,
        workers=len(awake),
        able=sum(worker.human is None and not worker.is_paused and not worker.leaving for worker in awake),
        finished=gateway.usage.recorder.newest_written,
        requests=requests,
        failures=failures,
    )


def _replicas(gateway: Gateway) -> dict[str, Facts]:
    """All gateways of the fleet, this one among them."""
    own = replica_facts(gateway)
    found = {replica.id: replica.facts for replica in gateway.fleet.others}
    shown = {id_: _replica(facts) for id_, facts in found.items()}
    return shown | {gateway.hub.replicas.me: {**_replica(own), "this": True}}


def _replica(facts: ReplicaFacts) -> Facts:
    return {
        "name": facts.name,
        "address": facts.address,
        "version": facts.version,
        "since": facts.since,
        "closing": facts.closing,
        "running": facts.now.running,
        "waiting": facts.now.waiting,
        "workers": facts.now.workers,
    }


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
