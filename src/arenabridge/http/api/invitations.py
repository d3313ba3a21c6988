"""`/api/invitations`: links by which others come in, for administrators."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, Field

from arenabridge.accounts.invitations import DEFAULT_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS, Invitation
from arenabridge.accounts.people import Role
from arenabridge.errors import NotFound
from arenabridge.http.api.access import Administrator, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.gateway import gateway_of

router = api_router()


class InvitationRow(BaseModel):
    """Times are seconds since 1970, UTC."""

    id: str
    role: Role
    note: str
    created_by: str
    created_at: float
    expires_at: float
    used_at: float | None
    used_by: str | None


class InvitationsAnswer(BaseModel):
    """All, used and expired ones too, the newest first."""

    invitations: list[InvitationRow]


class NewInvitation(Body):
    """`note` says for whom; `expires_in` is in seconds."""

    role: Role = "user"
    note: Annotated[str, Field(max_length=200)] = ""
    expires_in: Annotated[float, Field(ge=60, le=MAX_LIFETIME_SECONDS)] = DEFAULT_LIFETIME_SECONDS


class MadeInvitation(InvitationRow):
    """With its link, which can be seen only now."""

    link: str


@router.get("/api/invitations")
def list_invitations(request: Request) -> InvitationsAnswer:
    found = gateway_of(request).accounts.invitations.all()
    return InvitationsAnswer(invitations=[InvitationRow(**_fields(each)) for each in found])


@router.post("/api/invitations", status_code=201)
def invite(request: Request, person: Administrator, body: NewInvitation) -> MadeInvitation:
    gateway = gateway_of(request)
    made, code = gateway.accounts.invitations.create(
        body.role, note=body.note, created_by=person.name, lifetime_seconds=body.expires_in
    )
    record(request, person, "invitation.created", body.note or made.id, made.role)
    return MadeInvitation(**_fields(made), link=f"{gateway.base_url}/join?code={code}")


@router.delete("/api/invitations/{id}", status_code=204)
def withdraw_invitation(request: Request, person: Administrator, id: str) -> None:
    if not gateway_of(request).accounts.invitations.withdraw(id):
        raise NotFound("There is no such invitation that nobody has used yet.")
    record(request, person, "invitation.withdrawn", id)


def _fields(invitation: Invitation) -> dict[str, Any]:
    return asdict(invitation)
