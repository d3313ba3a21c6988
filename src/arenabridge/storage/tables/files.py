"""Pictures and files that we keep and serve. Several of them may have one content, which lies on disk by its digest."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, String, Table

from arenabridge.storage.tables.metadata import metadata

files = Table(
    "files",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("owner", String, nullable=False),
    Column("source", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("last_used_at", Float, nullable=False, index=True),
    Column("expires_at", Float, nullable=False, index=True),
)

Index("ix_files_owner", files.c.owner, files.c.last_used_at)

fetched_files = Table(
    "fetched_files",
    metadata,
    Column("owner", String, primary_key=True),
    Column("address", String, primary_key=True),
    Column(
        "file_id", String, ForeignKey("files.id", name="fk_fetched_files_file_id", ondelete="CASCADE"), nullable=False
    ),
    Column("fetched_at", Float, nullable=False),
    Index("ix_fetched_files_file_id", "file_id"),
)
"""Where a file came from: the digest of its address, and who had it fetched."""
