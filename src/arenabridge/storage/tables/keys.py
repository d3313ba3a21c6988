"""API keys, what each may do, and what those with a budget have used of it."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    false,
)

from arenabridge.storage.tables.metadata import metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("prefix", String, nullable=False),
    Column("name", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
    Column("profile", JSON, nullable=False, server_default="{}"),
    Column("owner_id", String, ForeignKey("users.id", name="fk_api_keys_owner_id", ondelete="SET NULL")),
    Column("administers", Boolean, nullable=False, server_default=false()),
    Column("notes", String, nullable=False, server_default=""),
    Column("expires_at", Float),
    Column("disabled_at", Float),
    Column("disabled_by", String),
    Column("last_used_at", Float),
    Column("previous_digest", LargeBinary),
    Column("previous_until", Float),
    Column("requests_per_minute", Integer),
    Column("tokens_per_minute", Integer),
    Column("parallel_requests", Integer),
    Column("requests_per_day", Integer),
    Column("requests_per_month", Integer),
    Column("tokens_per_day", Integer),
    Column("tokens_per_month", Integer),
    Column("version", Integer, nullable=False, server_default="1"),
    Index("ix_api_keys_previous_digest", "previous_digest"),
    Index("ix_api_keys_owner_id", "owner_id"),
)

api_key_rules = Table(
    "api_key_rules",
    metadata,
    Column(
        "key_id",
        String,
        ForeignKey("api_keys.id", name="fk_api_key_rules_key_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
)
"""What a key may be used for and from where: `kind` is `allowed_model`, `denied_model` or `network`."""

key_budgets = Table(
    "key_budgets",
    metadata,
    Column(
        "key_id",
        String,
        ForeignKey("api_keys.id", name="fk_key_budgets_key_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("day", String, nullable=False),
    Column("day_requests", Integer, nullable=False),
    Column("day_tokens", Integer, nullable=False),
    Column("month", String, nullable=False),
    Column("month_requests", Integer, nullable=False),
    Column("month_tokens", Integer, nullable=False),
)
"""One row a key, so that one UPDATE decides about day and month at once. Days and months are UTC's, as `2026-11-22`."""
