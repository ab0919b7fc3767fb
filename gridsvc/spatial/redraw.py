"""Was a boundary moved, or only drawn again: shapes before and after against a tolerance in metres."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial.crosswalk import Crosswalk, areas_m2
from gridsvc.spatial.datum import Floats, Metric
from gridsvc.spatial.layer import Objects

# Sides of a quarter of the circles by which tolerances reach out: short of the true circle by 0.12 percent at most.
QUARTER = 16
_FACES = (3, 6)
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Redraws:
    """What measuring p pairs of shapes gave, each of shape (p,).

    ``same``: vertex by vertex, or one of both is missing and nothing can be said. ``within``: the same within the
    tolerance. ``moved_m``: the farthest that a vertex of either outline lies from the other, ``changed_m2``: ground of
    the difference, both NaN where they mean nothing. ``changed``: what differs, in degrees, or None.
    """

    same: Flags
    within: Flags
    moved_m: Floats
    changed_m2: Floats
    changed: Objects


def measure(old: Objects, new: Objects, metric: Metric, tolerance_m: float, twins: Flags) -> Redraws:
    """Compare shapes in degrees pair by pair; ``twins`` are known to be the same.

    An area is within the tolerance where every point of the difference, the ground that just one of both holds, lies
    at most ``tolerance_m`` from the old boundary and from the new one: (old XOR new) minus buffer(boundary, tolerance)
    has no ground for either. So a thin strip far from the new boundary is a change, whether it came or went. Lines and
    points are within where each lies within the tolerance of the other. Distances are in the projected reference.
    """
    n = len(old)
    usable = ~(shapely.is_missing(old) | shapely.is_empty(old) | shapely.is_missing(new) | shapely.is_empty(new))
    same = twins | ~usable
    found = Redraws(same, same.copy(), np.full(n, np.nan), np.full(n, np.nan), np.full(n, None, dtype=object))
    k = np.flatnonzero(~same)
    if not len(k):
        return found
    before, after = metric.straight(old[k]), metric.straight(new[k])
    found.moved_m[k] = shapely.hausdorff_distance(_outlines(before), _outlines(after))
    faces = np.isin(shapely.get_type_id(old[k]), _FACES) & np.isin(shapely.get_type_id(new[k]), _FACES)
    f = k[faces]
    found.changed[f] = shapely.symmetric_difference(old[f], new[f])
    found.changed_m2[f] = areas_m2(found.changed[f], metric)
    found.within[f] = _near_boundaries(found.changed[f], (before[faces], after[faces]), metric, tolerance_m)
    other = k[~faces]
    found.changed[other] = new[other]
    found.within[other] = _near(before[~faces], after[~faces], tolerance_m)
    return found


def kept_whole(old: Objects, new: Objects, walk: Crosswalk, metric: Metric, tolerance_m: float, same: Flags) -> Flags:
    """Which areas before lie in one area after, but for ground within the tolerance of both boundaries; shape (n,).

    The history of such an area can be carried whole; that of any other can only be shared out. ``same``: those already
    known to be one area after within the tolerance. An area without ground has nothing to lose.
    """
    whole = same | (walk.before_m2 <= 0.0)
    order = np.lexsort((walk.common_m2, walk.before))
    last = order[np.flatnonzero(np.diff(walk.before[order], append=-1))]
    i, j = walk.before[last], walk.after[last]
    i, j = i[~whole[i]], j[~whole[i]]
    elsewhere = np.asarray(shapely.difference(old[i], new[j]), dtype=object)
    areas = metric.straight(old[i]), metric.straight(new[j])
    whole[i] = _near_boundaries(elsewhere, areas, metric, tolerance_m)
    return whole


def _outlines(shapes: Objects) -> Any:
    faces = np.isin(shapely.get_type_id(shapes), _FACES)
    return np.where(faces, shapely.boundary(shapes), shapes)


def _near_boundaries(changed: Objects, areas: tuple[Objects, Objects], metric: Metric, tolerance_m: float) -> Flags:
    """Whether differences, in degrees, lie within the tolerance of the boundaries of both areas, in metres."""
    ground = metric.straight(changed)
    # A sliver may cross itself once it is projected; then it stands for what it can only mean.
    crossed = ~shapely.is_valid(ground)
    ground[crossed] = shapely.make_valid(ground[crossed], method="structure", keep_collapsed=False)
    near = np.ones(len(changed), bool)
    for one in areas:
        band = shapely.buffer(shapely.boundary(one), tolerance_m, quad_segs=QUARTER)
        near &= shapely.covers(band, ground) | shapely.is_empty(ground)
    return near


def _near(a: Any, b: Any, tolerance_m: float) -> Flags:
    """Whether each of two shapes lies within the tolerance of the other."""
    there = shapely.covers(shapely.buffer(a, tolerance_m, quad_segs=QUARTER), b)
    return np.asarray(there & shapely.covers(shapely.buffer(b, tolerance_m, quad_segs=QUARTER), a))
