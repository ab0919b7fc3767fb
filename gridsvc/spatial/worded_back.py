"""From a grid's ground back to words: the lanes and areas that bound it, its side of each, and which of them it owns.

The rule of sides is that of :mod:`gridsvc.spatial.worded_sides`; what is said holds for the grid, and what of its
border has no name is told in metres.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gridsvc.spatial.datum import Metric
from gridsvc.spatial.grid_maker import ON_LINE_DEG
from gridsvc.spatial.layer import Layer, Objects
from gridsvc.spatial.worded_names import Gazetteer, Named
from gridsvc.spatial.worded_sides import WHOLLY, Sides, sides_of
from gridsvc.spatial.worded_text import Side
from gridsvc.values import Lang

# A border this near to a lane runs along it.
ALONG_M = 0.5
# Shorter stretches are crossings and corners.
LEAST_M = 15.0
_ORDER: tuple[Side, ...] = ("inside", "south", "north", "east", "west")
_ZH = {"south": "以南", "north": "以北", "east": "以东", "west": "以西", "inside": "以内"}


@dataclass(frozen=True, slots=True)
class Said:
    """One clause for a grid: a name, the side, whether the street's own ground belongs to it, metres of border."""

    name: str
    side: Side
    included: bool
    border_m: float
    name_en: str = ""

    def text(self, lang: Lang) -> str:
        """The clause in words that the compiler reads."""
        if lang == "zh":
            return self.name + _ZH[self.side] + ("（含）" if self.included else "")
        told = ("within " if self.side == "inside" else f"{self.side} of ") + (self.name_en or self.name)
        return told + (" (included)" if self.included else "")


@dataclass(frozen=True, slots=True)
class Described:
    """A grid in words. ``unsaid_m`` is how much of its border, and ``border_m`` how much of it there is."""

    code: str
    name: str
    clauses: tuple[Said, ...]
    unsaid_m: float
    border_m: float

    def text(self, lang: Lang = "zh") -> str:
        """All clauses in one line."""
        return ("、" if lang == "zh" else ", ").join(c.text(lang) for c in self.clauses)


def describe(grids: Layer, outer: shapely.Geometry, layers: Iterable[Layer]) -> list[Described]:
    """Say each grid by what bounds it.

    Parameters
    ----------
    grids : Layer
        Polygons in degrees.
    outer : Polygon or MultiPolygon
        The ground that they share out; where a grid ends with it nothing is said.
    layers : iterable of Layer
        Lines and polygons with names. A layer of lines that settles ``grids`` says by ``owner`` whose its streets are.
    """
    if not len(grids):
        return []
    listed = list(layers)
    west, south, east, north = shapely.bounds(outer)
    metric = Metric.at((west + east) / 2.0, (south + north) / 2.0)
    known = Gazetteer(listed, metric)
    flat_outer = metric.straight(np.array([outer], dtype=object))[0]
    # An area that is all of the ground bounds nothing in it.
    areas = [x for x in known.areas() if not shapely.covers(shapely.buffer(x.shape, ON_LINE_DEG), outer)]
    things = [x for x in [*areas, *known.lanes()] if known.called(x.name) == [x]]
    drawn = metric.straight(np.array([*(x.shape for x in things), None], dtype=object)[:-1])
    streets = [x for x in listed if x.spec.settles == grids.spec.code]
    owned = _owned(streets, metric)
    sides = {i: sides_of(drawn[i], flat_outer) for i, x in enumerate(things) if x.is_lane}
    found = []
    for row, flat in enumerate(metric.straight(grids.geometries)):
        border = shapely.boundary(flat)
        rest = shapely.difference(border, shapely.buffer(shapely.boundary(flat_outer), ALONG_M))
        said = []
        for i, thing in enumerate(things):
            clause = _said(thing, drawn[i], sides.get(i), flat, border, owned.get(grids.codes[row]))
            if clause is not None:
                said.append(clause)
                line = drawn[i] if thing.is_lane else shapely.boundary(drawn[i])
                rest = shapely.difference(rest, shapely.buffer(line, ALONG_M))
        said = sorted(_needed(said), key=lambda c: (_ORDER.index(c.side), -c.border_m))
        found.append(
            Described(grids.codes[row], grids.names[row], tuple(said), float(rest.length), float(border.length))
        )
    return found


def _owned(streets: Sequence[Layer], metric: Metric) -> dict[str, shapely.Geometry]:
    """The boundary streets of each owner, on the plane."""
    lines: dict[str, list[shapely.Geometry]] = {}
    for layer in streets:
        for shape, props in zip(metric.straight(layer.geometries), layer.props, strict=True):
            if shape is not None and props.get("owner"):
                lines.setdefault(str(props["owner"]), []).append(shape)
    return {owner: shapely.union_all(own) for owner, own in lines.items()}


def _said(
    thing: Named, drawn: shapely.Geometry, sides: Sides | None, flat: shapely.Geometry, border: shapely.Geometry,
    owned: shapely.Geometry | None,
) -> Said | None:  # fmt: skip
    """What a lane or an area lets one say of a grid; None if it bounds the grid nowhere or on both sides."""
    line = drawn if thing.is_lane else shapely.boundary(drawn)
    if shapely.distance(line, border) > ALONG_M:
        return None
    run = shapely.intersection(border, shapely.buffer(line, ALONG_M))
    if run.length < LEAST_M:
        return None
    if not thing.is_lane:
        within = shapely.intersection(flat, drawn).area >= WHOLLY * flat.area
        return Said(thing.name, "inside", False, float(run.length), thing.name_en) if within else None
    if sides is None:
        return None
    one: Objects = np.array([flat], dtype=object)
    share = float(sides.share_left(one)[0])
    if 1.0 - WHOLLY < share < WHOLLY:
        return None
    mine = owned is not None and shapely.intersection(run, shapely.buffer(owned, ALONG_M)).length >= 0.5 * run.length
    return Said(thing.name, sides.word(share), bool(mine), float(run.length), thing.name_en)


def _needed(said: Sequence[Said]) -> list[Said]:
    """Of areas one within another, only the one with most of the border; lanes all."""
    areas = [c for c in said if c.side == "inside"]
    best = max(areas, key=lambda c: c.border_m, default=None)
    return [c for c in said if c.side != "inside" or c is best]
