"""Replays that were asked for by the API, how far they are and what came of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade():
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "replay_job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("district", "edition", "content_hash", "actor")),
        sa.Column("ruleset", sa.Text(), nullable=True),
        sa.Column("started_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (result IS NULL AND problem IS NULL)", name=op.f("ck_replay_job_ended")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay_job")),
    )
    op.create_index("ix_replay_job_district_edition_id", "replay_job", ["district", "edition", "id"])


def downgrade():
    op.drop_table("replay_job")
