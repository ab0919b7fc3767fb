"""Exact shares of a position's error: how much of a round normal distribution lies in each of some polygons.

By Green's theorem the share of a polygon is a sum over its edges. With the position in the origin and one sigma as the
unit an edge that runs at the distance h to the left, over s along its line, gives the integral of h g(h² + s²) ds over
two pi, with g(u) = (1 - exp(-u / 2)) / u. That is an angle where the edge is far away, and smooth everywhere.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial.datum import Floats, metres_per_degree
from gridsvc.values import Point

# Beyond so many sigmas lies less than 4e-6 of the error.
FAR = 5.0
# Enough to be right to 1e-6 along an edge from end to end of what is not far.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def shares_in(polygons: NDArray[np.object_], row: NDArray[np.intp], points: Sequence[Point], sigma_m: Floats) -> Floats:
    """Give the share of the error of a point that lies in a polygon, for k pairs of them.

    Parameters
    ----------
    polygons : array, shape (k,)
        Polygons and multipolygons without faults, degrees in WGS 84.
    row : array of int, shape (k,)
        Which of the points goes with each.
    points : sequence of Point
        The reported positions.
    sigma_m : array of float
        For each of the points metres of one standard deviation along either axis, more than 0.

    Returns
    -------
    array, shape (k,)
        Between 0 and 1, right to 1e-5.
    """
    parts, pair_of_part = shapely.get_parts(polygons, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    at_deg, ring = shapely.get_coordinates(rings, return_index=True)
    of_ring = row[pair_of_part[part_of_ring]]
    centre_deg = np.array([(p.lon, p.lat) for p in points])
    per_deg = np.array([metres_per_degree(p.lat) for p in points]) / sigma_m[:, None]
    x, y = ((at_deg - centre_deg[of_ring[ring]]) * per_deg[of_ring[ring]]).T
    goes_on = ring[1:] == ring[:-1]
    x0, y0, x1, y1, ring = x[:-1][goes_on], y[:-1][goes_on], x[1:][goes_on], y[1:][goes_on], ring[1:][goes_on]
    turned = _turned(x0, y0, x1, y1)
    of_each = np.abs(np.bincount(ring, turned, len(rings))) / (2.0 * np.pi)
    # The first ring of each part goes around it, the others around its holes.
    is_hole = np.concatenate([[False], part_of_ring[1:] == part_of_ring[:-1]])
    signed = np.where(is_hole, -of_each, of_each)
    return np.asarray(np.bincount(pair_of_part[part_of_ring], signed, len(polygons)), np.float64)


def _turned(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> Floats:
    """What each edge adds to the integral around the origin: where it is far, the angle that it is seen under."""
    cross, dx, dy = x0 * y1 - x1 * y0, x1 - x0, y1 - y0
    length = np.hypot(dx, dy)
    found: Floats = np.arctan2(cross, x0 * x1 + y0 * y1)
    with np.errstate(divide="ignore", invalid="ignore"):
        h, start = cross / length, (x0 * dx + y0 * dy) / length
    end = start + length
    a, b = np.maximum(start, -FAR), np.minimum(end, FAR)
    near = np.flatnonzero((np.abs(h) < FAR) & (a < b))
    h, start, end, a, b = h[near], start[near], end[near], a[near], b[near]
    half = (b - a) / 2.0
    s = (a + half)[:, None] + half[:, None] * _NODES
    u = np.maximum(s * s + (h * h)[:, None], 1e-300)
    round_here = h * half * (-np.expm1(-u / 2.0) / u @ _WEIGHTS)
    # The ends of a long edge are far.
    to_start, to_a, to_b, to_end = np.arctan2([start, a, b, end], np.abs(h))
    far = to_a - to_start + to_end - to_b
    found[near] = round_here + np.sign(h) * far
    return found
