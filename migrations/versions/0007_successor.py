"""What became of each area from one edition to the next, stored when the later one is published."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "successor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("before_id", sa.BigInteger(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("share_before", sa.Float(), nullable=True),
        sa.Column("share_after", sa.Float(), nullable=True),
        sa.CheckConstraint("before IS NOT NULL OR after IS NOT NULL", name=op.f("ck_successor_somebody")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_successor_set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["before_id"], ["dated_set.id"], name=op.f("fk_successor_before_id_dated_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_successor")),
    )
    op.create_index("ix_successor_set_id_layer", "successor", ["set_id", "layer"], unique=False)
    op.create_index("ix_successor_before_id", "successor", ["before_id"], unique=False)
    op.execute("SELECT keep_published('successor', 'keep_published_rows')")


def downgrade():
    op.drop_table("successor")
