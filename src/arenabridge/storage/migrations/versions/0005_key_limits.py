"""What an API key may do: its expiry, its limits, its owner."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LIMITS = (
    "requests_per_minute",
    "tokens_per_minute",
    "parallel_requests",
    "requests_per_day",
    "requests_per_month",
    "tokens_per_day",
    "tokens_per_month",
)
TIMES = ("expires_at", "disabled_at", "last_used_at", "previous_until")


def upgrade() -> None:
    with op.batch_alter_table("api_keys") as table:
        table.add_column(sa.Column("owner_id", sa.String))
        table.add_column(sa.Column("administers", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("notes", sa.String, nullable=False, server_default=""))
        for name in TIMES:
            table.add_column(sa.Column(name, sa.Float))
        table.add_column(sa.Column("previous_digest", sa.LargeBinary))
        for name in LIMITS:
            table.add_column(sa.Column(name, sa.Integer))
        table.create_foreign_key("fk_api_keys_owner_id", "users", ["owner_id"], ["id"], ondelete="SET NULL")
    op.create_index("ix_api_keys_previous_digest", "api_keys", ["previous_digest"])
    op.create_index("ix_api_keys_owner_id", "api_keys", ["owner_id"])
    op.create_table(
        "api_key_rules",
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "kind", "value", name="pk_api_key_rules"),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name="fk_api_key_rules_key_id", ondelete="CASCADE"),
    )
    op.create_table(
        "key_budgets",
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("day", sa.String, nullable=False),
        sa.Column("day_requests", sa.Integer, nullable=False),
        sa.Column("day_tokens", sa.Integer, nullable=False),
        sa.Column("month", sa.String, nullable=False),
        sa.Column("month_requests", sa.Integer, nullable=False),
        sa.Column("month_tokens", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_key_budgets"),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name="fk_key_budgets_key_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("key_budgets")
    op.drop_table("api_key_rules")
    op.drop_index("ix_api_keys_owner_id", "api_keys")
    op.drop_index("ix_api_keys_previous_digest", "api_keys")
    with op.batch_alter_table("api_keys") as table:
        table.drop_constraint("fk_api_keys_owner_id", type_="foreignkey")
        for name in ("owner_id", "administers", "notes", *TIMES, "previous_digest", *LIMITS):
            table.drop_column(name)
