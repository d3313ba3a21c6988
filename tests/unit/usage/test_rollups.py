"""Roll-ups are the sums of the rows, and percentiles are as good as their buckets."""

import math
from collections import Counter
from random import Random

from hypothesis import Phase, given, settings, strategies as st
from sqlalchemy import create_engine, func, select

from arenabridge.storage.tables.metadata import metadata
from arenabridge.storage.tables.usage import (
    ALL_MODELS,
    COUNTS,
    DURATION_BUCKETS,
    FIRST_TOKEN_BUCKETS,
    MEASURES,
    usage_days,
    usage_ends,
    usage_hours,
    usage_key_models,
    usage_model_days,
    usage_requests,
)
from arenabridge.usage.end_reasons import EndReason
from arenabridge.usage.histogram import BOUNDS, GROWTH, bucket_of, percentile
from arenabridge.usage.record import Bodies, RequestRecord, Stages
from arenabridge.usage.rollups import measures
from arenabridge.usage.store import UsageStore, record_of
from servers.sql import Sql

START = 1_790_000_000

seconds = st.floats(0, 5000, allow_nan=False)


def records() -> st.SearchStrategy[list[RequestRecord]]:
    one = st.builds(
        RequestRecord,
        id=st.integers(START * 10**6, (START + 3 * 86400) * 10**6),
        request_id=st.just("r"),
        at=st.just(float(START)),
        key_id=st.sampled_from(["k1", "k2"]),
        key_name=st.just("key"),
        user_id=st.none(),
        model=st.sampled_from(["", "m1", "m2"]),
        end_reason=st.sampled_from(EndReason),
        error_code=st.sampled_from([None, "stalled"]),
        status=st.sampled_from([200, 429]),
        tokens_in=st.none() | st.integers(0, 10**6),
        tokens_out=st.none() | st.integers(0, 10**6),
        bytes_in=st.integers(0, 10**9),
        attempts=st.integers(0, 3),
        duration=seconds,
        first_token=st.none() | seconds,
        stages=st.builds(Stages, read=st.none() | seconds),
    )
    return st.lists(one, min_size=1, max_size=30, unique_by=lambda record: record.id)


@given(records(), st.randoms(use_true_random=False), st.integers(1, 10))
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_the_sums_are_those_of_the_rows_whatever_the_order_and_the_batches(
    made: list[RequestRecord], random: Random, size: int
) -> None:
    store = UsageStore(create_engine("sqlite://"))
    metadata.create_all(store.engine)
    random.shuffle(made)
    for begin in range(0, len(made), size):
        store.write([(record, None) for record in made[begin : begin + size]])
    wanted: Counter[str] = sum((Counter(measures(record)) for record in made), Counter())
    with store.engine.connect() as connection:
        for table in (usage_hours, usage_days, usage_model_days):
            asked = select(*(func.sum(table.c[name]).label(name) for name in MEASURES))
            single = asked.where(table.c.model != ALL_MODELS) if table is usage_hours else asked
            sums = connection.execute(single).one()
            assert {name: getattr(sums, name) for name in MEASURES} == {name: wanted[name] for name in MEASURES}
        pairs = connection.execute(select(*(func.sum(usage_key_models.c[name]).label(name) for name in COUNTS))).one()
        assert {name: getattr(pairs, name) for name in COUNTS} == {name: wanted[name] for name in COUNTS}
        per_hour = connection.execute(select(usage_hours.c.hour, usage_hours.c.model, usage_hours.c.requests))
        assert {(row.hour, row.model): row.requests for row in per_hour} == Counter(
            (record.id // 10**6 // 3600 * 3600, model) for record in made for model in (record.model, ALL_MODELS)
        )
        ended = connection.execute(
            select(usage_ends.c.end_reason, func.sum(usage_ends.c.requests)).group_by("end_reason")
        )
        assert {row.end_reason: row[1] for row in ended} == Counter(record.end_reason.value for record in made)
        rows = connection.execute(select(usage_requests).order_by(usage_requests.c.id)).mappings()
        assert [record_of(dict(row)) for row in rows] == sorted(made, key=lambda record: record.id)
    store.engine.dispose()


@given(
    st.lists(st.floats(0.001, BOUNDS[-1], allow_nan=False), min_size=1, max_size=200),
    st.sampled_from([0.5, 0.95, 0.99]),
)
def test_a_percentile_is_told_to_within_its_bucket(times: list[float], share: float) -> None:
    counts = [0] * len(DURATION_BUCKETS)
    for time in times:
        counts[bucket_of(time)] += 1
    told = percentile(counts, share)
    true = sorted(times)[math.ceil(share * len(times)) - 1]
    assert told is not None
    assert bucket_of(told * 0.999999) == bucket_of(true) or told / GROWTH <= true <= told * GROWTH
    assert true <= BOUNDS[0] or 1 / GROWTH <= told / true <= GROWTH


def test_nothing_has_no_percentile() -> None:
    assert percentile([0] * len(FIRST_TOKEN_BUCKETS), 0.5) is None


def test_what_is_past_its_time_is_swept_and_its_sums_stay(sql: Sql) -> None:
    store = UsageStore(sql.open())
    made = [
        RequestRecord(id=second * 10**6, request_id="r", at=0.0, key_id="k", key_name="k") for second in range(1, 11)
    ]
    store.write([(record, Bodies(b"asked", b"answered")) for record in made])
    assert store.sweep(rows_before=4, bodies_before=6) == 3 + 5
    assert store.sweep(rows_before=4, bodies_before=6) == 0
    with store.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(usage_requests)).scalar_one() == 7
        assert connection.execute(select(func.sum(usage_days.c.requests))).scalar_one() == 10
    store.sweep_sums(before=86400)
    with store.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(usage_days)).scalar_one() == 0
    assert store.forget_bodies() == 5
    assert store.last_id() == 10 * 10**6
