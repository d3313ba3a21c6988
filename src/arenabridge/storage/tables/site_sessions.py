"""Sessions at the site that persons have entrusted to the gateway, encrypted."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, LargeBinary, String, Table, false

from arenabridge.storage.tables.metadata import metadata

site_sessions = Table(
    "site_sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("owner_id", String, ForeignKey("users.id", name="fk_site_sessions_owner_id", ondelete="CASCADE")),
    Column("site_user", String, nullable=False),
    Column("email", String, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("sharing", String, nullable=False),
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("created_at", Float, nullable=False),
    Column("renewed_at", Float),
    Column("held_by", String),
    Column("held_until", Float, nullable=False),
    Index("ix_site_sessions_owner_id", "owner_id"),
)
"""`sharing` is `owner` or `all`. `held_by` names the process that works with it until `held_until`."""
