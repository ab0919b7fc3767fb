"""Cases newest first by what lists are asked by: status, category, who reported them, and the layers of grants."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NEWEST_FIRST = {
    "status": "status",
    "category": "category",
    "reported_by": "reported_by",
    "street": "(areas ->> 'street')",
    "community": "(areas ->> 'community')",
    "grid": "(areas ->> 'grid')",
}


def upgrade():
    for name, key in NEWEST_FIRST.items():
        columns = [sa.literal_column(part) for part in (key, "reported_at DESC", "id DESC")]
        op.create_index(f"ix_case__{name}_reported_at_id", "case_", columns, unique=False)
    columns = [sa.literal_column(NEWEST_FIRST["street"]), "status"]
    columns += [sa.literal_column(part) for part in ("reported_at DESC", "id DESC")]
    op.create_index("ix_case__street_status_reported_at_id", "case_", columns, unique=False)
    op.drop_index("ix_case__status_unit", table_name="case_")
    op.drop_index("ix_case__reported_by_reported_at", table_name="case_")
    # The planner knows nothing of an expression until the rows are looked at again.
    op.execute("ANALYZE case_")


def downgrade():
    op.create_index("ix_case__reported_by_reported_at", "case_", ["reported_by", "reported_at"], unique=False)
    op.create_index("ix_case__status_unit", "case_", ["status", "unit"], unique=False)
    op.drop_index("ix_case__street_status_reported_at_id", table_name="case_")
    for name in reversed(NEWEST_FIRST):
        op.drop_index(f"ix_case__{name}_reported_at_id", table_name="case_")
