"""
The state that dashboards follow, put together from what the parts tell of themselves.

Administrators see every worker and every request. Everybody else sees whether there are any workers, and how much is
going on, but not whose tabs they are, and of requests their own. What is not known is left out, never guessed.
"""

import socket
from urllib.parse import urlsplit

import arenabridge
from arenabridge.accounts.people import Person
from arenabridge.http.feed.patch import Facts
from arenabridge.http.gateway import Gateway
from arenabridge.http.monitoring.under_way import under_way
from arenabridge.http.monitoring.worker_facts import as_facts, condition_of, worker_facts
from arenabridge.wire.fleet import ABLE, Counts, ReplicaFacts


def facts_for(gateway: Gateway, person: Person) -> Facts:
    """Of all gateways of a fleet together, as far as is known here; but of requests under way those of this one."""
    facts: Facts = {"now": totals(gateway), "under_way": under_way(gateway, person)}
    if person.is_administrator:
        facts["workers"] = {worker.worker: as_facts(worker_facts(gateway, worker)) for worker in gateway.hub.workers}
        if gateway.fleet.others:
            facts["workers"] |= {
                f"{replica.id}:{worker.id}": as_facts(worker) | {"replica": replica.facts.name, "elsewhere": True}
                for replica, worker in gateway.fleet.workers()
            }
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
        workers=tuple(worker_facts(gateway, worker) for worker in gateway.hub.workers),
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
        able=sum(condition_of(worker, hub.jobs_of(worker.worker)) in ABLE for worker in awake),
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
