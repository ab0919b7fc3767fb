"""A town of boxes that the source texts are tried on: small enough to be seen, with one of everything they speak of.

Places are (column, row) of the picture, a cell being about 12 m; `drawing.at` gives their degrees. A grid's letter is
its sub-district's; W, M, D and L are the lines of lanes, as wide as their property says; C lies outside the planning
area. Not in the picture: the viaduct on the expressway W (rows 6 to 10), the strip along A|B (rows 6 to 11), and
the estates e1 managed, e2 being built, e3 managed by nobody.

::

       0     3     6     9     12      16      20      24
     0 +-----------W-----------+-------H-------+-------+     W  expressway          H  handed over to the district
       |   A1      W           |  B1   H  [ Z ]|       |     M  main road of the city's list
     4 MMMMMMMMMMMMWMMMMMMMMMMMMMMMMMMMHMMMMMMMM  C1   |     D  secondary road
       | [e1]      W     L     |       H       |       |     L  alley
     8 +-----------W-----L-----+-------H-------+       |     Z  a zone that is run by mandate
       | [e2]      W     L     |  B2   H       |       |     P  park of the city   Q  park of the district
    12 DDDDDDDDDDDDWDDDDDDDDDDDDDDDDDDDHDDDDDDDD       |
       | [e3]      W   A2      | [P]   H  [Q]  |       |
    16 +-----------W-----------+-------H-------+-------+
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import shapely
from drawing import at, line
from shapely.geometry.base import BaseGeometry

from gridsvc import Router
from gridsvc.answer import Routing

Shapes = Mapping[str, BaseGeometry]
COMMON = {"crs": "EPSG:4326", "code": "code", "name": "name"}


@dataclass(frozen=True)
class Drawn:
    """One layer: shapes by code, properties by code (a name and a unit among them), and keys of the manifest."""

    layer: str
    shapes: Shapes
    props: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)


def box(west: float, north: float, east: float, south: float) -> BaseGeometry:
    """The ground between two columns and two rows."""
    return shapely.box(*at(west, south), *at(east, north))


STREET = Drawn(
    "street",
    {"A": box(0, 0, 12, 16), "B": box(12, 0, 20, 16), "C": box(20, 0, 24, 16)},
    {
        "A": {"name": "甲街道", "unit": "SO-A"},
        "B": {"name": "乙街道", "unit": "SO-B"},
        "C": {"name": "丙镇", "unit": "SO-C"},
    },
    {"coverage": "partition", "unit": "unit", "priority": 50, "chief_role": "street_chief"},
)
GRID = Drawn(
    "grid",
    {
        "A1": box(0, 0, 12, 8), "A2": box(0, 8, 12, 16), "B1": box(12, 0, 20, 8), "B2": box(12, 8, 20, 16),
        "C1": box(20, 0, 24, 16),
    },
    {code: {"parent": code[0]} for code in ("A1", "A2", "B1", "B2", "C1")},
    {"coverage": "partition", "parent": "street", "parent_code": "parent", "chief_role": "grid_chief"},
)  # fmt: skip
LANE = Drawn(
    "lane",
    {
        "W": line((6, 0), (6, 16)), "M": line((0, 4), (20, 4)), "D": line((0, 12), (20, 12)),
        "L": line((9, 5), (9, 11)), "H": line((16, 0), (16, 16)),
    },
    {
        "W": {"name": "快速路", "tier": "expressway", "width_m": 24.0, "handed_over": False},
        "M": {"name": "大道", "tier": "arterial", "width_m": 16.0, "handed_over": False},
        "D": {"name": "次路", "tier": "secondary", "width_m": 16.0, "handed_over": False},
        "L": {"name": "小巷", "tier": "alley", "width_m": 6.0, "handed_over": False},
        "H": {"name": "移交路", "tier": "secondary", "width_m": 12.0, "handed_over": True},
    },
    {"geometry": "line", "priority": 10, "chief_role": "street_chief"},
)  # fmt: skip
VIADUCT = Drawn("viaduct", {"V": box(5, 6, 7, 10)})
STRIP = Drawn("strip", {"S": box(11.5, 6, 12.5, 11)})
ZONE = Drawn("zone", {"Z": box(17, 1, 19.5, 3)}, {"Z": {"name": "封闭管理区"}}, {"coverage": "cover"})
PLANNING = Drawn("planning_area", {"P": box(0, 0, 20, 16)})
PARK = Drawn(
    "park",
    {"P": box(13, 13, 15, 15), "Q": box(17.5, 13, 19.5, 15)},
    {"P": {"level": "city"}, "Q": {"level": "district"}},
)
ESTATE = Drawn(
    "estate",
    {"e1": box(1, 5, 4, 7), "e2": box(1, 9, 4, 11), "e3": box(1, 13, 4, 15)},
    {
        "e1": {"state": "managed", "unit": "PROPERTY"},
        "e2": {"state": "building", "unit": "DEVELOPER"},
        "e3": {"state": "unmanaged"},
    },
    {"unit": "unit"},
)
TOWN = (STREET, GRID, LANE, VIADUCT, STRIP, ZONE, PLANNING, PARK, ESTATE)


def route_over(folder: Path, *layers: Drawn, valid_from: str = "2020-01-01", **tables: str) -> Router:
    """Write a boundary folder of layers and of tables as CSV text, and load it as anybody would."""
    for drawn in layers:
        features = [
            {"type": "Feature", "properties": _props(drawn, code), "geometry": shapely.geometry.mapping(shape)}
            for code, shape in drawn.shapes.items()
        ]
        text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        (folder / f"{drawn.layer}.geojson").write_text(text, encoding="utf-8")
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(dedent(rows).lstrip("\n").replace("\\\n", ""), encoding="utf-8")
    manifest = {
        "edition": "T", "district": "990999", "valid_from": valid_from,
        "layers": [{"layer": d.layer, "file": f"{d.layer}.geojson", **COMMON, **d.keys} for d in layers],
        "tables": {name: f"{name}.csv" for name in tables},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return Router.from_folder(folder)


def _props(drawn: Drawn, code: str) -> dict[str, Any]:
    """An area's properties, with those that only its neighbours have as nothing, so that each column is there."""
    columns = dict.fromkeys(name for props in drawn.props.values() for name in props)
    return {**columns, "name": code, **drawn.props.get(code, {}), "code": code}


def hour(text: str) -> datetime:
    """An instant by the clock on the wall of the town, as in ``2024-06-12 12:00``."""
    return datetime.fromisoformat(f"{text}+08:00")


NOON = hour("2024-06-12 12:00")  # a Wednesday


def ask(router: Router, place: tuple[float, float], category: str, when: datetime = NOON, **attributes: str) -> Routing:
    """Route a report at a place of the picture."""
    return router.route(*at(*place), crs="wgs84", at=when, category=category, attributes=attributes)


def whose(router: Router, place: tuple[float, float], category: str, when: datetime = NOON, **attributes: str) -> str:
    """Who answers, by which kind of reason; or the desk and its reason.

    Whoever answers, the explanation must name the text that the deciding row rests on, in both languages.
    """
    routing = ask(router, place, category, when, **attributes)
    decision = routing.decision
    if decision.unit is None or decision.rule is None:
        return f"desk: {decision.desk}"
    source = decision.rule.source
    assert source
    assert any(source in step.zh and source in step.en for step in routing.because("short"))
    return f"{decision.unit.code} by {decision.rule.via}"


def helpers(router: Router, place: tuple[float, float], category: str, when: datetime = NOON, **attributes: str) -> str:
    """The units that assist, in order, and the one that evaluates."""
    decision = ask(router, place, category, when, **attributes).decision
    names = " ".join(unit.code for unit in decision.assisting)
    return names if decision.evaluator is None else f"{names} / {decision.evaluator.code}"
