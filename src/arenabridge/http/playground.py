"""
`POST /api/playground/chat`: what `/v1/chat/completions` does, for whoever is signed in in a browser.

No key is needed, and none is made: the person asks as themselves.
"""

from starlette.requests import Request
from starlette.types import ASGIApp

from arenabridge.accounts.keys import ApiKey
from arenabridge.http.api.access import signed_in
from arenabridge.http.chat import answer_chat
from arenabridge.http.tracing import PERSON_PREFIX, identified

NAME = "playground"


async def playground_chat(request: Request) -> ASGIApp:
    person = await signed_in(request)
    key = ApiKey(f"{PERSON_PREFIX}{person.id}", NAME, "", 0.0)
    identified(key)
    return await answer_chat(request, key)
