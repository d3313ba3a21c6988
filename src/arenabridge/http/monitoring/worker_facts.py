"""A worker as it is told: to dashboards, to programs, to `/health` and to the other gateways of a fleet."""

import math

import msgspec

from arenabridge.http.feed.patch import Facts
from arenabridge.http.gateway import Gateway
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire.fleet import (
    CameInWith,
    Condition,
    Connection,
    LastFailure,
    Needs,
    Resting,
    WorkerFacts,
)


def worker_facts(gateway: Gateway, worker: WorkerState) -> WorkerFacts:
    """A worker of this gateway."""
    failure, running = worker.failure, gateway.hub.jobs_of(worker.worker)
    return WorkerFacts(
        id=worker.worker,
        name=worker.name or None,
        browser=worker.profile[:8],
        site=worker.origin,
        script=worker.script,
        slots=worker.limit or worker.slots,
        running=running,
        condition=condition_of(worker, running),
        visible=worker.visible,
        frozen=worker.frozen,
        paused=worker.paused,
        leaving=worker.leaving,
        how=worker.how,
        uses_page=worker.uses_page,
        link=Connection(worker.transport, worker.transport_because or None),
        resting=_resting(gateway, worker),
        credential=_came_in_with(worker),
        relay=worker.relay or None,
        served=dict(worker.served),
        since=worker.joined_at,
        refused_because=worker.refused_because or None,
        needs=_needs(worker),
        failure=LastFailure(failure.code, failure.words, failure.at) if failure else None,
    )


def condition_of(worker: WorkerState, running: int) -> Condition:
    """
    How a worker is that runs so many jobs: said here, and nowhere else.

    A tab that needs its person and is also frozen says what it needs: going there wakes it up.
    """
    if worker.leaving:
        return "leaving"
    if worker.human is not None:
        kind = worker.human.kind
        return "blocked" if kind == "blocked" else "unreachable" if kind == "unreachable" else "needs_you"
    if worker.frozen:
        return "frozen"
    if worker.is_paused:
        return "paused"
    if not running:
        return "ready"
    return "busy" if running >= (worker.limit or worker.slots) else "working"


def _needs(worker: WorkerState) -> Needs | None:
    """Without a connection nothing is known of what the site wants."""
    if worker.human is None or worker.human.kind == "unreachable":
        return None
    return Needs(worker.human.kind, worker.human.words)


def as_facts(worker: WorkerFacts) -> Facts:
    """As JSON has it."""
    found: Facts = msgspec.to_builtins(worker)
    return found


def _resting(gateway: Gateway, worker: WorkerState) -> tuple[Resting, ...]:
    """Models by name, in steps of five seconds, so that not every look is news."""
    now, catalogue = gateway.clock.unix(), gateway.models.catalogue
    resting = gateway.hub.resting(worker.worker)
    names = {model: entry.name if (entry := catalogue.by_name(model)) else model for model in resting}
    return tuple(Resting(names[model], 5 * math.ceil((now + left) / 5)) for model, left in resting.items())


def _came_in_with(worker: WorkerState) -> CameInWith | None:
    """The owner, if there is one."""
    peer = worker.peer
    if not peer.terms.credential:
        return None
    return CameInWith(
        id=peer.terms.credential, name=peer.name, owner=peer.owner or None, kind=peer.kind, paused=peer.paused
    )
