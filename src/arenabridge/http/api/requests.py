"""
`/api/requests`: single requests, as they ended. Administrators see all, others only their own, and not whose tabs.

A page that is followed live asks with `after`, the `id` of the newest that it has, when the feed's `now.finished` has
grown. Times are seconds since 1970, UTC, or durations in seconds.
"""

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, StreamingResponse

from arenabridge.errors import NotFound
from arenabridge.http.api.access import Person, SignedIn, api_router
from arenabridge.http.api.audited import record as audited
from arenabridge.http.api.exports import Format, exported
from arenabridge.http.gateway import gateway_of
from arenabridge.usage.end_reasons import EndReason, Outcome
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.search import MAX_PAGE, Wanted
from arenabridge.usage.waterfall import phases, redacted

router = api_router()

_WORKERS = ("worker", "browser", "site_session")
"""What of a record only administrators see."""


class RequestRow(BaseModel):
    """
    One request that has ended. `id` grows with the time of the end, `request_id` is the client's `x-request-id`.

    `model` is what the site calls it, empty if none was found; `asked_for` what the client called it. `first_token` and
    `queue_wait` are null where there was none. `worker` and `browser` are null for those who don't administer.
    """

    id: int
    request_id: str
    at: float
    ended_at: float
    key_id: str
    key_name: str
    user_id: str | None
    model: str
    asked_for: str
    endpoint: str
    mode: str
    worker: str | None
    browser: str | None
    how: str | None
    streamed: bool
    client: str
    status: int
    outcome: Outcome
    end_reason: EndReason
    error_code: str | None
    error: str | None
    attempts: int
    tokens_in: int | None
    tokens_out: int | None
    tokens_estimated: bool
    bytes_in: int
    bytes_out: int
    duration: float
    queue_wait: float | None
    first_token: float | None


class RequestsAnswer(BaseModel):
    """
    The newest first. `next` is the `before` of the page that follows; null if nothing does.

    A page looks at a bounded number of requests: `looked_until` is the time down to which it did, null if to the end.
    It may then be empty, and `next` goes on from there.
    """

    requests: list[RequestRow]
    next: int | None
    looked_until: float | None


class PhaseRow(BaseModel):
    """Reading, waiting, uploading, offering, asking, answering or ending; times in seconds since the arrival."""

    name: str
    begin: float
    end: float


class RequestDetail(RequestRow):
    """With its waterfall. `ignored`: parameters without effect. `has_bodies`: what was said is kept."""

    model_id: str | None
    site_session: str | None
    ignored: str
    phases: list[PhaseRow]
    has_bodies: bool


class BodiesAnswer(BaseModel):
    """The beginnings of both bodies, as text."""

    asked: str
    answered: str


class Forgotten(BaseModel):
    """How many requests' bodies there were."""

    forgotten: int


Text = Annotated[str | None, Query(max_length=200)]


def wanted(  # noqa: PLR0913, PLR0917 - one filter each
    person: SignedIn,
    key: Text = None,
    model: Text = None,
    user: Annotated[str | None, Query(max_length=200, description="For administrators.")] = None,
    worker: Text = None,
    status: Annotated[int | None, Query(ge=100, le=599)] = None,
    outcome: Outcome | None = None,
    end_reason: EndReason | None = None,
    search: Annotated[str | None, Query(max_length=100, description="In number, model or error.")] = None,
    since: Annotated[float | None, Query(ge=0, le=2**33)] = None,
    until: Annotated[float | None, Query(ge=0, le=2**33)] = None,
) -> Wanted:
    return Wanted(
        user_id=user if person.is_administrator else person.id,
        key_id=key or None,
        model=model or None,
        worker=(worker or None) if person.is_administrator else None,
        status=status,
        outcome=outcome,
        end_reason=end_reason.value if end_reason else None,
        text=search or None,
        since=since,
        until=until,
    )


Filtered = Annotated[Wanted, Depends(wanted)]
Id = Annotated[int | None, Query(ge=0, le=2**62)]


@router.get("/api/requests")
def list_requests(
    request: Request,
    person: SignedIn,
    filtered: Filtered,
    before: Id = None,
    after: Id = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> RequestsAnswer:
    page = gateway_of(request).usage.search.page(filtered, before=before, after=after, limit=limit)
    return RequestsAnswer(
        requests=[RequestRow(**row_of(each, person)) for each in page.records],
        next=page.next,
        looked_until=page.looked_until / 1e6 if page.looked_until is not None else None,
    )


@router.get("/api/requests/export", response_class=StreamingResponse)
def export_requests(
    request: Request, person: SignedIn, filtered: Filtered, format: Annotated[Format, Query()] = "csv"
) -> StreamingResponse:
    found = gateway_of(request).usage.search.all(filtered)
    return exported("requests", (row_of(each, person) for each in found), RequestRow.model_fields, format)


@router.delete("/api/requests/bodies")
async def forget_bodies(request: Request, person: SignedIn) -> Forgotten:
    """Throw away what is kept of what was said: an administrator everybody's, others their own."""
    owner = None if person.is_administrator else person.id
    count = await asyncio.to_thread(gateway_of(request).usage.store.forget_bodies, owner)
    await asyncio.to_thread(audited, request, person, "bodies.forgotten", "everybody" if owner is None else person.name)
    return Forgotten(forgotten=count)


@router.get("/api/requests/{id}")
def get_request(request: Request, person: SignedIn, id: int) -> RequestDetail:
    found = _one(request, person, id)
    return RequestDetail(
        **row_of(found, person),
        model_id=found.model_id,
        site_session=found.site_session if person.is_administrator else None,
        ignored=found.ignored,
        phases=[PhaseRow(name=phase.name, begin=phase.begin, end=phase.end) for phase in phases(found)],
        has_bodies=gateway_of(request).usage.search.bodies(id) is not None,
    )


@router.get("/api/requests/{id}/report", response_class=PlainTextResponse)
def report_request(request: Request, person: SignedIn, id: int) -> PlainTextResponse:
    """What may be shown to others: nothing of it is anybody's words or name."""
    return PlainTextResponse(redacted(_one(request, person, id)))


@router.get("/api/requests/{id}/bodies")
def get_bodies(request: Request, person: SignedIn, id: int) -> BodiesAnswer:
    """What was asked and answered, if its key wants it kept."""
    found = _one(request, person, id)
    bodies = gateway_of(request).usage.search.bodies(found.id)
    if bodies is None:
        raise NotFound("What was said in this request is not kept.")
    return BodiesAnswer(asked=bodies.asked.decode(errors="replace"), answered=bodies.answered.decode(errors="replace"))


def row_of(record: RequestRecord, person: Person) -> dict[str, Any]:
    """As `RequestRow`, for this person."""
    values = msgspec.structs.asdict(record) | {
        "ended_at": record.ended_at,
        "outcome": record.outcome,
        "end_reason": record.end_reason.value,
    }
    if not person.is_administrator:
        values |= dict.fromkeys(_WORKERS)
    return {name: values[name] for name in RequestRow.model_fields}


def _one(request: Request, person: Person, id: int) -> RequestRecord:
    owner = None if person.is_administrator else person.id
    found = gateway_of(request).usage.search.one(id, owner) if 0 <= id < 2**63 else None
    if found is None:
        raise NotFound("There is no such request, or it is not yours.")
    return found
