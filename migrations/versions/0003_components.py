"""Component points and the category tables."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from gridsvc.codes import load_categories

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "category",
        sa.Column("code_scheme", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("is_local_extension", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("kind IN ('component', 'matter')", name=op.f("ck_category_kind")),
        sa.PrimaryKeyConstraint("code_scheme", "kind", "code", name=op.f("pk_category")),
    )
    op.create_geospatial_table(
        "component",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
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
        sa.CheckConstraint("accuracy_class IN ('A', 'B', 'C')", name=op.f("ck_component_accuracy_class")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_component_set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint("set_id", "code", name=op.f("uq_component_set_id_code")),
    )
    op.create_geospatial_index(
        "ix_component_geom", "component", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )

    op.execute("SELECT keep_published('component', 'keep_published_rows')")
    # The table of a published standard never changes; another edition of it is another code scheme.
    op.bulk_insert(
        sa.table("category", *(sa.column(c) for c in ("code_scheme", "kind", "code", "zh", "en"))),
        [
            {"code_scheme": c.code_scheme, "kind": c.kind, "code": c.code, "zh": c.zh, "en": c.en}
            for c in load_categories()
        ],
    )


def downgrade():
    op.drop_geospatial_index("ix_component_geom", table_name="component", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("component")
    op.drop_table("category")
