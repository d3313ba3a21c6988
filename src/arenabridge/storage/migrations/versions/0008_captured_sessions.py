"""Site sessions that a person has captured."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "captured_sessions",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("mode", sa.String, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("model", sa.Text),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("last_used_at", sa.Float),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_captured_sessions"),
    )


def downgrade() -> None:
    op.drop_table("captured_sessions")
