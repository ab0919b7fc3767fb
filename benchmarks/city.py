"""A made-up city of any size for benchmarks: a jittered lattice whose neighbours share bent, bit-identical edges."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

WEST, SOUTH = 120.0, 30.0
STEP_LON, STEP_LAT = 0.00104, 0.0009  # about 100 m


def unit_grids(rows: int, columns: int, seed: int = 1, bends: int = 8) -> gpd.GeoDataFrame:
    """Lay rows x columns cells of about 10 000 m2; every edge has ``bends`` inner vertices."""
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[0 : rows + 1, 0 : columns + 1]
    x = WEST + (j + rng.uniform(-0.18, 0.18, i.shape)) * STEP_LON
    y = SOUTH + (i + rng.uniform(-0.18, 0.18, i.shape)) * STEP_LAT
    across = _bent(x[:, :-1], y[:, :-1], x[:, 1:], y[:, 1:], bends, rng, (0.0, 1.0))
    up = _bent(x[:-1], y[:-1], x[1:], y[1:], bends, rng, (1.0, 0.0))
    cells = []
    for r in range(rows):
        for c in range(columns):
            ring = [across[r, c], up[r, c + 1], across[r + 1, c][::-1], up[r, c][::-1]]
            cells.append(shapely.Polygon(np.vstack([part[:-1] for part in ring])))
    codes = [f"3301100010{k // 1000:02d}{k:06d}"[-15:] for k in range(len(cells))]
    return gpd.GeoDataFrame({"code": codes}, geometry=cells, crs="EPSG:4326")


def _bent(
    x0: NDArray[np.float64], y0: NDArray[np.float64], x1: NDArray[np.float64], y1: NDArray[np.float64],
    bends: int, rng: np.random.Generator, sideways: tuple[float, float],
) -> NDArray[np.float64]:  # fmt: skip
    """Put vertices between the ends of every edge, pushed to one side; shape (..., bends + 2, 2)."""
    t = np.linspace(0, 1, bends + 2)
    push = np.zeros((*x0.shape, bends + 2))
    push[..., 1:-1] = rng.uniform(-0.05, 0.05, (*x0.shape, bends))
    px = x0[..., None] + (x1 - x0)[..., None] * t + push * sideways[0] * STEP_LON
    py = y0[..., None] + (y1 - y0)[..., None] * t + push * sideways[1] * STEP_LAT
    return np.stack([px, py], axis=-1)


def points(frame: gpd.GeoDataFrame, n: int, seed: int = 2) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """60 % clustered, 38 % uniform, 2 % outside, shuffled."""
    rng = np.random.default_rng(seed)
    west, south, east, north = frame.total_bounds
    centres = rng.uniform([west, south], [east, north], (40, 2))
    clustered = centres[rng.integers(0, 40, int(n * 0.6))] + rng.normal(0, 0.003, (int(n * 0.6), 2))
    uniform = rng.uniform([west, south], [east, north], (int(n * 0.38), 2))
    outside = rng.uniform([east + 0.01, south], [east + 0.1, north], (n - len(clustered) - len(uniform), 2))
    xy = rng.permutation(np.vstack([clustered, uniform, outside]))
    return xy[:, 0].copy(), xy[:, 1].copy()
