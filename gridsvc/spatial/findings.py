"""What a check of boundaries says: one finding a fault, one report of them all; and the sheet that is checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.findings import Counted
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.layer import Edition, Layer, Objects
from gridsvc.values import CheckId, LayerChecks, Severity

POLYGON, MULTIPOLYGON = 3, 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: what, how grave, where, how large. ``lon`` and ``lat`` are None where it has no place.

    ``ground`` is the faulty shape itself in WGS 84 degrees, None where there is none; it is for maps and stays out
    of the report.
    """

    id: CheckId
    severity: Severity
    layer: str
    codes: tuple[str, ...]
    measure: float | None
    unit: str | None
    lon: float | None
    lat: float | None
    zh: str
    en: str
    ground: Any = field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The finding as the contract has it, without its shape."""
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "ground"}
        return kept | {"codes": list(self.codes)}


@dataclass(frozen=True, slots=True)
class CheckReport(Counted):
    """All findings on one edition."""

    edition: str
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """The machine-readable report."""
        return self.told("edition", self.edition)


def found(
    kind: CheckId, severity: Severity, layer: str, codes: tuple[str, ...], text: tuple[str, str], ground: Any = None,
    measure: float | None = None, unit: str | None = None,
) -> Finding:  # fmt: skip
    """Make a finding with a place on its ground; the measure, if it is one of metres, follows the text."""
    lon, lat = place_of(ground)
    size = shown(measure, unit)
    zh, en = (f"{text[0]}，{size}", f"{text[1]}, {size}") if size else text
    return Finding(kind, severity, layer, codes, measure, unit, lon, lat, zh, en, ground)


def shown(measure: float | None, unit: str | None) -> str:
    """A measure for people; empty where there is none or its unit is no metre."""
    if measure is None or unit not in ("m", "m2"):
        return ""
    if unit == "m":
        return f"{measure:.1f} m" if measure < 1e4 else f"{measure / 1e3:,.0f} km"
    return f"{measure:.1f} m²" if measure < 1e5 else f"{measure / 1e6:.2f} km²"


def place_of(ground: Any) -> tuple[float | None, float | None]:
    """Longitude and latitude of a point on a shape, None where it has no place."""
    inner = None if ground is None or ground.is_empty else shapely.point_on_surface(ground)
    if inner is None or inner.is_empty:
        return None, None
    return round(inner.x, 7), round(inner.y, 7)


def overruled(finding: Finding, checks: LayerChecks) -> Iterator[Finding]:
    """Give the finding with the severity that its layer asks for, or nothing where that is ``off``."""
    severity = checks.severity.get(finding.id, finding.severity)
    if severity != "off":
        yield replace(finding, severity=severity)


@dataclass(frozen=True, eq=False)
class Sheet:
    """An edition laid out for the checks.

    Shapes are compared in degrees, as points are located, and only what is found is measured in the city's projected
    reference: an edge that is straight in one is bent in the other. ``shapes`` has what can be compared: an invalid
    shape stands for what it can only mean, which changes nothing stored; what has no ground or no metres is None.
    ``mismatched`` tells of each layer of polygons which have an edge that does not match their neighbours'; the others
    overlap nobody, and where all match the ground of the layer is a matter of edges.
    """

    edition: Edition
    metric: Metric
    shapes: Mapping[str, Objects]
    mismatched: Mapping[str, NDArray[np.bool_]]

    @classmethod
    def of(cls, edition: Edition) -> "Sheet":
        """Lay out an edition."""
        metric = Metric.at(*middle_deg(edition))
        shapes = {code: comparable(layer) for code, layer in edition.layers.items()}
        for own in shapes.values():
            own[~metric.reaches(own)] = None
        polygons = {code for code, layer in edition.layers.items() if layer.spec.geometry == "polygon"}
        return cls(edition, metric, shapes, {code: _mismatched(shapes[code]) for code in polygons})

    def area_m2(self, shapes: Objects) -> NDArray[np.float64]:
        """Areas in square metres, 0 of what is missing."""
        return np.asarray(np.nan_to_num(shapely.area(self.metric.straight(shapes))))

    def together(self, layer: str) -> Any:
        """The ground that the areas of a layer of polygons hold, as one shape in degrees."""
        here = self.shapes[layer][~shapely.is_missing(self.shapes[layer])]
        return shapely.union_all(here) if self.mismatched[layer].any() else shapely.coverage_union_all(here)

    def in_degrees(self, flat: Any) -> Any:
        """Return one shape from metres to degrees."""
        return shapely.transform(flat, lambda p: np.column_stack(self.metric.lonlat(p[:, 0], p[:, 1])))


def middle_deg(edition: Edition) -> tuple[float, float]:
    """Where half of the shared-out ground's areas lie west and south of: one that is astray does not move it."""
    layers = [x for x in edition if x.spec.coverage == "partition"] or list(edition)
    boxes = shapely.bounds(np.concatenate([np.zeros(0, dtype=object), *(x.geometries for x in layers)]))
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    west, south, east, north = np.median(boxes, axis=0) if len(boxes) else np.zeros(4)
    return float(west + east) / 2.0, float(south + north) / 2.0


def comparable(layer: Layer) -> Objects:
    """A layer's shapes; an invalid one stands for what it can only mean, which changes nothing stored."""
    shapes = np.asarray(shapely.make_valid(layer.geometries), dtype=object)
    if layer.spec.geometry == "polygon":
        for i in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (POLYGON, MULTIPOLYGON))):
            shapes[i] = _ground(shapes[i])
    return shapes


def _mismatched(shapes: Objects) -> NDArray[np.bool_]:
    """Tell which polygons GEOS's coverage validator finds fault with."""
    found = np.zeros(len(shapes), dtype=np.bool_)
    here = np.flatnonzero(~shapely.is_missing(shapes))
    found[here] = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes[here]))
    return found


def _ground(shape: Any) -> Any:
    """The ground of a mixed shape: its polygons; lines and points that stray into a layer of areas hold none."""
    parts = shapely.get_parts(shapely.get_parts(shape)) if shape is not None else np.zeros(0, dtype=object)
    polygons = parts[shapely.get_type_id(parts) == POLYGON]
    return shapely.union_all(polygons) if len(polygons) else None
