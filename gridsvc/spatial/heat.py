"""Where the load is: which points count, sums per area, class breaks.

Knows nothing of maps or colours. A row without a usable coordinate is never dropped in silence: every function
says how such rows can be counted, so that a page can show how many cases it does not show.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.datum import columns

Floats = NDArray[np.float64]

NO_CASE = -1
UNKNOWN = -2


def usable(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Mark the rows whose two coordinates are finite and within range; the others are to be set aside.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees in EPSG:4326; unequal lengths raise ``BadCoordinate``.

    Returns
    -------
    array of bool, shape (n,)
        ``int((~usable(lon, lat)).sum())`` is the number set aside.
    """
    x, y = columns(lon, lat)
    # Not a number compares false, and infinity is out of range.
    with np.errstate(invalid="ignore"):
        return (np.abs(x) <= 180.0) & (np.abs(y) < 90.0)


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
    require_positive("k", k)
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


def _two_digits(values: Floats) -> Floats:
    scale = 10.0 ** (np.floor(np.log10(values)) - 1)
    return np.asarray(np.round(values / scale) * scale, np.float64)


def require_positive(name: str, value: float) -> None:
    """Raise ``BadInput`` unless the value is finite and above zero."""
    if not (np.isfinite(value) and value > 0):
        raise BadInput(
            "应为正数", "the value must be positive", [FieldError(name, value, "改为正数", "give a positive number")]
        )
