"""Equal cells laid over a city, in degrees: which cells an edge touches, which corners it separates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.exact import side
from gridsvc.spatial.ragged import Longs, counted

Floats = NDArray[np.float64]
# Cells are told by rounded arithmetic; an edge counts for a cell from this share of its width outside on, which is
# a thousand times what rounding can be.
PAD = 1e-6


@dataclass(frozen=True, slots=True)
class Raster:
    """Cells of ``width`` x ``height`` degrees, ``columns`` x ``rows`` of them, from the corner (west, south) on.

    The cell of a point is ``floor((lon - west) / width)`` and likewise its row; cells are numbered row by row
    from the south. A cell's corner is its lower left one, moved up by nothing and right by a little more than
    that: so no edge passes through a corner, and a level edge through it lies below.
    """

    west: float
    south: float
    width: float
    height: float
    columns: int
    rows: int

    @property
    def per_width(self) -> float:
        """Cells a degree of longitude."""
        return 1.0 / self.width

    @property
    def per_height(self) -> float:
        """Cells a degree of latitude."""
        return 1.0 / self.height

    @property
    def numbers(self) -> tuple[float, float, float, float, float, float, int, int]:
        """Everything that finds a point's cell."""
        return (
            self.west, self.south, self.width, self.height, self.per_width, self.per_height, self.columns, self.rows,
        )  # fmt: skip

    def pieces(self, ends: Floats, pad_x: Floats, pad_y: Floats) -> tuple[Longs, Longs]:
        """List the cells that come within ``pad_x``, ``pad_y`` degrees of each edge: cell and edge, by edge."""
        ax, ay, bx, by = ends.T
        pad_x, pad_y = pad_x + PAD * self.width, pad_y + PAD * self.height
        first, last = self._rows(ay - pad_y), self._rows(by + pad_y)
        edge, row = counted(first, last)
        low = self.south + row * self.height - pad_y[edge]
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = 1.0 / (by - ay)
            enter = np.nan_to_num((low - ay[edge]) * rise[edge], nan=0.0)
            leave = np.nan_to_num((low + (self.height + 2 * pad_y[edge]) - ay[edge]) * rise[edge], nan=1.0)
        run = (bx - ax)[edge]
        x0 = ax[edge] + np.clip(enter, 0.0, 1.0) * run
        x1 = ax[edge] + np.clip(leave, 0.0, 1.0) * run
        left, right = np.minimum(x0, x1) - pad_x[edge], np.maximum(x0, x1) + pad_x[edge]
        piece, column = counted(self._columns(left), self._columns(right))
        return row[piece] * self.columns + column, edge[piece]

    def crossings(self, ends: Floats) -> tuple[Longs, Longs]:
        """List where edges cross the lower sides of rows: the first cell whose corner lies right of it, and the edge.

        Exact: the side of every corner is told by :func:`gridsvc.spatial.exact.side`.
        """
        edge, row = counted(self._rows(ends[:, 1]), self._rows(ends[:, 3]) + 1)
        level = self.south + row * self.height
        crossed = (ends[edge, 1] <= level) & (level < ends[edge, 3])
        edge, row, level = edge[crossed], row[crossed], level[crossed]
        ax, ay, bx, by = ends[edge].T
        column = self._columns(ax + (level - ay) / (by - ay) * (bx - ax))
        moved = np.arange(len(edge))
        while len(moved):
            a, b, c, d, y, at = ax[moved], ay[moved], bx[moved], by[moved], level[moved], column[moved]
            before = side(a, b, c, d, self._left(at), y) <= 0
            after = side(a, b, c, d, self._left(at + 1), y) > 0
            column[moved] += after.astype(np.int64) - before
            moved = moved[before | after]
        return row * self.columns + column + 1, edge

    def _left(self, column: Longs) -> Floats:
        return np.asarray(self.west + column * self.width, np.float64)

    def _rows(self, y: Floats) -> Longs:
        return np.clip(np.floor((y - self.south) * self.per_height).astype(np.int64), 0, self.rows - 1)

    def _columns(self, x: Floats) -> Longs:
        return np.clip(np.floor((x - self.west) * self.per_width).astype(np.int64), 0, self.columns - 1)
