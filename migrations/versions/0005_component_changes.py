"""What was recorded about components since their edition: append-only, in the order of the commits."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


# A reader asks for what comes after the last ``seq`` it saw. That misses nothing only if rows become visible in the
# order of their numbers, but a number is drawn before its transaction ends, and others may end sooner. So one
# transaction writes at a time, from before it draws a number until its rows can be seen: the lock is let go after the
# commit. A statement trigger runs before any default of a row is worked out, whoever writes.
ORDERED = """
CREATE FUNCTION hold_component_changes() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(7305843) $$;
CREATE FUNCTION order_component_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM hold_component_changes();
  RETURN NULL;
END $$;
CREATE TRIGGER order_component_changes BEFORE INSERT ON component_change
  FOR EACH STATEMENT EXECUTE FUNCTION order_component_changes();
"""

# The function of the history of cases, which now names the table it watches.
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON component_change FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON component_change
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
"""


def upgrade():
    op.create_geospatial_table(
        "component_change",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("code_scheme", sa.Text(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("competent", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("maintainer", sa.Text(), nullable=True),
        sa.Column("unit_grid", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("accuracy_class", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("accuracy_class IN ('A', 'B', 'C')", name=op.f("ck_component_change_accuracy_class")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_component_change")),
    )
    op.create_index(
        "ix_component_change_district_code_seq", "component_change", ["district", "code", "seq"], unique=False
    )
    op.execute(ORDERED)
    op.execute(APPEND_ONLY)


def downgrade():
    op.drop_index("ix_component_change_district_code_seq", table_name="component_change")
    op.drop_geospatial_table("component_change")
    op.execute("DROP FUNCTION order_component_changes()")
    op.execute("DROP FUNCTION hold_component_changes()")
