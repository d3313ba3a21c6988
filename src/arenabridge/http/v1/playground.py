"""
`POST /api/playground/chat`: what `/v1/chat/completions` does, for whoever is signed in in a browser.

No key is needed, and none is made: the person asks as themselves.
"""

from starlette.requests import Request
from starlette.types import ASGIApp

from arenabridge.accounts.keys import ApiKey
from arenabridge.http.api.access import signed_in
from arenabridge.http.door.tracing import PERSON_PREFIX, identified
from arenabridge.http.v1.chat import answer_chat

NAME = "playground"


async def playground_chat(request: Request) -> ASGIApp:
    person = await signed_in(request)
    key = ApiKey(f"{PERSON_PREFIX}{person.id}", NAME, "", 0.0)
    identified(key)
    return await answer_chat(request, key)
