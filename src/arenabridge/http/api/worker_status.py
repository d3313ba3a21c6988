"""`/api/workers/status`: how the workers are, for people and their programs. Administrators see all, others theirs."""

import asyncio
from collections.abc import Collection, Iterator
from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from arenabridge.accounts.workers import WorkerCredential
from arenabridge.http.api.access import Person, SignedIn, api_router
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.monitoring.live_facts import resting_models, totals
from arenabridge.hub.workers.worker import WorkerState

router = api_router()

Status = Literal["idle", "busy", "needs_human", "paused", "offline"]


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
    for id_, tab in gateway.fleet.workers():
        peer = tab.get("credential") or {}
        if credentials is not None and peer.get("id") not in credentials:
            continue
        yield WorkerRow(
            id=id_,
            name=tab.get("name") or peer.get("name") or "",
            owner=peer.get("owner"),
            kind="relay" if tab.get("relay") or peer.get("kind") == "relay" else "browser",
            relay=tab.get("relay"),
            credential=peer.get("id"),
            status=_told_status(tab, is_paused=bool(peer.get("paused"))),
            last_seen_at=gateway.clock.unix(),  # it is connected there, as of the last beat
            jobs=tab.get("running", 0),
            slots=tab.get("slots", 0),
            models_unavailable=[ModelUnavailable(**each) for each in tab.get("resting", ())],
            gateway=tab["replica"],
        )


def _told_status(tab: dict[str, Any], *, is_paused: bool) -> Status:
    """The same of a tab of another gateway."""
    if tab.get("frozen"):
        return "offline"
    if tab.get("needs"):
        return "needs_human"
    if is_paused or tab.get("paused") or tab.get("leaving"):
        return "paused"
    return "busy" if tab.get("running") else "idle"


def _may_see(person: Person, state: WorkerState) -> bool:
    return person.is_administrator or state.terms.owner == person.id


def _tab(gateway: Gateway, state: WorkerState) -> WorkerRow:
    jobs = gateway.hub.jobs_of(state.worker)
    return WorkerRow(
        id=state.worker,
        name=state.name or state.peer.name,
        owner=state.peer.owner or None,
        kind="relay" if state.relay or state.peer.kind == "relay" else "browser",
        relay=state.relay or None,
        credential=state.terms.credential or None,
        status=_status(state, jobs),
        last_seen_at=gateway.clock.unix() - max(0.0, asyncio.get_running_loop().time() - state.heard_at),
        jobs=jobs,
        slots=state.limit or state.slots,
        models_unavailable=[ModelUnavailable(**each) for each in resting_models(gateway, state)],
    )


def _status(state: WorkerState, jobs: int) -> Status:
    """The first that holds is the one that matters most."""
    if state.frozen:
        return "offline"
    if state.human is not None:
        return "needs_human"
    if state.is_paused or state.leaving:
        return "paused"
    return "busy" if jobs else "idle"


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
