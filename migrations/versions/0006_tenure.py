"""Tells every listener of a change of what holds."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


# In the database, so that nothing that publishes can forget it. A listener hears of it after the commit.
TELL = """
CREATE FUNCTION tell_of_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('gridsvc_edition', json_build_object('kind', NEW.kind, 'district', NEW.district,
                                                         'code', NEW.code)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_edition AFTER INSERT OR UPDATE OF state, valid ON dated_set
  FOR EACH ROW EXECUTE FUNCTION tell_of_edition();
"""


def upgrade():
    op.execute(TELL)


def downgrade():
    op.execute("DROP TRIGGER tell_of_edition ON dated_set")
    op.execute("DROP FUNCTION tell_of_edition()")
