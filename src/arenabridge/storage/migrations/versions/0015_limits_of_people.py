"""What a person may use in all, by whichever key and in the Playground."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
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
USED = ("day_requests", "day_tokens", "month_requests", "month_tokens")


def upgrade() -> None:
    for name in LIMITS:
        op.add_column("users", sa.Column(name, sa.Integer))
    op.create_table(
        "user_rules",
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "kind", "value", name="pk_user_rules"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_rules_user_id", ondelete="CASCADE"),
    )
    op.create_table(
        "user_budgets",
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("day", sa.String, nullable=False),
        sa.Column("month", sa.String, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in USED),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_budgets"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_budgets_user_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("user_budgets")
    op.drop_table("user_rules")
    with op.batch_alter_table("users") as table:
        for name in LIMITS:
            table.drop_column(name)
