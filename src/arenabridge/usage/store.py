"""Records in the database: rows, roll-ups and bodies, written together; and swept when their time is over."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Table, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from arenabridge.storage.tables.usage import (
    COUNTS,
    MEASURES,
    usage_bodies,
    usage_days,
    usage_ends,
    usage_hours,
    usage_key_ends,
    usage_key_models,
    usage_model_days,
    usage_requests,
)
from arenabridge.usage.record import Bodies, RequestRecord, Stages
from arenabridge.usage.rollups import Rollups

SWEPT_AT_ONCE = 2000
"""Rows that one step of a sweep deletes: some 20 ms, so that writers never wait long."""

Finished = tuple[RequestRecord, Bodies | None]


class UsageStore:
    """All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def write(self, finished: Sequence[Finished]) -> None:
        """Rows and what they add to the roll-ups, all or nothing."""
        rollups = Rollups.of(record for record, _ in finished)
        bodies = [_bodies_row(record, bodies) for record, bodies in finished if bodies is not None]
        with self.engine.begin() as connection:
            connection.execute(insert(usage_requests), [_row(record) for record, _ in finished])
            if bodies:
                connection.execute(insert(usage_bodies), bodies)
            _add_all(connection, rollups)

    def add(self, rollups: Rollups) -> None:
        """Sums of requests of which there are no records."""
        with self.engine.begin() as connection:
            _add_all(connection, rollups)

    def last_id(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.max(usage_requests.c.id))).scalar_one() or 0)

    def sweep(self, *, rows_before: float, bodies_before: float) -> int:
        """Throw away some of what ended before these times (seconds since 1970); returns how many. Repeat until 0."""
        with self.engine.begin() as connection:
            rows = _delete_some(connection, usage_requests, rows_before)
            return rows + _delete_some(connection, usage_bodies, max(bodies_before, rows_before))

    def sweep_sums(self, before: float) -> None:
        """Throw away the sums of what was before this time."""
        with self.engine.begin() as connection:
            for table in (usage_hours, usage_ends):
                connection.execute(delete(table).where(table.c.hour < int(before)))
            for table in (usage_days, usage_model_days, usage_key_models, usage_key_ends):
                connection.execute(delete(table).where(table.c.day < int(before)))

    def forget_bodies(self, user_id: str | None = None) -> int:
        """Throw away all, or those of one user; returns how many."""
        forgotten = delete(usage_bodies)
        if user_id is not None:
            forgotten = forgotten.where(usage_bodies.c.user_id == user_id)
        with self.engine.begin() as connection:
            return connection.execute(forgotten).rowcount


def _add_all(connection: Connection, rollups: Rollups) -> None:
    _add(connection, usage_hours, _hour_rows(rollups), MEASURES)
    _add(connection, usage_model_days, _model_day_rows(rollups), MEASURES)
    _add(connection, usage_days, _day_rows(rollups), MEASURES, replaced=("key_name", "user_id"))
    _add(connection, usage_key_models, _key_model_rows(rollups), COUNTS, replaced=("key_name", "user_id"))
    _add(connection, usage_ends, _end_rows(rollups), ("requests",))
    _add(connection, usage_key_ends, _key_end_rows(rollups), ("requests",), replaced=("user_id",))


def _delete_some(connection: Connection, table: Table, before: float) -> int:
    old = select(table.c.id).where(table.c.id < int(before * 1e6)).order_by(table.c.id).limit(SWEPT_AT_ONCE)
    return connection.execute(delete(table).where(table.c.id.in_(old))).rowcount


def _add(
    connection: Connection,
    table: Table,
    rows: list[dict[str, Any]],
    summed: Iterable[str],
    replaced: Iterable[str] = (),
) -> None:
    """Add to the rows of the same primary key, or make them. The two databases spell it alike."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = dialect.insert(table)
    changed = {name: table.c[name] + adding.excluded[name] for name in summed}
    changed |= {name: adding.excluded[name] for name in replaced}
    connection.execute(adding.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed), rows)


def _hour_rows(rollups: Rollups) -> list[dict[str, Any]]:
    return [{"hour": hour, "model": model, **_all(sums)} for (hour, model), sums in sorted(rollups.hours.items())]


def _model_day_rows(rollups: Rollups) -> list[dict[str, Any]]:
    return [{"day": day, "model": model, **_all(sums)} for (day, model), sums in sorted(rollups.model_days.items())]


def _key_model_rows(rollups: Rollups) -> list[dict[str, Any]]:
    return [
        {
            "day": day,
            "key_id": key,
            "model": model,
            "key_name": rollups.keys[key][0],
            "user_id": rollups.keys[key][1],
            **{name: sums.get(name, 0) for name in COUNTS},
        }
        for (day, key, model), sums in sorted(rollups.key_models.items())
    ]


def _day_rows(rollups: Rollups) -> list[dict[str, Any]]:
    return [
        {
            "day": day,
            "key_id": key,
            "key_name": rollups.keys[key][0],
            "user_id": rollups.keys[key][1],
            **_all(sums),
        }
        for (day, key), sums in sorted(rollups.days.items())
    ]


def _end_rows(rollups: Rollups) -> list[dict[str, Any]]:
    return [
        {"hour": hour, "end_reason": reason, "error_code": code, "status": status, "requests": count}
        for (hour, reason, code, status), count in sorted(rollups.ends.items())
    ]


def _key_end_rows(rollups: Rollups) -> list[dict[str, Any]]:
    return [
        {
            "day": day,
            "key_id": key,
            "end_reason": reason,
            "error_code": code,
            "status": status,
            "user_id": rollups.keys[key][1],
            "requests": count,
        }
        for (day, key, reason, code, status), count in sorted(rollups.key_ends.items())
    ]


def _all(sums: Mapping[str, int]) -> dict[str, int]:
    return {name: sums.get(name, 0) for name in MEASURES}


def _row(record: RequestRecord) -> dict[str, Any]:
    row = msgspec.structs.asdict(record)
    stages = msgspec.structs.asdict(row.pop("stages"))
    row |= {f"{stage}_after": after for stage, after in stages.items()}
    return {**row, "outcome": record.outcome, "end_reason": record.end_reason.value}


def record_of(row: Mapping[str, Any]) -> RequestRecord:
    """A row as it was written."""
    stages = {stage: row[f"{stage}_after"] for stage in Stages.__struct_fields__}
    fields = {name: row[name] for name in RequestRecord.__struct_fields__ if name != "stages"}
    return msgspec.convert({**fields, "stages": stages}, RequestRecord)


def _bodies_row(record: RequestRecord, bodies: Bodies) -> dict[str, Any]:
    return {
        "id": record.id,
        "key_id": record.key_id,
        "user_id": record.user_id,
        "asked": bodies.asked,
        "answered": bodies.answered,
    }
