"""Attachments and the cases that have them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "attachment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("captured_at", sa.Text(), nullable=True),
        sa.Column("uploaded_by", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("used", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("length(id) = 64", name=op.f("ck_attachment_id")),
        sa.CheckConstraint("NOT used OR (stored AND cardinality(uploaded_by) > 0)", name=op.f("ck_attachment_used")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_unused", "attachment", ["at"], postgresql_where=sa.text("NOT used"))
    op.create_table(
        "case_attachment",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("attachment", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment"], ["attachment.id"], name=op.f("fk_case_attachment_attachment_attachment")
        ),
        sa.PrimaryKeyConstraint("case_id", "attachment", name=op.f("pk_case_attachment")),
    )
    op.create_index("ix_case_attachment_attachment", "case_attachment", ["attachment"])


def downgrade():
    op.drop_table("case_attachment")
    op.drop_table("attachment")
