"""`/api/audit`: who did what, for administrators; a page at a time, or everything as a file."""

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from arenabridge.accounts.audit import MAX_PAGE, Act, Sought
from arenabridge.http.api.access import Administrator, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.exports import Format, exported
from arenabridge.http.gateway import gateway_of

router = api_router()


class ActRow(BaseModel):
    """One line. `at` is in seconds since 1970, UTC; `action` is subject and verb, as `key.created`."""

    id: int
    at: float
    actor_id: str | None
    actor: str
    action: str
    target: str
    detail: str
    address: str


class AuditAnswer(BaseModel):
    """The newest first. `next` is the `before` of the page that follows; null on the last."""

    acts: list[ActRow]
    next: int | None


Moment = Annotated[float | None, Query(ge=0, le=2**40, description="In seconds since 1970, UTC.")]


def sought_by(
    action: Annotated[str | None, Query(max_length=100, description="An action, or how it begins.")] = None,
    actor: Annotated[str | None, Query(max_length=100, description="A name or an id.")] = None,
    since: Moment = None,
    until: Moment = None,
) -> Sought:
    """`until` is not in it itself."""
    return Sought(action, actor, since, until)


ByWish = Annotated[Sought, Depends(sought_by)]


@router.get("/api/audit")
def read_audit(
    request: Request,
    sought: ByWish,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
) -> AuditAnswer:
    acts = gateway_of(request).accounts.audit.page(sought, before=before, limit=limit)
    following = acts[-1].id if len(acts) == limit else None
    return AuditAnswer(acts=[ActRow(**asdict(act)) for act in acts], next=following)


@router.get("/api/audit/export", response_class=StreamingResponse)
def export_audit(
    request: Request, person: Administrator, sought: ByWish, format: Annotated[Format, Query()] = "csv"
) -> StreamingResponse:
    record(request, person, "audit.exported", format)
    acts = gateway_of(request).accounts.audit.export(sought)
    rows = (_readable(act) if format == "csv" else asdict(act) for act in acts)
    return exported("audit", rows, [field.name for field in fields(Act)], format)


def _readable(act: Act) -> dict[str, Any]:
    return asdict(act) | {"at": datetime.fromtimestamp(act.at, UTC).isoformat(timespec="milliseconds")}
