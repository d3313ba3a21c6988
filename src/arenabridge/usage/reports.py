"""
What people ask of the records: totals, courses of time, who and which model how much, and how requests ended.

All of it is told from roll-ups, by the hour where they are about everything or one model, else by UTC's day; only the
course of a key or user over up to two days, which is to be shown by the hour, is told from rows. Models are compared by
UTC's days too where that is for more than two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from operator import add
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Engine,
    Label,
    Row,
    Select,
    case,
    cast,
    distinct,
    func,
    select,
)

from arenabridge.storage.tables.usage import (
    ALL_MODELS,
    COUNTS,
    DURATION_BUCKETS,
    FIRST_TOKEN_BUCKETS,
    usage_days as days,
    usage_ends as ends,
    usage_hours as hours,
    usage_key_ends as key_ends,
    usage_key_models as key_models,
    usage_model_days as model_days,
    usage_requests as rows,
)
from arenabridge.usage.histogram import percentile
from arenabridge.usage.spans import DAY, HOUR, Span, starts, step_of

ROWS_SECONDS = 2 * DAY
"""The longest span of one key or user that is counted from rows."""

MAX_GROUPS = 200

MODEL_HOURS_SECONDS = 2 * DAY
"""The longest span over which models are compared by hours."""

_BUCKETS = (*FIRST_TOKEN_BUCKETS, *DURATION_BUCKETS)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: everything, or what fits all that is given."""

    user_id: str | None = None
    key_id: str | None = None
    model: str | None = None

    @property
    def is_of_somebody(self) -> bool:
        return self.user_id is not None or self.key_id is not None

    @property
    def is_combined(self) -> bool:
        """About a model, and those who use it."""
        return self.is_of_somebody and self.model is not None


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums. `first_token_ms` is of `first_tokens` requests, `duration_ms` of those that succeeded."""

    requests: int = 0
    succeeded: int = 0
    client_errors: int = 0
    limited: int = 0
    server_errors: int = 0
    gone: int = 0
    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    first_tokens: int = 0
    first_token_ms: int = 0
    duration_ms: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in COUNTS))

    @property
    def failed(self) -> int:
        """Requests that did not succeed, though their clients waited."""
        return self.requests - self.succeeded - self.gone

    @property
    def success(self) -> float | None:
        """The share that succeeded, of those whose clients waited."""
        waited = self.requests - self.gone
        return self.succeeded / waited if waited else None

    @property
    def first_token_mean(self) -> float | None:
        return self.first_token_ms / self.first_tokens / 1000 if self.first_tokens else None

    @property
    def duration_mean(self) -> float | None:
        return self.duration_ms / self.succeeded / 1000 if self.succeeded else None


@dataclass(frozen=True, slots=True)
class Times:
    """Percentiles in seconds, to within a fifth: until the first token, and of whole answers that succeeded."""

    first_token: tuple[float | None, ...] = (None, None, None)
    """The 50th, 95th and 99th percentile."""
    duration: tuple[float | None, ...] = (None, None, None)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a course of time."""

    at: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs to one model or key."""

    id: str
    name: str
    figures: Figures
    times: Times = field(default_factory=Times)


@dataclass(frozen=True, slots=True)
class End:
    """How many requests ended so."""

    end_reason: str
    error_code: str
    status: int
    requests: int


class Reports:
    """All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def course(self, span: Span, scope: Scope, zone: tzinfo = UTC) -> list[Step]:
        """The span in steps, those in which nothing happened too; their sum is the total."""
        by_day = is_by_day(span, scope)
        span = span.in_days() if by_day else span
        begins = starts(span, UTC if by_day else zone)
        sums = [[0] * len(COUNTS) for _ in begins]
        with self._engine.connect() as connection:
            for at, *counts in connection.execute(_timed(span, scope, by_day=by_day)):
                step = step_of(begins, int(at))
                sums[step] = list(map(add, sums[step], map(int, counts)))
        return [Step(at, Figures(*counts)) for at, counts in zip(begins, sums, strict=True)]

    def times(self, span: Span, scope: Scope) -> Times:
        """None for a combination that no roll-up has."""
        if scope.is_combined:
            return Times()
        table = days if scope.is_of_somebody else hours
        asked = select(*_sums(table, _BUCKETS)).where(*_within(table, span), *_of(table, scope))
        with self._engine.connect() as connection:
            return _times(connection.execute(asked).one())

    def models(self, span: Span, scope: Scope, limit: int = MAX_GROUPS) -> list[Group]:
        """The most used first; requests for which no model was found are left out."""
        if scope.is_of_somebody:
            asked = select(key_models.c.model.label("group"), *_sums(key_models, COUNTS)).where(
                key_models.c.model != "", *_within(key_models, span), *_of(key_models, scope)
            )
            counted = self._counted(asked.group_by("group"))
            return _biggest((Group(name, name, figures) for name, figures in counted), limit)
        table = hours if span.seconds <= MODEL_HOURS_SECONDS else model_days
        asked = select(table.c.model.label("group"), *_sums(table, (*COUNTS, *_BUCKETS))).where(
            table.c.model.not_in(["", ALL_MODELS]), *_within(table, span)
        )
        if scope.model is not None:
            asked = asked.where(table.c.model == scope.model)
        with self._engine.connect() as connection:
            found = connection.execute(asked.group_by("group")).all()
        return _biggest((Group(row.group, row.group, _figures(row), _times(row)) for row in found), limit)

    def keys(self, span: Span, scope: Scope, limit: int = MAX_GROUPS) -> list[Group]:
        """The most used first, by UTC's days; with a model, without percentiles."""
        table, measured = (days, (*COUNTS, *_BUCKETS)) if scope.model is None else (key_models, COUNTS)
        named = table.c.key_id.label("group"), func.max(table.c.key_name).label("name")
        asked = select(*named, *_sums(table, measured)).where(*_within(table, span), *_of(table, scope))
        with self._engine.connect() as connection:
            found = connection.execute(asked.group_by("group")).all()
        groups = (Group(row.group, row.name, _figures(row), _times(row) if table is days else Times()) for row in found)
        return _biggest(groups, limit)

    def active_keys(self, span: Span, scope: Scope) -> int:
        """Keys that were used, by UTC's days."""
        asked = select(func.count(distinct(days.c.key_id))).where(*_within(days, span.in_days()), *_of(days, scope))
        with self._engine.connect() as connection:
            return int(connection.execute(asked).scalar_one())

    def ends(self, span: Span, scope: Scope) -> list[End] | None:
        """How requests ended, the most frequent first; not known by model."""
        if scope.model is not None:
            return None
        table = key_ends if scope.is_of_somebody else ends
        how = (table.c.end_reason, table.c.error_code, table.c.status)
        asked = select(*how, func.sum(table.c.requests).label("requests"))
        grouped = asked.where(*_within(table, span), *_of(table, scope)).group_by(*how)
        with self._engine.connect() as connection:
            found = connection.execute(grouped).all()
        told = [End(row.end_reason, row.error_code, row.status, int(row.requests)) for row in found]
        return sorted(told, key=lambda end: (-end.requests, end.end_reason, end.error_code))[:MAX_GROUPS]

    def _counted(self, asked: Select[Any]) -> list[tuple[Any, Figures]]:
        with self._engine.connect() as connection:
            return [(row[0], _figures(row)) for row in connection.execute(asked)]


def is_by_day(span: Span, scope: Scope) -> bool:
    """Whether its course is told by UTC's days."""
    return scope.is_combined or (scope.is_of_somebody and span.seconds > ROWS_SECONDS)


def _timed(span: Span, scope: Scope, *, by_day: bool) -> Select[Any]:
    """Sums by hour or day: the first column is when that began."""
    if scope.is_of_somebody and not by_day:
        at = (rows.c.id // (HOUR * 1_000_000) * HOUR).label("at")
        return _from_rows(at, span, scope).group_by("at")
    table = hours if not by_day else key_models if scope.is_combined else days
    at = (table.c.day if by_day else table.c.hour).label("at")
    return select(at, *_sums(table, COUNTS)).where(*_within(table, span), *_of(table, scope)).group_by("at")


def _sums(table: Any, names: Sequence[str]) -> list[Label[Any]]:
    return [func.coalesce(func.sum(table.c[name]), 0).label(name) for name in names]


def _within(table: Any, span: Span) -> tuple[ColumnElement[bool], ...]:
    if table is rows:
        return rows.c.id >= span.since * 1_000_000, rows.c.id < span.until * 1_000_000
    by_day = "day" in table.c
    at = table.c.day if by_day else table.c.hour
    return at >= (span.in_days() if by_day else span).since, at < span.until


def _of(table: Any, scope: Scope) -> list[ColumnElement[bool]]:
    given = {"user_id": scope.user_id, "key_id": scope.key_id, "model": scope.model}
    if table is hours:
        given = {"model": scope.model or ALL_MODELS}
    elif table is ends:
        given = {}
    return [table.c[name] == value for name, value in given.items() if value is not None]


def _from_rows(group: Label[Any], span: Span, scope: Scope) -> Select[Any]:
    """The sums of rows, as the roll-ups have them."""
    inner = (
        select(
            group,
            rows.c.outcome,
            rows.c.attempts,
            rows.c.tokens_in,
            rows.c.tokens_out,
            rows.c.bytes_in,
            rows.c.bytes_out,
            rows.c.first_token,
            rows.c.duration,
        )
        .where(*_within(rows, span), *_of(rows, scope))
        .subquery()
    )
    succeeded = inner.c.outcome == "succeeded"
    summed: dict[str, ColumnElement[Any]] = {
        "requests": func.count(),
        "succeeded": _count_if(succeeded),
        "client_errors": _count_if(inner.c.outcome == "client_error"),
        "limited": _count_if(inner.c.outcome == "limited"),
        "server_errors": _count_if(inner.c.outcome == "server_error"),
        "gone": _count_if(inner.c.outcome == "gone"),
        "attempts": func.sum(inner.c.attempts),
        "tokens_in": func.coalesce(func.sum(inner.c.tokens_in), 0),
        "tokens_out": func.coalesce(func.sum(inner.c.tokens_out), 0),
        "bytes_in": func.sum(inner.c.bytes_in),
        "bytes_out": func.sum(inner.c.bytes_out),
        "first_tokens": func.count(inner.c.first_token),
        "first_token_ms": _milliseconds(inner.c.first_token),
        "duration_ms": _milliseconds(case((succeeded, inner.c.duration))),
    }
    return select(inner.c[group.name], *(summed[name].label(name) for name in COUNTS))


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _milliseconds(seconds: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(cast(func.round(func.sum(seconds) * 1000), BigInteger), 0)


def _figures(row: Row[Any]) -> Figures:
    return Figures(**{name: int(getattr(row, name)) for name in COUNTS})


def _times(row: Row[Any]) -> Times:
    told = []
    for buckets in (FIRST_TOKEN_BUCKETS, DURATION_BUCKETS):
        counts = [int(getattr(row, name)) for name in buckets]
        told.append(tuple(percentile(counts, share) for share in (0.5, 0.95, 0.99)))
    return Times(*told)


def _biggest(groups: Iterable[Group], limit: int) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.figures.requests, group.name))[:limit]
