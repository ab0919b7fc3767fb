"""The cells in which cases are counted, areas of a layer or a lattice, and what there is in them to compare with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.density import kde
from gridsvc.spatial.heat import usable
from gridsvc.spatial.lattice import Hexagons, Squares, lattice_of
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.locate import Locator

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOWHERE = -1
LATTICES = ("hex", "kde")
RESIDENTS = "residents"


class Ground(Protocol):
    """Numbered cells; what is said of them has one entry a cell."""

    @property
    def size(self) -> int:
        """Number of cells."""

    @property
    def blur_m(self) -> float:
        """A position that is less accurate than this many metres does not tell the cell."""

    @property
    def km2(self) -> Floats:
        """Area of each cell."""

    def of(self, lon: Floats, lat: Floats) -> Ints:
        """Give the cell of each point, -1 where it lies in none or is no position; degrees in WGS 84."""


@dataclass(frozen=True, eq=False)
class AreaGround:
    """The areas of one polygon layer; a point's is the one that answers for it, on a boundary street the owner's."""

    locator: Locator
    layer: Layer

    @property
    def size(self) -> int:
        """Number of areas."""
        return len(self.layer)

    @cached_property
    def blur_m(self) -> float:
        """Half the side of a square as large as the middle one of the areas."""
        known = self.km2[self.km2 > 0]
        return float(np.sqrt(np.median(known)) * 500) if len(known) else np.inf

    @cached_property
    def km2(self) -> Floats:
        """Area on the ground by the city's projected reference; 0 where an area has no shape."""
        shapes = self.locator.metric.geometries(self.layer.geometries)
        return np.nan_to_num(np.asarray(shapely.area(shapes), np.float64)) / 1e6

    def of(self, lon: Floats, lat: Floats) -> Ints:
        """Position of each point's area in the layer."""
        code = self.layer.spec.code
        return self.locator.locate(lon, lat, "wgs84", layers=[code]).position[code].astype(np.int64)


@dataclass(frozen=True, eq=False)
class LatticeGround:
    """The cells of a lattice over a city's box, which depend on the city's ground alone."""

    locator: Locator
    lattice: Hexagons | Squares
    side_m: float

    @cached_property
    def _range(self) -> tuple[int, int, int, int]:
        """First column and row, and how many of each."""
        west, south, east, north = self.locator.edition.bounds_deg
        # A row more around: the corners of the box tell no hexagon that only touches it.
        column, row = self.lattice.of(np.array([west, west, east, east]), np.array([south, north, south, north]))
        first, last = (int(column.min()) - 1, int(row.min()) - 1), (int(column.max()) + 1, int(row.max()) + 1)
        return *first, last[0] - first[0] + 1, last[1] - first[1] + 1

    @property
    def size(self) -> int:
        """Number of cells, those beside the city among them."""
        return self._range[2] * self._range[3]

    @property
    def blur_m(self) -> float:
        """Half the distance between neighbours."""
        return self.side_m / 2

    @cached_property
    def km2(self) -> Floats:
        """The same for all."""
        area = self.lattice.area_m2 if isinstance(self.lattice, Hexagons) else self.side_m**2
        return np.full(self.size, area / 1e6)

    def of(self, lon: Floats, lat: Floats) -> Ints:
        """Cell of each point that lies in an area of the finest partition, if there is one."""
        keep = usable(lon, lat)
        finest = self.locator.finest
        if finest is not None:
            keep &= self.locator.locate(lon, lat, "wgs84", layers=[finest]).position[finest] >= 0
        cell = np.full(len(lon), NOWHERE, np.int64)
        first_column, first_row, columns, rows = self._range
        column, row = self.lattice.of(lon[keep], lat[keep])
        column, row = column - first_column, row - first_row
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        cell[np.flatnonzero(keep)[inside]] = (row * columns + column)[inside]
        return cell

    def names(self, cells: Ints) -> tuple[Ints, Ints]:
        """Column and row in the lattice of each cell."""
        first_column, first_row, columns, _ = self._range
        row, column = np.divmod(cells, columns)
        return column + first_column, row + first_row

    def centres(self, cells: Ints) -> tuple[Floats, Floats]:
        """Degrees of the cells' centres."""
        return self.lattice.centres(*self.names(cells))

    @cached_property
    def outline_deg(self) -> Floats:
        """Corners of a cell from its centre, degrees, shape (k, 2): the same for all."""
        zero = np.zeros(1, np.int64)
        if isinstance(self.lattice, Hexagons):
            return np.asarray(self.lattice.rings(zero, zero)[0], np.float64)
        half = np.abs(np.column_stack(self.lattice.centres(zero, zero))[0])
        return np.asarray(np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half, np.float64)

    @property
    def extent(self) -> tuple[tuple[int, int], tuple[float, float, float, float]]:
        """Rows and columns, and west, south, east, north of them all; for squares."""
        _, _, columns, rows = self._range
        lon, lat = self.centres(np.array([0, self.size - 1]))
        dx, dy = self.outline_deg.max(axis=0)
        return (rows, columns), (lon[0] - dx, lat[0] - dy, lon[1] + dx, lat[1] + dy)


def ground_of(locator: Locator, by: str) -> AreaGround | LatticeGround:
    """Make the cells of a polygon layer, of hexagons (``hex``) or of the squares of a density (``kde``).

    Hexagons are as :func:`gridsvc.spatial.lattice.lattice_of` sizes them for the edition's box; squares half as wide.
    Raises ``BadInput`` that names what there is, and for an edition without ground.
    """
    edition = locator.edition
    polygons = [code for code, layer in edition.layers.items() if layer.spec.geometry == "polygon"]
    if by in polygons:
        return AreaGround(locator, edition.layers[by])
    if by not in LATTICES or not np.isfinite(edition.bounds_deg[0]):
        shown = [*polygons, *LATTICES]
        error = FieldError("by", by, "可用：" + "、".join(shown), "one of " + ", ".join(shown))
        raise BadInput("不能按此统计", "cases cannot be counted by this", [error])
    across_m, lat_deg = lattice_of(*edition.bounds_deg)
    if by == "hex":
        return LatticeGround(locator, Hexagons(across_m, lat_deg), across_m)
    return LatticeGround(locator, Squares(across_m / 2, lat_deg), across_m / 2)


@dataclass(frozen=True, eq=False)
class Counted:
    """Cases by cell, shape (size,); which rows are in them; how many were set aside and why, each for one reason."""

    n: Ints
    kept: NDArray[np.bool_]
    outside: int
    piled_up: int
    vague: int

    @property
    def set_aside(self) -> int:
        """How many cases are in no cell."""
        return self.outside + self.piled_up + self.vague


def count_in(ground: Ground, lon: Floats, lat: Floats, accuracy_m: Floats, piled: NDArray[np.bool_]) -> Counted:
    """Count cases by cell, those aside that no cell can be told of.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees in WGS 84. Outside every cell, or no position: set aside.
    accuracy_m : array, shape (n,)
        Stated accuracy, NaN where there is none. One that is worse than the cells are wide tells the street at best.
    piled : array of bool, shape (n,)
        As :func:`gridsvc.spatial.pileup.piled_up` marks them.
    """
    cell = ground.of(lon, lat)
    inside = cell >= 0
    vague = inside & ~piled & (np.nan_to_num(accuracy_m) > ground.blur_m)
    kept = inside & ~piled & ~vague
    n = np.bincount(cell[kept], minlength=ground.size)
    return Counted(n, kept, int((~inside).sum()), int((inside & piled).sum()), int(vague.sum()))


def density_in(ground: LatticeGround, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Smooth points over squares, by a Gaussian of two sides, for every cell.

    Returns
    -------
    per_km2, n : arrays, shape (size,)
        Density, and about how many cases make it: those on 4 pi bandwidth squared, which is what a Gaussian averages
        over.
    """
    shape, extent = ground.extent
    bandwidth_m = 2 * ground.side_m
    raster, _ = kde(lon, lat, shape, bandwidth_m, extent)
    per_km2 = raster[::-1].ravel().astype(np.float64)
    return per_km2, per_km2 * (4 * np.pi * bandwidth_m**2 / 1e6)


def residents_in(edition: Edition, layer: Layer) -> Floats:
    """Residents of each area: its own property, else the sum over the areas below of a layer that has them.

    NaN where they are unknown, as is the sum where those of one area below are.
    """
    own = _numbers(layer)
    if np.isfinite(own).any():
        return own
    for below in edition:
        of = _numbers(below)
        if below.spec.parent == layer.spec.code and np.isfinite(of).any():
            parent = np.array([layer.position_of.get(code, NOWHERE) for code in below.parents], np.int64)
            has = parent >= 0
            total = np.full(len(layer), np.nan)
            seen = np.unique(parent[has])
            total[seen] = np.bincount(parent[has], of[has], minlength=len(layer))[seen]
            return total
    return own


def _numbers(layer: Layer) -> Floats:
    return np.array([_number(props) for props in layer.props], np.float64)


def _number(props: Mapping[str, Any]) -> float:
    value = props.get(RESIDENTS)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return np.nan
    return float(value) if value >= 0 else np.nan
