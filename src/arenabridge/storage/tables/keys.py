"""API keys."""

from sqlalchemy import JSON, Column, Float, LargeBinary, String, Table

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
)
