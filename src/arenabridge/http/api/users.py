"""`/api/users`: who may come in, for administrators."""

import asyncio
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field, SecretStr

from arenabridge.accounts.key_limits import NO_LIMITS
from arenabridge.accounts.keys import person_held
from arenabridge.accounts.password_resets import DEFAULT_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS
from arenabridge.accounts.people import Role, User
from arenabridge.http.api.access import Administrator, Person, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.api.limits import Limits, Use, use_of
from arenabridge.http.gateway import gateway_of

router = api_router()


class UserRow(BaseModel):
    """An account. Times are seconds since 1970, UTC."""

    id: str
    name: str
    email: str | None
    role: Role
    created_at: float
    disabled_at: float | None
    last_sign_in_at: float | None
    limits: Limits = Field(description="Of all their keys and the Playground together; each key has its own besides.")
    use: Use


class UsersAnswer(BaseModel):
    """All accounts, the oldest first."""

    users: list[UserRow]


class NewUser(Body):
    """Somebody who was not invited by a link, with a first password that they should change."""

    name: str
    email: str | None = None
    role: Role = "user"
    password: SecretStr
    limits: Limits = Field(default_factory=Limits)


class UserChange(Body):
    """
    What is absent stays; an empty `email` takes the address away. Disabling ends sessions and stops keys.

    `limits` replaces all limits: those of the person, which count all of their keys and the Playground together.
    """

    name: str | None = None
    email: str | None = None
    role: Role | None = None
    disabled: bool | None = None
    limits: Limits | None = None


class NewPassword(Body):
    """Ends all sessions of that person."""

    password: SecretStr


class ResetLinkWish(Body):
    """`expires_in` is in seconds."""

    expires_in: Annotated[float, Field(ge=60, le=MAX_LIFETIME_SECONDS)] = DEFAULT_LIFETIME_SECONDS


class ResetLink(BaseModel):
    """Where that person chooses a new password, once; it can be seen only now. An earlier link is good no longer."""

    link: str
    expires_at: float = Field(description="Seconds since 1970, UTC.")


class SignedOutAnswer(BaseModel):
    """How many browsers were signed out."""

    ended: int


@router.get("/api/users")
def list_users(request: Request) -> UsersAnswer:
    return UsersAnswer(users=[_row(request, user) for user in gateway_of(request).accounts.people.all()])


@router.post("/api/users", status_code=201)
async def add_user(request: Request, person: Administrator, body: NewUser) -> UserRow:
    accounts = gateway_of(request).accounts
    hashed = await accounts.passwords.hash(body.password.get_secret_value())

    def add() -> UserRow:
        user = accounts.people.add(body.name, body.email, body.role, hashed, limits=body.limits.kept())
        record(request, person, "user.created", user.name, user.role)
        return _row(request, user)

    return await asyncio.to_thread(add)


@router.get("/api/users/{id}")
def get_user(request: Request, id: str) -> UserRow:
    return _row(request, gateway_of(request).accounts.people.get(id))


@router.patch("/api/users/{id}")
def change_user(request: Request, person: Administrator, id: str, body: UserChange) -> UserRow:
    gateway = gateway_of(request)
    people = gateway.accounts.people
    before = people.get(id)
    limits = body.limits.kept() if body.limits else None
    user = people.change(id, name=body.name, email=body.email, role=body.role, limits=limits)
    if body.disabled is not None:
        user = people.set_disabled(id, disabled=body.disabled)
    if user.disabled_at is not None:
        gateway.accounts.sessions.end_all(id)
    gateway.keys.forget()
    gateway.worker_credentials.forget()
    record(request, person, "user.changed", before.name, _difference(before, user))
    return _row(request, user)


@router.post("/api/users/{id}/password", status_code=204)
async def reset_password(request: Request, person: Administrator, id: str, body: NewPassword) -> None:
    accounts = gateway_of(request).accounts
    user = await asyncio.to_thread(accounts.people.get, id)
    hashed = await accounts.passwords.hash(body.password.get_secret_value())
    await asyncio.to_thread(_set_password, request, person, user, hashed)


@router.post("/api/users/{id}/reset-link", status_code=201)
def make_reset_link(request: Request, person: Administrator, id: str, body: ResetLinkWish) -> ResetLink:
    """Nothing of theirs changes until they use it."""
    gateway = gateway_of(request)
    user = gateway.accounts.people.get(id)
    made = gateway.accounts.password_resets.create(id, body.expires_in)
    record(request, person, "user.reset_link_created", user.name)
    return ResetLink(link=f"{gateway.base_url}/reset?code={made.code}", expires_at=made.expires_at)


@router.delete("/api/users/{id}/sessions")
def sign_out_everywhere(request: Request, person: Administrator, id: str) -> SignedOutAnswer:
    """All of that person's browsers; their keys go on."""
    accounts = gateway_of(request).accounts
    user = accounts.people.get(id)
    ended = accounts.sessions.end_all(id)
    record(request, person, "user.signed_out", user.name, f"{ended} sessions")
    return SignedOutAnswer(ended=ended)


@router.delete("/api/users/{id}", status_code=204)
def remove_user(request: Request, person: Administrator, id: str) -> None:
    """Their sessions end, and their keys and workers' credentials are revoked."""
    gateway = gateway_of(request)
    user = gateway.accounts.people.remove(id)
    gateway.keys.forget()
    gateway.worker_credentials.forget()
    record(request, person, "user.removed", user.name)


def _set_password(request: Request, person: Person, user: User, hashed: str) -> None:
    accounts = gateway_of(request).accounts
    accounts.people.set_password(user.id, hashed)
    accounts.sessions.end_all(user.id)
    record(request, person, "user.password_reset", user.name)


def _difference(before: User, after: User) -> str:
    changed = [
        f"{name}: {old or 'none'} to {new or 'none'}"
        for name, old, new in (
            ("name", before.name, after.name),
            ("email", before.email, after.email),
            ("role", before.role, after.role),
        )
        if old != new
    ]
    if (before.disabled_at is None) != (after.disabled_at is None):
        changed.append("disabled" if after.disabled_at is not None else "enabled")
    if before.limits != after.limits:
        changed.append("limits" if after.limits != NO_LIMITS else "no limits")
    return ", ".join(changed)


def _row(request: Request, user: User) -> UserRow:
    return UserRow(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
        last_sign_in_at=user.last_sign_in_at,
        limits=Limits.of(user.limits),
        use=use_of(gateway_of(request).accounts.admissions, person_held(user.id, user.limits)),
    )
