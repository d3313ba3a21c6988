"""
`/api/site-sessions`: sessions at the site that persons have entrusted to the gateway.

Everybody adds, shares and removes their own; administrators see, pause and remove all, and may add the gateway's own,
which serves everybody. What was added is never told again.
"""

import asyncio
from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from arenabridge.accounts.people import MAX_NAME_CHARACTERS
from arenabridge.accounts.site_sessions import KeptSession, Sharing
from arenabridge.errors import NotFound, NotPermitted
from arenabridge.http.api.access import Person, SignedIn, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.hub.workers.humans import need_of
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire.arena.site_session import MAX_CHARACTERS
from arenabridge.wire.composition import HumanKind

router = api_router()

Name = Annotated[str, Field(max_length=MAX_NAME_CHARACTERS)]
State = Literal["working", "needs_person", "unreachable", "paused", "elsewhere"]


class SessionRow(BaseModel):
    """A session, never its secret. Times are seconds since 1970, UTC."""

    id: str
    name: str
    owner: str = Field(description="Empty: the gateway's own.")
    site_user: str = Field(description="The site's id of its person.")
    email: str
    expires_at: float = Field(description="0: not known. The site renews it by itself as long as it knows it.")
    sharing: Sharing
    paused: bool
    created_at: float
    renewed_at: float | None
    state: State = Field(
        description="`unreachable`: the site is. `paused`: also while its owner is disabled. `elsewhere`: another "
        "gateway of the fleet works with it, or nobody does yet."
    )
    worker: str | None
    jobs: int
    needs: HumanKind | None = Field(description="What the site wants of its person.")
    words: str = Field(description="The same in words.")


class SessionsAnswer(BaseModel):
    """The oldest first."""

    sessions: list[SessionRow]


class NewSession(Body):
    """`session` is the value of the site's cookie, its pieces one a line, or the whole `Cookie` header."""

    name: Name
    session: Annotated[str, Field(max_length=MAX_CHARACTERS)]
    sharing: Sharing = "owner"
    is_gateways: bool = Field(default=False, description="It belongs to the gateway, and serves everybody.")


class Change(Body):
    """What is absent stays as it is."""

    name: Name | None = None
    sharing: Sharing | None = None
    paused: bool | None = None


@router.get("/api/site-sessions")
def list_sessions(request: Request, person: SignedIn) -> SessionsAnswer:
    gateway = gateway_of(request)
    found = gateway.accounts.site_sessions.all(None if person.is_administrator else person.id)
    return SessionsAnswer(sessions=[_row(gateway, each) for each in found])


@router.post("/api/site-sessions", status_code=201)
async def add_session(request: Request, person: SignedIn, body: NewSession) -> SessionRow:
    if body.is_gateways and not person.is_administrator:
        raise NotPermitted("Only an administrator adds a session that is the gateway's own.")
    gateway = gateway_of(request)
    owner = None if body.is_gateways else person.id
    kept = await asyncio.to_thread(gateway.accounts.site_sessions.add, body.name, body.session, owner, body.sharing)
    await asyncio.to_thread(record, request, person, "site_session.added", kept.name, kept.sharing)
    gateway.direct.changed()
    return _row(gateway, kept)


@router.patch("/api/site-sessions/{id}")
async def change_session(request: Request, person: SignedIn, id: str, body: Change) -> SessionRow:
    gateway = gateway_of(request)
    kept = await asyncio.to_thread(_theirs, gateway, person, id)
    if body.sharing == "all" and kept.sharing != "all" and kept.owner_id not in {person.id, None}:
        raise NotPermitted("Only its owner lets others use a session: it is their account.")
    changed = await asyncio.to_thread(
        lambda: gateway.accounts.site_sessions.change(
            id,
            name=kept.name if body.name is None else body.name,
            sharing=kept.sharing if body.sharing is None else body.sharing,
            paused=kept.paused if body.paused is None else body.paused,
        )
    )
    await asyncio.to_thread(record, request, person, "site_session.changed", changed.name, changed.sharing)
    gateway.direct.changed()
    return _row(gateway, changed)


@router.delete("/api/site-sessions/{id}", status_code=204)
async def remove_session(request: Request, person: SignedIn, id: str) -> None:
    gateway = gateway_of(request)
    kept = await asyncio.to_thread(_theirs, gateway, person, id)
    await asyncio.to_thread(gateway.accounts.site_sessions.remove, id)
    await asyncio.to_thread(record, request, person, "site_session.removed", kept.name)
    gateway.direct.changed()


def _theirs(gateway: Gateway, person: Person, id: str) -> KeptSession:
    kept = gateway.accounts.site_sessions.get(id)
    if not person.is_administrator and kept.owner_id != person.id:
        raise NotFound("There is no such session.")
    return kept


def _row(gateway: Gateway, kept: KeptSession) -> SessionRow:
    worker = gateway.direct.state_of(kept.id)
    need = need_of(worker) if worker else None
    return SessionRow(
        id=kept.id,
        name=kept.name,
        owner=kept.owner,
        site_user=kept.site_user,
        email=kept.email,
        expires_at=kept.expires_at,
        sharing=kept.sharing,
        paused=kept.paused,
        created_at=kept.created_at,
        renewed_at=kept.renewed_at,
        state=_state(kept, worker),
        worker=worker.worker if worker else None,
        jobs=gateway.hub.jobs_of(worker.worker) if worker else 0,
        needs=worker.human.kind if worker and worker.human else None,
        words=need.detail if need else "",
    )


def _state(kept: KeptSession, worker: WorkerState | None) -> State:
    if kept.rests:
        return "paused"
    if worker is None:
        return "elsewhere"
    if worker.human is None:
        return "working"
    return "unreachable" if worker.human.kind == "unreachable" else "needs_person"
