"""
`GET /api/overview`: what the feed does not tell: figures of a while, and what connects programs to us.

Everything that is not known is null, which is shown as a dash: never a guess, never a 0.
"""

from typing import Annotated

from fastapi import Query, Request
from pydantic import BaseModel

from arenabridge.accounts.people import Person
from arenabridge.errors import FileBedFailed, UploadFailed
from arenabridge.http.api.access import SignedIn, api_router
from arenabridge.http.api.analytics import Range, Spanned, Zoned
from arenabridge.http.gateway import gateway_of
from arenabridge.usage import reports as r
from arenabridge.usage.end_reasons import EndReason, Outcome
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.search import Wanted
from arenabridge.usage.trace import Trace
from arenabridge.usage.usage import Usage

router = api_router()

TOP_MODELS = 10
LATEST = 10

_UPLOADS = {UploadFailed.code, FileBedFailed.code}

_FINISHED = {
    EndReason.COMPLETED: "stop",
    EndReason.STOPPED_BY_STOP_SEQUENCE: "stop",
    EndReason.STOPPED_BY_LENGTH: "length",
    EndReason.CONTENT_FILTERED: "content_filter",
}


class Figures(BaseModel):
    """Of one range of time. Times in seconds; `success` is a share from 0 to 1."""

    requests: int | None = None
    requests_before: int | None = None
    """In the range of the same length before it."""
    success: float | None = None
    failures: dict[str, int] | None = None
    """Requests that failed, by error code."""
    first_token_median: float | None = None
    first_token_p95: float | None = None
    duration_mean: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    active_keys: int | None = None
    upload_failures: int | None = None


class Bucket(BaseModel):
    """One step of a chart; `at` is its beginning, in seconds since 1970, UTC."""

    at: float
    requests: int
    failed: int


class ModelCount(BaseModel):
    """How often a model was asked."""

    model: str
    requests: int


class Recent(BaseModel):
    """One of the latest requests. `outcome` is `running`, a finish reason, or an error code."""

    id: str
    at: float
    model: str
    key: str
    outcome: str
    is_failure: bool
    seconds: float | None
    end_reason: EndReason | None = None
    """As in `/api/requests`, as `ended_as` is its `outcome`; null while it runs."""
    ended_as: Outcome | None = None


class OverviewAnswer(BaseModel):
    """`keys_required` is false where every program on this computer may use the API."""

    base_url: str
    keys_required: bool
    figures: Figures
    series: list[Bucket] | None = None
    models: list[ModelCount] | None = None
    recent: list[Recent] | None = None


@router.get("/api/overview")
def overview(
    request: Request,
    person: SignedIn,
    span: Spanned,
    zone: Zoned,
    within: Annotated[Range, Query(alias="range")] = "24h",
) -> OverviewAnswer:
    """The figures of the time until now. Who does not administer sees what their own keys used."""
    del within  # read into the span
    gateway = gateway_of(request)
    usage, scope = gateway.usage, r.Scope(user_id=None if person.is_administrator else person.id)
    course = usage.reports.course(span, scope, zone)
    models = usage.reports.models(span, scope, TOP_MODELS)
    total = sum((step.figures for step in course), r.Figures())
    before = sum((step.figures for step in usage.reports.course(span.before(), scope)), r.Figures())
    return OverviewAnswer(
        base_url=f"{gateway.base_url}/v1",
        keys_required=gateway.settings.require_api_key,
        figures=_figures(
            total,
            before,
            usage.reports.times(span, scope),
            usage.reports.ends(span, scope) or [],
            usage.reports.active_keys(span, scope),
        ),
        series=[Bucket(at=step.at, requests=step.figures.requests, failed=step.figures.failed) for step in course],
        models=[ModelCount(model=each.name, requests=each.figures.requests) for each in models],
        recent=_recent(usage, person),
    )


def _figures(total: r.Figures, before: r.Figures, times: r.Times, ends: list[r.End], active_keys: int) -> Figures:
    failures: dict[str, int] = {}
    for end in ends:
        if end.error_code:
            failures[end.error_code] = failures.get(end.error_code, 0) + end.requests
    median, p95, _ = times.first_token
    return Figures(
        requests=total.requests,
        requests_before=before.requests,
        success=total.success,
        failures=failures,
        first_token_median=median,
        first_token_p95=p95,
        duration_mean=total.duration_mean,
        tokens_in=total.tokens_in,
        tokens_out=total.tokens_out,
        active_keys=active_keys,
        upload_failures=sum(count for code, count in failures.items() if code in _UPLOADS),
    )


def _recent(usage: Usage, person: Person) -> list[Recent]:
    """Those under way, then those that ended last."""
    owner = None if person.is_administrator else person.id
    running = [each for each in usage.ledger.under_way if owner is None or each.user_id == owner]
    found = usage.search.page(Wanted(user_id=owner), limit=LATEST).records
    return [*(_running(each) for each in running[::-1][:LATEST]), *(_ended(each) for each in found)][:LATEST]


def _running(trace: Trace) -> Recent:
    return Recent(
        id=trace.request_id,
        at=trace.at,
        model=trace.model,
        key=trace.key_name,
        outcome="running",
        is_failure=False,
        seconds=None,
    )


def _ended(record: RequestRecord) -> Recent:
    return Recent(
        id=str(record.id),
        at=record.at,
        model=record.model or record.asked_for,
        key=record.key_name,
        outcome=record.error_code or _FINISHED.get(record.end_reason, record.end_reason.value),
        is_failure=record.outcome not in {"succeeded", "gone"},
        seconds=record.duration,
        end_reason=record.end_reason,
        ended_as=record.outcome,
    )
