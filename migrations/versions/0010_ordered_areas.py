"""Cases of an area, newest first: an index for each of the layers whose areas people are granted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LAYERS = ("street", "community", "grid")


def upgrade():
    for layer in LAYERS:
        op.create_index(
            f"ix_case__{layer}_reported_at_id",
            "case_",
            [
                sa.literal_column(f"(areas ->> '{layer}')"),
                sa.literal_column("reported_at DESC"),
                sa.literal_column("id DESC"),
            ],
            unique=False,
        )
    # Only with it are the new expressions known to the planner.
    op.execute("ANALYZE case_")


def downgrade():
    for layer in reversed(LAYERS):
        op.drop_index(f"ix_case__{layer}_reported_at_id", table_name="case_")
