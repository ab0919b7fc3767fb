"""Whom a case is against, beside the reporter; secrets of the installation; whether a report asked for its reward."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ERASED = "erased_at IS NULL OR (salt IS NULL AND reporter IS NULL{})"
MORE = " AND subject IS NULL AND subject_key IS NULL AND comment IS NULL"


def upgrade():
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(value) = 32", name=op.f("ck_secret_value")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    for column in (sa.Column("subject", sa.Text()), sa.Column("subject_key", sa.LargeBinary()),
                   sa.Column("comment", sa.Text())):  # fmt: skip
        op.add_column("case_private", column)
    op.drop_constraint(op.f("ck_case_private_erased"), "case_private")
    op.create_check_constraint(op.f("ck_case_private_erased"), "case_private", ERASED.format(MORE))
    op.create_index(
        "ix_case_private_subject_key", "case_private", ["subject_key"],
        postgresql_where=sa.text("subject_key IS NOT NULL"),
    )  # fmt: skip
    op.add_column("case_", sa.Column("reward", sa.Text()))
    newest = [sa.literal_column(part) for part in ("reported_at DESC", "id DESC")]
    op.create_index("ix_case__reward", "case_", newest, postgresql_where=sa.text("reward IS NOT NULL"))


def downgrade():
    op.drop_index("ix_case__reward", table_name="case_")
    op.drop_column("case_", "reward")
    op.drop_index("ix_case_private_subject_key", table_name="case_private")
    op.drop_constraint(op.f("ck_case_private_erased"), "case_private")
    for name in ("comment", "subject_key", "subject"):
        op.drop_column("case_private", name)
    op.create_check_constraint(op.f("ck_case_private_erased"), "case_private", ERASED.format(""))
    op.drop_table("secret")
