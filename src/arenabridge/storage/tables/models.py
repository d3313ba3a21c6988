"""The models that the site was seen to offer."""

from sqlalchemy import Boolean, Column, Float, Integer, String, Table, Text

from arenabridge.storage.tables.metadata import metadata

site_models = Table(
    "site_models",
    metadata,
    Column("id", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("model", Text, nullable=False),
    Column("first_seen", Float, nullable=False),
    Column("last_seen", Float, nullable=False),
    Column("available", Boolean, nullable=False),
)
