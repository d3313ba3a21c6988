"""What is asked of the records is the same on both databases: plain numbers, by hour and day, of all or of somebody."""

from collections.abc import Callable

import orjson
import pytest
from sqlalchemy import Engine

from arenabridge.usage.end_reasons import EndReason
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.reports import Figures, Reports, Scope
from arenabridge.usage.spans import DAY, HOUR, Span
from arenabridge.usage.store import UsageStore
from servers.sql import Sql

MIDNIGHT = 1_790_035_200
"""Of a day of UTC."""
LAST_SECOND = 0.999_999


def record(at: float, key: str = "k1", model: str = "m1", *, failed: bool = False, **changes: object) -> RequestRecord:
    fields: dict[str, object] = {
        "id": int(at * 10**6),
        "request_id": "r",
        "at": at,
        "key_id": key,
        "key_name": f"key {key}",
        "user_id": f"user of {key}",
        "model": model,
        "status": 502 if failed else 200,
        "end_reason": EndReason.INTERNAL_ERROR if failed else EndReason.COMPLETED,
        "duration": 1.25,
        "first_token": 0.2505,
        "tokens_in": 3,
        "bytes_in": 2**33,
    }
    return RequestRecord(**{**fields, **changes})  # type: ignore[arg-type]  # fields of several types


@pytest.fixture
def engine(sql: Sql) -> Engine:
    """Two hours of a day, with records in the very last microsecond of an hour."""
    engine = sql.open()
    made = [
        record(MIDNIGHT + 10),
        record(MIDNIGHT + HOUR - 1 + LAST_SECOND, duration=3_000_000.0),
        record(MIDNIGHT + HOUR + 5, "k2", "m2"),
        record(MIDNIGHT + HOUR + 6, "k1", "m2", failed=True, tokens_in=None),
    ]
    UsageStore(engine).write([(each, None) for each in made])
    return engine


SPAN = Span(MIDNIGHT, MIDNIGHT + 3 * HOUR)


@pytest.mark.parametrize("scope", [Scope(), Scope(key_id="k1"), Scope(user_id="user of k1")])
def test_a_course_has_each_request_in_the_hour_of_its_end(engine: Engine, scope: Scope) -> None:
    course = Reports(engine).course(SPAN, scope)
    counted = [step.figures.requests for step in course]
    assert counted == ([2, 2, 0] if scope == Scope() else [2, 1, 0])
    assert course[0].figures.duration_ms == 3_000_001_250
    assert course[0].figures.bytes_in == 2**34


@pytest.mark.parametrize(
    "ask",
    [
        lambda reports: reports.course(SPAN, Scope()),
        lambda reports: reports.course(SPAN, Scope(key_id="k1")),
        lambda reports: reports.course(Span(MIDNIGHT - 9 * DAY, MIDNIGHT + DAY), Scope(user_id="user of k1")),
        lambda reports: reports.course(SPAN, Scope(key_id="k1", model="m1")),
        lambda reports: reports.times(SPAN, Scope()),
        lambda reports: reports.times(SPAN, Scope(key_id="k1")),
        lambda reports: reports.models(SPAN, Scope()),
        lambda reports: reports.models(Span(MIDNIGHT - 9 * DAY, MIDNIGHT + DAY), Scope(model="m2")),
        lambda reports: reports.models(SPAN, Scope(user_id="user of k1")),
        lambda reports: reports.keys(SPAN, Scope()),
        lambda reports: reports.keys(SPAN, Scope(model="m2")),
        lambda reports: reports.ends(SPAN, Scope()),
        lambda reports: reports.ends(SPAN, Scope(key_id="k1")),
        lambda reports: reports.active_keys(SPAN, Scope()),
    ],
)
def test_whatever_is_asked_is_told_in_plain_numbers(engine: Engine, ask: Callable[[Reports], object]) -> None:
    told = ask(Reports(engine))
    assert told
    assert orjson.loads(orjson.dumps(told))


def test_models_and_keys_are_told_with_the_most_used_first(engine: Engine) -> None:
    reports = Reports(engine)
    assert [(each.id, each.figures.requests) for each in reports.keys(SPAN, Scope())] == [("k1", 3), ("k2", 1)]
    assert {each.id: each.figures.failed for each in reports.models(SPAN, Scope())} == {"m1": 0, "m2": 1}
    assert reports.models(SPAN, Scope(user_id="user of k2"))[0].name == "m2"
    assert reports.active_keys(SPAN, Scope(key_id="k2")) == 1
    ends = reports.ends(SPAN, Scope()) or []
    assert [(each.end_reason, each.status, each.requests) for each in ends] == [
        ("completed", 200, 3),
        ("internal_error", 502, 1),
    ]


def test_where_nothing_was_used_there_is_nothing(sql: Sql) -> None:
    reports = Reports(sql.open())
    assert {step.figures for step in reports.course(SPAN, Scope(key_id="k1"))} == {Figures()}
    assert reports.times(SPAN, Scope()).duration == (None, None, None)
    assert (reports.models(SPAN, Scope()), reports.active_keys(SPAN, Scope())) == ([], 0)
