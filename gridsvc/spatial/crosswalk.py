"""Which areas of two layers share ground, and how much of each: two editions of one layer, or two layers of one city.

Also how well figures by area survive when they are carried over by these shares, against cases whose place is known.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.datum import Floats, Metric
from gridsvc.spatial.layer import Edition, Layer, Objects
from gridsvc.spatial.ragged import Longs
from gridsvc.spatial.topology import TOLERANCE_M2, comparable

# Less common ground than this comes from rounding where areas only touch.
LEAST_M2 = 0.01
NOWHERE = -1


@dataclass(frozen=True, eq=False)
class Crosswalk:
    """Pairs of areas with common ground, ordered by both; an area is its row in its layer, which is in code order.

    Arrays
    ------
    before, after : (k,)
        The pairs.
    common_m2 : (k,)
        Their common ground.
    before_m2, after_m2 : (n,), (m,)
        Ground of every area of either layer, 0 where it has no usable shape.
    twin : (n,)
        The area after that has the same shape vertex by vertex, see :func:`twins`; -1 without one.
    """

    before: Longs
    after: Longs
    common_m2: Floats
    before_m2: Floats
    after_m2: Floats
    twin: Longs

    @property
    def share_before(self) -> Floats:
        """Common ground of each pair as a share of the area before, shape (k,), at most 1."""
        return np.minimum(self.common_m2 / self.before_m2[self.before], 1.0)

    @property
    def share_after(self) -> Floats:
        """Common ground of each pair as a share of the area after, shape (k,), at most 1."""
        return np.minimum(self.common_m2 / self.after_m2[self.after], 1.0)


def metric_over(*editions: Edition) -> Metric:
    """The projected reference in which the ground of all these editions is measured."""
    boxes = np.array([e.bounds_deg for e in editions])
    if not np.isfinite(boxes).any():
        return Metric.at(0.0, 0.0)
    (west, south), (east, north) = np.nanmin(boxes[:, :2], axis=0), np.nanmax(boxes[:, 2:], axis=0)
    return Metric.at(float(west + east) / 2, float(south + north) / 2)


def areas_m2(shapes: Objects, metric: Metric) -> Floats:
    """Ground of shapes in degrees; 0 for a missing one."""
    return np.nan_to_num(np.asarray(shapely.area(metric.straight(shapes)), np.float64))


def overlay(before: Layer, after: Layer, metric: Metric) -> Crosswalk:
    """Lay one layer of polygons over another; an invalid shape stands for what it can only mean, a missing one is left.

    Where both are partitions, two areas of one shape are paired with each other alone: nobody else can hold ground
    there. So of two editions only what differs is cut. Raises ``BadInput`` for a layer of lines or points.
    """
    for layer in (before, after):
        if layer.spec.geometry != "polygon":
            mend = ("改为面图层", "name a layer of polygons")
            raise BadInput("只有面图层才有地面", "only areas have ground",
                           [FieldError("layer", layer.spec.code, *mend)])  # fmt: skip
    old, new = comparable(before), comparable(after)
    before_m2, after_m2 = areas_m2(old, metric), areas_m2(new, metric)
    twin = twins(before, after, old, new)
    same = np.flatnonzero((twin >= 0) & (before_m2 > 0.0))
    if before.spec.coverage == after.spec.coverage == "partition":
        rest_old, rest_new = np.ones(len(old), bool), np.ones(len(new), bool)
        rest_old[same] = rest_new[twin[same]] = False
    else:
        rest_old, rest_new, same = np.ones(len(old), bool), np.ones(len(new), bool), same[:0]
    i, j, common_m2 = _common(old, new, np.flatnonzero(rest_old), np.flatnonzero(rest_new), metric)
    i, j = np.concatenate([same, i]), np.concatenate([twin[same], j])
    common_m2 = np.concatenate([before_m2[same], common_m2])
    order = np.lexsort((j, i))
    return Crosswalk(i[order], j[order], common_m2[order], before_m2, after_m2, twin)


def twins(before: Layer, after: Layer, old: Objects, new: Objects) -> Longs:
    """The row after that has the same shape as each row before, -1 without one; rings may begin anywhere.

    Of several with one shape those that have one code too go together, the others only where one is left on either
    side. A missing shape is the same as another of the same code.
    """
    found = np.full(len(before), NOWHERE, np.int64)
    left = [_rows_by_shape(shapes) for shapes in (old, new)]
    for shape, rows in left[0].items():
        others = left[1].get(shape, [])
        of_code: dict[str, list[int]] = {}
        for j in reversed(others):
            of_code.setdefault(after.codes[j], []).append(j)
        for i in rows:
            if of_code.get(before.codes[i]):
                found[i] = of_code[before.codes[i]].pop()
        i_left = [i for i in rows if found[i] == NOWHERE]
        j_left = [j for rest in of_code.values() for j in rest]
        if shape is not None and len(i_left) == len(j_left) == 1:
            found[i_left[0]] = j_left[0]
    return found


def _rows_by_shape(shapes: Objects) -> dict[bytes | None, list[int]]:
    rows: dict[bytes | None, list[int]] = {}
    for i, wkb in enumerate(shapely.to_wkb(shapely.normalize(shapes))):
        rows.setdefault(wkb, []).append(i)
    return rows


def _common(old: Objects, new: Objects, i: Longs, j: Longs, metric: Metric) -> tuple[Longs, Longs, Floats]:
    """Pairs among some rows of both, with their common ground."""
    a, b = STRtree(new[j]).query(old[i], predicate="intersects")
    a, b = i[a], j[b]
    common_m2 = areas_m2(np.asarray(shapely.intersection(old[a], new[b]), dtype=object), metric)
    real = common_m2 >= LEAST_M2
    return a[real], b[real], common_m2[real]


def case_pairs(before_at: NDArray[np.int32], after_at: NDArray[np.int32]) -> tuple[Longs, Longs, Longs]:
    """Count cases by the area before and the area after in which each truly lies; -1 where it lies in none.

    Both arguments have one row an entry, shape (c,), as ``Locator.locate`` gives them. Gives pairs and counts, (p,).
    """
    pairs = np.stack([before_at, after_at], axis=1).astype(np.int64).reshape(-1, 2)
    different, n = np.unique(pairs, axis=0, return_counts=True)
    return different[:, 0], different[:, 1], n


def loss_of_cases(walk: Crosswalk, before_at: NDArray[np.int32], after_at: NDArray[np.int32]) -> float | None:
    """The share of cases that area shares carry to the wrong area, 0 to 1; None without cases.

    With n_i cases in the area before i, n_ij of them truly in the area after j, and w_ij the share of i's ground that
    lies in j, the loss is sum over ij of |n_i w_ij - n_ij| / (2 sum n_i): half the distance between both tables, which
    is the least share of cases that must change place to make one of the other. Ground that no area after holds
    counts as an area of its own. Cases outside all areas before have nothing to be carried from and are left out.
    """
    known = before_at >= 0
    i, j, n = case_pairs(before_at[known], after_at[known])
    if not len(n):
        return None
    in_area = np.bincount(i, n, minlength=len(walk.before_m2))
    share = walk.share_before
    uncovered = np.maximum(1.0 - np.bincount(walk.before, share, minlength=len(in_area)), 0.0)
    every = np.arange(len(in_area))
    pair = np.concatenate([walk.before, every, i]) * (len(walk.after_m2) + 1)
    pair += np.concatenate([walk.after, np.full(len(every), NOWHERE), j]) + 1
    differs = np.concatenate([share * in_area[walk.before], uncovered * in_area, -n.astype(np.float64)])
    _, which = np.unique(pair, return_inverse=True)
    return round(float(np.abs(np.bincount(which, differs)).sum() / (2.0 * n.sum())), 12)


def crosswalk_rows(before: Layer, after: Layer, walk: Crosswalk) -> list[dict[str, Any]]:
    """Pairs as records: ``a``, ``b`` (codes), ``m2``, ``share_a``, ``share_b``, and ``several``.

    ``several`` marks the areas of the first layer that lie in two or more of the second, by more than
    ``TOLERANCE_M2`` of ground in each.
    """
    held_by = np.bincount(walk.before[walk.common_m2 > TOLERANCE_M2], minlength=len(walk.before_m2))
    columns = {
        "a": before.codes[walk.before], "b": after.codes[walk.after], "m2": walk.common_m2.tolist(),
        "share_a": walk.share_before.tolist(), "share_b": walk.share_after.tolist(),
        "several": (held_by[walk.before] > 1).tolist(),
    }  # fmt: skip
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
