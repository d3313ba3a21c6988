"""
The ways in: set the gateway up, join by invitation, sign in, choose a new password; and the way out.

For pages and for the API alike.
"""

import asyncio

from starlette.requests import Request

from arenabridge.accounts.people import Person, User, folded
from arenabridge.errors import AlreadyThere, WrongCredentials
from arenabridge.http.door.client_address import client_address
from arenabridge.http.door.cookies import session_token
from arenabridge.http.door.same_origin import refuse_foreign_pages, require_our_page
from arenabridge.http.gateway import gateway_of


async def sign_in(request: Request, name: str, password: str) -> tuple[Person, str]:
    """Who it is, and the token of a new session; raises `WrongCredentials` or `RateLimited`."""
    refuse_foreign_pages(request)
    accounts, address = gateway_of(request).accounts, client_address(request)
    count_try(request, name)
    user = await asyncio.to_thread(accounts.people.find, name[:300])
    matches = await accounts.passwords.matches(user.password_hash if user else None, password)
    if user is None or not matches or user.disabled_at is not None:
        raise WrongCredentials
    accounts.throttle.succeeded(_throttled(name), address)
    if accounts.passwords.is_outdated(user.password_hash):
        await asyncio.to_thread(
            accounts.people.set_password, user.id, await accounts.passwords.hash_again(user.password_hash, password)
        )
    return user.as_person(), await _begin(request, user)


def count_try(request: Request, name: str) -> None:
    """Raises `RateLimited` when somebody has tried too often to prove who they are."""
    gateway = gateway_of(request)
    gateway.accounts.throttle.attempt(_throttled(name), client_address(request), gateway.clock.now())


async def set_up(request: Request, code: str, name: str, email: str | None, password: str) -> tuple[Person, str]:
    """Make the first administrator; raises `CodeNotValid`, `AlreadyThere` or `InvalidRequest`."""
    refuse_foreign_pages(request)
    accounts = gateway_of(request).accounts
    if not await asyncio.to_thread(lambda: accounts.people.setup_needed):
        raise AlreadyThere("The gateway is set up already. Sign in instead.")
    accounts.set_up_code.check(code)
    hashed = await accounts.passwords.hash(password)
    user = await asyncio.to_thread(lambda: accounts.people.add(name, email, "admin", hashed, only_first=True))
    return await _came_in(request, user, "gateway.set_up")


async def join(request: Request, code: str, name: str, email: str | None, password: str) -> tuple[Person, str]:
    """Use an invitation; raises `CodeNotValid`, `AlreadyThere` or `InvalidRequest`."""
    refuse_foreign_pages(request)
    accounts = gateway_of(request).accounts
    await asyncio.to_thread(accounts.invitations.find, code)  # a wrong code shall not cost the work of a hash
    hashed = await accounts.passwords.hash(password)
    user = await asyncio.to_thread(accounts.invitations.join, code, name, email, hashed)
    return await _came_in(request, user, "user.joined")


async def reset_password(request: Request, code: str, password: str) -> tuple[Person, str]:
    """Use a link for a new password; raises `CodeNotValid` or `InvalidRequest`."""
    refuse_foreign_pages(request)
    accounts = gateway_of(request).accounts
    await asyncio.to_thread(accounts.password_resets.find, code)  # a wrong code shall not cost the work of a hash
    hashed = await accounts.passwords.hash(password)
    user = await asyncio.to_thread(accounts.password_resets.use, code, hashed)
    return await _came_in(request, user, "password.reset_by_link")


async def sign_out(request: Request) -> None:
    """End this browser's session, if there is one."""
    require_our_page(request)
    sessions = gateway_of(request).accounts.sessions
    found = await asyncio.to_thread(sessions.find, session_token(request))
    if found is not None:
        await asyncio.to_thread(lambda: sessions.end(found[1].id, user_id=found[0].id))


def _throttled(name: str) -> str:
    return folded(name[:300])


async def _came_in(request: Request, user: User, action: str) -> tuple[Person, str]:
    audit, person = gateway_of(request).accounts.audit, user.as_person()
    await asyncio.to_thread(
        lambda: audit.record(person, action, user.name, detail=user.role, address=client_address(request))
    )
    return person, await _begin(request, user)


async def _begin(request: Request, user: User) -> str:
    accounts = gateway_of(request).accounts
    agent = request.headers.get("user-agent", "")
    await asyncio.to_thread(accounts.people.signed_in, user.id)
    return await asyncio.to_thread(
        lambda: accounts.sessions.begin(user.id, address=client_address(request), agent=agent)
    )
