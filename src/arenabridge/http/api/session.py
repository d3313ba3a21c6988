"""`/api/session`: who is signed in here; `/api/sessions`: everywhere they are."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel

import arenabridge
from arenabridge.accounts.people import Person, Role
from arenabridge.http.api.access import person_of
from arenabridge.http.gateway import gateway_of

router = APIRouter()


class UserAnswer(BaseModel):
    """Who is signed in."""

    id: str
    name: str
    email: str | None
    role: Role


class SessionAnswer(BaseModel):
    """`user` is null for whoever is not signed in; `setup_needed` as long as there is nobody at all."""

    user: UserAnswer | None
    setup_needed: bool
    version: str


def as_user(person: Person) -> UserAnswer:
    return UserAnswer(id=person.id, name=person.name, email=person.email, role=person.role)


@router.get("/api/session")
async def get_session(request: Request) -> SessionAnswer:
    person = await person_of(request)
    setup_needed = await asyncio.to_thread(lambda: gateway_of(request).accounts.people.setup_needed)
    return SessionAnswer(
        user=as_user(person) if person else None, setup_needed=setup_needed, version=arenabridge.__version__
    )
