"""
Health, in three depths.

`/livez` and `/readyz` speak of this process alone: restarting it because a browser tab is missing would help nobody.
`/health` tells what may be told to whoever can reach it: counts, and what a page wants of its person, in its own words;
nothing about who is behind a worker.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

import arenabridge
from arenabridge.http.door.json_response import json_response
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.monitoring.fleet import FleetView
from arenabridge.http.monitoring.health_schema import Health, Life
from arenabridge.http.monitoring.worker_facts import condition_of
from arenabridge.http.openapi.operation import Answer, Operation

HEALTH = Operation(
    tag="Health", summary="See how things are", answers=(Answer(Health, "Counts and needs."),), needs_key=False
)
LIVE = Operation(
    tag="Health", summary="See whether the process answers", answers=(Answer(Life, "It does."),), needs_key=False
)
READY = Operation(
    tag="Health",
    summary="See whether the process takes requests",
    answers=(Answer(Life, "It does."), Answer(Life, "It is being stopped.", status=503)),
    needs_key=False,
)


async def live(_request: Request) -> Response:
    return json_response({"status": "ok"})


async def ready(request: Request) -> Response:
    hub = gateway_of(request).hub
    closing = hub.is_closed or hub.is_leaving
    return json_response({"status": "closing" if closing else "ok"}, status=503 if closing else 200)


async def health(request: Request) -> Response:
    gateway = gateway_of(request)
    hub = gateway.hub
    workers = [
        {
            "id": worker.worker,
            "site": worker.origin,
            "script": worker.script,
            "slots": worker.slots,
            "running": hub.jobs_of(worker.worker),
            "visible": worker.visible,
            "frozen": worker.frozen,
            "transport": worker.transport,
            "transport_because": worker.transport_because or None,
            "discarded": worker.discarded,
            "served": dict(worker.served),
            "refused_because": worker.refused_because or None,
            "needs": {"what": worker.human.kind, "words": worker.human.words} if worker.human else None,
        }
        for worker in hub.workers
    ]
    return json_response(
        {
            "status": _status(gateway),
            "version": arenabridge.__version__,
            "workers": workers,
            "models": len(gateway.models.catalogue),
            "waiting": hub.waiting,
            "running": hub.running,
            "free_slots": hub.free_slots,
            "answers_open": len(gateway.answers),
            "others": _others(gateway.fleet),
        }
    )


def _status(gateway: Gateway) -> str:
    """Workers of other gateways count too: they serve this one's clients."""
    hub, fleet = gateway.hub, gateway.fleet
    conditions = [condition_of(worker, hub.jobs_of(worker.worker)) for worker in hub.workers]
    conditions += [worker.condition for _, worker in fleet.workers()]
    at_work = [condition for condition in conditions if condition not in {"frozen", "unreachable"}]
    is_well = [condition not in {"blocked", "needs_you"} for condition in at_work]
    for replica in fleet.others:  # some of its tabs may not be shown
        is_well += [bool(replica.facts.now.able)] if replica.facts.now.workers else []
    if not is_well:
        return "no_worker"
    return "ok" if any(is_well) else "needs_human"


def _others(fleet: FleetView) -> dict[str, object] | None:
    if not fleet.others:
        return None
    all_ = [replica.facts.now for replica in fleet.others]
    return {
        "gateways": len(all_),
        "workers": sum(each.workers for each in all_),
        "waiting": sum(each.waiting for each in all_),
        "running": sum(each.running for each in all_),
        "free_slots": sum(each.free_slots for each in all_),
        "needs": [msgspec.to_builtins(worker.needs) for _, worker in fleet.workers() if worker.needs is not None],
    }
