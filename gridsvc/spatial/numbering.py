"""How unit grids are numbered inside a community: as a page is read, west to east in rows from north to south."""

import math

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial.datum import Floats, metres_per_degree

Objects = NDArray[np.object_]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
# Rows that people lay by eye along streets are higher than one of their grids, but not twice as high.
ROW_SIDES = 1.5
# Centroids carry noise in their last bits; a tenth of a millimetre lies in no other column.
DECIMALS = 9


def reading_order(shapes: Objects, row_m: float) -> Ints:
    """Order shapes in EPSG:4326 as a page is read: by rows from north to south, in a row from west to east.

    Rows are ``row_m`` metres high and are counted down from the northernmost centroid, along parallels; a shape is in
    the row where its centroid lies.
    """
    lon, lat = _centres(shapes)
    north = lat.max(initial=-90.0)
    row = np.floor((north - lat) * metres_per_degree(float(north))[1] / row_m)
    return np.lexsort((-lat, lon, row))


def misplaced(shapes: Objects, usual_m2: float) -> Bools:
    """Tell which shapes in EPSG:4326, given in the order of their numbers, keep the rest from being in reading order.

    Where the rows begin, and how high they are, nobody writes down. So a later shape contradicts an earlier one only if
    no rows explain it: it lies farther north than a row is high (one and a half times the side of a square of the
    usual or, if that is more, the median size), north and not east of it, or west and not south of it. The shapes that
    contradict most are named, one after the other, until no contradiction is left. What is empty or missing
    contradicts nothing.
    """
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    named = np.zeros(len(shapes), dtype=np.bool_)
    if not here.any():
        return named
    lon, lat = np.full((2, len(shapes)), np.nan)
    lon[here], lat[here] = _centres(shapes[here])
    east_m, north_m = metres_per_degree(float(np.nanmean(lat)))
    median_m2 = float(np.median(shapely.area(shapes[here]))) * east_m * north_m
    row_m = ROW_SIDES * math.sqrt(max(usual_m2, median_m2))
    north, west = lat[None, :] - lat[:, None], lon[:, None] - lon[None, :]
    wrong = np.triu((north * north_m > row_m) | ((north >= 0.0) & (west >= 0.0) & (north + west > 0.0)), 1)
    wrong |= wrong.T
    contradicted = wrong.sum(axis=1)
    while contradicted.any():
        worst = int(contradicted.argmax())
        named[worst] = True
        contradicted -= wrong[worst]
        contradicted[worst] = 0
        wrong[:, worst] = False
    return named


def _centres(shapes: Objects) -> tuple[Floats, Floats]:
    lon, lat = np.round(shapely.get_coordinates(shapely.centroid(shapes)), DECIMALS).T
    return lon, lat
