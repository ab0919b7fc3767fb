"""Sheets of assessment, drafts and frozen ones that never change again, and the scores that come from outside."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

GUARDS = """
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON assessment
  FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON assessment FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON assessment_input FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON assessment_input
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
"""


def upgrade():
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "assessment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("district", "scheme", "period")),
        *(sa.Column(name, instant, nullable=False) for name in ("starts_at", "ends_at", "known_at")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("first_seq", "last_seq", "last_input")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("edition", "ruleset")),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("frozen_by", sa.Text(), nullable=True),
        sa.Column("frozen_at", instant, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("revises", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(frozen_at IS NULL) = (frozen_by IS NULL)", name=op.f("ck_assessment_frozen")),
        sa.CheckConstraint("revises IS NULL OR btrim(reason) <> ''", name=op.f("ck_assessment_revises")),
        sa.ForeignKeyConstraint(["revises"], ["assessment.id"], name=op.f("fk_assessment_revises_assessment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("revises", name=op.f("uq_assessment_revises")),
    )
    op.create_index("ix_assessment_district_scheme_ends_at", "assessment", ["district", "scheme", "ends_at"])
    first = sa.text("frozen_at IS NOT NULL AND revises IS NULL")
    columns = ["district", "scheme", "period"]
    op.create_index("ix_assessment_first_frozen", "assessment", columns, unique=True, postgresql_where=first)
    op.create_table(
        "assessment_input",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("district", "period", "code", "subject", "giver")
        ),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_assessment_input")),
    )
    op.create_index("ix_assessment_input_district_period", "assessment_input", ["district", "period"])
    op.execute(GUARDS)


def downgrade():
    op.drop_table("assessment_input")
    op.drop_table("assessment")
