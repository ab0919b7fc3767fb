"""Cases and their append-only history, partitioned by month."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


# A row trigger on the parent is inherited by every month; a statement trigger would not be. TRUNCATE has no row
# triggers, so each month gets its own when it is made (store/cases.py).
APPEND_ONLY = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the history of cases is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON case_history FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON case_history
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
"""


def upgrade():
    op.create_geospatial_table(
        "case_",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code_scheme", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
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
        sa.Column("areas", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("decision", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", "reported_at", name=op.f("pk_case_")),
        postgresql_partition_by="RANGE (reported_at)",
    )
    op.create_index(
        "ix_case__areas",
        "case_",
        ["areas"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"areas": "jsonb_path_ops"},
    )
    op.create_geospatial_index(
        "ix_case__geom", "case_", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_case__number", "case_", ["number"], unique=False)
    op.create_index(
        "ix_case__reported_at_id",
        "case_",
        [sa.literal_column("reported_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_case__status_unit", "case_", ["status", "unit"], unique=False)
    op.create_table(
        "case_history",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(n = 1) = (previous IS NULL)", name=op.f("ck_case_history_first_has_no_previous")),
        sa.PrimaryKeyConstraint("seq", "at", name=op.f("pk_case_history")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_case_history_case_id_n", "case_history", ["case_id", "n"], unique=False)
    op.create_table(
        "case_number",
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district", "day", name=op.f("pk_case_number")),
    )
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("answer", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency")),
    )

    op.execute(APPEND_ONLY)


def downgrade():
    op.drop_table("idempotency")
    op.drop_table("case_number")
    op.drop_index("ix_case_history_case_id_n", table_name="case_history")
    op.drop_table("case_history")
    op.drop_index("ix_case__status_unit", table_name="case_")
    op.drop_index("ix_case__reported_at_id", table_name="case_")
    op.drop_index("ix_case__number", table_name="case_")
    op.drop_geospatial_index("ix_case__geom", table_name="case_", postgresql_using="gist", column_name="geom")
    op.drop_index(
        "ix_case__areas", table_name="case_", postgresql_using="gin", postgresql_ops={"areas": "jsonb_path_ops"}
    )
    op.drop_geospatial_table("case_")
    op.execute("DROP FUNCTION append_only()")
