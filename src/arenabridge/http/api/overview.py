"""
`GET /api/overview`: what the feed does not tell: figures of a while, and what connects programs to us.

Everything that is not known is null, which is shown as a dash: never a guess, never a 0.
"""

from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import BaseModel

from arenabridge.http.api.access import api_router
from arenabridge.http.gateway import gateway_of

router = api_router()

Range = Literal["24h", "7d", "30d", "90d"]


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


class OverviewAnswer(BaseModel):
    """`keys_required` is false where every program on this computer may use the API."""

    base_url: str
    keys_required: bool
    figures: Figures
    series: list[Bucket] | None = None
    models: list[ModelCount] | None = None
    recent: list[Recent] | None = None


@router.get("/api/overview")
async def overview(request: Request, within: Annotated[Range, Query(alias="range")] = "24h") -> OverviewAnswer:
    """The figures of the time until now."""
    del within  # nothing is recorded yet
    gateway = gateway_of(request)
    return OverviewAnswer(
        base_url=f"{gateway.base_url}/v1",
        keys_required=gateway.settings.require_api_key,
        figures=Figures(),
    )
