"""Lanes that stop short of what they were meant to meet, led straight on when a planner asks for it."""

from collections.abc import Sequence

import numpy as np
import shapely

from gridsvc.spatial.datum import Metric
from gridsvc.spatial.layer import Objects

# An end this near to another line meets it already.
MEETS_M = 0.01


def led_on(
    lanes: Sequence[shapely.Geometry], outer: shapely.Geometry, borders: Sequence[shapely.Geometry], reach_m: float,
    metric: Metric,
) -> tuple[list[shapely.Geometry], list[tuple[int, shapely.LineString]]]:  # fmt: skip
    """Give the lanes, and for each loose end that meets something within reach the piece that leads there.

    A piece is told with the row of its lane. It begins where the lane ends and ends on what it meets, a tenth of a
    millimetre beyond, so that noding finds it. An end that meets nothing stays as it is.
    """
    if reach_m == 0.0 or not lanes:
        return list(lanes), []
    border = shapely.boundary(outer)
    others = [*lanes, border, *shapely.boundary(np.array([*borders, None], dtype=object)[:-1])]
    flat = metric.geometries(np.array([*others, None], dtype=object)[:-1])
    found = []
    for i, lane in enumerate(flat[: len(lanes)]):
        rest = shapely.union_all(np.delete(flat, i))
        for part in shapely.get_parts(shapely.line_merge(lane)):
            for piece in _pieces(part, rest, reach_m):
                found.append((i, _in_degrees(piece, metric)))
    return list(lanes), found


def _pieces(part: shapely.LineString, rest: shapely.Geometry, reach_m: float) -> list[shapely.LineString]:
    xy = shapely.get_coordinates(part)
    if (xy[0] == xy[-1]).all():
        return []
    found = []
    for end, inner in ((xy[0], xy[1]), (xy[-1], xy[-2])):
        ahead = (end - inner) / np.hypot(*(end - inner))
        at = shapely.Point(end)
        if shapely.distance(at, rest) <= MEETS_M:
            continue
        met = shapely.intersection(shapely.LineString([end, end + reach_m * ahead]), rest)
        if not met.is_empty:
            found.append(shapely.LineString([end, end + (shapely.distance(at, met) + 1e-4) * ahead]))
    return found


def _in_degrees(piece: shapely.LineString, metric: Metric) -> shapely.LineString:
    back: Objects = shapely.transform(
        np.array([piece], dtype=object), lambda p: np.column_stack(metric.lonlat(p[:, 0], p[:, 1]))
    )
    return back[0]
