"""The only lines of the benchmarks that know how the product is asked; all the rest is controls and arithmetic."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from benchmarks.race import Answer, Run
from benchmarks.record import ROOT
from gridsvc import Router
from gridsvc.spatial.coverage_index import CoverageIndex, Ground
from gridsvc.spatial.density import kde
from gridsvc.spatial.lattice import Hexagons, Squares, bin_points
from gridsvc.store.index_files import read_index, write_index

Floats = NDArray[np.float64]
Extent = tuple[float, float, float, float]

FINEST = "unit_grid"


def located(router: Router, xy: Floats) -> Answer:
    """Ask for all points at once; gives positions in the finest layer."""
    return router.locate(xy[:, 0], xy[:, 1], crs="wgs84").position[FINEST]


def located_one(router: Router) -> Callable[[float, float], Any]:
    """Give the function that finds one point's areas of all layers."""
    return router.locator.at


def finest_of(router: Router, answer: Any) -> int:
    """The position in the finest layer of what :func:`located_one` gave."""
    return int(answer.position[router.locator.number[FINEST]])


def build_index(areas: gpd.GeoDataFrame) -> CoverageIndex:
    """Build the index of one layer, as a router does, and ask it once, so that nothing is left for later."""
    west, south, _, _ = areas.total_bounds
    index = CoverageIndex.over([Ground(np.asarray(areas.geometry.values, dtype=object))])
    index.covering(np.array([west]), np.array([south]))
    return index


def density(lon: Floats, lat: Floats, cells: int, bandwidth_m: float, extent: Extent) -> Answer:
    """Smooth points on a raster of ``cells`` x ``cells``: points per km2, first row in the north."""
    return kde(lon, lat, (cells, cells), bandwidth_m, extent)[0]


def counted_in_squares(lon: Floats, lat: Floats, side_m: float, lat_deg: float) -> Answer:
    """Count points in squares, from south to north and west to east; squares without points are left out."""
    return bin_points(Squares(side_m, lat_deg), lon, lat)[2]


def counted_in_hexagons(lon: Floats, lat: Floats, across_m: float, lat_deg: float) -> tuple[Floats, Answer]:
    """Count points in hexagons; gives their centres in degrees, shape (k, 2), and the counts."""
    lattice = Hexagons(across_m, lat_deg)
    column, row, total = bin_points(lattice, lon, lat)
    return np.column_stack(lattice.centres(column, row)), total


# ---- What the index tells of itself. ----


def index_bytes(index: CoverageIndex) -> int:
    """Bytes of all arrays of the index."""
    return index.nbytes


def cell_table_entries(index: CoverageIndex) -> int:
    """Entries of the int32 table that a point's cell is looked up in."""
    return int(index.tables.cells.size)


save_index = write_index
load_index = read_index


# ---- The same product in a process that has no compiler. ----


def compiled() -> bool:
    """Whether the product uses numba here; true only once it was asked something."""
    return "numba" in sys.modules


@contextmanager
def without_compiler(areas: gpd.GeoDataFrame) -> Iterator[Callable[[Floats], Run]]:
    """Give a maker of a ``run`` for some points; it asks a child process in which numba cannot be imported.

    The child times itself, so that the way there and back does not count.
    """
    with tempfile.TemporaryDirectory() as folder:
        areas.to_parquet(f"{folder}/areas.parquet")
        order = [sys.executable, "-m", "benchmarks.uncompiled", folder]
        child = subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert child.stdin is not None
        assert child.stdout is not None
        serial = count()

        def ask(points: str) -> tuple[float, Answer | None]:
            print(points, file=child.stdin, flush=True)
            took_s = child.stdout.readline()
            if not took_s:
                raise RuntimeError("the product cannot be asked where numba is missing; its message stands above")
            return float(took_s), np.load(f"{folder}/answer.npy")

        def prepared(xy: Floats) -> Run:
            points = f"points{next(serial)}.npy"
            np.save(f"{folder}/{points}", xy)
            return partial(ask, points)

        try:
            yield prepared
        finally:
            child.stdin.close()
            child.wait(timeout=30)
            child.stdout.close()
