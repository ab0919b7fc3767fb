"""Actors with their grants, keys and sessions, the audit of administration and access, and whose a case is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FILL = """
UPDATE case_ c SET
  parties = array_remove(
    ARRAY[c.unit, c.decision->'evaluator'->>'unit']
    || ARRAY(SELECT a->>'unit' FROM jsonb_array_elements(coalesce(c.decision->'assisting', '[]')) a), NULL),
  reported_by = coalesce((SELECT h.actor FROM case_history h WHERE h.case_id = c.id AND h.n = 1), '')
"""
GUARDS = """
INSERT INTO audit_head (n) VALUES (0);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION append_only();
"""


def upgrade():
    op.create_table(
        "actor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'program')", name=op.f("ck_actor_kind")),
        sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name=op.f("ck_actor_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_actor_issuer_subject")),
        sa.UniqueConstraint("name", name=op.f("uq_actor_name")),
    )
    op.create_table(
        "attempt",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_attempt")),
    )
    op.create_table(
        "audit",
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(n = 1) = (previous IS NULL)", name=op.f("ck_audit_first_has_no_previous")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_actor_n", "audit", ["actor", "n"], unique=False)
    op.create_index("ix_audit_subject_n", "audit", ["subject", "n"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("one", name=op.f("ck_audit_head_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("rate_per_s", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("rate_per_s > 0", name=op.f("ck_api_key_rate_per_s")),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_api_key_actor_id_actor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("lookup", name=op.f("uq_api_key_lookup")),
    )
    op.create_index("ix_api_key_actor_id", "api_key", ["actor_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("layer", sa.Text(), nullable=True),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.CheckConstraint("(layer IS NULL) = (area IS NULL)", name=op.f("ck_role_grant_area")),
        sa.CheckConstraint(
            "district IS NOT NULL OR (area IS NULL AND unit IS NULL)", name=op.f("ck_role_grant_district")
        ),
        sa.CheckConstraint(
            "isempty(valid) OR (lower_inc(valid) AND NOT upper_inc(valid))", name=op.f("ck_role_grant_valid_half_open")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_role_grant_actor_id_actor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index("ix_role_grant_actor_id", "role_grant", ["actor_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_session_actor_id_actor")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
    )
    op.create_index("ix_session_actor_id", "session", ["actor_id"], unique=False)
    op.add_column("case_", sa.Column("parties", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("case_", sa.Column("reported_by", sa.Text(), nullable=True))
    op.execute(FILL)
    op.alter_column("case_", "parties", nullable=False)
    op.alter_column("case_", "reported_by", nullable=False)
    op.create_index("ix_case__parties", "case_", ["parties"], unique=False, postgresql_using="gin")
    op.create_index("ix_case__reported_by_reported_at", "case_", ["reported_by", "reported_at"], unique=False)
    op.execute(GUARDS)


def downgrade():
    op.drop_index("ix_case__reported_by_reported_at", table_name="case_")
    op.drop_index("ix_case__parties", table_name="case_", postgresql_using="gin")
    op.drop_column("case_", "reported_by")
    op.drop_column("case_", "parties")
    op.drop_index("ix_session_actor_id", table_name="session")
    op.drop_table("session")
    op.drop_index("ix_role_grant_actor_id", table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_index("ix_api_key_actor_id", table_name="api_key")
    op.drop_table("api_key")
    op.drop_table("audit_head")
    op.drop_index("ix_audit_subject_n", table_name="audit")
    op.drop_index("ix_audit_actor_n", table_name="audit")
    op.drop_table("audit")
    op.drop_table("attempt")
    op.drop_table("actor")
