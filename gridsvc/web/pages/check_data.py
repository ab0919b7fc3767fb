"""What the pages about a check draw, as plain values: the lines of the layers, the findings with their shapes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridsvc.spatial.layer import Edition, Layer, Objects
from gridsvc.spatial.topology import CheckReport, Finding
from gridsvc.values import Lang

DECIMALS = 7  # 1 cm: a sliver must not close on the page
# A page with more findings than this opens too slowly to be worked through; the gravest are shown.
MOST_FINDINGS = 5_000

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Lines:
    """The edges of one layer, each edge once: a MultiLineString in degrees."""

    layer: Layer
    shape: Any

    @property
    def style(self) -> dict[str, Any]:
        """Quiet lines, the wider the fewer areas; what does not share out the ground is dotted."""
        if self.layer.spec.coverage != "partition":
            return {"color": "#566273", "weight": 1.2, "opacity": 0.8, "dashArray": "2 4"}
        for most, weight, color in ((1, 3.0, "#2b3644"), (12, 2.5, "#2b3644"), (300, 1.5, "#3e4c5e")):
            if len(self.layer) <= most:
                return {"color": color, "weight": weight, "opacity": 0.9}
        return {"color": "#7c8796", "weight": 0.8, "opacity": 0.9}


def lines_of(edition: Edition) -> list[Lines]:
    """Give the lines of every layer of polygons or lines, those with the most areas first, to lie lowest."""
    layers = sorted((x for x in edition if x.spec.geometry != "point"), key=len, reverse=True)
    return [Lines(layer, _edges(layer.geometries)) for layer in layers]


def packed(lines: Any) -> list[list[int]]:
    """Give each line as whole steps of ``DECIMALS``: x and y of its first vertex, then the way to each next one.

    A city of 20 000 cells has half a million vertices; this is a quarter of the length of their degrees.
    """
    xy, of = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    steps = np.rint(xy * 10**DECIMALS).astype(np.int64)
    inner = np.flatnonzero(of[1:] == of[:-1]) + 1
    ways = steps.copy()
    ways[inner] -= steps[inner - 1]
    return [line.ravel().tolist() for line in np.split(ways, np.flatnonzero(np.diff(of)) + 1)] if len(of) else []


def _edges(shapes: Objects) -> Any:
    """Merge all straight pieces of some shapes to lines; what two neighbours share is kept once."""
    parts = shapely.get_parts(shapely.get_parts(shapes[~shapely.is_missing(shapes)]))
    polygonal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings = np.concatenate([shapely.get_rings(parts[polygonal]), parts[~polygonal]])
    xy, of = shapely.get_coordinates(rings, return_index=True)
    pieces = np.column_stack([xy[:-1], xy[1:]])[of[:-1] == of[1:]]
    turned = (pieces[:, 0] > pieces[:, 2]) | ((pieces[:, 0] == pieces[:, 2]) & (pieces[:, 1] > pieces[:, 3]))
    pieces[turned] = pieces[turned][:, [2, 3, 0, 1]]
    ends = np.unique(np.round(pieces, DECIMALS), axis=0).reshape(-1, 2, 2)
    return shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends)))


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding with what can be drawn of it: its ground, else the areas it names; and a place to point at."""

    finding: Finding
    shape: Any
    lonlat: tuple[float, float] | None

    def text(self, lang: Lang) -> str:
        """What was found."""
        return self.finding.en if lang == "en" else self.finding.zh


def gravest(report: CheckReport, edition: Edition, most: int = MOST_FINDINGS) -> list[Shown]:
    """Give the findings with their shapes, errors before warnings, larger before smaller; at most so many."""
    order = sorted(report.findings, key=lambda f: (f.severity, -(f.measure or 0.0)))
    return [_shown(finding, edition.layers.get(finding.layer)) for finding in order[:most]]


def _shown(finding: Finding, layer: Layer | None) -> Shown:
    shape = finding.ground
    if shape is None and layer is not None:
        named = [layer.geometries[i] for i, code in enumerate(layer.codes) if code in finding.codes]
        drawable = [s for s in named if s is not None and not s.is_empty]
        shape = shapely.geometrycollections(drawable) if drawable else None
    shape = _solid(shape)
    if finding.lon is not None and finding.lat is not None:
        return Shown(finding, shape, (finding.lon, finding.lat))
    if shape is None:
        return Shown(finding, None, None)
    inner = shapely.point_on_surface(shapely.make_valid(shape))
    return Shown(finding, shape, (round(inner.x, DECIMALS), round(inner.y, DECIMALS)))


def _solid(shape: Any) -> Any:
    """Keep what has the most dimensions: where two areas overlap they often also touch in lines and points."""
    if shape is None or shape.is_empty:
        return None
    parts = shapely.get_parts(shapely.get_parts(shape))
    dimensions = shapely.get_dimensions(parts)
    kept = parts[dimensions == dimensions.max()]
    return kept[0] if len(kept) == 1 else shapely.geometrycollections(kept)


def as_geojson(shape: Any) -> Any:
    """Give a shape as GeoJSON, its coordinates rounded."""
    return json.loads(shapely.to_geojson(shapely.transform(shape, lambda p: np.round(p, DECIMALS))))


def box_of(lines: Sequence[Lines], findings: Sequence[Shown]) -> Box | None:
    """West, south, east and north of the lines, or of the findings where there are none."""
    shapes = [x.shape for x in lines] or [x.shape for x in findings if x.shape is not None]
    west, south, east, north = shapely.total_bounds(shapes) if shapes else (np.nan,) * 4
    return (float(west), float(south), float(east), float(north)) if np.isfinite(west) else None
