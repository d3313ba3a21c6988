"""What was announced. `seen_at` is when somebody closed it in the dashboard; from then on it is never shown again."""

from sqlalchemy import Column, Float, String, Table, Text

from arenabridge.storage.tables.metadata import metadata

notices = Table(
    "notices",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("told_at", Float, nullable=False),
    Column("seen_at", Float),
)
