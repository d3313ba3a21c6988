"""Workers: their credentials, whom they serve, and the codes that credentials are given for."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, false

from arenabridge.storage.tables.metadata import metadata

worker_credentials = Table(
    "worker_credentials",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("prefix", String, nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("owner_id", String, ForeignKey("users.id", name="fk_worker_credentials_owner_id", ondelete="SET NULL")),
    Column("sharing", String, nullable=False),
    Column("is_backup", Boolean, nullable=False, server_default=false()),
    Column("cap", Integer),
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("created_at", Float, nullable=False),
    Column("last_seen_at", Float),
    Column("revoked_at", Float),
    Index("ix_worker_credentials_owner_id", "owner_id"),
)
"""`kind` is `relay` or `browser`, `sharing` is `owner`, `team` or `all`. Without an owner it is the gateway's own."""

worker_team = Table(
    "worker_team",
    metadata,
    Column(
        "credential_id",
        String,
        ForeignKey("worker_credentials.id", name="fk_worker_team_credential_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "user_id", String, ForeignKey("users.id", name="fk_worker_team_user_id", ondelete="CASCADE"), primary_key=True
    ),
)
"""Whom a credential that is shared with a team serves, beside its owner."""

worker_enrolments = Table(
    "worker_enrolments",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("owner_id", String, ForeignKey("users.id", name="fk_worker_enrolments_owner_id", ondelete="CASCADE")),
    Column("sharing", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_at", Float),
)
"""One-time codes, kept as digests."""
