"""
`/api/analytics`: sums over a span of time. Administrators see all, others what their own keys used.

The span is the last 24 hours, 7, 30 or 90 days (`range`), or from `since` until `until`; it begins with an hour. Steps
are hours, quarters of a day, or days in the viewer's `zone`. Where one key or user is looked at for longer than two
days, or together with one model, steps and sums are UTC's days (`utc_days`). Keys, and models over more than two days,
are compared by UTC's days.
"""

import time
from dataclasses import asdict
from datetime import tzinfo
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from arenabridge.errors import InvalidRequest
from arenabridge.http.api.access import SignedIn, api_router
from arenabridge.http.api.exports import Format, exported
from arenabridge.http.gateway import gateway_of
from arenabridge.usage.reports import End, Figures, Group, Reports, Scope, Times, is_by_day
from arenabridge.usage.spans import DAY, NoZone, Span, zone_of

router = api_router()

Range = Literal["24h", "7d", "30d", "90d"]
RANGE_DAYS = {"24h": 1, "7d": 7, "30d": 30, "90d": 90}
MAX_SPAN_DAYS = 400

Part = Literal["course", "times", "models", "keys", "ends"]
PARTS: tuple[Part, ...] = ("course", "times", "models", "keys", "ends")

Zone = Annotated[str, Query(max_length=60, description="`Europe/Berlin`, `UTC`, or an offset such as `+05:30`.")]


class FiguresRow(BaseModel):
    """
    Sums.

    Every request is one of `succeeded`, `client_errors` (the caller's mistakes), `limited` (ours or the site's limits),
    `server_errors`, and `gone` (clients that did not wait). `success` is the share of those that waited. Means are in
    seconds, of answers that succeeded; null where there was nothing.
    """

    requests: int
    succeeded: int
    client_errors: int
    limited: int
    server_errors: int
    gone: int
    attempts: int
    tokens_in: int
    tokens_out: int
    bytes_in: int
    bytes_out: int
    success: float | None
    first_token_mean: float | None
    duration_mean: float | None


class Percentiles(BaseModel):
    """Seconds, to within a fifth; null where there was nothing."""

    p50: float | None
    p95: float | None
    p99: float | None


class TimesRow(BaseModel):
    """Until the first token; and of whole answers that succeeded."""

    first_token: Percentiles
    duration: Percentiles


class StepRow(FiguresRow):
    """One step of the course; `at` is its beginning."""

    at: int


class GroupRow(FiguresRow):
    """One model or key. Percentiles are null for combinations of a model with keys."""

    id: str
    name: str
    times: TimesRow


class EndRow(BaseModel):
    """How many requests ended so; `error_code` is empty where there was no error."""

    end_reason: str
    error_code: str
    status: int
    requests: int


class AnalyticsAnswer(BaseModel):
    """Parts that were not asked for are null, and `ends` of a model. `active_now`: so many are under way."""

    since: int
    until: int
    utc_days: bool
    active_now: int
    totals: FiguresRow | None = None
    course: list[StepRow] | None = None
    times: TimesRow | None = None
    models: list[GroupRow] | None = None
    keys: list[GroupRow] | None = None
    ends: list[EndRow] | None = None


def span_of(
    within: Annotated[Range, Query(alias="range")] = "24h",
    since: Annotated[float | None, Query(ge=0, le=2**33)] = None,
    until: Annotated[float | None, Query(ge=0, le=2**33)] = None,
) -> Span:
    """`since` and `until` count before `range`."""
    end = time.time() if until is None else until
    begin = end - RANGE_DAYS[within] * DAY + 3600 if since is None else since
    if begin >= end or end - begin > MAX_SPAN_DAYS * DAY:
        raise InvalidRequest(f"since must lie before until, by {MAX_SPAN_DAYS} days at most.", param="since")
    return Span.of(begin, end)


def scope_of(
    person: SignedIn,
    key: Annotated[str | None, Query(max_length=200)] = None,
    model: Annotated[str | None, Query(max_length=200)] = None,
    user: Annotated[str | None, Query(max_length=200, description="For administrators.")] = None,
) -> Scope:
    owner = user or None if person.is_administrator else person.id
    return Scope(user_id=owner, key_id=key or None, model=model or None)


def zone_in(zone: Zone = "UTC") -> tzinfo:
    try:
        return zone_of(zone)
    except NoZone:
        raise InvalidRequest(f"zone: {zone!r} is not known here.", param="zone") from None


Spanned = Annotated[Span, Depends(span_of)]
Scoped = Annotated[Scope, Depends(scope_of)]
Zoned = Annotated[tzinfo, Depends(zone_in)]


@router.get("/api/analytics")
def analytics(
    request: Request,
    person: SignedIn,
    span: Spanned,
    scope: Scoped,
    zone: Zoned,
    parts: Annotated[list[Part] | None, Query(alias="part", description="All, if none is named.")] = None,
) -> AnalyticsAnswer:
    usage = gateway_of(request).usage
    reports, asked = usage.reports, parts or PARTS
    course = reports.course(span, scope, zone) if "course" in asked else None
    ends = reports.ends(span, scope) if "ends" in asked else None
    total = sum((step.figures for step in course), Figures()) if course else Figures()
    under_way = [each for each in usage.ledger.under_way if person.is_administrator or each.user_id == person.id]
    return AnalyticsAnswer(
        since=span.since,
        until=span.until,
        utc_days=is_by_day(span, scope),
        active_now=len(under_way),
        totals=FiguresRow(**_figures(total)) if course else None,
        course=[StepRow(at=step.at, **_figures(step.figures)) for step in course] if course else None,
        times=_times(reports.times(span, scope)) if "times" in asked else None,
        models=[_group(each) for each in reports.models(span, scope)] if "models" in asked else None,
        keys=[_group(each) for each in reports.keys(span, scope)] if "keys" in asked else None,
        ends=[EndRow(**_end(each)) for each in ends] if ends is not None else None,
    )


@router.get("/api/analytics/export", response_class=StreamingResponse)
def export_analytics(
    request: Request,
    span: Spanned,
    scope: Scoped,
    zone: Zoned,
    part: Annotated[Literal["course", "models", "keys", "ends"], Query()] = "course",
    format: Annotated[Format, Query()] = "csv",
) -> StreamingResponse:
    """One part as a file."""
    rows = _rows(gateway_of(request).usage.reports, part, span, scope, zone)
    first = {"course": ["at"], "models": ["id", "name"], "keys": ["id", "name"]}.get(part, [])
    columns = list(EndRow.model_fields) if part == "ends" else [*first, *FiguresRow.model_fields]
    return exported(f"analytics-{part}", rows, columns, format)


def _rows(reports: Reports, part: str, span: Span, scope: Scope, zone: tzinfo) -> list[dict[str, Any]]:
    if part == "course":
        return [{"at": step.at, **_figures(step.figures)} for step in reports.course(span, scope, zone)]
    if part == "ends":
        return [_end(each) for each in reports.ends(span, scope) or []]
    groups = reports.models(span, scope) if part == "models" else reports.keys(span, scope)
    return [{"id": each.id, "name": each.name, **_figures(each.figures)} for each in groups]


def _figures(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in FiguresRow.model_fields}


def _group(group: Group) -> GroupRow:
    return GroupRow(id=group.id, name=group.name, times=_times(group.times), **_figures(group.figures))


def _times(times: Times) -> TimesRow:
    return TimesRow(first_token=_percentiles(times.first_token), duration=_percentiles(times.duration))


def _percentiles(told: tuple[float | None, ...]) -> Percentiles:
    p50, p95, p99 = told
    return Percentiles(p50=p50, p95=p95, p99=p99)


def _end(end: End) -> dict[str, Any]:
    return asdict(end)
