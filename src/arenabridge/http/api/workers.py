"""`/api/workers`: the connected tabs, and what an administrator wants of them."""

import asyncio
from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field

from arenabridge.accounts.people import Person
from arenabridge.errors import NotFound
from arenabridge.http.api.access import Administrator, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.gateway import gateway_of
from arenabridge.http.links.script import install_address
from arenabridge.http.monitoring.worker_facts import as_facts, worker_facts
from arenabridge.hub.workers.browsers import MAX_NAME_CHARACTERS
from arenabridge.hub.workers.roster import Roster
from arenabridge.wire.link.messages import WorkerId

router = api_router()


class WorkersAnswer(BaseModel):
    """The tabs that are connected, each as the feed has it."""

    workers: list[dict[str, Any]]


class InstallAnswer(BaseModel):
    """Where the userscript is installed from, an address that is a secret, and where it works."""

    address: str
    sites: list[str]


class NewName(Body):
    """An empty name takes it away."""

    name: str = Field(max_length=MAX_NAME_CHARACTERS)


@router.get("/api/workers")
async def list_workers(request: Request) -> WorkersAnswer:
    gateway = gateway_of(request)
    return WorkersAnswer(workers=[as_facts(worker_facts(gateway, worker)) for worker in gateway.hub.workers])


@router.get("/api/workers/install")
async def how_to_install(request: Request) -> InstallAnswer:
    gateway = gateway_of(request)
    return InstallAnswer(address=install_address(gateway), sites=list(gateway.settings.site_origins))


@router.post("/api/workers/{id}/pause", status_code=204)
async def pause(request: Request, person: Administrator, id: str) -> None:
    """The tab's browser, with all its tabs on this site, gets no new jobs; what it runs goes on."""
    roster, worker = _worker(request, id)
    roster.pause(worker, paused=True)
    await _note(request, person, "worker.paused", worker)


@router.post("/api/workers/{id}/resume", status_code=204)
async def resume(request: Request, person: Administrator, id: str) -> None:
    roster, worker = _worker(request, id)
    roster.pause(worker, paused=False)
    await _note(request, person, "worker.resumed", worker)


@router.post("/api/workers/{id}/drain", status_code=204)
async def drain(request: Request, person: Administrator, id: str) -> None:
    """The tab gets no new jobs, and is disconnected when it has finished those it runs."""
    roster, worker = _worker(request, id)
    roster.drain(worker)
    await _note(request, person, "worker.drained", worker)


@router.post("/api/workers/{id}/remove", status_code=204)
async def remove(request: Request, person: Administrator, id: str) -> None:
    """The tab is disconnected at once, until its page is loaded anew."""
    roster, worker = _worker(request, id)
    roster.send_away(worker)
    await _note(request, person, "worker.removed", worker)


@router.post("/api/workers/{id}/rename", status_code=204)
async def rename(request: Request, person: Administrator, id: str, body: NewName) -> None:
    """Name the tab's browser."""
    roster, worker = _worker(request, id)
    roster.rename(worker, " ".join(body.name.split()))
    await _note(request, person, "worker.renamed", worker, " ".join(body.name.split()))


def _worker(request: Request, id: str) -> tuple[Roster, WorkerId]:
    roster, worker = gateway_of(request).hub.roster, WorkerId(id)
    if roster.get(worker) is None:
        raise NotFound("This tab is not connected any more.")
    return roster, worker


async def _note(request: Request, person: Person, action: str, worker: WorkerId, detail: str = "") -> None:
    await asyncio.to_thread(record, request, person, action, worker, detail)
