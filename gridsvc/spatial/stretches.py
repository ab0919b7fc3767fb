"""Stretches of lanes along which points lie close together: a 300 m street with twenty open grills."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import STRtree
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.datum import Floats, Metric
from gridsvc.spatial.heat import usable

# From the middle of a street to where people stand who report from it.
ASIDE_M = 25.0
LONGEST_M = 100_000.0
# Projecting there and back moves a point by less; so does rounding its degrees to eight places.
_ROUNDING_M = 1e-3


@dataclass(frozen=True, slots=True)
class Stretch:
    """One dense stretch: the row of its lane, metres from the lane's beginning, and how many points lie along it.

    ``most`` is the greatest number along any piece of the length that was asked for. ``course`` is the stretch itself
    in WGS 84: a line, or a point where all lie at one place.
    """

    lane: int
    start_m: float
    end_m: float
    n: int
    most: int
    course: BaseGeometry


def dense_stretches(
    lanes: NDArray[np.object_], lon: ArrayLike, lat: ArrayLike, metres: float, least: int, aside_m: float = ASIDE_M
) -> list[Stretch]:
    """Name the stretches of lanes on which some piece of so many metres has at least so many points, fullest first.

    Parameters
    ----------
    lanes : array of LineString, shape (m,)
        Degrees in WGS 84. A lane that is shorter than ``metres`` counts as a whole; what is no line has no stretch.
    lon, lat : array, shape (n,)
        Degrees in WGS 84. A point belongs to the nearest lane within ``aside_m`` metres, of several the first; rows
        that are no position belong to none.
    metres, least
        Length of the piece in metres, above 0, and the points it has to have, at least 2.

    Returns
    -------
    Stretches from the first to the last point of such pieces; pieces that share a point are one stretch.
    """
    _refuse_nonsense(metres, least, aside_m)
    lon_deg, lat_deg = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    rows = np.flatnonzero(usable(lon_deg, lat_deg))
    lines = np.flatnonzero((shapely.get_type_id(lanes) == 1) & ~shapely.is_empty(lanes))
    if not (len(rows) and len(lines)):
        return []
    west, south, east, north = shapely.total_bounds(lanes[lines])
    metric = Metric.at((west + east) / 2, (south + north) / 2)
    courses = metric.geometries(lanes[lines])
    points = shapely.points(np.column_stack(metric.xy(lon_deg[rows], lat_deg[rows])))
    which, lane = _nearest(courses, points, aside_m)
    if not len(which):
        return []
    along_m = shapely.line_locate_point(courses[lane], points[which])
    order = np.lexsort((along_m, lane))
    found = []
    for group in np.split(order, np.flatnonzero(np.diff(lane[order])) + 1):
        at_m, row = along_m[group], lane[group[0]]
        for first, last, most in _runs(at_m, metres, least):
            start_m, end_m = float(at_m[first]), float(at_m[last])
            piece = substring(courses[row], start_m, end_m)
            course = shapely.transform(piece, lambda p: np.column_stack(metric.lonlat(p[:, 0], p[:, 1])))
            found.append(Stretch(int(lines[row]), start_m, end_m, last - first + 1, most, course))
    return sorted(found, key=lambda s: (-s.most, -s.n, s.lane, s.start_m))


def _nearest(
    courses: NDArray[np.object_], points: NDArray[np.object_], aside_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair points with the nearest course in reach; of several equally near ones it is the first."""
    # The sides of the courses, one by one: the box of a whole lane holds half a city's points.
    corners, of = shapely.get_coordinates(courses, return_index=True)
    joined = np.flatnonzero(of[1:] == of[:-1])
    sides = shapely.linestrings(np.stack([corners[joined], corners[joined + 1]], axis=1))
    point, side = STRtree(sides).query_nearest(points, max_distance=aside_m)
    course = of[joined[side]]
    order = np.lexsort((course, point))
    point, course = point[order], course[order]
    first = np.flatnonzero(np.diff(point, prepend=-1))
    return point[first], course[first]


def _runs(at_m: Floats, metres: float, least: int) -> Iterator[tuple[int, int, int]]:
    """Give first point, last point and fullest piece of each run of full pieces; ``at_m`` ascends."""
    end = np.searchsorted(at_m, at_m + metres + _ROUNDING_M, side="right")
    n = end - np.arange(len(at_m))
    full = np.flatnonzero(n >= least)
    begins = np.flatnonzero(np.r_[True, full[1:] >= end[full[:-1]]]) if len(full) else full
    for run in np.split(full, begins[1:]) if len(full) else ():
        yield int(run[0]), int(end[run[-1]]) - 1, int(n[run].max())


def _refuse_nonsense(metres: float, least: int, aside_m: float) -> None:
    tests = (
        ("metres", metres, 0.0 < metres <= LONGEST_M, f"大于 0、至多 {LONGEST_M:.0f} 米",
         f"above 0, {LONGEST_M:.0f} m at most"),
        ("least", least, least >= 2, "至少 2", "at least 2"),
        ("aside_m", aside_m, 0.0 < aside_m <= LONGEST_M, f"大于 0、至多 {LONGEST_M:.0f} 米",
         f"above 0, {LONGEST_M:.0f} m at most"),
    )  # fmt: skip
    if faults := [FieldError(name, value, zh, en) for name, value, good, zh, en in tests if not good]:
        raise BadInput("路段的条件无效", "stretches cannot be asked for so", faults)
