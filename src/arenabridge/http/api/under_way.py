"""`/api/under-way`: requests that wait or are being answered, as the feed names them. Everybody may end their own."""

import asyncio

from fastapi import Request

from arenabridge.errors import NotFound, RequestEnded
from arenabridge.http.api.access import SignedIn, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.gateway import gateway_of
from arenabridge.http.monitoring.under_way import own
from arenabridge.wire.link.messages import JobId

router = api_router()


@router.delete("/api/under-way/{id}", status_code=204)
async def end(request: Request, person: SignedIn, id: str) -> None:
    """Stop the request of this gateway, whose client is told so; what the site has begun may have been paid for."""
    gateway = gateway_of(request)
    trace = next((trace for trace in own(gateway, person) if trace.jobs[0] == id), None)
    ended = [gateway.hub.end(JobId(job), RequestEnded()) for job in trace.jobs] if trace else []
    if trace is None or not any(ended):
        raise NotFound("This request is not under way any more, or not at this gateway.")
    if trace.user_id != person.id:
        await asyncio.to_thread(record, request, person, "request.ended", trace.request_id, trace.key_name)
