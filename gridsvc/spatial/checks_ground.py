"""Checks of the ground that areas share: overlaps, gaps, what reaches beyond a parent, layers that should be equal.

Each fault is taken apart into its separate pieces. Pieces thinner on average (twice the area by the perimeter) than
the layer's tolerance are drawing noise and one finding ``sliver``; the others keep their name. What is smaller than
the tolerance's rounding is not reported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from gridsvc.spatial.datum import Floats, Metric
from gridsvc.spatial.findings import POLYGON, Finding, Sheet, found
from gridsvc.spatial.layer import Layer, Objects
from gridsvc.values import CheckId, Severity

Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Piece:
    """The wide or the thin part of one faulty ground: its row, its shape in degrees, and its size."""

    row: int
    ground: Any
    area_m2: float
    width_m: float
    thin: bool


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The polygons that faulty grounds are made of: shape in degrees, row of its ground, and size; shape (n,) each.

    ``thin``: narrower on average than the tolerance. ``matters``: the thin, or the wide, parts of its ground together
    are more than rounding.
    """

    shapes: Objects
    row: Ints
    area_m2: Floats
    rim_m: Floats
    thin: NDArray[np.bool_]
    matters: NDArray[np.bool_]


def taken_apart(grounds: Objects, metric: Metric, tolerance_m: float, rounding_m2: float) -> Parts:
    """Measure each polygon of the grounds, WGS 84 degrees of shape (n,): its mean width is twice its area by its rim.

    Lines and points have no ground and are left out.
    """
    parts, row = shapely.get_parts(grounds, return_index=True)
    deeper, of = shapely.get_parts(parts, return_index=True)
    kept = shapely.get_type_id(deeper) == POLYGON
    shapes, row = deeper[kept], row[of][kept]
    flat = metric.straight(shapes)
    area_m2, rim_m = shapely.area(flat), shapely.length(flat)
    thin = 2.0 * area_m2 < tolerance_m * rim_m
    total_m2 = np.bincount(2 * row + thin, area_m2)
    return Parts(shapes, row, area_m2, rim_m, thin, total_m2[2 * row + thin] > rounding_m2)


def pieces(grounds: Objects, layer: Layer, sheet: Sheet) -> Iterator[Piece]:
    """Give what of each ground is wide and what is thin, where that is more than rounding; lines have no ground."""
    checks = layer.spec.checks
    parts = taken_apart(grounds, sheet.metric, checks.tolerance_m, checks.rounding_m2)
    group = 2 * parts.row + parts.thin
    order = np.flatnonzero(parts.matters)
    order = order[np.argsort(group[order], kind="stable")]
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    for own in np.split(order, first[1:]) if len(order) else ():
        ground = parts.shapes[own[0]] if len(own) == 1 else shapely.multipolygons(parts.shapes[own])
        area_m2 = float(parts.area_m2[own].sum())
        width_m = 2.0 * area_m2 / float(parts.rim_m[own].sum())
        yield Piece(int(parts.row[own[0]]), ground, area_m2, width_m, bool(parts.thin[own[0]]))


def overlaps(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Ground that two areas of a partition both hold."""
    if layer.spec.coverage != "partition":
        return
    shapes = sheet.shapes[layer.spec.code]
    mismatched = sheet.mismatched[layer.spec.code]
    a, b = STRtree(shapes).query(shapes, predicate="intersects")
    # Neighbours whose edges all match share no ground; to intersect them is most of the work.
    kept = (a < b) & (mismatched[a] | mismatched[b])
    a, b = a[kept], b[kept]
    for piece in pieces(shapely.intersection(shapes[a], shapes[b]), layer, sheet):
        codes = (layer.codes[a[piece.row]], layer.codes[b[piece.row]])
        text = f"{codes[0]} 与 {codes[1]} 重叠", f"{codes[0]} and {codes[1]} overlap"
        yield _fault("overlap", "error", layer, codes, piece, text)


def gaps(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Ground of a parent, or enclosed by a layer without one, that no area holds."""
    if layer.spec.coverage == "free":
        return
    severity: Severity = "error" if layer.spec.coverage == "partition" else "warning"
    together = sheet.together(layer.spec.code)
    if layer.spec.parent is None:
        shells = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(together)))
        holes = shapely.get_parts(shapely.difference(shapely.union_all(shells), together))
        for piece in pieces(holes, layer, sheet):
            text = "区域之间有空隙", "ground between the areas that none of them holds"
            yield _fault("gap", severity, layer, (), piece, text)
        return
    above, grounds = sheet.edition.layers[layer.spec.parent], sheet.shapes[layer.spec.parent]
    shapely.prepare(together)
    open_ = np.flatnonzero(~(shapely.covers(together, grounds) | shapely.is_missing(grounds)))
    rest, of = shapely.get_parts(shapely.difference(grounds[open_], together), return_index=True)
    for piece in pieces(rest, layer, sheet):
        parent = above.codes[open_[of[piece.row]]]
        text = f"{parent} 内有无人认领的地面", f"ground inside {parent} that no area holds"
        yield _fault("gap", severity, layer, (parent,), piece, text)


def nesting(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Areas without a parent, and ground of areas beyond their parent."""
    if layer.spec.parent is None:
        return
    above, shapes = sheet.edition.layers[layer.spec.parent], sheet.shapes[layer.spec.code]
    row = np.array([above.position_of.get(p, -1) if p else -1 for p in layer.parents], dtype=np.intp)
    for i in np.flatnonzero(row < 0):
        text = (f"{layer.codes[i]} 没有上级区域（{layer.parents[i] or '空'}）",
                f"{layer.codes[i]} has no parent area ({layer.parents[i] or 'none'})")  # fmt: skip
        yield found("nesting", "error", layer.spec.code, (layer.codes[i],), text, shapes[i])
    nested = np.flatnonzero(row >= 0)
    own, parents = shapes[nested], sheet.shapes[layer.spec.parent][row[nested]]
    shapely.prepare(parents)
    beyond = ~(shapely.covers(parents, own) | shapely.is_missing(parents) | shapely.is_missing(own))
    nested = nested[beyond]
    for piece in pieces(shapely.difference(own[beyond], parents[beyond]), layer, sheet):
        codes = (layer.codes[nested[piece.row]], str(layer.parents[nested[piece.row]]))
        text = f"{codes[0]} 伸出上级 {codes[1]}", f"{codes[0]} reaches beyond its parent {codes[1]}"
        yield _fault("nesting", "error", layer, codes, piece, text)


def inequalities(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Where a layer differs from the one whose ground its areas must hold one by one, whatever their codes.

    Two areas are a pair if each shares most ground with the other. Ground of an area that lies in another's
    counterpart is ``nesting``, so is ground beyond the other layer; ground of the other layer that no area holds is a
    ``gap``.
    """
    if layer.spec.checks.equals is None:
        return
    twin, other = sheet.edition.layers[layer.spec.checks.equals], sheet.shapes[layer.spec.checks.equals]
    shapes = sheet.shapes[layer.spec.code]
    a, b = STRtree(other).query(shapes, predicate="intersects")
    shared = np.asarray(shapely.intersection(shapes[a], other[b]), dtype=object)
    area_m2 = sheet.area_m2(shared)
    paired = _most(a, area_m2) & _most(b, area_m2)
    for piece in pieces(shared[~paired], layer, sheet):
        codes = (layer.codes[a[~paired][piece.row]], twin.codes[b[~paired][piece.row]])
        text = (f"{codes[0]} 占有 {twin.spec.title_zh} {codes[1]} 的地面，两图层应当一致",
                f"{codes[0]} holds ground of {twin.spec.title_en} {codes[1]}, and the two should be equal")  # fmt: skip
        yield _fault("nesting", "error", layer, codes, piece, text)
    for piece in pieces(shapely.difference(shapes, sheet.together(twin.spec.code)), layer, sheet):
        code = layer.codes[piece.row]
        text = (f"{code} 伸出图层 {twin.spec.title_zh}，两图层应当一致",
                f"{code} reaches beyond layer {twin.spec.title_en}, and the two should be equal")  # fmt: skip
        yield _fault("nesting", "error", layer, (code,), piece, text)
    for piece in pieces(shapely.difference(other, sheet.together(layer.spec.code)), layer, sheet):
        code = twin.codes[piece.row]
        text = (f"{twin.spec.title_zh} {code} 的地面无人认领，两图层应当一致",
                f"no area holds ground of {twin.spec.title_en} {code}, and the two should be equal")  # fmt: skip
        yield _fault("gap", "error", layer, (code,), piece, text)


def _most(of: Ints, area_m2: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which pair has the greatest area of all with the same number; none where that is nothing."""
    order = np.lexsort((np.arange(len(of)), -area_m2, of))
    first = order[np.diff(of[order], prepend=-1) != 0]
    found = np.zeros(len(of), dtype=np.bool_)
    found[first] = area_m2[first] > 0.0
    return found


def _fault(
    kind: CheckId, severity: Severity, layer: Layer, codes: tuple[str, ...], piece: Piece, text: tuple[str, str]
) -> Finding:
    """Make a finding of a piece: under its own name where it is wide, as a sliver where it is thin."""
    if piece.thin:
        kind, severity = "sliver", "warning"
        zh, en = text
        text = (f"{zh}（窄条，平均宽 {piece.width_m:.2f} m）", f"{en} (a strip {piece.width_m:.2f} m wide on average)")
    return found(kind, severity, layer.spec.code, codes, text, piece.ground, piece.area_m2, "m2")
