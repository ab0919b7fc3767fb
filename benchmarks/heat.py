"""Claim: a million cases become a smooth density, or counts by cell, faster than with the usual arrays."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from benchmarks.city import City
from benchmarks.points import everyday
from benchmarks.product import counted_in_hexagons, counted_in_squares, density
from benchmarks.race import Answer, Method, Table, on_one_core, race, timed, untold
from benchmarks.record import Goal, Result
from benchmarks.sizes import Size
from gridsvc.spatial.datum import metres_per_degree

Floats = NDArray[np.float64]
OURS, USUAL, FLOOR = "gridsvc kde", "histogram2d + gaussian_filter", "floor: copy of the points"
SQUARES, GROUPED, HISTOGRAM = "gridsvc squares", "pandas groupby of cell numbers", "histogram2d, squares of that size"
HEXES, HEXBIN = "gridsvc hexagons", "matplotlib hexbin"
CELLS, SIGMA_CELLS, CELL_M = 1024, 8.0, 200.0
# Share of the greatest density by which two ways of smoothing may differ in a cell.
TOLERANCE = 1e-3


def run(size: Size) -> Result:
    """Race the density and the counts, all of them from the same points on one core."""
    xy = everyday(City.of(size.grids[0]), size.points)
    lon, lat = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    with on_one_core():
        smooth, cells = _density(lon, lat, size)
        counts = _counts(lon, lat, size)
        hexagons, faults = _hexagons(lon, lat, size)
    goals = (
        Goal(f"density of {size.points} points over {USUAL}", smooth.ratio(OURS), 5, 10),
        Goal(f"counts in squares of {CELL_M:g} m over {GROUPED}", counts.ratio(SQUARES), None, 2),
        Goal(f"counts in hexagons over {HEXBIN}", hexagons.ratio(HEXES), None, 2),
    )
    tables = (smooth, counts, hexagons)
    wrong = faults + sum(t.wrong for t in tables)
    return Result(__doc__ or "", cells + size.points * (len(tables) - 1), wrong, tables, goals=goals)


def _density(lon: Floats, lat: Floats, size: Size) -> tuple[Table, int]:
    west, south, east, north = lon.min(), lat.min(), lon.max(), lat.max()
    east_m, north_m = metres_per_degree((south + north) / 2)
    # One bandwidth in metres makes two in cells, which are not square.
    cell_x_m, cell_y_m = (east - west) * east_m / CELLS, (north - south) * north_m / CELLS
    bandwidth_m = SIGMA_CELLS * np.sqrt(cell_x_m * cell_y_m)
    sigma = (bandwidth_m / cell_y_m, bandwidth_m / cell_x_m)
    km2 = cell_x_m * cell_y_m / 1e6

    def usual(truncate: float = 4.0) -> Floats:
        counts, _, _ = np.histogram2d(lat, lon, bins=CELLS, range=[[south, north], [west, east]])
        return np.asarray(gaussian_filter(counts[::-1], sigma, mode="constant", truncate=truncate) / km2)

    def ours() -> Floats:
        return density(lon, lat, CELLS, bandwidth_m, (west, south, east, north))

    # Compared away from the rim, where ways to treat it differ.
    inner = tuple(slice(rim, CELLS - rim) for rim in (int(5 * s) + 1 for s in sigma))
    truth = usual(truncate=8.0)[inner]

    def near(raster: Floats) -> Answer:
        return (np.abs(raster[inner] - truth) <= TOLERANCE * truth.max()).ravel()

    methods = [
        Method(FLOOR, untold(lambda: (lon.copy(), lat.copy())), len(lon), 3),
        Method(OURS, timed(ours, near), len(lon)),
        Method(USUAL, timed(usual, near), len(lon)),
    ]
    title = f"Density: {len(lon)} points to {CELLS} x {CELLS} cells, one core"
    return race(title, "points/s", USUAL, methods, size.rounds, np.ones(truth.size, bool)), truth.size


def _counts(lon: Floats, lat: Floats, size: Size) -> Table:
    lat_deg = round(float(lat.min() + lat.max()) / 2, 1)
    east_m, north_m = metres_per_degree(lat_deg)
    dx, dy = CELL_M / east_m, CELL_M / north_m

    def grouped() -> Answer:
        cells = pd.DataFrame({"row": np.floor(lat / dy), "column": np.floor(lon / dx)})
        return cells.groupby(["row", "column"]).size().to_numpy()

    bins = [int(np.ptp(v / step)) + 1 for v, step in ((lat, dy), (lon, dx))]
    methods = [
        Method(FLOOR, untold(lambda: (lon.copy(), lat.copy())), len(lon), 3),
        Method(SQUARES, timed(lambda: counted_in_squares(lon, lat, CELL_M, lat_deg)), len(lon)),
        Method(GROUPED, timed(grouped), len(lon)),
        Method(HISTOGRAM, untold(lambda: np.histogram2d(lat, lon, bins=bins)), len(lon)),
    ]
    title = f"Counts: {len(lon)} points in squares of {CELL_M:g} m, one core"
    return race(title, "points/s", GROUPED, methods, size.rounds, grouped())


def _hexagons(lon: Floats, lat: Floats, size: Size) -> tuple[Table, int]:
    """Count in hexagons; each point must be in the one whose centre is nearest, as a k-d tree finds it."""
    lat_deg = round(float(lat.min() + lat.max()) / 2, 1)
    found = counted_in_hexagons(lon, lat, CELL_M, lat_deg)
    scale = np.array(metres_per_degree(lat_deg))
    _, nearest = cKDTree(found[0] * scale).query(np.column_stack([lon, lat]) * scale)
    faults = int((np.bincount(nearest, minlength=len(found[1])) != found[1]).sum())
    axes = Figure().add_subplot()
    gridsize = int(np.ptp(lon) * scale[0] / CELL_M), int(np.ptp(lat) * scale[1] / CELL_M / np.sqrt(3))
    methods = [
        Method(HEXES, untold(lambda: counted_in_hexagons(lon, lat, CELL_M, lat_deg)), len(lon)),
        Method(HEXBIN, untold(lambda: axes.hexbin(lon, lat, gridsize=gridsize).remove()), len(lon)),
    ]
    title = f"Counts: {len(lon)} points in hexagons {CELL_M:g} m across, one core"
    return race(title, "points/s", HEXBIN, methods, size.rounds), faults
