"""Dated sets of layers and areas."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# A published set keeps its rows and its start for good; only its end may still move.
KEEP_PUBLISHED_SETS = """
CREATE FUNCTION keep_published_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'draft' AND (TG_OP = 'DELETE'
     OR (to_jsonb(NEW) - 'state' - 'valid', lower(NEW.valid))
        IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'valid', lower(OLD.valid))
     OR NEW.state = 'draft') THEN
    RAISE EXCEPTION 'dated set % is published and cannot be changed', OLD.code
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON dated_set
  FOR EACH ROW EXECUTE FUNCTION keep_published_set();

CREATE FUNCTION keep_published_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed c JOIN dated_set s ON s.id = c.set_id WHERE s.state <> 'draft') THEN
    RAISE EXCEPTION 'rows of a published set cannot be changed (%)', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the table % may hold rows of published sets and cannot be emptied', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION keep_published_areas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed c JOIN layer l ON l.id = c.layer_id JOIN dated_set s ON s.id = l.set_id
             WHERE s.state <> 'draft') THEN
    RAISE EXCEPTION 'areas of a published edition cannot be changed'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

-- Watches every statement that adds, changes, moves or removes rows of a table; later steps call it too.
CREATE FUNCTION keep_published(watched regclass, watcher regproc) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT * FROM (VALUES ('insert', 'INSERT', 'NEW'), ('update_from', 'UPDATE', 'OLD'),
                          ('update_to', 'UPDATE', 'NEW'), ('delete', 'DELETE', 'OLD')) AS v (name, event, side)
  LOOP
    EXECUTE format('CREATE TRIGGER keep_published_%s AFTER %s ON %s REFERENCING %s TABLE AS changed '
                   'FOR EACH STATEMENT EXECUTE FUNCTION %s()',
                   found.name, found.event, watched, found.side, watcher);
  END LOOP;
  EXECUTE format('CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON %s '
                 'FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()', watched);
END $$;
"""


def upgrade():
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "dated_set",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column(
            "local_crs", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("kind"), "="),
            (sa.column("district"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_dated_set_valid",
        ),
        sa.CheckConstraint("(state = 'draft') = (valid IS NULL)", name=op.f("ck_dated_set_published_is_valid")),
        sa.CheckConstraint("kind IN ('edition', 'ruleset', 'calendar', 'scheme')", name=op.f("ck_dated_set_kind")),
        sa.CheckConstraint("state IN ('draft', 'published', 'retired')", name=op.f("ck_dated_set_state")),
        sa.CheckConstraint("valid IS NULL OR NOT isempty(valid)", name=op.f("ck_dated_set_valid_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_set")),
        sa.UniqueConstraint("kind", "district", "code", name=op.f("uq_dated_set_kind_district_code")),
    )
    op.create_table(
        "layer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("geometry", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("chief_role", sa.Text(), nullable=True),
        sa.Column("settles", sa.Text(), nullable=True),
        sa.CheckConstraint("coverage IN ('partition', 'cover', 'free')", name=op.f("ck_layer_coverage")),
        sa.CheckConstraint("geometry IN ('polygon', 'line', 'point')", name=op.f("ck_layer_geometry")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_layer_set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer")),
        sa.UniqueConstraint("set_id", "code", name=op.f("uq_layer_set_id_code")),
    )
    op.create_geospatial_table(
        "area",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("layer_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column(
            "props", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "geom",
            Geometry(srid=4326, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name=op.f("fk_area_layer_id_layer"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    op.create_geospatial_index(
        "ix_area_geom", "area", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_area_layer_id_code", "area", ["layer_id", "code"], unique=False)

    op.execute(KEEP_PUBLISHED_SETS)
    op.execute(
        "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON dated_set "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
    )
    op.execute("SELECT keep_published('layer', 'keep_published_rows')")
    op.execute("SELECT keep_published('area', 'keep_published_areas')")


def downgrade():
    op.drop_index("ix_area_layer_id_code", table_name="area")
    op.drop_geospatial_index("ix_area_geom", table_name="area", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("area")
    op.drop_table("layer")
    op.drop_table("dated_set")
    # The extensions stay: others may use them.
    op.execute("DROP FUNCTION keep_published(regclass, regproc)")
    op.execute("DROP FUNCTION keep_published_areas(); DROP FUNCTION keep_published_rows()")
    op.execute("DROP FUNCTION keep_published_set(); DROP FUNCTION refuse_truncate()")
