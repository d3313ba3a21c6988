"""A row for each request, and the roll-ups."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTS = (
    "requests",
    "succeeded",
    "client_errors",
    "limited",
    "server_errors",
    "gone",
    "attempts",
    "tokens_in",
    "tokens_out",
    "bytes_in",
    "bytes_out",
    "first_tokens",
    "first_token_ms",
    "duration_ms",
)
MEASURES = (*COUNTS, *(f"{what}_{bucket:02}" for what in ("first_token", "duration") for bucket in range(28)))


def measures(names: tuple[str, ...] = MEASURES) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names]


def id_column(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "usage_requests",
        id_column("id"),
        sa.Column("request_id", sa.String, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("key_name", sa.String, nullable=False),
        sa.Column("user_id", sa.String),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("model_id", sa.String),
        sa.Column("asked_for", sa.String, nullable=False),
        sa.Column("endpoint", sa.String, nullable=False),
        sa.Column("mode", sa.String, nullable=False),
        *(sa.Column(name, sa.String) for name in ("worker", "browser", "how", "site_session")),
        sa.Column("streamed", sa.Boolean, nullable=False),
        sa.Column("client", sa.String, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("end_reason", sa.String, nullable=False),
        sa.Column("error_code", sa.String),
        sa.Column("error", sa.String),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tokens_in", sa.Integer),
        sa.Column("tokens_out", sa.Integer),
        sa.Column("tokens_estimated", sa.Boolean, nullable=False),
        sa.Column("bytes_in", sa.BigInteger, nullable=False),
        sa.Column("bytes_out", sa.BigInteger, nullable=False),
        sa.Column("duration", sa.Float, nullable=False),
        sa.Column("queue_wait", sa.Float),
        sa.Column("first_token", sa.Float),
        *(
            sa.Column(f"{stage}_after", sa.Float)
            for stage in ("read", "queued", "offered", "prepared", "granted", "first_byte", "answered")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_usage_requests"),
    )
    for name in ("key_id", "user_id", "model", "outcome"):
        op.create_index(f"ix_usage_requests_{name}", "usage_requests", [name, "id"])
    op.create_table(
        "usage_hours",
        id_column("hour"),
        sa.Column("model", sa.String, nullable=False),
        *measures(),
        sa.PrimaryKeyConstraint("hour", "model", name="pk_usage_hours"),
    )
    op.create_index("ix_usage_hours_model", "usage_hours", ["model", "hour"])
    op.create_table(
        "usage_model_days",
        id_column("day"),
        sa.Column("model", sa.String, nullable=False),
        *measures(),
        sa.PrimaryKeyConstraint("day", "model", name="pk_usage_model_days"),
    )
    op.create_table(
        "usage_days",
        id_column("day"),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("key_name", sa.String, nullable=False),
        sa.Column("user_id", sa.String),
        *measures(),
        sa.PrimaryKeyConstraint("day", "key_id", name="pk_usage_days"),
    )
    for name in ("key_id", "user_id"):
        op.create_index(f"ix_usage_days_{name}", "usage_days", [name, "day"])
    op.create_table(
        "usage_key_models",
        id_column("day"),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("key_name", sa.String, nullable=False),
        sa.Column("user_id", sa.String),
        *measures(COUNTS),
        sa.PrimaryKeyConstraint("day", "key_id", "model", name="pk_usage_key_models"),
    )
    for name in ("key_id", "user_id", "model"):
        op.create_index(f"ix_usage_key_models_{name}", "usage_key_models", [name, "day"])
    op.create_table(
        "usage_ends",
        id_column("hour"),
        sa.Column("end_reason", sa.String, nullable=False),
        sa.Column("error_code", sa.String, nullable=False),
        sa.Column("status", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour", "end_reason", "error_code", "status", name="pk_usage_ends"),
    )
    op.create_table(
        "usage_key_ends",
        id_column("day"),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("end_reason", sa.String, nullable=False),
        sa.Column("error_code", sa.String, nullable=False),
        sa.Column("status", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("user_id", sa.String),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", "key_id", "end_reason", "error_code", "status", name="pk_usage_key_ends"),
    )
    for name in ("key_id", "user_id"):
        op.create_index(f"ix_usage_key_ends_{name}", "usage_key_ends", [name, "day"])
    op.create_table(
        "usage_bodies",
        id_column("id"),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("user_id", sa.String),
        sa.Column("asked", sa.LargeBinary, nullable=False),
        sa.Column("answered", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_usage_bodies"),
    )
    op.create_index("ix_usage_bodies_user_id", "usage_bodies", ["user_id"])


def downgrade() -> None:
    for name in ("bodies", "key_ends", "ends", "key_models", "days", "model_days", "hours", "requests"):
        op.drop_table(f"usage_{name}")
