"""
Who asks: a browser that is signed in, or a program with an API key that may administer.

Endpoints take `SignedIn` or `Administrator` as a parameter and get a `Person`. What a route needs at all is in
`http.api.permissions`; `ApiRoute`, which every route of the API is, sees to it before the request's body is read.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Scope

from arenabridge.accounts.people import Person
from arenabridge.errors import NotPermitted, SignInRequired
from arenabridge.http.api.permissions import PERMISSIONS, Needs
from arenabridge.http.door.authentication import authenticate_administering, key_in
from arenabridge.http.door.body import read_body
from arenabridge.http.door.client import replayed
from arenabridge.http.door.cookies import session_token
from arenabridge.http.door.same_origin import require_our_page
from arenabridge.http.gateway import gateway_of
from arenabridge.http.links.relays import relay_peer
from arenabridge.hub.links.peer import Peer

__all__ = [
    "Administrator",
    "ApiRoute",
    "Person",
    "SignedIn",
    "Worker",
    "administrator",
    "api_router",
    "may_make_keys",
    "permitted",
    "person_of",
    "signed_in",
    "worker",
]

MAX_BODY_BYTES = 256 * 1024
"""Of a request to the API; pictures and chats go to `/v1`."""


async def person_of(request: Request) -> Person | None:
    """Who asks, if anybody can be told. A cookie counts only where the request comes from our own page."""
    known = getattr(request.state, "person", None)
    if isinstance(known, Person):
        return known
    person = await _by_key(request) if key_in(request) else await _by_cookie(request)
    if person is not None:
        request.state.person = person
    return person


async def permitted(request: Request) -> None:
    """Raises the error that keeps this request from its route, if there is one."""
    path = getattr(request.scope.get("route"), "path", "")
    needs = PERMISSIONS.get((request.method, path))
    if needs is Needs.ANYBODY:
        return
    if needs is Needs.SIGNED_IN:
        await signed_in(request)
    elif needs is Needs.WORKER:
        await worker(request)
    else:
        await administrator(request)
        if needs is not Needs.ADMINISTRATOR:
            raise NotPermitted(f"{request.method} {path} is missing in the table of permissions.")


async def signed_in(request: Request) -> Person:
    """Raises `SignInRequired`."""
    person = await person_of(request)
    if person is None:
        raise SignInRequired
    return person


async def administrator(request: Request) -> Person:
    """Raises `SignInRequired` or `NotPermitted`."""
    person = await signed_in(request)
    if not person.is_administrator:
        raise NotPermitted
    return person


def may_make_keys(request: Request, person: Person) -> bool:
    """Whether they may make API keys and set their limits; otherwise they use the keys that they were given."""
    return person.is_administrator or gateway_of(request).settings.users_make_keys


async def worker(request: Request) -> Peer:
    """A relay, by its credential; raises `InvalidWorkerCredential` or `RateLimited`."""
    known = getattr(request.state, "peer", None)
    if isinstance(known, Peer):
        return known
    peer = await relay_peer(request)
    request.state.peer = peer
    return peer


SignedIn = Annotated[Person, Depends(signed_in)]
Administrator = Annotated[Person, Depends(administrator)]
Worker = Annotated[Peer, Depends(worker)]


class ApiRoute(APIRoute):
    """Asks first whether it may be used, and reads no more than an API's body can be."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_permitted(request: Request) -> Response:
            await permitted(request)
            body = await read_body(request, MAX_BODY_BYTES)
            return await handle(Request(_as_json(request.scope), replayed(body, request.receive)))

        return handle_permitted


def api_router() -> APIRouter:
    """What each file of the API adds its routes to. Paths are given in full, as the table of permissions has them."""
    return APIRouter(route_class=ApiRoute)


def _as_json(scope: Scope) -> Scope:
    """
    The same request with a body that is JSON, whatever it is called, as at `/v1`: `curl -d` calls its own a form.

    That pages may send some kinds elsewhere without asking first opens nothing to them: see `http.door.same_origin`.
    """
    scope.setdefault("state", {})  # shared: others look there afterwards
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    return {**scope, "headers": [*headers, (b"content-type", b"application/json")]}


async def _by_cookie(request: Request) -> Person | None:
    token = session_token(request)
    found = await asyncio.to_thread(gateway_of(request).accounts.sessions.find, token) if token else None
    if found is None:
        return None
    require_our_page(request)
    request.state.session = found[1]
    return found[0]


async def _by_key(request: Request) -> Person:
    """Raises `InvalidApiKey`, or `NotPermitted` for a key that may not administer."""
    key = await authenticate_administering(request)
    if not key.administers or (key.owner is not None and key.owner.role != "admin"):
        raise NotPermitted("This API key is for /v1 alone: it may not administer.")
    name = f"{key.owner.name} ({key.name})" if key.owner else key.name
    return Person(key.owner.id if key.owner else f"key:{key.id}", name, None, "admin", via_key=key.id)
