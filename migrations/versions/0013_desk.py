"""What the desk has with a case, in the case's own row: the list of the desk is asked for all day."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("case_", sa.Column("desk", sa.Text(), nullable=True))
    op.execute("UPDATE case_ SET desk = decision->'desk'->>'reason' WHERE decision->'desk'->>'reason' IS NOT NULL")
    # What the history adds up to: a disputed row was passed over, and the locality stands in.
    op.execute(
        "UPDATE case_ SET desk = 'disputed' FROM case_history "
        "WHERE case_history.case_id = case_.id AND case_history.n = case_.version "
        "AND case_.decision->'accountable'->>'via' = 'locality' "
        """AND case_history.payload->'trail' @? 'strict $[*] ? (@[1] == "disputed")'"""
    )
    columns = [sa.literal_column(part) for part in ("reported_at DESC", "id DESC")]
    op.create_index("ix_case__desk", "case_", columns, postgresql_where=sa.text("desk IS NOT NULL"))


def downgrade():
    op.drop_index("ix_case__desk", table_name="case_")
    op.drop_column("case_", "desk")
