"""Tenures: what holds when, beside since and until when that was known; waivers with their reasons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


# Until now each published set held without end until the next one was published: that is what was known meanwhile.
# What was waived by its name alone is kept, without the reason that nobody asked for.
MOVE = """
UPDATE dated_set SET
  checked = state <> 'draft' OR coalesce((report #>> '{counts,error}')::integer, 0) = 0,
  waivers = coalesce((SELECT jsonb_agg(jsonb_build_object('finding', name, 'reason', '-', 'by', '', 'at', published_at))
                      FROM jsonb_array_elements_text(report -> 'waived') AS name), '[]'),
  report = report - 'waived';

WITH published AS (
  SELECT id, kind, district, valid, coalesce(published_at, recorded_at) AS since,
         lead(coalesce(published_at, recorded_at)) OVER (PARTITION BY kind, district ORDER BY valid) AS until
  FROM dated_set WHERE valid IS NOT NULL
)
INSERT INTO tenure (set_id, kind, district, valid, known, actor)
SELECT id, kind, district, tstzrange(lower(valid), NULL), tstzrange(since, until), '' FROM published
WHERE until > since
UNION ALL
SELECT id, kind, district, valid, tstzrange(greatest(since, until), NULL), '' FROM published;
"""

# A history that the older schema has no words for (a set in two pieces, or published and withdrawn) breaks one of its
# constraints, and then everything stays as it is.
MOVE_BACK = """
UPDATE dated_set SET
  valid = (SELECT range_merge(range_agg(t.valid)) FROM tenure t WHERE t.set_id = dated_set.id AND upper_inf(t.known)),
  published_at = (SELECT min(lower(t.known)) FROM tenure t WHERE t.set_id = dated_set.id),
  report = CASE waivers WHEN '[]' THEN report
           ELSE jsonb_set(report, '{waived}', jsonb_path_query_array(waivers, '$[*].finding')) END;
UPDATE dated_set SET state = CASE WHEN upper_inf(valid) THEN 'published' ELSE 'retired' END
WHERE published_at IS NOT NULL;
"""

# What hangs on a set may change only as long as ``{published}`` finds nothing.
KEEP_ROWS = """
CREATE OR REPLACE FUNCTION keep_published_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed c JOIN {published}) THEN
    RAISE EXCEPTION 'rows of a published set cannot be changed (%)', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION keep_published_areas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed a JOIN layer c ON c.id = a.layer_id JOIN {published}) THEN
    RAISE EXCEPTION 'areas of a published edition cannot be changed'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""

KEEP_SET = """
CREATE OR REPLACE FUNCTION keep_published_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM tenure WHERE set_id = OLD.id) THEN
    RAISE EXCEPTION 'dated set % is published and cannot be changed', OLD.code
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
KEEP_SET_BEFORE = """
CREATE OR REPLACE FUNCTION keep_published_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'draft' AND (TG_OP = 'DELETE'
     OR (to_jsonb(NEW) - 'state' - 'valid', lower(NEW.valid))
        IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'valid', lower(OLD.valid))
     OR NEW.state = 'draft') THEN
    RAISE EXCEPTION 'dated set % is published and cannot be changed', OLD.code
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
WATCH_SETS = """
CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON dated_set
  FOR EACH ROW EXECUTE FUNCTION keep_published_set();
"""

# Nobody can say later that something was known earlier: ``known`` begins and ends with the transaction that writes it,
# or after. Rows stay for good, for the table's owner too.
KEEP_TENURE = """
CREATE FUNCTION keep_tenure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF lower(NEW.known) >= now() AND upper_inf(NEW.known)
       AND EXISTS (SELECT FROM dated_set WHERE id = NEW.set_id AND checked) THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'only a checked set can be published, and known from now on'
      USING ERRCODE = 'integrity_constraint_violation';
  ELSIF TG_OP = 'UPDATE' AND upper_inf(OLD.known) AND lower(NEW.known) = lower(OLD.known)
        AND upper(NEW.known) >= now() AND to_jsonb(NEW) - 'known' = to_jsonb(OLD) - 'known' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was published and known cannot be changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_tenure BEFORE INSERT OR UPDATE OR DELETE ON tenure FOR EACH ROW EXECUTE FUNCTION keep_tenure();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON tenure FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
"""

# In the database, so that nothing that publishes can forget it. A listener hears of it after the commit.
TELL = """
CREATE FUNCTION tell_of_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('gridsvc_edition', json_build_object('kind', kind, 'district', district, 'code', code)::text)
  FROM dated_set WHERE id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_edition AFTER INSERT OR UPDATE ON tenure
  FOR EACH ROW EXECUTE FUNCTION tell_of_edition('set_id');
CREATE TRIGGER tell_of_checked_draft AFTER INSERT ON dated_set
  FOR EACH ROW WHEN (NEW.checked) EXECUTE FUNCTION tell_of_edition('id');
CREATE TRIGGER tell_of_checked AFTER UPDATE ON dated_set
  FOR EACH ROW WHEN (NEW.checked AND NOT OLD.checked) EXECUTE FUNCTION tell_of_edition('id');
"""


def upgrade():
    op.execute("DROP TRIGGER keep_published ON dated_set")
    op.add_column("dated_set", sa.Column("checked", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "dated_set",
        sa.Column(
            "waivers", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
    )
    op.create_unique_constraint(op.f("uq_dated_set_id_kind_district"), "dated_set", ["id", "kind", "district"])
    op.create_table(
        "tenure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("kind"), "="),
            (sa.column("district"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_tenure_valid_known",
        ),
        sa.CheckConstraint("lower_inc(valid) AND NOT upper_inc(valid)", name=op.f("ck_tenure_valid_half_open")),
        sa.CheckConstraint("lower_inc(known) AND NOT upper_inc(known)", name=op.f("ck_tenure_known_half_open")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_tenure_reason")),
        sa.ForeignKeyConstraint(
            ["set_id", "kind", "district"],
            ["dated_set.id", "dated_set.kind", "dated_set.district"],
            name=op.f("fk_tenure_set_id_dated_set"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenure")),
    )
    op.create_index("ix_tenure_set_id", "tenure", ["set_id"], unique=False)
    op.execute(MOVE)
    # Their constraints go with them.
    for column in ("valid", "state", "published_at"):
        op.drop_column("dated_set", column)
    op.execute(KEEP_ROWS.format(published="tenure t ON t.set_id = c.set_id"))
    op.execute(KEEP_SET + WATCH_SETS + KEEP_TENURE + TELL)


def downgrade():
    op.execute("DROP TRIGGER keep_published ON dated_set; DROP TRIGGER tell_of_checked_draft ON dated_set")
    op.execute("DROP TRIGGER tell_of_checked ON dated_set")
    op.add_column("dated_set", sa.Column("state", sa.Text(), server_default="draft", nullable=False))
    op.add_column("dated_set", sa.Column("valid", postgresql.TSTZRANGE(), nullable=True))
    op.add_column("dated_set", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(MOVE_BACK)
    op.drop_table("tenure")
    op.drop_constraint(op.f("uq_dated_set_id_kind_district"), "dated_set")
    for column in ("waivers", "checked"):
        op.drop_column("dated_set", column)
    for name, rule in (
        ("published_is_valid", "(state = 'draft') = (valid IS NULL)"),
        ("state", "state IN ('draft', 'published', 'retired')"),
        ("valid_not_empty", "valid IS NULL OR NOT isempty(valid)"),
    ):
        op.create_check_constraint(op.f(f"ck_dated_set_{name}"), "dated_set", rule)
    op.create_exclude_constraint(
        "ex_dated_set_valid", "dated_set", ("kind", "="), ("district", "="), ("valid", "&&"), using="gist"
    )
    op.execute(KEEP_ROWS.format(published="dated_set s ON s.id = c.set_id AND s.state <> 'draft'"))
    op.execute(KEEP_SET_BEFORE + WATCH_SETS)
    op.execute("DROP FUNCTION keep_tenure(); DROP FUNCTION tell_of_edition()")
