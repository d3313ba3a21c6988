"""Which kept file an address led to when a request named it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fetched_files",
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("file_id", sa.String, nullable=False),
        sa.Column("fetched_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("owner", "address", name="pk_fetched_files"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_fetched_files_file_id", ondelete="CASCADE"),
    )
    op.create_index("ix_fetched_files_file_id", "fetched_files", ["file_id"])


def downgrade() -> None:
    op.drop_table("fetched_files")
