"""
People: users, what they may use and have used in all, sessions, invitations, links for a new password, the audit log.

Rules and budgets have the form of those of keys (`storage.tables.keys`).
"""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table

from arenabridge.storage.tables.metadata import metadata

users = Table(
    "users",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("folded_name", String, nullable=False, unique=True),
    Column("email", String, unique=True),
    Column("role", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("disabled_at", Float),
    Column("last_sign_in_at", Float),
    Column("requests_per_minute", Integer),
    Column("tokens_per_minute", Integer),
    Column("parallel_requests", Integer),
    Column("requests_per_day", Integer),
    Column("requests_per_month", Integer),
    Column("tokens_per_day", Integer),
    Column("tokens_per_month", Integer),
)

user_rules = Table(
    "user_rules",
    metadata,
    Column(
        "user_id", String, ForeignKey("users.id", name="fk_user_rules_user_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
)

user_budgets = Table(
    "user_budgets",
    metadata,
    Column(
        "user_id", String, ForeignKey("users.id", name="fk_user_budgets_user_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("day", String, nullable=False),
    Column("month", String, nullable=False),
    Column("day_requests", Integer, nullable=False),
    Column("day_tokens", Integer, nullable=False),
    Column("month_requests", Integer, nullable=False),
    Column("month_tokens", Integer, nullable=False),
)
"""What all of a person's keys and the Playground have used together, while the person has a budget."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("user_id", String, ForeignKey("users.id", name="fk_sessions_user_id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("last_seen_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("address", String, nullable=False),
    Column("agent", String, nullable=False),
    Index("ix_sessions_user_id", "user_id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("role", String, nullable=False),
    Column("note", String, nullable=False),
    Column("created_by", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_at", Float),
    Column("used_by", String),
)

password_resets = Table(
    "password_resets",
    metadata,
    Column(
        "user_id",
        String,
        ForeignKey("users.id", name="fk_password_resets_user_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("expires_at", Float, nullable=False),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("actor_id", String),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("target", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("address", String, nullable=False),
    Index("ix_audit_log_at", "at"),
)
