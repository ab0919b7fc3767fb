"""Clusters of points: what lies within a distance of each other along one place, as the stalls of a street market."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.values import metres_per_degree


def clusters(
    lon: NDArray[np.float64], lat: NDArray[np.float64], along: Sequence[str], within_m: float
) -> list[list[int]]:
    """Put points together that are joined by steps of at most ``within_m``, both ends of a step being in one place.

    Parameters
    ----------
    lon, lat : array of float64, shape (n,)
        WGS 84 degrees; points with NaN are in no cluster.
    along : sequence of str, length n
        The place of each point; points in different places are never joined.
    within_m : float
        Metres; exactly so far apart still counts.

    Returns
    -------
    list of list of int
        Positions, ascending within each cluster, clusters by their first point; single points are clusters of one.
    """
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not len(known):
        return []
    east_m, north_m = metres_per_degree(float(lat[known].mean()))
    xy = np.column_stack([(lon[known] - lon[known].mean()) * east_m, (lat[known] - lat[known].mean()) * north_m])
    points = shapely.points(xy)
    # A hair more than asked for, because degrees are no metres to the last digit.
    left, right = shapely.STRtree(points).query(points, predicate="dwithin", distance=within_m * (1 + 1e-9))
    root = list(range(len(known)))

    def top(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        if a < b and along[known[a]] == along[known[b]]:
            low, high = sorted((top(a), top(b)))
            root[high] = low
    found: dict[int, list[int]] = {}
    for i, position in enumerate(known.tolist()):
        found.setdefault(top(i), []).append(position)
    return list(found.values())
