"""
Health, in three depths.

`/livez` and `/readyz` speak of this process alone: a host that restarts it for want of a browser tab would help nobody.
`/health` tells what may be told to whoever can reach it: counts, and what a page wants of its person, in its own words;
nothing about who is behind a worker.
"""

from starlette.requests import Request
from starlette.responses import Response

import arenabridge
from arenabridge.http.gateway import gateway_of
from arenabridge.http.health_schema import Health, Life
from arenabridge.http.json_response import json_response
from arenabridge.http.openapi.operation import Answer, Operation
from arenabridge.hub.worker import WorkerState

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
            "status": _status(hub.workers),
            "version": arenabridge.__version__,
            "workers": workers,
            "models": len(gateway.models.catalogue),
            "waiting": hub.waiting,
            "running": hub.running,
            "free_slots": hub.free_slots,
            "answers_open": len(gateway.answers),
        }
    )


def _status(workers: list[WorkerState]) -> str:
    awake = [worker for worker in workers if not worker.frozen]
    if not awake:
        return "no_worker"
    return "ok" if any(worker.human is None for worker in awake) else "needs_human"
