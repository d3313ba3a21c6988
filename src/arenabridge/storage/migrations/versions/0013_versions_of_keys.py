"""Who switched an API key off, and how often it was changed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("disabled_by", sa.String))
    op.add_column("api_keys", sa.Column("version", sa.Integer, nullable=False, server_default="1"))


def downgrade() -> None:
    with op.batch_alter_table("api_keys") as table:
        table.drop_column("version")
        table.drop_column("disabled_by")
