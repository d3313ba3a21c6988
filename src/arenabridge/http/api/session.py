"""`/api/session`: who is signed in here; `/api/sessions`: everywhere they are; and setting up, which needs nobody."""

import asyncio

from fastapi import Request, Response
from pydantic import BaseModel, Field, SecretStr

import arenabridge
from arenabridge.accounts.passwords import is_to_be_changed
from arenabridge.accounts.people import Person, Role
from arenabridge.accounts.sessions import Session
from arenabridge.errors import NotFound, WrongCredentials
from arenabridge.http.api.access import SignedIn, api_router, may_make_keys, person_of
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.door.cookies import forget, keep_signed_in
from arenabridge.http.gateway import gateway_of
from arenabridge.http.pages import entrance

router = api_router()


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
    may_make_keys: bool = Field(
        description="Whether they may make API keys and set their limits. Else they keep to the keys they were given."
    )
    wants_new_password: bool = Field(description="Whether they still have the password of an earlier bridge.")


class SignInBody(Body):
    """`name` may be the e-mail address."""

    name: str
    password: SecretStr


class SetUpBody(Body):
    """The earlier bridges' fields, and the code that the gateway printed."""

    code: SecretStr
    username: str
    email: str | None = None
    password: SecretStr


class PasswordBody(Body):
    """A new password for oneself; it ends all other sessions."""

    current: SecretStr
    new: SecretStr


class BrowserSession(BaseModel):
    """One browser that is signed in. Times are seconds since 1970, UTC."""

    id: str
    is_this: bool = Field(description="The session of this very request.")
    created_at: float
    last_seen_at: float
    expires_at: float
    address: str
    agent: str


class SessionsAnswer(BaseModel):
    """All of one person's, the one used last first."""

    sessions: list[BrowserSession]


class EndedAnswer(BaseModel):
    """How many sessions ended."""

    ended: int


@router.get("/api/session")
async def get_session(request: Request) -> SessionAnswer:
    person = await person_of(request)
    setup_needed = await asyncio.to_thread(lambda: gateway_of(request).accounts.people.setup_needed)
    wants = (
        person is not None and person.via_key is None and await asyncio.to_thread(_wants_new_password, request, person)
    )
    return _session(request, person, setup_needed=setup_needed, wants_new_password=wants)


@router.post("/api/session")
async def sign_in(request: Request, response: Response, body: SignInBody) -> SessionAnswer:
    person, token = await entrance.sign_in(request, body.name, body.password.get_secret_value())
    keep_signed_in(request, response, token)
    return _session(request, person)


@router.delete("/api/session", status_code=204)
async def sign_out(request: Request, response: Response) -> None:
    await entrance.sign_out(request)
    forget(request, response)


@router.post("/api/admin/init", status_code=201)
async def set_up(request: Request, response: Response, body: SetUpBody) -> SessionAnswer:
    person, token = await entrance.set_up(
        request, body.code.get_secret_value(), body.username, body.email, body.password.get_secret_value()
    )
    keep_signed_in(request, response, token)
    return _session(request, person)


@router.get("/api/sessions")
def list_sessions(request: Request, person: SignedIn) -> SessionsAnswer:
    this = _this(request)
    found = gateway_of(request).accounts.sessions.all_of(person.id)
    return SessionsAnswer(sessions=[_browser(session, is_this=session.id == this) for session in found])


@router.delete("/api/sessions/{id}")
def end_session(request: Request, person: SignedIn, id: str) -> EndedAnswer:
    if not gateway_of(request).accounts.sessions.end(id, user_id=person.id):
        raise NotFound("You have no such session.")
    return EndedAnswer(ended=1)


@router.delete("/api/sessions")
def end_other_sessions(request: Request, person: SignedIn) -> EndedAnswer:
    """All but this one."""
    return EndedAnswer(ended=gateway_of(request).accounts.sessions.end_all(person.id, but=_this(request)))


@router.post("/api/password")
async def change_password(request: Request, person: SignedIn, body: PasswordBody) -> EndedAnswer:
    accounts = gateway_of(request).accounts
    user = await asyncio.to_thread(accounts.people.get, person.id)
    entrance.count_try(request, user.name)
    if not await accounts.passwords.matches(user.password_hash, body.current.get_secret_value()):
        raise WrongCredentials("The current password is wrong.")
    hashed = await accounts.passwords.hash(body.new.get_secret_value())

    def change() -> int:
        accounts.people.set_password(user.id, hashed)
        record(request, person, "password.changed", user.name)
        return accounts.sessions.end_all(user.id, but=_this(request))

    return EndedAnswer(ended=await asyncio.to_thread(change))


def _wants_new_password(request: Request, person: Person) -> bool:
    return is_to_be_changed(gateway_of(request).accounts.people.get(person.id).password_hash)


def _session(
    request: Request, person: Person | None, *, setup_needed: bool = False, wants_new_password: bool = False
) -> SessionAnswer:
    user = UserAnswer(id=person.id, name=person.name, email=person.email, role=person.role) if person else None
    return SessionAnswer(
        user=user,
        setup_needed=setup_needed,
        version=arenabridge.__version__,
        may_make_keys=person is not None and may_make_keys(request, person),
        wants_new_password=wants_new_password,
    )


def _this(request: Request) -> str | None:
    """None for a request with an API key."""
    session = getattr(request.state, "session", None)
    return session.id if isinstance(session, Session) else None


def _browser(session: Session, *, is_this: bool) -> BrowserSession:
    return BrowserSession(
        id=session.id,
        is_this=is_this,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
        address=session.address,
        agent=session.agent,
    )
