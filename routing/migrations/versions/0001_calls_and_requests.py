"""Calls, turns, hand-overs and requests: the tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "calls",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("outcome", sa.String(32)),
    )
    op.create_table(
        "turns",
        sa.Column("call_id", sa.String(64), sa.ForeignKey("calls.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("acts", sa.JSON(), nullable=False),
    )
    op.create_table(
        "handovers",
        sa.Column("call_id", sa.String(64), sa.ForeignKey("calls.id"), primary_key=True),
        sa.Column("queue", sa.String(64), nullable=False, index=True),
        sa.Column("brief", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False, index=True),
    )
    op.create_table(
        "requests",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False, index=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("phone", sa.String(64)),
        sa.Column("created_at", sa.DateTime(), nullable=False, index=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("number", sa.String(64), index=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(200)),
    )
    op.create_index("requests_due", "requests", ["status", "next_try_at"])
    op.create_table(
        "register",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("number", sa.String(8), nullable=False, index=True),
        sa.Column("filed_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "register_open_number",
        "register",
        ["number"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("register", "requests", "handovers", "turns", "calls"):
        op.drop_table(table)
