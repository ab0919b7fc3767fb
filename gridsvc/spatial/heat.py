"""Where the load is: points summed to cells and areas, class breaks, a smooth density.

Knows nothing of maps or colours. A row without a usable coordinate is never dropped in silence: every function
says how such rows can be counted, so that a page can show how many cases it does not show.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.datum import metres_per_degree

Floats = NDArray[np.float64]
Extent = tuple[float, float, float, float]

NO_CASE = -1
UNKNOWN = -2


def usable(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Mark the rows whose two coordinates are finite and within range; the others are to be set aside.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees in EPSG:4326.

    Returns
    -------
    array of bool, shape (n,)
        ``int((~usable(lon, lat)).sum())`` is the number set aside.
    """
    x, y = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    if x.shape != y.shape or x.ndim != 1:
        raise BadInput(
            "经度与纬度的个数不同",
            "longitude and latitude differ in number",
            [FieldError("lat", len(y), f"应有 {len(x)} 个", f"give {len(x)} of them")],
        )
    with np.errstate(invalid="ignore"):
        return np.isfinite(x) & np.isfinite(y) & (np.abs(x) <= 180.0) & (np.abs(y) < 90.0)


def bin_points(
    lon: ArrayLike, lat: ArrayLike, cell_m: float, weights: ArrayLike | None = None
) -> tuple[Floats, Floats, Floats]:
    """Sum points to square cells, so that a page stays small however many points there are.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees in EPSG:4326. Rows that are not ``usable`` belong to no cell.
    cell_m : float
        Side of a cell in metres, true at the middle latitude of the points; over a city's 50 km it is
        within 0.5 %.
    weights : array, shape (n,), optional
        What each point adds to its cell; 1 without it. A NaN weight adds nothing.

    Returns
    -------
    lon, lat : array, shape (k,)
        Centres of the cells that hold at least one point, from south to north, in a row from west to east.
        The lattice is tied to 0° and to the latitude rounded to a tenth, not to the points, so that
        two months of one city fall into the same cells.
    count : array, shape (k,)
        Sum of the weights in the cell.
    """
    _positive("cell_m", cell_m)
    keep = usable(lon, lat)
    x, y = np.atleast_1d(np.asarray(lon, np.float64))[keep], np.atleast_1d(np.asarray(lat, np.float64))[keep]
    if not len(x):
        return np.empty(0), np.empty(0), np.empty(0)
    w = np.ones(len(x)) if weights is None else np.nan_to_num(np.asarray(weights, np.float64)[keep])
    east_m, north_m = metres_per_degree(round(float(y.min() + y.max()) / 2, 1))
    dx, dy = cell_m / east_m, cell_m / north_m
    column, row = np.floor(x / dx).astype(np.int64), np.floor(y / dy).astype(np.int64)
    first, width = column.min(), column.max() - column.min() + 1
    cell, which = np.unique(row * width + (column - first), return_inverse=True)
    row, column = np.divmod(cell, width)
    total = np.asarray(np.bincount(which, w, minlength=len(cell)), np.float64)
    return np.asarray((column + first + 0.5) * dx), np.asarray((row + 0.5) * dy), total


def counts(position: ArrayLike, n_areas: int) -> tuple[NDArray[np.int64], int]:
    """Count points per area.

    Parameters
    ----------
    position : array of int, shape (n,)
        Position of each point's area in its layer, -1 for a point that lies in none or has no coordinate.
    n_areas : int
        Number of areas of the layer.

    Returns
    -------
    counts : array of int64, shape (n_areas,)
    set_aside : int
        How many points have position -1. ``counts.sum() + set_aside == n``.
    """
    where = np.asarray(position, np.int64)
    worst = where[(where < -1) | (where >= n_areas)]
    if len(worst):
        raise BadInput(
            "区域序号超出图层",
            "a position is not one of the layer's areas",
            [FieldError("position", int(worst[0]), f"应在 -1 与 {n_areas - 1} 之间", f"give -1 to {n_areas - 1}")],
        )
    inside = where[where >= 0]
    return np.bincount(inside, minlength=n_areas), len(where) - len(inside)


def breaks(values: ArrayLike, k: int = 6) -> Floats:
    """Choose class breaks for values above zero: quantiles, rounded so that people can read them.

    Parameters
    ----------
    values : array, shape (n,)
        Zeros are no class of their own here (they are drawn empty); negative, NaN and infinite ones are ignored.
    k : int
        Largest number of classes.

    Returns
    -------
    array, shape (m,), m <= k
        Lower bounds of the classes, ascending, each class half-open with its lower bound in; the last is open above.
        The first bound is 0 and is itself out. No class is empty: with fewer than ``k`` distinct values each has
        its own class, and bounds that meet after rounding are one. Without any positive value the array is empty.
    """
    _positive("k", k)
    v = np.asarray(values, np.float64).ravel()
    distinct = np.unique(v[np.isfinite(v) & (v > 0)])
    if not len(distinct):
        return np.empty(0)
    if len(distinct) <= k:
        return np.concatenate([[0.0], distinct[1:]])
    positive = v[np.isfinite(v) & (v > 0)]
    inner = np.unique(_two_digits(np.quantile(positive, np.arange(1, k) / k)))
    edges = np.concatenate([[0.0], inner, [np.inf]])
    filled = np.histogram(positive, edges)[0] > 0
    lower = edges[:-1][filled]
    lower[0] = 0.0
    return np.asarray(lower, np.float64)


def classify(values: ArrayLike, lower: ArrayLike) -> NDArray[np.int8]:
    """Give each value the position of its class among the lower bounds that ``breaks`` or a fixed scheme names.

    Returns
    -------
    array of int8, shape (n,)
        0 to m-1; ``NO_CASE`` (-1) for zero or less; ``UNKNOWN`` (-2) for NaN, which is not zero.
    """
    v, bounds = np.asarray(values, np.float64), np.asarray(lower, np.float64)
    cls = np.maximum(np.searchsorted(bounds, v, side="right") - 1, 0)
    cls = np.where(v > 0, cls, NO_CASE) if len(bounds) else np.full(v.shape, NO_CASE)
    return np.where(np.isnan(v), UNKNOWN, cls).astype(np.int8)


def kde(
    lon: ArrayLike,
    lat: ArrayLike,
    shape: tuple[int, int],
    bandwidth_m: float,
    extent: Extent | None = None,
) -> tuple[Floats, Extent]:
    """Spread every point by a Gaussian and sum: a smooth density of cases.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees in EPSG:4326. Rows that are not ``usable``, and points outside ``extent``, add nothing.
    shape : (rows, columns)
        Size of the result. Its kernels take rows² + columns² numbers of memory.
    bandwidth_m : float
        Standard deviation of the Gaussian in metres.
    extent : (west, south, east, north), optional
        Degrees; by default the points' own with four bandwidths on each side.

    Returns
    -------
    density : array, shape (rows, columns)
        Points per km², first row in the north. Summed over the cells times their area it gives the number of points:
        what would fall beyond the rim is kept inside. All zero without points.
    extent : (west, south, east, north)
    """
    _positive("bandwidth_m", bandwidth_m)
    keep = usable(lon, lat)
    x, y = np.atleast_1d(np.asarray(lon, np.float64))[keep], np.atleast_1d(np.asarray(lat, np.float64))[keep]
    if extent is None:
        extent = _extent_of(x, y, 4 * bandwidth_m)
    west, south, east, north = extent
    east_m, north_m = metres_per_degree((south + north) / 2)
    rows, columns = shape
    cell_x_m, cell_y_m = (east - west) * east_m / columns, (north - south) * north_m / rows
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    column = np.minimum(((x[inside] - west) / (east - west) * columns).astype(np.int64), columns - 1)
    row = np.minimum(((north - y[inside]) / (north - south) * rows).astype(np.int64), rows - 1)
    heaps = np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)
    spread = _kernel(rows, cell_y_m / bandwidth_m) @ heaps @ _kernel(columns, cell_x_m / bandwidth_m).T
    return spread / (cell_x_m * cell_y_m / 1e6), extent


def _kernel(n: int, step: float) -> Floats:
    """Weight that cell j gives to cell i; each column sums to one. ``step`` is a cell's side in bandwidths."""
    apart = np.subtract.outer(np.arange(n), np.arange(n)) * step
    weight = np.exp(-0.5 * apart**2)
    return np.asarray(weight / weight.sum(axis=0), np.float64)


def _extent_of(x: Floats, y: Floats, margin_m: float) -> Extent:
    if not len(x):
        return (0.0, 0.0, 1.0, 1.0)
    east_m, north_m = metres_per_degree(float(y.min() + y.max()) / 2)
    dx, dy = margin_m / east_m, margin_m / north_m
    return float(x.min() - dx), float(y.min() - dy), float(x.max() + dx), float(y.max() + dy)


def _two_digits(values: Floats) -> Floats:
    scale = 10.0 ** (np.floor(np.log10(values)) - 1)
    return np.asarray(np.round(values / scale) * scale, np.float64)


def _positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise BadInput(
            "应为正数", "the value must be positive", [FieldError(name, value, "改为正数", "give a positive number")]
        )
