"""
`POST /api/playground/chat`: what `/v1/chat/completions` does, for whoever is signed in in a browser.

No key is needed, and none is made: the person asks as themselves, within the limits that a person has. Where only
administrators make keys, users ask with the keys that they were given here too: with the one whose id is in `?key=`, or
the oldest that is good.
"""

import asyncio
from dataclasses import replace

from starlette.requests import Request
from starlette.types import ASGIApp

from arenabridge.accounts.keys import PERSON_PREFIX, ApiKey, Owner
from arenabridge.accounts.people import Person, User
from arenabridge.errors import NotPermitted
from arenabridge.http.api.access import may_make_keys, signed_in
from arenabridge.http.door.client_address import client_address
from arenabridge.http.door.tracing import identified
from arenabridge.http.gateway import gateway_of
from arenabridge.http.v1.chat import answer_chat
from arenabridge.wire.profile import ClientProfile

NAME = "playground"


async def playground_chat(request: Request) -> ASGIApp:
    person = await signed_in(request)
    key = await asyncio.to_thread(_key_of, request, person)
    identified(key)
    key.check_address(client_address(request))
    return await answer_chat(request, key)


def _key_of(request: Request, person: Person) -> ApiKey:
    """Waits for the disk."""
    if not may_make_keys(request, person):
        return _given(request, person)
    of_nobody = person.via_key is not None and person.id.startswith("key:")
    owner = None if of_nobody else _owner(gateway_of(request).accounts.people.get(person.id))
    return ApiKey(f"{PERSON_PREFIX}{person.id}", NAME, "", 0.0, owner=owner)


def _given(request: Request, person: Person) -> ApiKey:
    """One of theirs, though not served as its program wants it; raises `NotPermitted`."""
    gateway = gateway_of(request)
    wanted = request.query_params.get("key")
    for key in gateway.accounts.keys.all(person.id):
        if wanted in (None, key.id) and key.is_good(gateway.clock.unix()):
            shown = ClientProfile(priority=key.profile.priority, share=key.profile.share)
            return replace(key, profile=shown)
    raise NotPermitted("Here you ask with the API keys that you were given, and you have none that is good.")


def _owner(user: User) -> Owner:
    return Owner(user.id, user.name, user.role, is_disabled=user.disabled_at is not None, limits=user.limits)
