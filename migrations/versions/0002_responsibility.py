"""Units, people, posts, rules and limits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_unit_set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("set_id", "code", name=op.f("uq_unit_set_id_code")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_person_set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("set_id", "code", name=op.f("uq_person_set_id_code")),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=True),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("deputy_of", sa.Text(), nullable=True),
        sa.Column("acting", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("duty", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_post_validity")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_post_set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("set_id", "code", name=op.f("uq_post_set_id_code")),
    )
    op.create_table(
        "rule",
        sa.Column("pk", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), server_default="", nullable=False),
        sa.Column("places", sa.Text(), server_default="", nullable=False),
        sa.Column("attributes", sa.Text(), server_default="", nullable=False),
        sa.Column("window", sa.Text(), server_default="", nullable=False),
        sa.Column("lead", sa.Text(), server_default="", nullable=False),
        sa.Column("assisting", sa.Text(), server_default="", nullable=False),
        sa.Column("evaluator", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("test_lon", sa.Float(), nullable=True),
        sa.Column("test_lat", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_rule_set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_rule")),
        sa.UniqueConstraint("set_id", "id", name=op.f("uq_rule_set_id_id")),
        sa.UniqueConstraint("set_id", "rank", name=op.f("uq_rule_set_id_rank")),
    )
    op.create_table(
        "limit_",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), server_default="", nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "unit IN ('urgent_hour', 'working_hour', 'working_day', 'natural_day')", name=op.f("ck_limit__unit")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_limit__amount")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_limit__set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_")),
        sa.UniqueConstraint(
            "set_id", "category", "condition", "stage", name=op.f("uq_limit__set_id_category_condition_stage")
        ),
    )

    for table in ("unit", "person", "post", "rule", "limit_"):
        op.execute(f"SELECT keep_published('{table}', 'keep_published_rows')")


def downgrade():
    op.drop_table("limit_")
    op.drop_table("rule")
    op.drop_table("post")
    op.drop_table("person")
    op.drop_table("unit")
