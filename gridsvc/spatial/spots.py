"""Gathers points into spots: each point is of one spot, and no spot reaches farther than a radius from its middle."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import STRtree

from gridsvc.spatial.datum import Metric


def spots(lon: ArrayLike, lat: ArrayLike, radius_m: float) -> list[NDArray[np.intp]]:
    """Gather points, the crowded places first, so that a street with cases all along it stays many places.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees in WGS 84, finite.
    radius_m : float
        No point of a spot is farther than this from the spot's first point.

    Returns
    -------
    list of arrays
        Positions of the points of each spot, its middle first, the others in order; every point is in exactly one.
        Which point is a middle hangs on how many lie in its square of a grid as wide as the radius, then on its order.
    """
    x, y = (np.asarray(v, np.float64) for v in (lon, lat))
    if len(x) == 0:
        return []
    points = shapely.points(*Metric.at(float(x.mean()), float(y.mean())).xy(x, y))
    squares = np.floor(shapely.get_coordinates(points) / radius_m).astype(np.int64)
    _, square, counts = np.unique(squares, axis=0, return_inverse=True, return_counts=True)
    tree, free, found = STRtree(points), np.ones(len(x), bool), []
    for middle in np.argsort(-counts[square.ravel()], kind="stable"):
        if not free[middle]:
            continue
        around = np.sort(tree.query(points[middle], predicate="dwithin", distance=radius_m))
        own = around[free[around] & (around != middle)]
        free[own] = free[middle] = False
        found.append(np.concatenate([[middle], own]))
    return found
