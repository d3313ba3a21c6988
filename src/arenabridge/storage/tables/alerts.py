"""Alerts that were told and are not over, so that a restart tells none twice and forgets none."""

from sqlalchemy import Column, Float, String, Table, Text

from arenabridge.storage.tables.metadata import metadata

told_alerts = Table(
    "told_alerts",
    metadata,
    Column("id", String, primary_key=True),
    Column("alert", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("told_at", Float, nullable=False),
)
