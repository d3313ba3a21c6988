"""`/api/workers/status`: how the workers are, for people and their programs. Administrators see all, others theirs."""

import asyncio
from collections.abc import Collection, Iterator
from typing import Literal

from fastapi import Request
from pydantic import BaseModel, Field

from arenabridge.accounts.workers import WorkerCredential
from arenabridge.http.api.access import Person, SignedIn, api_router
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.monitoring.live_facts import totals
from arenabridge.http.monitoring.worker_facts import worker_facts
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire.fleet import Condition, WorkerFacts

router = api_router()

Status = Literal["idle", "busy", "needs_human", "paused", "offline"]

_STATUSES: dict[Condition, Status] = {
    "leaving": "paused",
    "blocked": "needs_human",
    "needs_you": "needs_human",
    "unreachable": "offline",
    "frozen": "offline",
    "paused": "paused",
    "busy": "busy",
    "working": "busy",
    "ready": "idle",
}


class ModelUnavailable(BaseModel):
    """One whose limit at the site the worker's person has reached, and until when at the latest (Unix seconds)."""

    model: str
    until: float


class WorkerRow(BaseModel):
    """A connected tab; or, `offline`, a credential of which none is connected. A frozen tab is offline too."""

    id: str
    name: str = Field(description="Of its browser, or its credential; may be empty.")
    owner: str | None = Field(description="The name of whose it is; null: the gateway's own.")
    kind: Literal["relay", "browser"]
    relay: str | None = Field(description="What the relay calls itself that it is connected through.")
    credential: str | None = Field(description="The id of what it came in with; null: the gateway's own secret.")
    status: Status
    last_seen_at: float | None = Field(description="Seconds since 1970, UTC; null: never.")
    jobs: int = Field(description="That it is carrying out.")
    slots: int = Field(description="How many it could carry out at once.")
    models_unavailable: list[ModelUnavailable]
    gateway: str | None = Field(default=None, description="Where else in a fleet it is connected; null: at this one.")


class Totals(BaseModel):
    """Of the workers listed."""

    workers: int
    idle: int
    busy: int
    needs_human: int
    paused: int
    offline: int
    jobs: int
    slots: int = Field(description="Of those that are not offline.")


class Queue(BaseModel):
    """Requests of everybody."""

    waiting: int
    running: int
    free_slots: int


class StatusAnswer(BaseModel):
    """All at one moment."""

    workers: list[WorkerRow]
    totals: Totals
    queue: Queue


@router.get("/api/workers/status")
async def worker_status(request: Request, person: SignedIn) -> StatusAnswer:
    gateway = gateway_of(request)
    owner = None if person.is_administrator else person.id
    credentials = await asyncio.to_thread(gateway.accounts.workers.all, owner)
    tabs = [_tab(gateway, state) for state in gateway.hub.workers if _may_see(person, state)]
    tabs += _elsewhere(gateway, None if person.is_administrator else {each.id for each in credentials})
    present = {tab.credential for tab in tabs}
    away = [each for each in credentials if each.revoked_at is None and each.id not in present]
    rows = [*tabs, *(_absent(gateway, each) for each in away)]
    return StatusAnswer(workers=rows, totals=_totals(rows), queue=_queue(gateway))


def _queue(gateway: Gateway) -> Queue:
    """Of all gateways of a fleet."""
    now = totals(gateway)
    return Queue(waiting=now["waiting"], running=now["running"], free_slots=now["free_slots"])


def _elsewhere(gateway: Gateway, credentials: Collection[str] | None) -> Iterator[WorkerRow]:
    """The tabs of the other gateways, as those tell of them; only of these credentials, if any are given."""
    for replica, worker in gateway.fleet.workers():
        if credentials is None or (worker.credential is not None and worker.credential.id in credentials):
            seen_at = gateway.clock.unix()  # it is connected there, as of the last beat
            yield _row(worker, f"{replica.id}:{worker.id}", seen_at, replica.facts.name)


def _may_see(person: Person, state: WorkerState) -> bool:
    return person.is_administrator or state.terms.owner == person.id


def _tab(gateway: Gateway, state: WorkerState) -> WorkerRow:
    seen_at = gateway.clock.unix() - max(0.0, asyncio.get_running_loop().time() - state.heard_at)
    return _row(worker_facts(gateway, state), state.worker, seen_at)


def _row(worker: WorkerFacts, id_: str, seen_at: float, elsewhere: str | None = None) -> WorkerRow:
    credential = worker.credential
    return WorkerRow(
        id=id_,
        name=worker.name or (credential.name if credential else ""),
        owner=credential.owner if credential else None,
        kind="relay" if worker.relay or (credential and credential.kind == "relay") else "browser",
        relay=worker.relay,
        credential=credential.id if credential else None,
        status=_STATUSES[worker.condition],
        last_seen_at=seen_at,
        jobs=worker.running,
        slots=worker.slots,
        models_unavailable=[ModelUnavailable(model=each.model, until=each.until) for each in worker.resting],
        gateway=elsewhere,
    )


def _absent(gateway: Gateway, credential: WorkerCredential) -> WorkerRow:
    return WorkerRow(
        id=credential.id,
        name=credential.name,
        owner=credential.owner.name if credential.owner else None,
        kind=credential.kind,
        relay=None,
        credential=credential.id,
        status="offline",
        last_seen_at=gateway.worker_credentials.last_seen(credential),
        jobs=0,
        slots=0,
        models_unavailable=[],
    )


def _totals(rows: list[WorkerRow]) -> Totals:
    statuses = [row.status for row in rows]
    return Totals(
        workers=len(rows),
        idle=statuses.count("idle"),
        busy=statuses.count("busy"),
        needs_human=statuses.count("needs_human"),
        paused=statuses.count("paused"),
        offline=statuses.count("offline"),
        jobs=sum(row.jobs for row in rows),
        slots=sum(row.slots for row in rows if row.status != "offline"),
    )
