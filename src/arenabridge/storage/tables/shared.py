"""What several gateways on one database agree on."""

from sqlalchemy import Column, Float, Integer, LargeBinary, String, Table, Text

from arenabridge.storage.tables.metadata import metadata

saved_settings = Table(
    "saved_settings",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("changed_at", Float, nullable=False),
)
"""What the dashboard has set, for all gateways: JSON, or ciphertext of it where it is secret."""

secret_check = Table(
    "secret_check",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", LargeBinary, nullable=False),
)
"""One row: derived from the secret with which keys and sessions were made, and telling nothing of it."""

duties = Table(
    "duties",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", Float, nullable=False),
)
"""What one gateway does for all, who it is, and until when if it is not heard of again."""
