"""What a request asked for that had no effect, in its record."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("usage_requests", sa.Column("ignored", sa.String, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("usage_requests", "ignored")
