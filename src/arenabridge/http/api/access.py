"""
Who asks: a browser that is signed in, or a program with an API key that may administer.

Endpoints take `signed_in` or `administrator` as a dependency and get a `Person`. What a route needs at all is in
`http.api.permissions`, enforced by `permitted`, on which every router of the API depends (`http.api.routes`).
"""

import asyncio
from typing import Annotated

from fastapi import Depends, Request

from arenabridge.accounts.people import Person
from arenabridge.errors import NotPermitted, SignInRequired
from arenabridge.http.api.permissions import PERMISSIONS, Needs
from arenabridge.http.cookies import session_token
from arenabridge.http.gateway import gateway_of
from arenabridge.http.same_origin import require_our_page

__all__ = ["Administrator", "Person", "SignedIn", "administrator", "permitted", "person_of", "signed_in"]


async def person_of(request: Request) -> Person | None:
    """Who asks, if anybody can be told. A cookie counts only where the request comes from our own page."""
    token = session_token(request)
    if not token:
        return None
    found = await asyncio.to_thread(gateway_of(request).accounts.sessions.find, token)
    if found is None:
        return None
    require_our_page(request)
    request.state.session = found[1]
    return found[0]


async def permitted(request: Request) -> None:
    """Raises what keeps this request from the route it is for."""
    path = getattr(request.scope.get("route"), "path", "")
    needs = PERMISSIONS.get((request.method, path))
    if needs is Needs.ANYBODY:
        return
    if needs is Needs.SIGNED_IN:
        await signed_in(request)
    else:
        await administrator(request)
        if needs is not Needs.ADMINISTRATOR:
            raise NotPermitted(f"{request.method} {path} is missing in the table of permissions.")


async def signed_in(request: Request) -> Person:
    """Raises `SignInRequired`."""
    known = getattr(request.state, "person", None)
    person = known if isinstance(known, Person) else await person_of(request)
    if person is None:
        raise SignInRequired
    request.state.person = person
    return person


async def administrator(request: Request) -> Person:
    """Raises `SignInRequired` or `NotPermitted`."""
    person = await signed_in(request)
    if not person.is_administrator:
        raise NotPermitted
    return person


SignedIn = Annotated[Person, Depends(signed_in)]
Administrator = Annotated[Person, Depends(administrator)]
