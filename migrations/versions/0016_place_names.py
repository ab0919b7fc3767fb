"""Names of places, to be found by words; and components by a part of their code."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# How a name is compared: half-width, lower case, Chinese numbers as digits, without blanks and punctuation. A dash
# between two numbers stays, as a character of its own: 12-3 is not 123.
PLACE_KEY = """
CREATE FUNCTION place_key(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  key text := lower(normalize(given, NFKC));
  run text;
  c text;
  digit int;
  held int;
  total bigint;
BEGIN
  key := regexp_replace(key, '(?<=[0-9])\\s*[-\u2010-\u2015\u2212之]\\s*(?=[0-9])', '之', 'g');
  key := regexp_replace(
    key, '[\\s!-/:-@\\[-`{-~\u00b7\u2010-\u2027\u2030-\u205e\u3001-\u3003\u3008-\u301f\u30fb]+', '', 'g');
  FOR run IN
    SELECT m[1] FROM regexp_matches(
      key, '([〇零一二三四五六七八九十百千]{1,12})', 'g') m
    GROUP BY m[1] ORDER BY length(m[1]) DESC
  LOOP
    IF run ~ '^[百千]+$' THEN
      CONTINUE;
    END IF;
    IF run !~ '[十百千]' THEN
      key := replace(key, run, translate(run,
        '〇零一二三四五六七八九', '00123456789'));
      CONTINUE;
    END IF;
    total := 0;
    held := 0;
    FOREACH c IN ARRAY regexp_split_to_array(run, '') LOOP
      digit := strpos('一二三四五六七八九', c);
      IF c IN ('十', '百', '千') THEN
        total := total + greatest(held, 1) * CASE c WHEN '十' THEN 10 WHEN '百' THEN 100 ELSE 1000 END;
        held := 0;
      ELSE
        held := digit;
      END IF;
    END LOOP;
    key := replace(key, run, (total + held)::text);
  END LOOP;
  RETURN key;
END $$
"""
# Pairs of neighbouring characters, the first one also with the beginning. Trigrams of a name of three characters have
# too little in common with one that differs in a character, and two characters make none at all.
PLACE_GRAMS = """
CREATE FUNCTION place_grams(key text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT substr('^' || key, n, 2)) FROM generate_series(1, length(key)) n
$$
"""
# One row for each way to call an area. A boundary street gives its name only where no lane has it: it is that lane.
# Of an address the number is apart, so that the nearest numbers can be told; it is not searched by pairs.
FILL = """
CREATE FUNCTION fill_place_names(wanted bigint) RETURNS void LANGUAGE sql AS $$
  WITH place AS (
    SELECT a.id, l.geometry, l.settles IS NOT NULL AS settles, a.name, a.code, a.props ->> 'name_en' AS name_en,
      ST_Envelope(a.geom) AS box,
      CASE
        WHEN l.geometry = 'line' THEN (
          SELECT ST_LineInterpolatePoint(p.geom, 0.5) FROM ST_Dump(ST_LineMerge(a.geom)) p
          ORDER BY ST_Length(p.geom) DESC LIMIT 1)
        WHEN l.geometry = 'polygon' AND ST_IsValid(a.geom) THEN ST_PointOnSurface(a.geom)
        ELSE ST_GeometryN(ST_Points(a.geom), 1)
      END AS point
    FROM layer l JOIN area a ON a.layer_id = l.id
    WHERE l.set_id = wanted AND NOT ST_IsEmpty(a.geom)
  ), placed AS (
    SELECT *, CASE WHEN geometry = 'point' THEN 0 ELSE (
      SELECT max(ST_DistanceSphere(point, corner.geom)) FROM ST_DumpPoints(box) corner) END AS extent_m
    FROM place WHERE point IS NOT NULL
  ), named AS (
    SELECT DISTINCT ON (p.id, k.key) p.*, k.key, w.is_name,
      CASE WHEN p.geometry = 'point' AND w.is_name
        THEN regexp_match(k.key, '^(.*[^0-9])([0-9]{1,6})号$') END AS house
    FROM placed p
    CROSS JOIN LATERAL (VALUES (p.name, p.name <> p.code), (p.name_en, true), (p.code, false)) w (word, is_name)
    CROSS JOIN LATERAL (SELECT place_key(w.word) AS key OFFSET 0) k
    WHERE k.key <> ''
    ORDER BY p.id, k.key, w.is_name DESC
  )
  INSERT INTO place_name (set_id, area_id, key, grams, road, house, point, extent_m)
  SELECT wanted, id, key, CASE WHEN is_name AND house IS NULL THEN place_grams(key) END, house[1], house[2]::int,
    point, extent_m
  FROM named n
  WHERE NOT (n.settles AND n.is_name AND EXISTS (
    SELECT FROM named o WHERE o.key = n.key AND o.is_name AND o.geometry = 'line' AND NOT o.settles))
$$
"""


def upgrade():
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "place_name",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("road", sa.Text(), nullable=True),
        sa.Column("house", sa.Integer(), nullable=True),
        sa.Column("point", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("extent_m", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["dated_set.id"], name=op.f("fk_place_name_set_id_dated_set"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_place_name_area_id_area"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_name")),
    )
    op.create_index("ix_place_name_set_id_key", "place_name", ["set_id", "key"], unique=False)
    op.create_index("ix_place_name_set_id_road_house", "place_name", ["set_id", "road", "house"], unique=False)
    op.create_index("ix_place_name_area_id", "place_name", ["area_id"], unique=False)
    op.create_index("ix_place_name_grams", "place_name", ["grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_component_code_trgm", "component", ["code"], unique=False, postgresql_using="gin",
        postgresql_ops={"code": "gin_trgm_ops"},
    )  # fmt: skip
    for function in (PLACE_KEY, PLACE_GRAMS, FILL):
        op.execute(function)
    op.execute("SELECT fill_place_names(id) FROM dated_set WHERE kind = 'edition'")
    op.execute("SELECT keep_published('place_name', 'keep_published_rows')")


def downgrade():
    op.drop_index("ix_component_code_trgm", table_name="component")
    op.drop_table("place_name")
    op.execute("DROP FUNCTION fill_place_names(bigint), place_grams(text), place_key(text)")
