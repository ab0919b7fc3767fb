"""Numbers that can be compared: cases scaled to 30 days and to what is there, and how two periods differ."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

DAYS = 30.0
# Below so many cases the standard error of their number is above 32 % of it.
FEW = 10
_Z = 1.959963984540054


def scaled(n: ArrayLike, days: float, of: ArrayLike = 1.0) -> Floats:
    """Scale numbers of cases to 30 days and to what there is of something.

    Parameters
    ----------
    n : array, shape (k,)
        Cases in the period.
    days : float
        Length of the period, above 0.
    of : array, shape (k,), or float
        Denominators, such as km²; 0, negative or NaN is unknown.

    Returns
    -------
    array, shape (k,)
        NaN where the denominator is unknown, which is not zero.
    """
    counted, there = np.broadcast_arrays(np.asarray(n, np.float64), np.asarray(of, np.float64))
    made = np.full(counted.shape, np.nan)
    np.divide(counted * DAYS, days * there, out=made, where=there > 0)
    return made


def few(*n: ArrayLike) -> NDArray[np.bool_]:
    """Mark cells with cases in some period, but fewer than ten in one of those that are compared; shape (k,)."""
    counted = np.atleast_2d(np.stack([np.asarray(one) for one in n]))
    return np.asarray((counted.max(axis=0) > 0) & (counted.min(axis=0) < FEW))


def ratios(n: ArrayLike, days: float, n_before: ArrayLike, days_before: float) -> tuple[Floats, Floats, Floats]:
    """Compare two periods: the ratio of their rates, and the 95 % interval of it.

    Parameters
    ----------
    n, n_before : array of int, shape (k,)
    days, days_before : float
        Lengths of the periods, above 0.

    Returns
    -------
    ratio, low, high : arrays, shape (k,)
        ``ratio`` is infinite where only ``n`` has cases, and NaN where neither has.

    Notes
    -----
    Given their sum the first of two Poisson counts is binomial (Przyborowski and Wilenski 1940); Wilson's interval
    (1927) of its share makes that of the ratio.
    """
    a, b = np.asarray(n, np.float64), np.asarray(n_before, np.float64)
    total = a + b
    with np.errstate(divide="ignore", invalid="ignore"):
        # One rounding only, so that a ratio that is a bound falls into the class above it.
        ratio = (a * days_before) / (b * days)
        share = a / total
        middle, spread = (
            share + _Z**2 / (2 * total),
            _Z * np.sqrt(share * (1 - share) / total + (_Z / (2 * total)) ** 2),
        )
        low, high = ((middle + sign * spread) / (1 + _Z**2 / total) for sign in (-1, 1))
        low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
        scale = days_before / days
        # Of 0 and of all the bound is exact; by rounding it would be a hair off.
        low = np.where(a == 0, 0.0, low / (1 - low) * scale)
        high = np.where(b == 0, np.inf, high / (1 - high) * scale)
    nothing = total == 0
    return ratio, np.where(nothing, np.nan, low), np.where(nothing, np.nan, high)
