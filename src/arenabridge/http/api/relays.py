"""`/api/workers/enrol` and `/api/workers/self`: what a relay asks beside its link; `docs/workers.md` has the whole."""

import asyncio
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field, SecretStr

import arenabridge
from arenabridge.accounts.people import MAX_NAME_CHARACTERS, Person
from arenabridge.accounts.workers import Sharing, WorkerCredential
from arenabridge.http.api.access import Worker, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.door.client_address import client_address
from arenabridge.http.gateway import gateway_of
from arenabridge.http.links.relays import relay_name

router = api_router()

ENROLMENT = "a worker's code"
"""As what tries are counted (`accounts.throttle`)."""

_BY_CODE = Person("enrolment", "enrolment code", None, "user")
"""Who enrols a worker of the gateway's own."""


class Code(Body):
    """As the dashboard shows it, however it was typed. An empty name is the code's own."""

    code: SecretStr = Field(max_length=100)
    name: Annotated[str, Field(max_length=MAX_NAME_CHARACTERS)] = ""


class Enrolled(BaseModel):
    """`owner` is a name, empty for the gateway's own; `gateway` the address under which it is reached."""

    credential: str
    name: str
    owner: str
    gateway: str


class SelfAnswer(BaseModel):
    """Whose worker it is, whom it serves, and how often it is asked for a sign of life."""

    name: str
    owner: str
    sharing: Sharing
    gateway_version: str
    heartbeat_seconds: float


@router.post("/api/workers/enrol", status_code=201)
async def enrol(request: Request, body: Code) -> Enrolled:
    """Exchange a code, once, for a credential, which can be seen only now."""
    gateway = gateway_of(request)
    accounts, address = gateway.accounts, client_address(request)
    accounts.throttle.attempt(ENROLMENT, address, gateway.clock.now())
    made, credential = await asyncio.to_thread(accounts.enrolments.redeem, body.code.get_secret_value(), body.name)
    accounts.throttle.succeeded(ENROLMENT, address)
    await asyncio.to_thread(record, request, _owner(made), "worker.enrolled", f"{made.name} ({made.id})", made.kind)
    owner = made.owner.name if made.owner else ""
    return Enrolled(credential=credential, name=made.name, owner=owner, gateway=gateway.base_url)


@router.get("/api/workers/self")
async def who_am_i(request: Request, peer: Worker) -> SelfAnswer:
    gateway = gateway_of(request)
    return SelfAnswer(
        name=peer.name or relay_name(request.headers),
        owner=peer.owner,
        sharing=peer.sharing,
        gateway_version=arenabridge.__version__,
        heartbeat_seconds=gateway.settings.worker_heartbeat_seconds,
    )


def _owner(made: WorkerCredential) -> Person:
    return Person(made.owner.id, made.owner.name, None, "user") if made.owner else _BY_CODE
