"""Workers: their credentials, whom they serve, and the codes that they are enrolled with."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker_credentials",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("prefix", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("owner_id", sa.String),
        sa.Column("sharing", sa.String, nullable=False),
        sa.Column("is_backup", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("cap", sa.Integer),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("last_seen_at", sa.Float),
        sa.Column("revoked_at", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_worker_credentials"),
        sa.UniqueConstraint("digest", name="uq_worker_credentials_digest"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_worker_credentials_owner_id", ondelete="SET NULL"),
    )
    op.create_index("ix_worker_credentials_owner_id", "worker_credentials", ["owner_id"])
    op.create_table(
        "worker_team",
        sa.Column("credential_id", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("credential_id", "user_id", name="pk_worker_team"),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["worker_credentials.id"], name="fk_worker_team_credential_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_worker_team_user_id", ondelete="CASCADE"),
    )
    op.create_table(
        "worker_enrolments",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("owner_id", sa.String),
        sa.Column("sharing", sa.String, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_worker_enrolments"),
        sa.UniqueConstraint("digest", name="uq_worker_enrolments_digest"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_worker_enrolments_owner_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("worker_enrolments")
    op.drop_table("worker_team")
    op.drop_index("ix_worker_credentials_owner_id", "worker_credentials")
    op.drop_table("worker_credentials")
