"""Limits for some places only, stages under the names that clocks have, and times of emergency."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEY = ["set_id", "category", "condition", "stage"]
RENAMED = {"arrive": "arrival", "close": "whole"}
# As histories are, by the function of migration 0004.
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mode_ FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON mode_ FOR EACH STATEMENT EXECUTE FUNCTION append_only();
"""


def upgrade():
    op.add_column("limit_", sa.Column("places", sa.Text(), nullable=False, server_default=""))
    op.drop_constraint(op.f("uq_limit__set_id_category_condition_stage"), "limit_")
    op.create_unique_constraint(op.f("uq_limit__set_id_category_condition_stage_places"), "limit_", [*KEY, "places"])
    rename(RENAMED)
    op.create_table(
        "mode_",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('normal', 'emergency')", name=op.f("ck_mode__mode")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_mode__validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mode_")),
    )
    op.create_index("ix_mode__district_id", "mode_", ["district", "id"])
    op.execute(APPEND_ONLY)


def downgrade():
    op.drop_table("mode_")
    rename({new: old for old, new in RENAMED.items()})
    unkept("DELETE FROM limit_ WHERE places <> ''")
    op.drop_constraint(op.f("uq_limit__set_id_category_condition_stage_places"), "limit_")
    op.create_unique_constraint(op.f("uq_limit__set_id_category_condition_stage"), "limit_", KEY)
    op.drop_column("limit_", "places")


def rename(stages):
    for old, new in stages.items():
        unkept(f"UPDATE limit_ SET stage = '{new}' WHERE stage = '{old}'")


def unkept(change):
    # What was published is kept from every change but this one.
    op.execute("ALTER TABLE limit_ DISABLE TRIGGER USER")
    op.execute(change)
    op.execute("ALTER TABLE limit_ ENABLE TRIGGER USER")
