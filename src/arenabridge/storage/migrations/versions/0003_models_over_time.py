"""When each of the site's models was seen, and whether it was there at the last reading."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = str(time.time())  # as good as any: the models were there when they were last read
    with op.batch_alter_table("site_models") as table:
        table.add_column(sa.Column("first_seen", sa.Float, nullable=False, server_default=now))
        table.add_column(sa.Column("last_seen", sa.Float, nullable=False, server_default=now))
        table.add_column(sa.Column("available", sa.Boolean, nullable=False, server_default=sa.true()))
    with op.batch_alter_table("site_models") as table:
        for name in ("first_seen", "last_seen", "available"):
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("site_models") as table:
        for name in ("first_seen", "last_seen", "available"):
            table.drop_column(name)
