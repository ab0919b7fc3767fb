"""Checks of single shapes: broken ones, parts that lie far from the city, areas in several parts, areas in a hole."""

import re
from collections.abc import Iterator

import numpy as np
import shapely
from shapely import STRtree

from gridsvc.spatial.datum import Floats
from gridsvc.spatial.findings import Finding, Sheet, found
from gridsvc.spatial.layer import Layer

KINDS = {"polygon": (3, 6), "line": (1, 5), "point": (0, 4)}
_PLACE = re.compile(r"\[(-?[\d.e+-]+) (-?[\d.e+-]+)\]")
# No district is so wide; and in a province, whose parts do lie so far apart, ten times the usual distance is not met.
STRAY_M, STRAY_TIMES = 100_000.0, 10.0
# Spherical distances are good enough to tell a city from null island.
_EARTH_M = 6_371_008.8
# About a hundred metres: wider than any tolerance, to find the neighbours of a part.
NEAR_DEG = 1e-3


def invalid(layer: Layer) -> Iterator[Finding]:
    """Shapes that are missing, empty, broken or of another kind than the layer's."""
    kinds = shapely.get_type_id(layer.geometries)
    wrong_kind = ~np.isin(kinds, KINDS[layer.spec.geometry])
    broken = ~shapely.is_valid(layer.geometries) | shapely.is_empty(layer.geometries)
    off_earth = (np.abs(shapely.bounds(layer.geometries)) > (180.0, 90.0, 180.0, 90.0)).any(axis=-1)
    for i in np.flatnonzero(wrong_kind | broken | off_earth):
        reason = shapely.is_valid_reason(layer.geometries[i]) or "no usable geometry"
        if wrong_kind[i]:
            reason = f"a {layer.spec.geometry} is expected" if kinds[i] >= 0 else "no usable geometry"
        elif off_earth[i]:
            reason = "coordinates beyond longitude and latitude"
        place = _PLACE.search(reason)
        lon, lat = (float(place[1]), float(place[2])) if place else (None, None)
        code, name = layer.codes[i], layer.names[i]
        yield Finding("invalid", "error", layer.spec.code, (code,), None, None, lon, lat,
                      f"{layer.spec.title_zh} {code} {name} 图形无效（{reason}）",
                      f"{layer.spec.title_en} {code} {name} has an invalid shape ({reason})",
                      layer.geometries[i])  # fmt: skip


def strays(sheet: Sheet) -> Iterator[Finding]:
    """Parts far from everything: null island, swapped axes, a lost digit.

    A part is astray if it lies more than 100 km from the median place of all parts of all layers, and ten times as far
    as half of them do. An error where the layer shares out the ground, else a warning: a place may lie elsewhere.
    """
    layers = list(sheet.edition)
    taken = [shapely.get_parts(layer.geometries, return_index=True) for layer in layers]
    part = np.concatenate([np.zeros(0, dtype=object), *(own for own, _ in taken)])
    row = np.concatenate([np.zeros(0, dtype=np.intp), *(of for _, of in taken)])
    of = np.repeat(np.arange(len(layers)), [len(own) for own, _ in taken])
    here = (np.abs(shapely.bounds(part)) <= (180.0, 90.0, 180.0, 90.0)).all(axis=-1)
    if not here.any():
        return
    part, row, of = part[here], row[here], of[here]
    west, south, east, north = shapely.bounds(part).T
    far_m = _from_median_m((west + east) / 2.0, (south + north) / 2.0)
    astray = np.flatnonzero(far_m > max(STRAY_M, STRAY_TIMES * float(np.median(far_m))))
    for number, i in sorted(set(zip(of[astray].tolist(), row[astray].tolist(), strict=True))):
        spec, code = layers[number].spec, layers[number].codes[i]
        own = astray[(of[astray] == number) & (row[astray] == i)]
        text = (f"{spec.title_zh} {code} 远离其余区域，请核对坐标",
                f"{spec.title_en} {code} lies far from all the rest, check its coordinates")  # fmt: skip
        yield found("invalid", "warning" if spec.coverage == "free" else "error", spec.code, (code,), text,
                    shapely.geometrycollections(part[own]), float(far_m[own].max()), "m")  # fmt: skip


def _from_median_m(lon: Floats, lat: Floats) -> Floats:
    """Great-circle distance of places in degrees from their median longitude and latitude (haversine)."""
    x, y = np.radians(lon), np.radians(lat)
    x0, y0 = np.median(x), np.median(y)
    half = np.sin((y - y0) / 2.0) ** 2 + np.cos(y) * np.cos(y0) * np.sin((x - x0) / 2.0) ** 2
    return np.asarray(2.0 * _EARTH_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def exclaves(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Areas of a partition in several parts that other areas keep apart.

    Parts that touch in points only are several. Where two or more of them share an edge with other areas, those but the
    largest are exclaves; an island borders nobody's ground and is not counted.
    """
    if layer.spec.coverage != "partition":
        return
    shapes, tolerance_m = sheet.shapes[layer.spec.code], layer.spec.checks.tolerance_m
    parts, of = shapely.get_parts(shapes, return_index=True)
    tree = STRtree(shapes)
    for i in np.flatnonzero(np.bincount(of, minlength=len(shapes)) > 1):
        own = parts[of == i]
        flat = sheet.metric.straight(own)
        area_m2 = shapely.area(flat)
        bordering = []
        for k in np.argsort(-area_m2, kind="stable"):
            near = tree.query(shapely.buffer(own[k], NEAR_DEG))
            around = sheet.metric.straight(shapes[near[near != i]])
            shared_m2 = shapely.area(shapely.intersection(shapely.buffer(flat[k], tolerance_m), around)).sum()
            # A band of this width along the shared edge; at a corner it holds less than its own square.
            if shared_m2 > layer.spec.checks.rounding_m2:
                bordering.append(k)
        if away := bordering[1:]:
            code, n = layer.codes[i], len(own)
            text = (f"{code} 分为不相连的 {n} 块，其中 {len(away)} 块被他区隔开（飞地）",
                    f"{code} lies in {n} separate parts, {len(away)} cut off by other areas (exclave)")  # fmt: skip
            yield found("exclave", "warning", layer.spec.code, (code,), text, shapely.multipolygons(own[away]),
                        float(area_m2[away].sum()), "m2")  # fmt: skip


def enclaves(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Areas of a partition that are exactly what a hole of one other area leaves out, up to the tolerance."""
    if layer.spec.coverage != "partition":
        return
    shapes = sheet.shapes[layer.spec.code]
    parts, of = shapely.get_parts(shapes, return_index=True)
    holed = shapely.get_num_interior_rings(parts) > 0
    rings, around = shapely.get_rings(parts[holed], return_index=True)
    inner = np.flatnonzero(np.diff(around, prepend=-1) == 0)
    holes, outer = shapely.polygons(rings[inner]), of[holed][around[inner]]
    hole, area = STRtree(shapes).query(holes, predicate="intersects")
    rest_m2 = sheet.area_m2(shapely.symmetric_difference(holes[hole], shapes[area]))
    rim_m = shapely.length(sheet.metric.straight(holes))[hole]
    for k in np.flatnonzero(rest_m2 <= layer.spec.checks.tolerance_m * rim_m):
        codes = (layer.codes[area[k]], layer.codes[outer[hole[k]]])
        text = (f"{codes[0]} 整个位于 {codes[1]} 之内（内飞地）",
                f"{codes[0]} lies wholly inside {codes[1]} (enclave)")  # fmt: skip
        ground = shapes[area[k]]
        yield found("exclave", "warning", layer.spec.code, codes, text, ground,
                    float(sheet.area_m2(shapes[area[k : k + 1]])[0]), "m2")  # fmt: skip
