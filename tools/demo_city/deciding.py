"""A small second opinion on the ruleset: which row decides at a place; used to find test points and to check them.

It follows the file format on its own, so that the service and the generator cannot share one mistake.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from demo_city.frame import metres, to_metres
from demo_city.write import Row

REACH_M = 60.0
# Unit, categories, places and source, as in the table.
Power = tuple[str, str, str, str]


@dataclass(frozen=True)
class Spot:
    """What is asked: a position in metres, a category, attributes, and the units of a matched component if any."""

    x: float
    y: float
    category: str
    attributes: dict[str, str] = field(default_factory=dict)
    component: dict[str, str | None] | None = None


class Ground:
    """All areas of all layers in metres; lines and points reach as far as their width or radius says."""

    def __init__(self, layers: dict[str, list[Row]]) -> None:
        self.rows: list[tuple[str, Row]] = [(layer, row) for layer, rows in layers.items() for row in rows]
        self.shapes = [metres(row["geometry"]) for _, row in self.rows]
        self.reach = [row.get("radius_m", row.get("width_m", 0.0) / 2) for _, row in self.rows]
        self.tree = shapely.STRtree(self.shapes)

    def at(self, x: float, y: float) -> list[tuple[str, Row]]:
        """List the areas of all layers at a position, and the position itself as an area of the layer ``at``."""
        point = shapely.Point(x, y)
        near = sorted(self.tree.query(point, predicate="dwithin", distance=200.0).tolist())
        here = [self.rows[i] for i in near if self.shapes[i].distance(point) <= self.reach[i]]
        return [*here, ("at", {"code": "", "point": point})]

    def margin_m(self, x: float, y: float) -> float:
        """Give the distance to the nearest border or corridor edge of any area, so that test points stand clear."""
        point = shapely.Point(x, y)
        worst = 1e9
        for i in self.tree.query(point, predicate="dwithin", distance=200.0):
            shape = self.shapes[i]
            rim = (
                shape.exterior.distance(point)
                if shape.geom_type == "Polygon"
                else shape.distance(point) - self.reach[i]
            )
            worst = min(worst, abs(rim))
        return worst


def covers_category(row: Row, category: str) -> bool:
    """Say whether a row speaks about a category."""
    words = [w for w in row["categories"].split(";") if w]
    return not words or any(category.startswith(w[:-1]) if w.endswith("*") else w == category for w in words)


def holds_term(term: str, here: list[tuple[str, Row]]) -> bool:
    """Test one place term: ``layer:code``, ``layer:*`` or ``layer?prop=value``, turned round by a leading ``!``."""
    if term.startswith("!"):
        return not holds_term(term[1:], here)
    if term.startswith("at:"):
        return any(layer == "at" and disc(term).covers(row["point"]) for layer, row in here)
    if "?" in term:
        layer, test = term.split("?")
        key, value = test.split("=")
        return any(at == layer and str(row.get(key)) == value for at, row in here)
    layer, code = term.split(":")
    return any(at == layer and code in ("*", row["code"]) for at, row in here)


def disc(term: str) -> shapely.Polygon:
    """Give the circle in metres that ``at:LON,LAT/RADIUS`` means."""
    position, _, radius_m = term.removeprefix("at:").partition("/")
    x, y = to_metres(np.array([[float(v) for v in position.split(",")]]))[0]
    return shapely.Point(x, y).buffer(float(radius_m), quad_segs=64)


def covers_place(row: Row, here: list[tuple[str, Row]]) -> bool:
    """Say whether a row speaks about a place."""
    if not row["places"]:
        return True
    return any(all(holds_term(t, here) for t in choice.split("&")) for choice in row["places"].split(";"))


def holds_attributes(row: Row, attributes: dict[str, str]) -> bool:
    """Say whether all attributes that a row asks for are there with one of the wanted values."""
    pairs = [p.split("=") for p in row["attributes"].split(";") if p]
    return all(attributes.get(key) in values.split("|") for key, values in pairs)


def lead_unit(lead: str, spot: Spot, here: list[tuple[str, Row]]) -> str | None:
    """Give the unit that a lead names at this spot, or nothing; a rotation gives its first unit."""
    kind, what = lead.split(":", 1)
    if kind == "unit":
        return what
    if kind == "rotate":
        return what.split("|")[0]
    if kind == "component":
        return (spot.component or {}).get(what)
    found = sorted((row["code"], row["unit"]) for layer, row in here if layer == what and row.get("unit"))
    return found[0][1] if found else None


def may_lead(unit: str, category: str, here: list[tuple[str, Row]], powers: Sequence[Power]) -> bool:
    """Say whether a unit's powers reach here for a category; units and categories without a row are not limited."""
    own = [Row(categories=c, places=p) for u, c, p, _ in powers if u == unit]
    limited = [row for row in own if covers_category(row, category)]
    return not limited or any(covers_place(row, here) for row in limited)


def decide(
    rows: list[Row], spot: Spot, ground: Ground, windows_hold: bool = False, powers: Sequence[Power] = ()
) -> Row | None:
    """Find the deciding row; windows all hold or all fail, dated rows are passed over.

    A disputed row does not settle; after it only precedents and locality may.
    """
    here = ground.at(spot.x, spot.y)
    disputed = False
    for row in sorted(rows, key=lambda r: int(r["rank"])):
        if row["valid_from"] or (row["window"] and not windows_hold):
            continue
        if disputed and row["via"] not in ("precedent", "locality"):
            continue
        fits = covers_category(row, spot.category) and holds_attributes(row, spot.attributes)
        if not fits or not covers_place(row, here):
            continue
        lead = lead_unit(row["lead"], spot, here)
        if lead is None or not may_lead(lead, spot.category, here, powers):
            continue
        if row["disputed"] == "false":
            return row
        disputed = True
    return None
