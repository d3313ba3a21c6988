"""Sessions at the site that persons have entrusted to the gateway."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_sessions",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("owner_id", sa.String),
        sa.Column("site_user", sa.String, nullable=False),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("sharing", sa.String, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("renewed_at", sa.Float),
        sa.Column("held_by", sa.String),
        sa.Column("held_until", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site_sessions"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_site_sessions_owner_id", ondelete="CASCADE"),
    )
    op.create_index("ix_site_sessions_owner_id", "site_sessions", ["owner_id"])


def downgrade() -> None:
    op.drop_table("site_sessions")
