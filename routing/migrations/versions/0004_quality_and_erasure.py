"""Score sheets and reviews; when personal data were erased."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and columns."""
    op.create_table(
        "score_sheets",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("organisation", sa.String(64), sa.ForeignKey("organisations.id")),
        sa.Column("items", sa.JSON(), nullable=False),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("task_id", sa.String(36), sa.ForeignKey("tasks.id"), nullable=False),
        sa.Column("operator_id", sa.String(64), sa.ForeignKey("operators.id"), nullable=False),
        sa.Column("organisation", sa.String(64)),
        sa.Column("sheet", sa.String(64), sa.ForeignKey("score_sheets.id"), nullable=False),
        sa.Column("reviewer", sa.String(100), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("comment", sa.Text()),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_reviews_at", "reviews", ["at"])
    op.create_index("ix_reviews_operator_id", "reviews", ["operator_id"])
    op.create_index(
        "reviews_once", "reviews", ["task_id", "operator_id", "sheet", "reviewer"], unique=True
    )
    op.add_column("requests", sa.Column("erased_at", sa.DateTime()))
    op.add_column("tasks", sa.Column("erased_at", sa.DateTime()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("tasks", "erased_at")
    op.drop_column("requests", "erased_at")
    op.drop_table("reviews")
    op.drop_table("score_sheets")
