"""A made-up city of any size: irregular cells of 10 000 m2 whose neighbours share bent, bit-identical edges.

The cells are those of a honeycomb with jittered corners. Every edge is bent into 3 to 34 pieces inside the two
triangles between the edge and the centres of its cells; these are disjoint, so nothing crosses. All arrays, no loop.
"""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial.datum import metres_per_degree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WEST, SOUTH = 120.0, 30.0
LON_M, LAT_M = metres_per_degree(SOUTH + 0.2)
SIDE_M = np.sqrt(10_000 / (1.5 * np.sqrt(3)))
COLUMN_M, ROW_M = np.sqrt(3) * SIDE_M, 1.5 * SIDE_M
JITTER, BEND, EXTRA_PIECES, MOST_PIECES = 0.2, 0.35, 5.9, 34
# Columns and rows of cells in a street, a community and a responsibility grid; the first is a multiple of the others.
STREET, COMMUNITY, GRID = (44, 36), (11, 12), (4, 6)


@dataclass(frozen=True, eq=False)
class City:
    """``columns`` x ``rows`` unit grids and the layers above them; the same seed gives the same city, bit by bit."""

    columns: int
    rows: int
    seed: int = 1

    @classmethod
    def of(cls, n_grids: int, seed: int = 1) -> "City":
        """Lay about ``n_grids`` unit grids, exactly so many where they fill a rectangle a little wider than high."""
        rows = max(int(np.sqrt(n_grids / 1.2)), 1)
        while rows > np.sqrt(n_grids / 2) and n_grids % rows:
            rows -= 1
        return cls(-(-n_grids // rows), rows, seed)

    def __len__(self) -> int:
        return self.columns * self.rows

    @cached_property
    def frames(self) -> dict[str, gpd.GeoDataFrame]:
        """Street, community, grid and unit_grid as the product takes them, each ordered by code."""
        own = self.unit_grids
        street, community, grid, _ = (codes[self._order] for codes in self._codes)
        frames = {
            "street": _merged(own, street, None),
            "community": _merged(own, community, (9, "street")),
            "grid": _merged(own, grid, (9, "street")),
            "unit_grid": own.assign(parent=community),
        }
        frames["unit_grid"].attrs["parent"] = "community"
        return frames

    @cached_property
    def unit_grids(self) -> gpd.GeoDataFrame:
        """The cells, ordered by their code of 15 digits: a point's position is the row here."""
        codes = {"code": self._codes[-1][self._order]}
        return gpd.GeoDataFrame(codes, geometry=self._polygons()[self._order], crs="EPSG:4326")

    @cached_property
    def coordinates(self) -> Floats:
        """All vertices of the unit grids, ring after ring, shape (n, 2)."""
        return shapely.get_coordinates(self.unit_grids.geometry.values)

    @cached_property
    def _order(self) -> Ints:
        return np.argsort(self._codes[-1])

    @cached_property
    def _codes(self) -> tuple[NDArray[np.str_], ...]:
        """Codes of each cell's street, community, responsibility grid and of itself; cells by row, then column."""
        row, column = np.divmod(np.arange(len(self)), self.columns)
        across = -(-self.columns // STREET[0])
        street = _numbered("990102", row // STREET[1] * across + column // STREET[0], 3)
        row, column = row % STREET[1], column % STREET[0]
        (c, r), (gc, gr) = COMMUNITY, GRID
        community = _numbered(street, row // r * (STREET[0] // c) + column // c, 3)
        grid = _numbered(street, row // gr * (STREET[0] // gc) + column // gc, 4)
        return street, community, grid, _numbered(community, row % r * c + column % c, 3)

    def _polygons(self) -> NDArray[np.object_]:
        edge, forward = self._rings()
        start, points = self._edge_points(edge, forward)
        pieces = np.diff(start) - 1
        # Slot by slot of every ring: the points of its edge but the last, in the ring's direction.
        edge, forward = edge.ravel(), np.broadcast_to(forward, edge.shape).ravel()
        n = pieces[edge]
        slot = np.repeat(np.arange(len(edge)), n)
        step = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        at = start[edge[slot]] + np.where(forward[slot], step, n[slot] - step)
        rings = points[at]
        ends = np.cumsum(n.reshape(-1, 6).sum(axis=1))
        closed = np.insert(rings, ends, rings[np.r_[0, ends[:-1]]], axis=0)
        offsets = np.r_[0, ends + np.arange(1, len(ends) + 1)]
        return np.asarray(
            shapely.from_ragged_array(shapely.GeometryType.POLYGON, closed, (offsets, np.arange(len(offsets))))
        )

    def _rings(self) -> tuple[Ints, NDArray[np.bool_]]:
        """Numbers of each cell's six edges, anticlockwise, and which of them run in their own direction.

        Lines between rows of cells are numbered from the south and carry 2 * columns + 1 edges each; the upright
        edges follow, columns + 1 a row.
        """
        row, column = np.divmod(np.arange(len(self)), self.columns)
        width = 2 * self.columns + 1
        low = row * width + 2 * column + row % 2
        high, upright = low + width, (self.rows + 1) * width + row * (self.columns + 1) + column
        edges = np.stack([low, low + 1, upright + 1, high + 1, high, upright], axis=1)
        return edges, np.array([True, True, True, False, False, False])

    def _edge_points(self, ring_edge: Ints, forward: NDArray[np.bool_]) -> tuple[Ints, Floats]:
        """Give all points of all edges, both ends included, and where each edge starts in them."""
        rng = np.random.default_rng(self.seed)
        corners = self._corners(rng)
        one, other = self._ends(corners)
        # The centres on both sides of an edge; at the rim both are the only one.
        centre = one[ring_edge].mean(axis=1) / 2 + other[ring_edge].mean(axis=1) / 2
        left = np.full((len(one), 2), np.nan)
        right = left.copy()
        left[ring_edge[:, forward]] = centre[:, None]
        right[ring_edge[:, ~forward]] = centre[:, None]
        left, right = np.where(np.isnan(left), right, left), np.where(np.isnan(right), left, right)

        pieces = np.minimum(3 + rng.exponential(EXTRA_PIECES, len(one)).astype(np.int64), MOST_PIECES)
        start = np.r_[0, np.cumsum(pieces + 1)]
        edge = np.repeat(np.arange(len(one)), pieces + 1)
        step = np.arange(start[-1]) - start[edge]
        along = (step / pieces[edge])[:, None]
        # Out to one side up to the middle, where the edge comes home, then out to the other.
        middle = pieces[edge] // 2
        out = rng.uniform(0.2, 1.0, len(edge)) * BEND * np.minimum(along[:, 0], 1 - along[:, 0])
        out = np.where((step == middle) | (step == 0) | (step == pieces[edge]), 0.0, out)[:, None]
        towards = np.where((step < middle)[:, None] ^ (rng.random(len(one)) < 0.5)[edge, None], left[edge], right[edge])
        points = (1 - out) * ((1 - along) * one[edge] + along * other[edge]) + out * towards
        points[start[:-1]], points[start[1:] - 1] = one, other
        return start, points * [1 / LON_M, 1 / LAT_M] + [WEST, SOUTH]

    def _corners(self, rng: np.random.Generator) -> Floats:
        """Corners in metres from the south-west, shape (rows + 1, 2 * columns + 2, 2)."""
        line, half = np.mgrid[0 : self.rows + 1, 0 : 2 * self.columns + 2]
        tooth = np.where((half - line) % 2 == 0, 1, -1) * SIDE_M / 4
        corners = np.stack([half * COLUMN_M / 2, line * ROW_M + tooth], axis=-1)
        return np.asarray(corners + rng.uniform(-JITTER, JITTER, corners.shape) * SIDE_M)

    def _ends(self, corners: Floats) -> tuple[Floats, Floats]:
        row, column = np.mgrid[0 : self.rows, 0 : self.columns + 1]
        half = 2 * column + row % 2
        one = np.vstack([corners[:, :-1].reshape(-1, 2), corners[row, half].reshape(-1, 2)])
        other = np.vstack([corners[:, 1:].reshape(-1, 2), corners[row + 1, half].reshape(-1, 2)])
        return one, other


def _numbered(above: str | NDArray[np.str_], number: Ints, digits: int) -> NDArray[np.str_]:
    return np.asarray(np.char.add(above, np.char.zfill((number + 1).astype(str), digits)))


def _merged(cells: gpd.GeoDataFrame, codes: NDArray[np.str_], above: tuple[int, str] | None) -> gpd.GeoDataFrame:
    """Merge the cells of each code; ``above`` tells how many digits of it are the parent's code, and of which layer."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, codes[order][1:] != codes[order][:-1]])
    parts = np.split(np.asarray(cells.geometry.values)[order], starts[1:])
    merged = gpd.GeoDataFrame(
        {"code": codes[order][starts]}, geometry=[shapely.coverage_union_all(p) for p in parts], crs=cells.crs
    )
    if above is not None:
        merged["parent"] = merged["code"].str[: above[0]]
        merged.attrs["parent"] = above[1]
    return merged
