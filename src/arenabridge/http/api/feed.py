"""
`GET /api/feed`: what happens, as server-sent events.

Events are `snapshot` (the whole state), `change` (a JSON merge patch for it), `alive` (every few seconds, with the
gateway's time), and `signed_out` (the session has ended; nothing follows). `Last-Event-ID`, or `after` for clients that
can't send it, lets a stream go on where another ended.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import orjson
from fastapi import Request
from fastapi.responses import StreamingResponse

from arenabridge.accounts.people import Person
from arenabridge.errors import GatewayError
from arenabridge.http.api.access import SignedIn, api_router, person_of
from arenabridge.http.feed.live import LiveState
from arenabridge.http.gateway import gateway_of
from arenabridge.http.monitoring.live_facts import facts_for

router = api_router()

ALIVE_SECONDS = 10.0
"""How often a stream says that it lives, and whether its session still does is looked up."""

SIGNED_OUT = b"event: signed_out\ndata: {}\n\n"

_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


@router.get("/api/feed", response_class=StreamingResponse)
async def get_feed(request: Request, person: SignedIn, after: str = "") -> StreamingResponse:
    gateway = gateway_of(request)
    circle = "administrators" if person.is_administrator else person.id
    feed = gateway.feeds.get(circle, lambda: facts_for(gateway, person))
    place = feed.place(request.headers.get("last-event-id") or after)
    told = events(
        feed,
        place,
        alive=lambda: _alive(request),
        is_still=lambda: _is_still(request, person),
        now=gateway.clock.now,
    )
    return StreamingResponse(told, media_type="text/event-stream", headers=_HEADERS)


async def events(
    feed: LiveState,
    place: int | None,
    *,
    alive: Callable[[], bytes],
    is_still: Callable[[], Awaitable[bool]],
    now: Callable[[], float],
) -> AsyncIterator[bytes]:
    """What a listener at this place is told until nothing follows; `is_still` says whether it may hear more."""
    feed.listen()
    try:
        told, heard = feed.since(place)
        check_at = now() + ALIVE_SECONDS
        yield told + alive()
        while not feed.is_over:
            with suppress(TimeoutError):
                async with asyncio.timeout(check_at - now()):
                    await feed.change(heard)
            if now() >= check_at:  # also while there is traffic: before anything more is told
                if not await is_still():
                    yield SIGNED_OUT
                    return
                check_at = now() + ALIVE_SECONDS
                yield alive()
            told, heard = feed.since(heard)
            if told:
                yield told
    finally:
        feed.leave()


def _alive(request: Request) -> bytes:
    return b"event: alive\ndata: " + orjson.dumps({"now": gateway_of(request).clock.unix()}) + b"\n\n"


async def _is_still(request: Request, person: Person) -> bool:
    """Whether the same person would be let in again, with the same rights."""
    try:
        found = await person_of(Request({**request.scope, "state": {}}))
    except GatewayError:
        return False
    return found == person
