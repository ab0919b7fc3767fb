"""A smooth density of points on a raster, and how far to smooth it."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.datum import columns as degree_columns
from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.heat import require_positive, usable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Raster = NDArray[np.float32]
Extent = tuple[float, float, float, float]

# Beyond this many bandwidths a Gaussian is cut: one part in two million of it along an axis.
_CUT = 5.0
# Points handled at a time: their intermediate arrays stay in the processor's cache.
_BLOCK = 32_768
# Columns, cells out and cells in of one matrix product. Larger ones a linear algebra library shares among cores, and
# on a busy machine its threads then wait for each other ten times as long as the product takes.
_TILE, _OUT, _IN = 64, 32, 128


def bandwidth(lon: ArrayLike, lat: ArrayLike, least_m: float) -> float:
    """Choose the bandwidth of a density from the points: Scott's rule in two dimensions with a robust spread.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees in EPSG:4326. Rows that are not ``usable`` are left out.
    least_m : float
        Given where the rule says less, or the points have no spread at all: no density is finer than its positions.

    Returns
    -------
    float
        Metres.

    Notes
    -----
    n^(-1/6) times the spread: along each axis the standard deviation or the interquartile range / 1.349, whichever is
    less and not zero (Silverman 1986, 3.4.2 and 4.3.2), and the geometric mean of the two axes. The rule is made for
    a single heap of points; a city with many is smoothed more than its best.
    """
    require_positive("least_m", least_m)
    x, y = _kept(lon, lat)
    if not len(x):
        return least_m
    east_m, north_m = metres_per_degree(float(np.median(y)))
    spread_m = math.sqrt(_spread(x) * east_m * _spread(y) * north_m)
    return max(float(spread_m * len(x) ** (-1 / 6)), least_m)


def kde(
    lon: ArrayLike, lat: ArrayLike, shape: tuple[int, int], bandwidth_m: float, extent: Extent | None = None
) -> tuple[Raster, Extent]:
    """Spread every point by a Gaussian and sum: a smooth density of cases.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees in EPSG:4326. Rows that are not ``usable``, and points outside ``extent``, add nothing.
    shape : (rows, columns)
        Size of the result.
    bandwidth_m : float
        Standard deviation of the Gaussian in metres.
    extent : (west, south, east, north), optional
        Degrees; the west and the north side belong to it, the others to its neighbours. By default the points' own
        with four bandwidths on each side.

    Returns
    -------
    density : array of float32, shape (rows, columns)
        Points per km² at the middle latitude of the extent, first row in the north; never negative. Summed over the
        cells times their area it gives the number of points: what would fall beyond the rim is spread over the cells
        inside, in proportion. All zero without points.
    extent : (west, south, east, north)

    Notes
    -----
    Points are moved to the centre of their cell first. With a bandwidth of at least one cell, and of points five
    bandwidths and more inside the rim, a value is therefore off the exact sum of Gaussians by at most exp(-1/2) / (2 pi
    bandwidth^3) times half a cell's diagonal for each point, and much less on average. Each axis is a product with
    a band matrix, block by block; being sums of positive terms the results do not ring as those of a Fourier
    transform do.
    """
    require_positive("bandwidth_m", bandwidth_m)
    rows, columns = shape
    require_positive("shape", min(rows, columns))
    if extent is None:
        lon, lat = _kept(lon, lat)
        extent = _extent_of(lon, lat, 4 * bandwidth_m)
    elif not (-180 <= extent[0] < extent[2] <= 180 and -90 < extent[1] < extent[3] < 90):
        mend = ("依次为西、南、东、北（度）", "give west, south, east, north in degrees")
        raise BadInput("范围不可用", "the extent cannot be used", [FieldError("extent", extent, *mend)])
    west, south, east, north = extent
    east_m, north_m = metres_per_degree((south + north) / 2)
    cell_x_m, cell_y_m = (east - west) * east_m / columns, (north - south) * north_m / rows
    across = _smooth(_heaps(lon, lat, shape, extent), bandwidth_m / cell_x_m)
    spread = _smooth(across.T, bandwidth_m / cell_y_m)
    return spread * np.float32(1e6 / (cell_x_m * cell_y_m)), extent


def _heaps(lon: ArrayLike, lat: ArrayLike, shape: tuple[int, int], extent: Extent) -> Raster:
    """Count points per cell, shape (columns, rows); a rim of one cell more takes those outside and is dropped."""
    x, y = degree_columns(lon, lat)
    (rows, columns), (west, south, east, north) = shape, extent
    cell = np.empty(len(x), np.int64)
    for start in range(0, len(x), _BLOCK):
        part = slice(start, start + _BLOCK)
        column = _place(x[part], west, east, columns)
        column *= rows + 2
        column += _place(y[part], north, south, rows)
        cell[part] = column
    counted = np.bincount(cell, minlength=(rows + 2) * (columns + 2)).reshape(columns + 2, rows + 2)
    return counted[1:-1, 1:-1].astype(np.float32)


def _place(values: Floats, start: float, end: float, n: int) -> Ints:
    """Number of the cell of each value among ``n`` cells, from 1; 0 or n + 1 outside, 0 for NaN."""
    at = values - start
    at *= n / (end - start)
    at += 1.0
    np.fmax(at, 0.0, out=at)  # of a number and NaN the number
    np.minimum(at, n + 1.0, out=at)
    return at.astype(np.int64)


def _smooth(raster: Raster, sigma: float) -> Raster:
    """Spread each column by a Gaussian of ``sigma`` cells; every cell's heap keeps its sum within the column."""
    n, columns = raster.shape
    reach = min(n - 1, math.ceil(_CUT * sigma))
    weight = np.zeros(n)
    weight[: reach + 1] = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2)
    half = np.cumsum(weight)
    kept = half + half[::-1] - weight[0]  # what a cell's Gaussian sums to over the cells that exist
    weight = weight.astype(np.float32)
    # At least one column more than needed: rows a power of two apart would fall on the same lines of the cache.
    heaps = np.zeros((n, columns + _TILE - columns % _TILE), np.float32)
    np.divide(raster, kept.astype(np.float32)[:, None], out=heaps[:, :columns])
    smooth = np.zeros_like(heaps)
    source, target = (a.reshape(n, -1, _TILE).swapaxes(0, 1) for a in (heaps, smooth))
    for first in range(0, n, _OUT):
        last = min(first + _OUT, n)
        low, high = max(first - reach, 0), min(last + reach, n)
        band = weight[np.abs(np.subtract.outer(np.arange(first, last), np.arange(low, high)))]
        for at in range(low, high, _IN):
            end = min(at + _IN, high)
            target[:, first:last] += band[:, at - low : end - low] @ source[:, at:end]
    return smooth[:, :columns]


def _kept(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    keep = usable(lon, lat)
    x, y = degree_columns(lon, lat)
    return x[keep], y[keep]


def _spread(values: Floats) -> float:
    deviation = float(np.std(values))
    robust = float(np.subtract(*np.percentile(values, [75, 25]))) / 1.349
    return min(deviation, robust) if robust > 0 else deviation


def _extent_of(x: Floats, y: Floats, margin_m: float) -> Extent:
    if not len(x):
        return (0.0, 0.0, 1.0, 1.0)
    east_m, north_m = metres_per_degree(float(y.min() + y.max()) / 2)
    dx, dy = margin_m / east_m, margin_m / north_m
    return float(x.min() - dx), float(y.min() - dy), float(x.max() + dx), float(y.max() + dy)
