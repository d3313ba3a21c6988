"""Site sessions that a person has captured, to be used again."""

from sqlalchemy import Column, Float, Integer, String, Table, Text

from arenabridge.storage.tables.metadata import metadata

captured_sessions = Table(
    "captured_sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("session", String, nullable=False),
    Column("message", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("target", String, nullable=False),
    Column("model", Text),
    Column("label", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("last_used_at", Float),
    Column("failures", Integer, nullable=False),
)
