"""Looks up places by words: names and codes, addresses, crossings of lanes. Every text is compared as a key.

A key is what ``place_key`` of the database makes of a text, the same for names and for what is looked up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Connection, text

from gridsvc.store.place_tables import place_name

_COLUMNS = """
SELECT l.code AS layer, l.geometry, a.code, a.name, n.key, n.house, n.extent_m,
  n.grams IS NOT NULL OR n.road IS NOT NULL AS by_name, ST_X(n.point) AS lon, ST_Y(n.point) AS lat,
  ST_XMin(a.geom) AS west, ST_YMin(a.geom) AS south, ST_XMax(a.geom) AS east, ST_YMax(a.geom) AS north
"""
_AREA = f"{_COLUMNS} FROM place_name n JOIN area a ON a.id = n.area_id JOIN layer l ON l.id = a.layer_id"
_EXACT = text(f"{_AREA} WHERE n.set_id = :set_id AND n.key = ANY(:keys) LIMIT :most")
# Of many names that share a pair of characters with long words those count that share most of their own. What has all
# of them, or lends all its own, comes before what is merely like it. Areas are looked at for those alone.
_LIKE = text(f"""
{_COLUMNS}
FROM (
  SELECT m.*, row_number() OVER (
    ORDER BY strpos(m.key, :key) = 0, s.shared::float / cardinality(m.grams) DESC, s.shared DESC, m.id) AS place
  FROM place_name m
  CROSS JOIN LATERAL (SELECT count(*) AS shared FROM unnest(m.grams) g WHERE g = ANY(:grams)) s
  WHERE m.set_id = :set_id AND m.grams && CAST(:grams AS text[])
  ORDER BY place LIMIT :most
) n JOIN area a ON a.id = n.area_id JOIN layer l ON l.id = a.layer_id ORDER BY n.place
""")
_NUMBERS = text(
    f"{_AREA} WHERE n.set_id = :set_id AND n.road = :road ORDER BY abs(n.house - :house), n.house LIMIT :most"
)
_OF_AREAS = text(f"{_AREA} WHERE n.area_id = ANY(:ids)")
_CROSSINGS = text("""
WITH pair AS (
  SELECT DISTINCT place_key(p.one) AS one, place_key(p.other) AS other
  FROM unnest(CAST(:ones AS text[]), CAST(:others AS text[])) p (one, other)
), line AS (
  SELECT DISTINCT n.key, a.id, a.code, a.name, a.geom,
    CASE WHEN jsonb_typeof(a.props -> 'width_m') = 'number' THEN (a.props ->> 'width_m')::float ELSE 0 END AS width_m
  FROM place_name n JOIN area a ON a.id = n.area_id JOIN layer l ON l.id = a.layer_id AND l.geometry = 'line'
  WHERE n.set_id = :set_id
    AND n.key IN (SELECT one FROM pair UNION SELECT other FROM pair)
)
SELECT one.id AS one, other.id AS other, one.code || '/' || other.code AS code, one.name AS one_name,
  other.name AS other_name,
  greatest(1.0, (one.width_m + other.width_m) / 2) AS wide_m,
  ST_Distance(one.geom::geography, other.geom::geography) AS gap_m,
  ST_AsBinary(CASE WHEN ST_Intersects(one.geom, other.geom) THEN ST_Intersection(one.geom, other.geom)
    ELSE ST_LineInterpolatePoint(ST_ShortestLine(one.geom, other.geom), 0.5) END) AS met
FROM pair JOIN line one ON one.key = pair.one JOIN line other ON other.key = pair.other AND other.id <> one.id
""")


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """An area and the key by which it was found, of its name or else of its code.

    A point of it in degrees, and the metres from there to its farthest part at most.
    """

    layer: str
    geometry: str
    code: str
    name: str
    key: str
    by_name: bool
    house: int | None
    extent_m: float
    lon: float
    lat: float
    bbox: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two lanes told by their names, and where they are nearest: one place or more where ``gap_m`` is 0.

    They meet where the gap is within ``wide_m``, half of their widths together: lines often end at the kerb.
    """

    ids: tuple[int, int]
    code: str
    names: tuple[str, str]
    wide_m: float
    gap_m: float
    points: Sequence[tuple[float, float]]

    @property
    def is_crossing(self) -> bool:
        """Whether there is a crossing at all."""
        return self.gap_m <= self.wide_m


def fill_names(connection: Connection, set_id: int) -> None:
    """Store the names by which the areas of a draft edition are found, in the place of what was stored before."""
    connection.execute(place_name.delete().where(place_name.c.set_id == set_id))
    connection.execute(text("SELECT fill_place_names(:set_id)"), {"set_id": set_id})


def keys_of(connection: Connection, words: Sequence[str]) -> list[str]:
    """Give the key of each text."""
    query = text("SELECT place_key(w) FROM unnest(CAST(:words AS text[])) WITH ORDINALITY t (w, n) ORDER BY n")
    return list(connection.execute(query, {"words": list(words)}).scalars())


def named(connection: Connection, set_id: int, keys: Sequence[str], most: int) -> list[NamedPlace]:
    """Give the areas of an edition with one of these keys as name or code."""
    return _places(connection.execute(_EXACT, {"set_id": set_id, "keys": list(keys), "most": most}))


def alike(connection: Connection, set_id: int, key: str, most: int) -> list[NamedPlace]:
    """Give the areas of an edition whose names have most in common with a key; one area may be there twice."""
    grams = [f"^{key}"[i : i + 2] for i in range(len(key))]
    return _places(connection.execute(_LIKE, {"set_id": set_id, "key": key, "grams": grams, "most": most}))


def numbers_near(connection: Connection, set_id: int, road: str, house: int, most: int) -> list[NamedPlace]:
    """Give the addresses of a road, by its key, whose numbers are nearest to one."""
    given = {"set_id": set_id, "road": road, "house": house, "most": most}
    return _places(connection.execute(_NUMBERS, given))


def of_areas(connection: Connection, ids: Sequence[int]) -> list[NamedPlace]:
    """Give areas by their ids, each once for every key that it has."""
    return _places(connection.execute(_OF_AREAS, {"ids": list(ids)}))


def meetings(connection: Connection, set_id: int, pairs: Sequence[tuple[str, str]]) -> list[Meeting]:
    """Give every two lanes of these names, and where they meet or are nearest."""
    ones, others = ([p[i] for p in pairs] for i in (0, 1))
    rows = connection.execute(_CROSSINGS, {"set_id": set_id, "ones": ones, "others": others}).mappings()
    return [
        Meeting((r["one"], r["other"]), r["code"], (r["one_name"], r["other_name"]), r["wide_m"], r["gap_m"],
                _points(bytes(r["met"])))
        for r in rows
    ]  # fmt: skip


def _points(met: bytes) -> list[tuple[float, float]]:
    """One point for each piece in which two lines meet: the piece itself, or the middle of a stretch they share."""
    parts = shapely.get_parts(shapely.from_wkb(met))
    lines = [part for part in parts if part.geom_type == "LineString"]
    shared = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(lines)))
    points = [part for part in parts if part.geom_type == "Point"]
    points += [line.interpolate(0.5, normalized=True) for line in shared]
    return sorted((p.x, p.y) for p in points)


def _places(rows: Any) -> list[NamedPlace]:
    return [_place(row) for row in rows.mappings()]


def _place(row: Mapping[str, Any]) -> NamedPlace:
    box = row["west"], row["south"], row["east"], row["north"]
    own = ("layer", "geometry", "code", "name", "key", "by_name", "house", "extent_m", "lon", "lat")
    return NamedPlace(**{name: row[name] for name in own}, bbox=box)
