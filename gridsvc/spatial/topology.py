"""Is an edition sound: invalid shapes, overlaps, gaps, areas outside their parent, duplicates, shifted layers.

Reports and measures; repairs nothing. Shapes are compared in degrees, as points are located, and only what is found is
measured in the city's projected reference: an edge that is straight in one is bent in the other.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from gridsvc.spatial.datum import Metric
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.shift import ALL_WGS84, Shifted, shifted_layers

# Smaller faults than this come from rounding in drawing tools and hold nobody's case.
TOLERANCE_M2 = 1.0
KINDS = {"polygon": (3, 6), "line": (1, 5), "point": (0, 4)}
_PLACE = re.compile(r"\[(-?[\d.e+-]+) (-?[\d.e+-]+)\]")
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: what, how grave, where, how large. ``lon`` and ``lat`` are None where it has no place.

    ``ground`` is the faulty shape itself in WGS 84 degrees, None where there is none; it is for maps and stays out
    of the report.
    """

    id: str
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
class CheckReport:
    """All findings on one edition."""

    edition: str
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of errors and of warnings."""
        seen = Counter(f.severity for f in self.findings)
        return {"error": seen["error"], "warning": seen["warning"]}

    @property
    def ok(self) -> bool:
        """True if nothing stands against publishing."""
        return self.counts["error"] == 0

    def as_dict(self) -> dict[str, Any]:
        """The machine-readable report."""
        return {
            "edition": self.edition,
            "ok": self.ok,
            "counts": self.counts,
            "findings": [f.as_dict() for f in self.findings],
        }


def check_edition(
    edition: Edition, progress: Callable[[str], None] = lambda _: None, declared: Mapping[str, str] = ALL_WGS84
) -> CheckReport:
    """Run every check on every layer; ``progress`` is told each layer's code before its turn.

    ``declared`` names the reference of each layer's file, ``wgs84`` where it is silent.
    """
    west, south, east, north = edition.bounds_deg
    metric = Metric.at((west + east) / 2, (south + north) / 2) if np.isfinite(west) else Metric.at(0.0, 0.0)
    shapes = {code: comparable(layer) for code, layer in edition.layers.items()}
    shifts = shifted_layers(edition, metric, declared)
    found = [_shifted(edition.layers[code], shift) for code, shift in shifts.items()]
    for layer in edition:
        progress(layer.spec.code)
        found += [*_invalid(layer), *_duplicates(layer)]
        if layer.spec.settles is not None:
            found += _unowned(layer, edition.layers[layer.spec.settles])
        if layer.spec.geometry == "polygon":
            found += _overlaps(layer, shapes[layer.spec.code], metric)
            found += _gaps(layer, shapes, edition, metric)
            found += _nesting(layer, shapes, edition, metric)
    found.sort(key=lambda f: (f.severity, f.layer, f.id, -(f.measure or 0.0), f.codes))
    return CheckReport(edition.code, tuple(found))


def comparable(layer: Layer) -> NDArray[np.object_]:
    """A layer's shapes; an invalid one stands for what it can only mean, which changes nothing stored."""
    shapes = np.asarray(shapely.make_valid(layer.geometries), dtype=object)
    if layer.spec.geometry == "polygon":
        for i in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), KINDS["polygon"])):
            shapes[i] = _ground(shapes[i])
    return shapes


def _ground(shape: Any) -> Any:
    """The ground of a mixed shape: its polygons; lines and points that stray into a layer of areas hold none."""
    parts = shapely.get_parts(shapely.get_parts(shape)) if shape is not None else np.zeros(0, dtype=object)
    polygons = parts[shapely.get_type_id(parts) == KINDS["polygon"][0]]
    return shapely.union_all(polygons) if len(polygons) else None


def _invalid(layer: Layer) -> Iterator[Finding]:
    kinds = shapely.get_type_id(layer.geometries)
    wrong_kind = ~np.isin(kinds, KINDS[layer.spec.geometry])
    broken = ~shapely.is_valid(layer.geometries) | shapely.is_empty(layer.geometries)
    for i in np.flatnonzero(wrong_kind | broken):
        reason = shapely.is_valid_reason(layer.geometries[i]) or "no usable geometry"
        if wrong_kind[i]:
            reason = f"a {layer.spec.geometry} is expected" if kinds[i] >= 0 else "no usable geometry"
        place = _PLACE.search(reason)
        lon, lat = (float(place[1]), float(place[2])) if place else (None, None)
        code, name = layer.codes[i], layer.names[i]
        yield Finding("invalid", "error", layer.spec.code, (code,), None, None, lon, lat,
                      f"{layer.spec.title_zh} {code} {name} 图形无效（{reason}）",
                      f"{layer.spec.title_en} {code} {name} has an invalid shape ({reason})",
                      layer.geometries[i])  # fmt: skip


def _duplicates(layer: Layer) -> Iterator[Finding]:
    for code, n in Counter(layer.codes).items():
        if n > 1:
            yield Finding("duplicate_code", "error", layer.spec.code, (code,), float(n), "areas", None, None,
                          f"编码 {code} 出现 {n} 次", f"code {code} occurs {n} times")  # fmt: skip
    named: dict[tuple[str | None, str], list[str]] = {}
    for code, name, parent in zip(layer.codes, layer.names, layer.parents, strict=True):
        if name:
            named.setdefault((parent, name), []).append(code)
    for (_, name), codes in named.items():
        if len(codes) > 1 and layer.spec.geometry == "polygon":
            yield Finding("duplicate_name", "warning", layer.spec.code, tuple(codes), float(len(codes)), "areas",
                          None, None, f"同一上级内重名：{name}", f"one parent has two areas named {name}")  # fmt: skip


def _shifted(layer: Layer, shift: Shifted) -> Finding:
    """A layer in another reference than declared. A guess, though a sure one: an error, so that somebody must look."""
    west, south, east, north = layer.bounds_deg
    return Finding("shifted_datum", "error", layer.spec.code, (), shift.offset_m, "m", round((west + east) / 2, 7),
                   round((south + north) / 2, 7), f"图层 {layer.spec.title_zh}：{shift.zh}",
                   f"layer {layer.spec.title_en}: {shift.en}", shapely.box(west, south, east, north))  # fmt: skip


def _unowned(layer: Layer, owners: Layer) -> Iterator[Finding]:
    """Boundary streets whose ground no area claims, or that name an area which does not exist."""
    for code, name, shape, props in zip(layer.codes, layer.names, layer.geometries, layer.props, strict=True):
        owner = str(props.get("owner") or "")
        if owner not in owners.position_of:
            middle = None if shape is None or shape.is_empty else shapely.point_on_surface(shape)
            lon, lat = (round(middle.x, 7), round(middle.y, 7)) if middle is not None else (None, None)
            zh = f"界路 {code} {name} 的归属区域 {owner} 不存在" if owner else f"界路 {code} {name} 无人认领"
            en = f"its owner {owner} does not exist" if owner else "no area claims it"
            severity: Severity = "error" if owner else "warning"
            yield Finding("unowned_street", severity, layer.spec.code, (code,), None, None, lon, lat, zh,
                          f"boundary street {code} {name}: {en}", shape)  # fmt: skip


def _overlaps(layer: Layer, shapes: NDArray[np.object_], metric: Metric) -> Iterator[Finding]:
    if layer.spec.coverage != "partition":
        return
    a, b = STRtree(shapes).query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    common = shapely.intersection(shapes[a], shapes[b])
    area_m2 = shapely.area(metric.straight(common))
    for k in np.flatnonzero(area_m2 > TOLERANCE_M2):
        codes = (layer.codes[a[k]], layer.codes[b[k]])
        yield _at(common[k], "overlap", "error", layer, codes, float(area_m2[k]),
                  f"{codes[0]} 与 {codes[1]} 重叠", f"{codes[0]} and {codes[1]} overlap")  # fmt: skip


def _gaps(layer: Layer, shapes: dict[str, NDArray[np.object_]], edition: Edition, metric: Metric) -> Iterator[Finding]:
    """Ground enclosed by the layer, or inside a parent, that no area holds."""
    if layer.spec.coverage == "free":
        return
    severity: Severity = "error" if layer.spec.coverage == "partition" else "warning"
    own = shapes[layer.spec.code]
    together = shapely.union_all(own[shapely.is_valid(own)])
    grounds = [(None, shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(together)))))]
    if layer.spec.parent is not None:
        above = edition.layers[layer.spec.parent]
        grounds = list(zip(above.codes, shapes[layer.spec.parent], strict=True))
    shapely.prepare(together)
    for parent, ground in grounds:
        if ground is None or together.contains_properly(ground):
            continue
        for gap in shapely.get_parts(shapely.difference(ground, together)):
            area_m2 = _area_m2(gap, metric)
            if area_m2 > TOLERANCE_M2:
                inside = (f"{parent} 内有无人认领的地面", f"ground inside {parent} that no area holds")
                text = inside if parent else ("区域之间有空隙", "ground between the areas that none of them holds")
                yield _at(gap, "gap", severity, layer, (parent,) if parent else (), area_m2, *text)


def _nesting(
    layer: Layer, shapes: dict[str, NDArray[np.object_]], edition: Edition, metric: Metric
) -> Iterator[Finding]:
    if layer.spec.parent is None:
        return
    above = edition.layers[layer.spec.parent]
    for i, parent in enumerate(layer.parents):
        row = above.position_of.get(parent) if parent else None
        code, shape = layer.codes[i], shapes[layer.spec.code][i]
        if row is None:
            yield _at(shape, "nesting", "error", layer, (code,), None,
                      f"{code} 没有上级区域({parent or '空'})",
                      f"{code} has no parent area ({parent or 'none'})")  # fmt: skip
        elif shape is not None and shapes[layer.spec.parent][row] is not None:
            beyond = shapely.difference(shape, shapes[layer.spec.parent][row])
            area_m2 = _area_m2(beyond, metric)
            if area_m2 > TOLERANCE_M2:
                yield _at(beyond, "nesting", "error", layer, (code, str(parent)), area_m2,
                          f"{code} 伸出上级 {parent}", f"{code} reaches beyond its parent {parent}")  # fmt: skip


def _area_m2(shape: Any, metric: Metric) -> float:
    return float(shapely.area(metric.straight(np.array([shape], dtype=object)))[0])


def _at(
    shape: Any, kind: str, severity: Severity, layer: Layer, codes: tuple[str, ...],
    measure: float | None, zh: str, en: str,
) -> Finding:  # fmt: skip
    """Make a finding with its measure in square metres and a place inside the faulty ground."""
    lon = lat = None
    if shape is not None and not shape.is_empty:
        inner = shapely.point_on_surface(shape)
        lon, lat = round(inner.x, 7), round(inner.y, 7)
    shown = "" if measure is None else f"{measure:.1f} m²" if measure < 1e5 else f"{measure / 1e6:.2f} km²"
    size, size_en = (f",{shown}", f", {shown}") if shown else ("", "")
    unit = None if measure is None else "m2"
    return Finding(kind, severity, layer.spec.code, codes, measure, unit, lon, lat, zh + size, en + size_en, shape)
