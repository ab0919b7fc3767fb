"""A city of two grids as a boundary folder, for tests that change, break and publish editions.

::

    30.01 +-----+-----+
          |  A  |  B  |      street S holds grids A and B, each a hundredth of a degree wide
    30.00 +-----+-----+
       120.00 120.01 120.02
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from gridsvc.bootstrap import Folder, read_all
from gridsvc.services import editions
from gridsvc.spatial.topology import check_edition

WEST, SOUTH, STEP = 120.0, 30.0, 0.01
IN_A, IN_B = (120.005, 30.005), (120.015, 30.005)
ODOUR = "06010"  # any matter that every scheme knows

Ring = list[list[float]]


def box(column: float) -> Ring:
    """Ring of an area that begins so many columns east of the west edge and is one column wide."""
    west, east = round(WEST + column * STEP, 7), round(WEST + (column + 1) * STEP, 7)
    north = round(SOUTH + STEP, 7)
    return [[west, SOUTH], [east, SOUTH], [east, north], [west, north], [west, SOUTH]]


BOW_TIE: Ring = [[120.0, 30.0], [120.01, 30.01], [120.01, 30.0], [120.0, 30.01], [120.0, 30.0]]
UNCLOSED: Ring = [[120.0, 30.0], [120.01, 30.0], [120.01, 30.01]]


def area(code: str, ring: Ring | None, **props: Any) -> dict[str, Any]:
    """One feature; without a ring it has no geometry."""
    geometry = None if ring is None else {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code, "name": f"网格{code}", **props}, "geometry": geometry}


# The street has a vertex where its grids meet its edge: straight in degrees is not straight in metres.
BOTH: Ring = [[120.0, 30.0], [120.01, 30.0], [120.02, 30.0], [120.02, 30.01], [120.01, 30.01], [120.0, 30.01],
              [120.0, 30.0]]  # fmt: skip
STREET = [area("S", BOTH, unit="U1")]
GRIDS = [area("A", box(0), parent="S", unit="U1"), area("B", box(1), parent="S", unit="U2")]

UNITS = [
    {"code": "U1", "name": "甲处", "name_en": "Office one", "parent": "", "kind": "department"},
    {"code": "U2", "name": "乙处", "name_en": "Office two", "parent": "U1", "kind": "company"},
]
PEOPLE = [{"code": "R1", "name": "张三", "phone": "0571-00000001"}, {"code": "R2", "name": "李四", "phone": ""}]
POSTS = [
    {
        "code": "P1", "person": "R1", "role": "grid_chief", "layer": "grid", "area": "A", "unit": "", "deputy_of": "",
        "acting": "false", "duty": "1-5 08:30-17:30", "valid_from": "2024-01-01", "valid_to": "",
    },
    {
        "code": "P2", "person": "R2", "role": "grid_chief", "layer": "grid", "area": "A", "unit": "", "deputy_of": "P1",
        "acting": "true", "duty": "", "valid_from": "2024-01-01T00:00:00+08:00", "valid_to": "2025-01-01",
    },
]  # fmt: skip
RULES = [
    {
        "rank": "10", "id": "RULE-06", "via": "rule", "categories": "06*", "places": "grid:A", "attributes": "",
        "window": "", "lead": "unit:U2", "assisting": "area:grid", "evaluator": "unit:U1", "disputed": "false",
        "source": "试行办法", "valid_from": "2024-01-01", "valid_to": "", "test_lon": "120.005", "test_lat": "30.005",
    },
    {
        "rank": "20", "id": "DISPUTED-07", "via": "rule", "categories": "07*;08010", "places": "!grid:A",
        "attributes": "vehicle=car|van", "window": "1-5 08:30-17:30", "lead": "rotate:U1|U2@2024-01-01/7",
        "assisting": "", "evaluator": "", "disputed": "true", "source": "会议纪要",
        "valid_from": "2024-01-01T08:00:00+08:00", "valid_to": "2030-01-01", "test_lon": "", "test_lat": "",
    },
    {
        "rank": "900", "id": "LOCAL", "via": "locality", "categories": "", "places": "", "attributes": "",
        "window": "", "lead": "area:grid", "assisting": "", "evaluator": "", "disputed": "false", "source": "属地",
        "valid_from": "", "valid_to": "", "test_lon": "", "test_lat": "",
    },
]  # fmt: skip
LIMITS = [
    {"category": "06*", "condition": "", "stage": "disposal", "amount": "1.5", "unit": "working_day", "source": "自拟"}
]
COMPONENTS = [
    {"x": "120.004", "y": "30.004", "code": "99099901001000001", "class": "01001", "name": "井盖", "maintainer": "U2"},
    {"x": "120.016", "y": "30.006", "code": "99099901001000002", "class": "01001", "name": "", "maintainer": ""},
]
TABLES: Mapping[str, Sequence[Mapping[str, str]]] = {
    "units": UNITS, "people": PEOPLE, "posts": POSTS, "rules": RULES, "limits": LIMITS, "components": COMPONENTS,
}  # fmt: skip

# With a chief for the other grid too, so that nothing speaks against publishing it.
SOUND = {**TABLES, "posts": [*POSTS, POSTS[0] | {"code": "P3", "area": "B", "duty": ""}]}


def changed(rows: Sequence[Mapping[str, str]], at: int, **cells: str) -> list[Mapping[str, str]]:
    """The same rows with other cells in one of them."""
    return [row | cells if i == at else row for i, row in enumerate(rows)]


def write_city(
    folder: Path,
    *,
    edition: str = "S1",
    grids: Sequence[Mapping[str, Any]] = GRIDS,
    tables: Mapping[str, Sequence[Mapping[str, str]]] = TABLES,
    grid_layer: Mapping[str, Any] | None = None,
    **manifest: Any,
) -> Path:
    """Write the folder; keywords replace keys of the manifest, ``grid_layer`` keys of the layer of grids."""
    folder.mkdir(parents=True, exist_ok=True)
    common = {"crs": "EPSG:4326", "code": "code", "name": "name", "unit": "unit", "coverage": "partition"}
    layers = [
        {"layer": "street", "file": "street.geojson", **common},
        {"layer": "grid", "file": "grid.geojson", "parent": "street", "parent_code": "parent",
         "chief_role": "grid_chief", **common, **(grid_layer or {})},
    ]  # fmt: skip
    sources: dict[str, Any] = {name: f"{name}.csv" for name in tables}
    sources |= {name: {"file": f"{name}.csv", "crs": "wgs84"} for name in ("components", "cases") if name in tables}
    given = {
        "edition": edition, "title": "小城", "district": "990999", "valid_from": "2024-01-01", "layers": layers,
        "tables": sources,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(given | manifest, ensure_ascii=False), encoding="utf-8")
    write_features(folder / "street.geojson", STREET)
    write_features(folder / "grid.geojson", grids)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(as_csv(rows), encoding="utf-8")
    return folder


def load_city(engine: Engine, folder: Path) -> Folder:
    """Read a folder and store it as a draft, as ``gridsvc boundaries load`` does."""
    contents = read_all(folder)
    editions.load(engine, contents.snapshot, contents.tables, check_edition(contents.snapshot.edition))
    return contents


def write_features(path: Path, features: Sequence[Mapping[str, Any]]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")


def as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """A table with its header line; without rows it is empty."""
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()
