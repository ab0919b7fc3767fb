"""Lattices on the ground, squares and hexagons, to which points are summed so that a page stays small.

A cell depends on the lattice and the point alone, never on the other points: two months of one city fall into the
same cells, whose numbers mean the same place in both.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.datum import columns, metres_per_degree
from gridsvc.spatial.heat import require_positive, usable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Points handled at a time: their intermediate arrays stay in the processor's cache.
_BLOCK = 32_768
# Up to so many cells a point, in its box, counting into an array is faster than sorting the points by cell.
_COUNTERS_A_POINT = 8
# Cells along the longer side of a city.
MOST_ACROSS = 64
# Finer ones mostly hold one case, and are no finer than many cases' positions.
LEAST_M = 200.0


class Lattice(Protocol):
    """Cells without gap or overlap; a cell is a pair of whole numbers."""

    def of(self, lon: Floats, lat: Floats) -> tuple[Ints, Ints]:
        """Number the cell of each point."""

    def centres(self, column: Ints, row: Ints) -> tuple[Floats, Floats]:
        """Degrees of the cells' centres."""


@dataclass(frozen=True, slots=True)
class Squares:
    """Squares in rows along the parallels, the corner of one of them at 0° E 0° N.

    ``side_m`` is true at ``lat_deg``; half a degree away a cell is less than 1 % narrower or wider below 48°. Take a
    latitude of the city's that does not change with the points.
    """

    side_m: float
    lat_deg: float

    def __post_init__(self) -> None:
        require_positive("side_m", self.side_m)
        _latitude(self.lat_deg)

    def of(self, lon: Floats, lat: Floats) -> tuple[Ints, Ints]:
        """Column and row of each point, which must be finite; a cell holds its west and its south side."""
        dx, dy = self._step_deg()
        return np.floor(lon / dx).astype(np.int64), np.floor(lat / dy).astype(np.int64)

    def centres(self, column: Ints, row: Ints) -> tuple[Floats, Floats]:
        """Longitude and latitude of the cells' centres."""
        dx, dy = self._step_deg()
        return np.asarray((column + 0.5) * dx, np.float64), np.asarray((row + 0.5) * dy, np.float64)

    def _step_deg(self) -> tuple[float, float]:
        east_m, north_m = metres_per_degree(self.lat_deg)
        return self.side_m / east_m, self.side_m / north_m


@dataclass(frozen=True, slots=True)
class Hexagons:
    """Regular hexagons, each with a corner to the north, the centre of one of them at 0° E 0° N.

    ``across_m`` is the distance between opposite sides and between neighbours' centres; it is true at ``lat_deg``,
    as in :class:`Squares`. A hexagon is named by axial numbers: one more column is the neighbour to the east, one
    more row the neighbour to the north-east.
    """

    across_m: float
    lat_deg: float

    def __post_init__(self) -> None:
        require_positive("across_m", self.across_m)
        _latitude(self.lat_deg)

    def of(self, lon: Floats, lat: Floats) -> tuple[Ints, Ints]:
        """Column and row of the hexagon whose centre is nearest to each point; points must be finite.

        Of centres equally near the northernmost has the point, and of those the easternmost. A point on a side may
        go to either side of it by the rounding of a double, some nanometres.
        """
        dx, dy = self._step_deg()
        # In units of the distance between centres along a row, and between rows; the nearest centre lies in one of
        # the two rows around the point, for a hexagon reaches only 2/3 of their distance.
        x, y = lon / dx, lat / dy
        low = np.floor(y)
        below, above = _nearest_in_row(x, low), _nearest_in_row(x, low + 1)
        up_sq, down_sq = 0.75 * (low + 1 - y) ** 2, 0.75 * (y - low) ** 2
        is_up = (above + (low + 1) / 2 - x) ** 2 + up_sq <= (below + low / 2 - x) ** 2 + down_sq
        return np.where(is_up, above, below).astype(np.int64), (low + is_up).astype(np.int64)

    def centres(self, column: Ints, row: Ints) -> tuple[Floats, Floats]:
        """Longitude and latitude of the hexagons' centres."""
        dx, dy = self._step_deg()
        return np.asarray((column + row / 2) * dx, np.float64), np.asarray(row * dy, np.float64)

    def rings(self, column: Ints, row: Ints) -> Floats:
        """Corners of hexagons, shape (k, 6, 2), longitude first, from the north counter-clockwise.

        Neighbours have bit-identical corners.
        """
        dx, dy = self._step_deg()
        # Corners lie on a finer lattice: halves of a column, thirds of a row.
        half, third = np.array([0, -1, -1, 0, 1, 1]), np.array([2, 1, -1, -2, -1, 1])
        east = (2 * column + row)[:, None] + half
        north = (3 * row)[:, None] + third
        return np.stack([east * (dx / 2), north * (dy / 3)], axis=-1)

    @property
    def area_m2(self) -> float:
        """Area of one hexagon."""
        return math.sqrt(3) / 2 * self.across_m**2

    def _step_deg(self) -> tuple[float, float]:
        east_m, north_m = metres_per_degree(self.lat_deg)
        return self.across_m / east_m, self.across_m * math.sqrt(3) / 2 / north_m


def bin_points(
    lattice: Lattice, lon: ArrayLike, lat: ArrayLike, weights: ArrayLike | None = None
) -> tuple[Ints, Ints, Floats]:
    """Sum points to the cells of a lattice.

    Parameters
    ----------
    lattice : Squares or Hexagons
    lon, lat : array, shape (n,)
        Degrees in EPSG:4326. Rows that are not ``usable`` belong to no cell.
    weights : array, shape (n,), optional
        What each point adds to its cell; 1 without it. A NaN weight adds nothing.

    Returns
    -------
    column, row : array of int, shape (k,)
        The cells that hold at least one point, from south to north, in a row from west to east.
    total : array, shape (k,)
        Sum of the weights in the cell.
    """
    keep = usable(lon, lat)
    x, y = columns(lon, lat)
    w = None if weights is None else np.nan_to_num(np.asarray(weights, np.float64))
    if not keep.all():
        x, y, w = x[keep], y[keep], None if w is None else w[keep]
    column, row = np.empty(len(x), np.int64), np.empty(len(x), np.int64)
    for start in range(0, len(x), _BLOCK):
        part = slice(start, start + _BLOCK)
        column[part], row[part] = lattice.of(x[part], y[part])
    if not len(x):
        return column, row, np.empty(0)
    west, south = column.min(), row.min()
    width = column.max() - west + 1
    cell, total = _sums((row - south) * width + (column - west), w)
    row, column = np.divmod(cell, width)
    return column + west, row + south, total


def _sums(cell: Ints, weights: Floats | None) -> tuple[Ints, Floats]:
    """Different cell numbers, ascending, and the sum of each; numbers start at 0."""
    if cell.max() < _COUNTERS_A_POINT * len(cell):
        n = np.bincount(cell)
        seen = np.flatnonzero(n)
        return seen, np.asarray((n if weights is None else np.bincount(cell, weights))[seen], np.float64)
    seen, which = np.unique(cell, return_inverse=True)
    return seen, np.asarray(np.bincount(which, weights), np.float64)


def lattice_of(west: float, south: float, east: float, north: float) -> tuple[float, float]:
    """Size in metres of the cells in which a city is shown, and the latitude where they are true.

    Both are chosen from the box of the ground shown, in degrees, and rounded, so that two months of one city get the
    same.
    """
    lat_deg = float(np.clip(round((south + north) / 2), -85, 85))
    east_m, north_m = metres_per_degree(lat_deg)
    wanted_m = max(max((east - west) * east_m, (north - south) * north_m) / MOST_ACROSS, LEAST_M)
    ten = 10.0 ** np.floor(np.log10(wanted_m))
    return next(float(m * ten) for m in (1, 2, 5, 10) if m * ten >= wanted_m), lat_deg


def _nearest_in_row(x: Floats, row: Floats) -> Floats:
    return np.asarray(np.floor(x - row / 2 + 0.5), np.float64)


def _latitude(lat_deg: float) -> None:
    # Nearer to a pole the parallels shrink so fast that no lattice keeps its size.
    if not abs(lat_deg) <= 85:
        mend = ("应在 -85 与 85 之间", "give -85 to 85")
        raise BadInput("纬度不可用", "the latitude cannot be used", [FieldError("lat_deg", lat_deg, *mend)])
