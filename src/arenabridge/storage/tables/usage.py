"""
What was used: a row for each request, and the roll-ups from which most questions are answered.

A request counts when it is over, so everything here goes by the time of its end; `at`, its arrival, is for reading.
Roll-ups hold integers alone, so that their sums are exactly those of the rows, whatever the order.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table

from arenabridge.storage.tables.metadata import metadata

BUCKETS = 28
"""Buckets of a histogram of times; the bounds are those of `usage.histogram`."""

COUNTS = (
    "requests",
    "succeeded",
    "client_errors",
    "limited",
    "server_errors",
    "gone",
    "attempts",
    "tokens_in",
    "tokens_out",
    "bytes_in",
    "bytes_out",
    "first_tokens",
    "first_token_ms",
    "duration_ms",
)
"""`first_tokens` are the requests that had one; `duration_ms` is of those that succeeded."""

FIRST_TOKEN_BUCKETS = tuple(f"first_token_{bucket:02}" for bucket in range(BUCKETS))
DURATION_BUCKETS = tuple(f"duration_{bucket:02}" for bucket in range(BUCKETS))
MEASURES = (*COUNTS, *FIRST_TOKEN_BUCKETS, *DURATION_BUCKETS)
"""What both roll-ups hold."""

usage_requests = Table(
    "usage_requests",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("request_id", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("key_id", String, nullable=False),
    Column("key_name", String, nullable=False),
    Column("user_id", String),
    Column("model", String, nullable=False),
    Column("model_id", String),
    Column("asked_for", String, nullable=False),
    Column("endpoint", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("worker", String),
    Column("browser", String),
    Column("how", String),
    Column("site_session", String),
    Column("streamed", Boolean, nullable=False),
    Column("client", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("end_reason", String, nullable=False),
    Column("error_code", String),
    Column("error", String),
    Column("attempts", Integer, nullable=False),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    Column("tokens_estimated", Boolean, nullable=False),
    Column("bytes_in", BigInteger, nullable=False),
    Column("bytes_out", BigInteger, nullable=False),
    Column("duration", Float, nullable=False),
    Column("queue_wait", Float),
    Column("first_token", Float),
    Column("read_after", Float),
    Column("queued_after", Float),
    Column("offered_after", Float),
    Column("prepared_after", Float),
    Column("granted_after", Float),
    Column("first_byte_after", Float),
    Column("answered_after", Float),
    Column("ignored", String, nullable=False, server_default=""),
    Index("ix_usage_requests_key_id", "key_id", "id"),
    Index("ix_usage_requests_user_id", "user_id", "id"),
    Index("ix_usage_requests_model", "model", "id"),
    Index("ix_usage_requests_outcome", "outcome", "id"),
)
"""`id` is the time of the end in microseconds since 1970, UTC, made unique; `…_after` are seconds since the arrival."""

usage_hours = Table(
    "usage_hours",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("model", String, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in MEASURES),
    Index("ix_usage_hours_model", "model", "hour"),
)
"""
By hour (its beginning, in seconds since 1970) and model; the model is empty where none was found.

The sum of all has a row of its own, whose model is `ALL_MODELS`: courses of months are read from some thousand rows.
"""

ALL_MODELS = "*"

usage_model_days = Table(
    "usage_model_days",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("model", String, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in MEASURES),
)
"""By UTC's day and model, for spans of weeks and months."""

usage_days = Table(
    "usage_days",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("key_id", String, primary_key=True),
    Column("key_name", String, nullable=False),
    Column("user_id", String),
    *(Column(name, BigInteger, nullable=False) for name in MEASURES),
    Index("ix_usage_days_key_id", "key_id", "day"),
    Index("ix_usage_days_user_id", "user_id", "day"),
)
"""By UTC's day (its beginning, in seconds since 1970) and key, with the key's name as it was last."""

usage_key_models = Table(
    "usage_key_models",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("key_id", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("key_name", String, nullable=False),
    Column("user_id", String),
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
    Index("ix_usage_key_models_key_id", "key_id", "day"),
    Index("ix_usage_key_models_user_id", "user_id", "day"),
    Index("ix_usage_key_models_model", "model", "day"),
)
"""By UTC's day, key and model: who uses what. Without histograms, since it has many rows."""

usage_ends = Table(
    "usage_ends",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("end_reason", String, primary_key=True),
    Column("error_code", String, primary_key=True),
    Column("status", Integer, primary_key=True, autoincrement=False),
    Column("requests", BigInteger, nullable=False),
)
"""How requests ended, by hour; the code is empty where there was no error."""

usage_key_ends = Table(
    "usage_key_ends",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("key_id", String, primary_key=True),
    Column("end_reason", String, primary_key=True),
    Column("error_code", String, primary_key=True),
    Column("status", Integer, primary_key=True, autoincrement=False),
    Column("user_id", String),
    Column("requests", BigInteger, nullable=False),
    Index("ix_usage_key_ends_key_id", "key_id", "day"),
    Index("ix_usage_key_ends_user_id", "user_id", "day"),
)
"""The same by UTC's day and key."""

usage_bodies = Table(
    "usage_bodies",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("key_id", String, nullable=False),
    Column("user_id", String),
    Column("asked", LargeBinary, nullable=False),
    Column("answered", LargeBinary, nullable=False),
    Index("ix_usage_bodies_user_id", "user_id"),
)
"""What was said, of keys that want it kept: the beginnings of both bodies. `id` is the request's."""
