"""What a ruleset declares beside its rules, a title for a rule, and what kind of staff a person is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "declaration",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("row", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_declaration_set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration")),
    )
    op.execute("SELECT keep_published('declaration', 'keep_published_rows')")
    for table, name in (("rule", "title_zh"), ("rule", "title_en"), ("person", "kind")):
        op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade():
    for table, name in (("rule", "title_zh"), ("rule", "title_en"), ("person", "kind")):
        op.drop_column(table, name)
    op.drop_table("declaration")
