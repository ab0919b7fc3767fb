"""Bad boundary folders and bad rows of their tables, for ``test_bad_input.py``."""

from bad_input import (
    ANY,
    Act,
    Row,
    cli,
    declared,
    frame,
    publishing,
    python,
    reading,
    tables,
    written,
)  # fmt: skip
from small_city import (
    BOW_TIE,
    COMPONENTS,
    GRIDS,
    LIMITS,
    PEOPLE,
    POSTS,
    RULES,
    UNCLOSED,
    UNITS,
    area,
    box,
    changed,
    load_city,
)  # fmt: skip

from gridsvc import Router
from gridsvc import errors as e
from gridsvc.bootstrap import read_all

LAYER = {"layer": "grid", "file": "grid.geojson", "crs": "EPSG:4326", "code": "code"}
STREET_LAYER = LAYER | {"layer": "street", "file": "street.geojson"}

B = GRIDS[1]["geometry"]["coordinates"][0]
CASES = [{"x": "120.005", "y": "30.005", "category": "06010", "source": "app", "reported_at": "2024-06-12T12:00:00Z"}]


def layers(**changes: object) -> Act:
    """Read the small city with one layer declared otherwise."""
    return reading(layers=[STREET_LAYER, LAYER | changes])


FOLDER: list[Row] = [
    ("no manifest", cli("boundaries", "check", "{city}/none"), 2, ANY, ANY),
    ("manifest is no JSON", written("manifest.json", b"{"), e.BadBoundaryFolder, ANY, ANY),
    ("manifest in another encoding", written("manifest.json", '{"title": "区"}'.encode("gb18030")),
     e.BadBoundaryFolder, ANY, ANY),
    ("manifest is a list", written("manifest.json", b"[]"), e.BadBoundaryFolder, ANY, "list"),
    ("no edition", python(lambda w: read_all(declared(w.city(), edition=None))), e.BadBoundaryFolder, "edition", None),
    ("no layers", reading(layers=[]), e.BadBoundaryFolder, "layers", []),
    ("two layers of one name", reading(layers=[LAYER, LAYER]), e.BadBoundaryFolder, "layers", ["grid"]),
    ("a file that is not there", layers(file="none.geojson"), e.BadBoundaryFolder, "layers[1].file", "none.geojson"),
    ("a table that is not there", python(lambda w: read_all(declared(w.city(), tables={"rules": "none.csv"}))),
     e.BadBoundaryFolder, "tables.rules", "none.csv"),
    ("a layer without a datum", layers(crs=None), e.BadDatum, "layers[1].crs", None),
    ("a layer in an unknown datum", layers(crs="utm"), e.BadDatum, "layers[1].crs", "utm"),
    ("a column that is not there", layers(code="id"), e.BadBoundaryFolder, "grid.code", "id"),
    ("a parent that is no layer", layers(parent="city"), e.BadBoundaryFolder, "layers.grid.parent", "city"),
    ("a misspelt key", layers(covrage="partition"), e.BadBoundaryFolder, "layers[1].covrage", "partition"),
    ("a coverage nobody knows", layers(coverage="full"), e.BadBoundaryFolder, "layers[1].coverage", "full"),
    ("a time zone nobody knows", reading(time_zone="Mars/Base"), e.BadBoundaryFolder, "time_zone", "Mars/Base"),
    ("a start without offset", reading(valid_from="2024-01-01T00:00:00"), e.BadInput, "valid_from", ANY),
    ("a layer file in another encoding", written("grid.geojson", '{"type": "网"}'.encode("gb18030")),
     e.BadBoundaryFolder, "grid.encoding", "UTF-8"),
    ("a layer file that is broken off", written("grid.geojson", b'{"type": "FeatureCollection", "features": ['),
     e.BadBoundaryFolder, "grid.file", "grid.geojson"),
    ("a layer with its axes swapped", reading(grids=[area("A", [[y, x] for x, y in box(0)], parent="S", unit="U1")]),
     e.BadBoundaryFolder, "grid.crs", "wgs84"),
    ("an area without a code", reading(grids=[area("", box(0), parent="S", unit="U1")]), e.BadBoundaryFolder, "code",
     None),
    ("a code with a reserved character", reading(grids=[area("A;B", box(0), parent="S", unit="U1")]),
     e.BadBoundaryFolder, "code", "A;B"),
    ("a crossing ring", publishing(area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]), 1, "invalid:grid:A", "-"),
    ("an unclosed ring", publishing(area("A", UNCLOSED, parent="S", unit="U1"), GRIDS[1]), 1, "invalid:grid:A", "-"),
    ("a gap", publishing(GRIDS[0]), 1, "gap:grid:S", "-"),
    ("an overlap", publishing(*GRIDS, area("C", B, parent="S", unit="U1")), 1, "overlap:grid:B+C", "-"),
    ("a duplicate code", publishing(*GRIDS, GRIDS[1]), 1, "duplicate_code:grid:B", "-"),
    ("an unknown waiver", cli("boundaries", "publish", "BAD", "--waive", "gap:grid:X", "--reason", "why"), 2, "waive",
     "'gap:grid:X'"),
    ("a waiver without a reason", cli("boundaries", "publish", "BAD", "--waive", "invalid:grid:A"), 2, "--reason", "-"),
    ("other contents of a published edition", python(lambda w: load_city(w.engine, w.city(edition="S1", title="x",
     grids=GRIDS[:1]))), e.Conflict, "edition", "S1"),
    ("frames without codes", python(lambda w: Router.from_frames({"grid": frame().drop(columns="code")})), e.BadInput,
     "grid", ANY),
]  # fmt: skip

ROWS: list[Row] = [
    ("a table in another encoding", written("units.csv", "code,name\nU1,甲".encode("gb18030")), e.BadTable, "encoding",
     "UTF-8"),
    ("an empty table", written("units.csv", b""), e.BadTable, "units.csv", ""),
    ("a unit twice", reading(**tables(units=[*UNITS, UNITS[0]])), e.BadTable, "code", "U1"),
    ("a person twice", reading(**tables(people=[*PEOPLE, PEOPLE[0]])), e.BadTable, "code", "R1"),
    ("a post twice", reading(**tables(posts=[*POSTS, POSTS[0]])), e.BadTable, "code", "P1"),
    ("a post of nobody", reading(**tables(posts=changed(POSTS, 0, person="R9"))), e.BadTable, "person", "R9"),
    ("a post that ends before it begins", reading(**tables(posts=changed(POSTS, 0, valid_to="2023-01-01"))), e.BadTable,
     "valid_to", "2023-01-01"),
    ("a duty that cannot be read", reading(**tables(posts=changed(POSTS, 0, duty="always"))), e.BadTable, "duty",
     "always"),
    ("two rules of one rank", reading(**tables(rules=changed(RULES, 1, rank="10"))), e.BadTable, "rank", "10"),
    ("two rules of one id", reading(**tables(rules=changed(RULES, 1, id="RULE-06"))), e.BadTable, "id", "RULE-06"),
    ("a rule of an unknown unit", reading(**tables(rules=changed(RULES, 0, lead="unit:U9"))), e.BadTable, "lead", "U9"),
    ("a rule assisted by an unknown unit", reading(**tables(rules=changed(RULES, 0, assisting="unit:U9"))), e.BadTable,
     ANY, "U9"),
    ("a rule that rotates to an unknown unit",
     reading(**tables(rules=changed(RULES, 0, lead="rotate:U1|U9@2024-01-01/7"))), e.BadTable, "lead", "U9"),
    ("a lead that cannot be read", reading(**tables(rules=changed(RULES, 0, lead="U1"))), e.BadTable, "lead", "U1"),
    ("a rank that is no number", reading(**tables(rules=changed(RULES, 0, rank="first"))), e.BadTable, ANY, ANY),
    ("a via nobody knows", reading(**tables(rules=changed(RULES, 0, via="luck"))), e.BadTable, "via", "luck"),
    ("a place that cannot be read", reading(**tables(rules=changed(RULES, 0, places="grid A"))), e.BadTable, "places",
     "grid A"),
    ("a category that cannot be read", reading(**tables(rules=changed(RULES, 0, categories="06?"))), e.BadTable, ANY,
     "06?"),
    ("a limit in an unknown unit", reading(**tables(limits=changed(LIMITS, 0, unit="hour"))), e.BadTable, "unit",
     "hour"),
    ("a limit that is no number", reading(**tables(limits=changed(LIMITS, 0, amount="soon"))), e.BadTable, "amount",
     "soon"),
    ("a limit of nothing", reading(**tables(limits=changed(LIMITS, 0, amount="0"))), e.BadTable, "amount", "0"),
    ("a limit that is NaN", reading(**tables(limits=changed(LIMITS, 0, amount="nan"))), e.BadTable, "amount", "nan"),
    ("a limit twice", reading(**tables(limits=[*LIMITS, *LIMITS])), e.BadTable, ANY, ANY),
    ("a component twice", reading(**tables(components=[*COMPONENTS, COMPONENTS[0]])), e.BadTable, "code",
     COMPONENTS[0]["code"]),
    ("a component nowhere", reading(**tables(components=changed(COMPONENTS, 0, x=""))), e.BadTable, "point", ANY),
    ("components without a datum",
     python(lambda w: read_all(declared(w.city(), tables={"components": "components.csv"}))), e.BadTable,
     "components.csv.crs", None),
    ("a case at no instant", reading(**tables(cases=changed(CASES, 0, reported_at=""))), e.BadTable, "reported_at",
     ANY),
    ("a case at an instant without offset", reading(**tables(cases=changed(CASES, 0, reported_at="2024-06-12 12:00"))),
     e.BadTable, "reported_at", "2024-06-12 12:00"),
    ("a case from nowhere", reading(**tables(cases=changed(CASES, 0, source="radio"))), e.BadTable, "source", "radio"),
    ("settings: no number", cli("up", env={"GRIDSVC_POOL_SIZE": "many"}), 2, "GRIDSVC_POOL_SIZE", "'many'"),
    ("settings: another database", cli("up", env={"GRIDSVC_DATABASE_URL": "mysql://h/d"}), 2,
     "GRIDSVC_DATABASE_URL", "'mysql'"),
]  # fmt: skip
