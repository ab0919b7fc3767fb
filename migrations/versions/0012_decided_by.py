"""What the automatic decision of each case rested on, and its fingerprint, for whoever makes it again."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = {
    "edition": sa.Text(),
    "ruleset": sa.Text(),
    "components_seq": sa.BigInteger(),
    "fingerprint": sa.LargeBinary(),
}


def upgrade():
    for name, kind in COLUMNS.items():
        op.add_column("case_", sa.Column(name, kind))
    op.create_check_constraint("ck_case__fingerprint", "case_", "octet_length(fingerprint) = 16")
    # Cases of before name their sets in the decision itself; of components they knew what was recorded until then.
    op.execute("""
        UPDATE case_ SET edition = decision ->> 'edition', ruleset = decision ->> 'ruleset', components_seq = coalesce(
            (SELECT max(c.seq) FROM component_change c
             WHERE c.district = case_.district AND c.recorded_at <= case_.reported_at), 0)
    """)
    op.execute("""
        CREATE FUNCTION forget_fingerprint() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.decision IS DISTINCT FROM OLD.decision AND NEW.fingerprint IS NOT DISTINCT FROM OLD.fingerprint THEN
                NEW.fingerprint := NULL;
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER forget_fingerprint BEFORE UPDATE OF decision ON case_ "
        "FOR EACH ROW EXECUTE FUNCTION forget_fingerprint()"
    )


def downgrade():
    op.execute("DROP TRIGGER forget_fingerprint ON case_")
    op.execute("DROP FUNCTION forget_fingerprint()")
    for name in reversed(COLUMNS):
        op.drop_column("case_", name)
