"""Sums of many requests, as the roll-ups hold them: taken from records, and added together. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from arenabridge.storage.tables.usage import ALL_MODELS, COUNTS, DURATION_BUCKETS, FIRST_TOKEN_BUCKETS
from arenabridge.usage.histogram import bucket_of
from arenabridge.usage.record import RequestRecord

HOUR_SECONDS = 3600
DAY_SECONDS = 86400

_COUNTED_AS = {
    "succeeded": "succeeded",
    "client_error": "client_errors",
    "limited": "limited",
    "server_error": "server_errors",
    "gone": "gone",
}

Sums = dict[str, int]
"""By names of `MEASURES`; what is absent is 0."""


@dataclass(slots=True)
class Rollups:
    """What a batch of records adds to each roll-up."""

    hours: dict[tuple[int, str], Sums] = field(default_factory=dict)
    days: dict[tuple[int, str], Sums] = field(default_factory=dict)
    keys: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """Name and user of each key in `days`, as they were last."""
    key_models: dict[tuple[int, str, str], Sums] = field(default_factory=dict)
    model_days: dict[tuple[int, str], Sums] = field(default_factory=dict)
    ends: dict[tuple[int, str, str, int], int] = field(default_factory=dict)
    key_ends: dict[tuple[int, str, str, str, int], int] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[RequestRecord]) -> "Rollups":
        rollups = cls()
        for record in records:
            rollups.add(record)
        return rollups

    def add(self, record: RequestRecord) -> None:
        measured = measures(record)
        second = int(record.ended_at)
        hour, day = second - second % HOUR_SECONDS, second - second % DAY_SECONDS
        for model in (record.model, ALL_MODELS):
            _sum_up(self.hours.setdefault((hour, model), {}), measured)
        _sum_up(self.key_models.setdefault((day, record.key_id, record.model), {}), measured)
        _sum_up(self.model_days.setdefault((day, record.model), {}), measured)
        _sum_up(self.days.setdefault((day, record.key_id), {}), measured)
        self.keys[record.key_id] = record.key_name, record.user_id
        end = record.end_reason.value, record.error_code or "", record.status
        self.ends[hour, *end] = self.ends.get((hour, *end), 0) + 1
        self.key_ends[day, record.key_id, *end] = self.key_ends.get((day, record.key_id, *end), 0) + 1


def measures(record: RequestRecord) -> Sums:
    """What one request counts for."""
    found: Sums = dict.fromkeys(COUNTS, 0)
    found["requests"] = 1
    found[_COUNTED_AS[record.outcome]] = 1
    found["attempts"] = record.attempts
    found["tokens_in"], found["tokens_out"] = record.tokens_in or 0, record.tokens_out or 0
    found["bytes_in"], found["bytes_out"] = record.bytes_in, record.bytes_out
    if record.first_token is not None:
        found["first_tokens"], found["first_token_ms"] = 1, round(record.first_token * 1000)
        found[FIRST_TOKEN_BUCKETS[bucket_of(record.first_token)]] = 1
    if record.outcome == "succeeded":
        found["duration_ms"] = round(record.duration * 1000)
        found[DURATION_BUCKETS[bucket_of(record.duration)]] = 1
    return found


def _sum_up(sums: Sums, more: Sums) -> None:
    for name, count in more.items():
        if count:
            sums[name] = sums.get(name, 0) + count
