"""On which side of a line is a point, without any rounding: the one predicate on which location rests.

Each function is written once and runs twice: on numpy arrays as it stands, and compiled on scalars by ``kernel``.
Coordinates are doubles that are zero or between 1e-130 and 1e130 in magnitude, which degrees always are.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Static filter of Shewchuk's "Adaptive precision floating-point arithmetic and fast robust geometric predicates"
# (1997): where the determinant exceeds this share of its two products, its sign is right.
FILTER = (3.0 + 16.0 * 2.0**-53) * 2.0**-53
# Veltkamp's constant splits a double into two halves whose products are exact.
_SPLIT = 2.0**27 + 1.0
TERMS = 12


def product_terms(a: Any, b: Any) -> Any:
    """Give a product as the double nearest to it and the exact rest (Dekker 1971)."""
    p = a * b
    t = _SPLIT * a
    ah = t - (t - a)
    al = a - ah
    t = _SPLIT * b
    bh = t - (t - b)
    bl = b - bh
    return p, al * bl - (((p - ah * bh) - al * bh) - ah * bl)


def sum_terms(a: Any, b: Any) -> Any:
    """Give a sum as the double nearest to it and the exact rest (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def fill_terms(terms: Any, ax: Any, ay: Any, bx: Any, by: Any, px: Any, py: Any) -> None:
    """Write the determinant of :func:`side` as twelve doubles whose exact sum it is."""
    terms[0], terms[1] = product_terms(ax, by)
    terms[2], terms[3] = product_terms(-ax, py)
    terms[4], terms[5] = product_terms(-px, by)
    terms[6], terms[7] = product_terms(-ay, bx)
    terms[8], terms[9] = product_terms(ay, px)
    terms[10], terms[11] = product_terms(py, bx)


def settle_terms(terms: Any) -> None:
    """Turn the terms, in place, into a sum without overlaps: the last one that is not zero has the sum's sign."""
    for i in range(1, TERMS):
        rest = terms[i] * 1.0
        for j in range(i):
            rest, terms[j] = sum_terms(rest, terms[j])
        terms[i] = rest


def side(ax: Floats, ay: Floats, bx: Floats, by: Floats, px: Floats, py: Floats) -> NDArray[np.int8]:
    """Tell on which side of the directed lines a → b the points p lie.

    Parameters
    ----------
    ax, ay, bx, by, px, py : array of float64, shape (n,)

    Returns
    -------
    array of int8, shape (n,)
        1 to the left, -1 to the right, 0 exactly on the line; NaN in any coordinate gives 0.
    """
    left, right = (ax - px) * (by - py), (ay - py) * (bx - px)
    det = left - right
    sign = np.sign(det)
    close = np.flatnonzero(~(np.abs(det) > FILTER * (np.abs(left) + np.abs(right))))
    if len(close):
        terms = np.zeros((TERMS, len(close)))
        fill_terms(terms, ax[close], ay[close], bx[close], by[close], px[close], py[close])
        settle_terms(terms)
        exactly = np.zeros(len(close))
        for term in terms:
            exactly = np.where(term != 0.0, np.sign(term), exactly)
        sign[close] = exactly
    return np.nan_to_num(sign).astype(np.int8)
