"""Cuts communities into unit grids along roads and natural lines, near a wanted size, and numbers them.

All cutting happens in degrees, where boundaries are straight and neighbours share vertices; metres only measure and
choose. What comes out is a draft for planners to look at: nothing here publishes.
"""

import math
import re
from collections.abc import Callable
from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely import STRtree

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.blocks import cuts, joined, parts_of
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.faces import (
    Floats,
    Ints,
    Objects,
    closed,
    extended,
    loose_ends,
    lying_on,
    matched,
    noded,
    segments,
    snapped,
)
from gridsvc.spatial.layer import Layer
from gridsvc.spatial.numbering import reading_order
from gridsvc.values import LayerChecks, LayerSpec

# A line clipped to its community ends a rounding before or beyond the border; led on by about a metre it crosses.
REACH_DEG = 1e-5
# Where two lines cross, the vertex lies a rounding beside both; a tenth of a millimetre is far more than that.
DECIMALS = 9
ON_LINE_DEG = 10.0**-DECIMALS
# A grid may end at a wall, so footprints are drawn in by this much before they stand in the way.
WALL_M = 0.2
# A grid this many times off the target is for the checks to name.
SIZE_TIMES = 10.0
_COMMUNITY_CODE = re.compile(r"[1-9][0-9]{11}")


def make_grids(
    communities: Layer,
    lines: ArrayLike = (),
    weights: ArrayLike = 1.0,
    *,
    target_m2: float = 10_000.0,
    buildings: ArrayLike = (),
    digits: Literal[2, 3] = 3,
    progress: Callable[[str], None] = lambda _: None,
) -> Layer:
    """Cut every community into unit grids along lines.

    Blocks between lines that are much larger than the target are divided by straight cuts; pieces that are much
    smaller join a neighbour of their community, rather a compact one and rather not across a line that weighs.

    Parameters
    ----------
    communities : Layer
        Polygons in EPSG:4326 with codes of 12 digits. Parts and holes are kept: every part has grids of its own.
    lines : array of LineString or MultiLineString, shape (n,)
        Roads, rivers and walls in EPSG:4326. They may cross, end anywhere and reach beyond the communities; an end
        that stops up to about a metre short of another line is led on to it.
    weights : float or array, shape (n,)
        How unwelcome a grid is that lies on both sides of a line, 0 or more. Across weight 1 (ordinary) a
        piece below about 0.6 of the target joins, across 10 one below 0.15; across 18 or more none does.
    target_m2 : float
        Wanted size of a grid in square metres.
    buildings : array of Polygon or MultiPolygon, optional
        Footprints in EPSG:4326. No grid ends inside one, except at the border of its community: a line is not
        followed from crossing to crossing where it runs through a building, and a block that no straight cut
        can divide beside its buildings stays as large as it is.
    digits : 3 or 2
        Digits of the sequence number: 3 makes codes of 15 digits, 2 the older ones of 14.
    progress : callable
        Told the code of each community before it is cut.

    Returns
    -------
    Layer
        ``unit_grid``, a partition with the communities as parents. Every grid is one polygon. Grids share their
        edges bit by bit, and a community's grids have all its vertices, unmoved. Where a line meets its
        border a vertex is added there, the same for all neighbours: ``coverage_union_all`` of the grids is the
        community with these vertices, which lie on its border to a rounding, at most 0.1 mm (1e-9 degree) beside it.

    Raises
    ------
    BadInput
        A community is invalid or has no code of 12 digits; two of them overlap; a line, weight, footprint, the
        target or the digits make no sense; a community needs more grids than it has numbers.

    Notes
    -----
    Numbers run in each community in :func:`reading_order`, by rows as high as a grid of the target size is wide.
    The same input always makes the same grids.
    """
    _refuse_communities(communities)
    borders = shapely.get_parts(shapely.boundary(communities.geometries))
    roads, weight = _usable_lines(lines, weights, borders)
    if not (np.isfinite(target_m2) and target_m2 > 0):
        mend = ("写成大于 0 的平方米数", "give square metres, more than 0")
        raise BadInput("目标面积无效", "the target size cannot be so", [FieldError("target_m2", target_m2, *mend)])
    if digits not in (2, 3):
        mend = ("写成 2 或 3", "give 2 or 3")
        raise BadInput("顺序号位数无效", "numbers have 2 or 3 digits", [FieldError("digits", digits, *mend)])
    if not len(communities):
        return _layer(communities, np.zeros(0, dtype=object), [], [], target_m2)
    west, south, east, north = communities.bounds_deg
    metric = Metric.at((west + east) / 2, (south + north) / 2)
    obstacles = _obstacles(buildings, metric)
    led_on = extended(roads, REACH_DEG, loose_ends(roads, borders))
    edges = noded(matched(np.concatenate([borders, led_on]), ON_LINE_DEG))
    if obstacles is not None:
        edges = _beside_buildings(edges, borders, obstacles, metric)
    blocks, home = _joined(*_at_home(closed(edges), communities, metric), roads, weight, target_m2, metric)
    straight = _straight_cuts(communities, blocks, home, target_m2, digits, obstacles, metric, progress)
    if straight:
        rings = shapely.get_parts(shapely.boundary(blocks))
        again = closed(noded(matched(np.concatenate([rings, straight]), ON_LINE_DEG)))
        blocks, home = _joined(*_at_home(again, communities, metric), roads, weight, target_m2, metric)
    _prove(communities, blocks, home)
    shapes: list[Objects] = []
    codes: list[str] = []
    for row, code in enumerate(communities.codes):
        own = blocks[home == row]
        _refuse_beyond_numbers(code, len(own), digits)
        shapes.append(own[reading_order(own, math.sqrt(target_m2))])
        codes += [f"{code}{n:0{digits}d}" for n in range(1, len(own) + 1)]
    return _layer(communities, np.concatenate(shapes), codes, [c[:-digits] for c in codes], target_m2)


def _refuse_communities(communities: Layer) -> None:
    faults: list[FieldError] = []
    for code, shape in zip(communities.codes, communities.geometries, strict=True):
        if not _COMMUNITY_CODE.fullmatch(code):
            faults.append(FieldError("code", code, "社区编码应为 12 位数字", "a community has a code of 12 digits"))
        if shapely.get_type_id(shape) not in (3, 6) or shapely.is_empty(shape):
            faults.append(FieldError("geometry", code, "应为非空的面", "give a polygon that is not empty"))
        elif not shapely.is_valid(shape):
            reason = shapely.is_valid_reason(shape)
            faults.append(FieldError("geometry", code, f"修正图形：{reason}", f"mend the shape: {reason}"))
    for code in sorted({c for c, d in zip(communities.codes[1:], communities.codes, strict=False) if c == d}):
        faults.append(FieldError("code", code, "一个社区一个编码", "one code a community"))
    if faults:
        raise BadInput("社区不可用", "the communities cannot be used", faults)


def _usable_lines(lines: ArrayLike, weights: ArrayLike, borders: Objects) -> tuple[Objects, Floats]:
    """Single lines, snapped to the borders, and the weight of each; missing and empty ones are left out."""
    shapes = np.atleast_1d(np.asarray(lines, dtype=object))
    weight = np.asarray(weights, dtype=np.float64)
    if weight.ndim and weight.shape != shapes.shape:
        mend = (f"应有 {len(shapes)} 个", f"give {len(shapes)} of them")
        raise BadInput("权重与线的个数不同", "weights and lines differ in number",
                       [FieldError("weights", weight.size, *mend)])  # fmt: skip
    if not (weight >= 0.0).all():
        mend = ("写成不小于 0 的数；inf 表示绝不跨越", "give numbers, 0 or more; inf means never across")
        raise BadInput("线的权重无效", "a line has no usable weight",
                       [FieldError("weights", float(weight[~(weight >= 0.0)][0]), *mend)])  # fmt: skip
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    wrong = here & (~np.isin(shapely.get_type_id(shapes), (1, 5)) | ~np.isfinite(shapely.bounds(shapes)).all(axis=-1))
    if wrong.any():
        mend = ("应为坐标有限的线；面请取其边界", "give lines with finite coordinates; of a polygon its boundary")
        raise BadInput("线不可用", "a line cannot be used", [FieldError("lines", int(wrong.argmax()), *mend)])
    single, of = shapely.get_parts(shapely.force_2d(shapes[here]), return_index=True)
    single = shapely.remove_repeated_points(snapped(single, borders, DECIMALS))
    long = shapely.length(single) > 0.0
    return single[long], np.broadcast_to(weight, shapes.shape)[here][of][long]


def _obstacles(buildings: ArrayLike, metric: Metric) -> STRtree | None:
    shapes = np.atleast_1d(np.asarray(buildings, dtype=object))
    kinds = shapely.get_type_id(shapes)
    if not np.isin(kinds, (-1, 3, 6)).all():
        at = int(np.flatnonzero(~np.isin(kinds, (-1, 3, 6)))[0])
        mend = ("应为面", "give polygons")
        raise BadInput("建筑轮廓不可用", "a footprint cannot be used", [FieldError("buildings", at, *mend)])
    inner = shapely.buffer(metric.geometries(shapely.force_2d(shapes)), -WALL_M)
    inner = inner[~(shapely.is_missing(inner) | shapely.is_empty(inner))]
    return STRtree(inner) if len(inner) else None


def _beside_buildings(edges: Objects, borders: Objects, obstacles: STRtree, metric: Metric) -> Objects:
    """Leave out the edges that run through a building, save where a community ends."""
    through = np.zeros(len(edges), dtype=np.bool_)
    through[obstacles.query(metric.geometries(edges), predicate="intersects")[0]] = True
    through[lying_on(shapely.line_interpolate_point(edges, 0.5, normalized=True), borders, ON_LINE_DEG)[0]] = False
    return edges[~through]


def _at_home(faces: Objects, communities: Layer, metric: Metric) -> tuple[Objects, Ints]:
    """The faces that lie in a community, and its row for each; ground that two of them hold is refused."""
    face, row = lying_on(np.asarray(shapely.point_on_surface(faces), dtype=object), communities.geometries, 0.0)
    order = np.lexsort((row, face))
    face, row = face[order], row[order]
    again = np.flatnonzero(face[1:] == face[:-1]) + 1
    area_m2 = shapely.area(metric.straight(faces[face[again]]))
    for k in again[area_m2 > LayerChecks().rounding_m2][:1]:
        pair = [communities.codes[row[k - 1]], communities.codes[row[k]]]
        mend = ("先修正边界，可用 gridsvc boundaries check 查找", "mend them; gridsvc boundaries check finds where")
        raise BadInput("社区互相重叠", "communities overlap", [FieldError("communities", pair, *mend)])
    first = np.setdiff1d(np.arange(len(face)), again)
    return faces[face[first]], row[first]


def _joined(
    faces: Objects, home: Ints, roads: Objects, weight: Floats, target_m2: float, metric: Metric
) -> tuple[Objects, Ints]:
    """Join small faces of one community; give the blocks and the community of each."""
    found = segments(faces)
    a, b = found.faces.T
    inner = (b >= 0) & (home[a] == home[b])
    place, road = lying_on(found.middles[inner], roads, ON_LINE_DEG)
    heavy = np.zeros(int(inner.sum()))
    np.maximum.at(heavy, place, weight[road])
    ends = found.ends[inner].reshape(-1, 2)
    x, y = (v.reshape(-1, 2) for v in metric.xy(ends[:, 0], ends[:, 1]))
    length_m = np.hypot(x[:, 1] - x[:, 0], y[:, 1] - y[:, 0])
    flat = metric.straight(faces)
    seams = [s for s in zip(a[inner], b[inner], length_m.tolist(), heavy.tolist(), strict=True) if s[2] > 0.0]
    groups = joined(shapely.area(flat), shapely.length(flat), seams, target_m2)
    blocks = [faces[g[0]] if len(g) == 1 else shapely.coverage_union_all(faces[g]) for g in groups]
    return np.array([*blocks, None], dtype=object)[:-1], home[[g[0] for g in groups]]


def _straight_cuts(
    communities: Layer, blocks: Objects, home: Ints, target_m2: float, digits: int,
    obstacles: STRtree | None, metric: Metric, progress: Callable[[str], None],
) -> list[shapely.LineString]:  # fmt: skip
    flat = metric.straight(blocks)
    found: list[shapely.LineString] = []
    for row, code in enumerate(communities.codes):
        progress(code)
        own = flat[home == row]
        # Told before the work: a target of 1 m² would cut for hours.
        _refuse_beyond_numbers(code, sum(parts_of(b.area, target_m2) for b in own), digits)
        found += [line for block in own for line in cuts(block, target_m2, obstacles)]
    # A vertex a kilometre: further cuts end on these lines, which degrees would bend away from them.
    found = [shapely.segmentize(line, 1000.0) for line in found]
    return [shapely.transform(f, lambda p: np.column_stack(metric.lonlat(p[:, 0], p[:, 1]))) for f in found]


def _refuse_beyond_numbers(community: str, count: int, digits: int) -> None:
    if count >= 10**digits:
        mend = ("加大目标面积或先拆分社区", "raise the target size, or divide the community first")
        if digits == 2:
            mend = (mend[0] + "，或改用 15 位编码", mend[1] + ", or use codes of 15 digits")
        raise BadInput(
            f"社区 {community} 需要 {count} 个单元网格，而顺序号只到 {10**digits - 1}",
            f"community {community} needs {count} unit grids, and its numbers end at {10**digits - 1}",
            [FieldError("target_m2", community, *mend)],
        )


def _prove(communities: Layer, blocks: Objects, home: Ints) -> None:
    """Refuse, rather than hand on, grids that rounding has torn: lines much nearer together than a millimetre do it."""
    given = shapely.get_coordinates(communities.geometries) @ (1.0, 1.0j)
    kept = np.isin(given, shapely.get_coordinates(blocks) @ (1.0, 1.0j)).all()
    area = np.bincount(home, shapely.area(blocks), minlength=len(communities))
    whole = np.allclose(area, shapely.area(communities.geometries), rtol=1e-5, atol=0.0)
    if not (kept and whole and shapely.coverage_is_valid(blocks)):
        mend = ("把几乎重合的线与边界对齐到 0.01 米", "snap lines and borders that nearly coincide to 0.01 m")
        raise BadInput("线与边界过于接近，无法精确切分", "lines and borders are too near each other to cut exactly",
                       [FieldError("lines", None, *mend)])  # fmt: skip


def _layer(communities: Layer, blocks: Objects, codes: list[str], parents: list[str | None], target_m2: float) -> Layer:
    checks = LayerChecks(size_m2=(target_m2 / SIZE_TIMES, target_m2 * SIZE_TIMES))
    spec = LayerSpec("unit_grid", "单元网格", "unit grids", coverage="partition", parent=communities.spec.code,
                     checks=checks)  # fmt: skip
    return Layer.build(spec, codes, shapely.normalize(blocks), parents=parents)
