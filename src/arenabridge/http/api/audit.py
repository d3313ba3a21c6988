"""`/api/audit`: who did what, for administrators; a page at a time, or everything as a file."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Annotated, Literal

import orjson
from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from arenabridge.accounts.audit import MAX_PAGE, Act
from arenabridge.http.api.access import Administrator, api_router
from arenabridge.http.api.audited import record
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


@router.get("/api/audit")
def read_audit(
    request: Request,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    action: Annotated[str | None, Query(max_length=100, description="An action, or how it begins.")] = None,
    actor: Annotated[str | None, Query(max_length=100, description="A name or an id.")] = None,
) -> AuditAnswer:
    acts = gateway_of(request).accounts.audit.page(before=before, limit=limit, action=action, actor=actor)
    following = acts[-1].id if len(acts) == limit else None
    return AuditAnswer(acts=[ActRow(**asdict(act)) for act in acts], next=following)


@router.get("/api/audit/export", response_class=StreamingResponse)
def export_audit(
    request: Request, person: Administrator, format: Annotated[Literal["csv", "json"], Query()] = "csv"
) -> StreamingResponse:
    record(request, person, "audit.exported", format)
    acts = gateway_of(request).accounts.audit.export()
    return StreamingResponse(
        _as_csv(acts) if format == "csv" else _as_json(acts),
        media_type="text/csv; charset=utf-8" if format == "csv" else "application/json",
        headers={"content-disposition": f'attachment; filename="arenabridge-audit.{format}"'},
    )


def _as_csv(acts: Iterable[Act]) -> Iterator[str]:
    names = [field.name for field in fields(Act)]
    yield _csv_line(names)
    for act in acts:
        values = asdict(act) | {"at": datetime.fromtimestamp(act.at, UTC).isoformat(timespec="milliseconds")}
        yield _csv_line([_inert(str(values[name] if values[name] is not None else "")) for name in names])


def _csv_line(values: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _inert(text: str) -> str:
    """Spreadsheets take what begins so for a formula, and names are people's own choice (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _as_json(acts: Iterable[Act]) -> Iterator[bytes]:
    opening = b"["
    for act in acts:
        yield opening + orjson.dumps(asdict(act))
        opening = b",\n"
    yield b"[]" if opening == b"[" else b"]"
