"""Clocks, requests and links of cases, in the case's own row: lists ask for what waits and what is due."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANTS = ("amber_at", "due_at", "turn_at")
LISTS = ("clocks", "requests", "links")


def upgrade():
    for name in LISTS:
        empty = sa.text("'[]'")
        op.add_column("case_", sa.Column(name, postgresql.JSONB(), nullable=False, server_default=empty))
    waits = sa.Column("waits", postgresql.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'"))
    op.add_column("case_", waits)
    for name in INSTANTS:
        op.add_column("case_", sa.Column(name, sa.DateTime(timezone=True)))
    op.add_column("case_", sa.Column("corrected", postgresql.JSONB()))
    newest = [sa.literal_column(part) for part in ("reported_at DESC", "id DESC")]
    op.create_index("ix_case__waits", "case_", newest, postgresql_where=sa.text("waits <> '{}'"))
    op.create_index("ix_case__due_at_id", "case_", ["due_at", "id"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("ix_case__turn_at", "case_", ["turn_at"], postgresql_where=sa.text("turn_at IS NOT NULL"))
    op.create_index(
        "ix_case_history_request",
        "case_history",
        [sa.literal_column("((payload -> 'request') ->> 'kind')"), "seq"],
        postgresql_where=sa.text("jsonb_typeof(payload -> 'request') = 'object'"),
    )


def downgrade():
    op.drop_index("ix_case_history_request", table_name="case_history")
    for name in ("turn_at", "due_at_id", "waits"):
        op.drop_index(f"ix_case__{name}", table_name="case_")
    for name in ("corrected", *INSTANTS, "waits", *LISTS):
        op.drop_column("case_", name)
