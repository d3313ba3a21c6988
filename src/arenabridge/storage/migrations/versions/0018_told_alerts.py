"""Alerts that were told and are not over."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_alerts",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("alert", sa.String, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("told_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_told_alerts"),
    )


def downgrade() -> None:
    op.drop_table("told_alerts")
