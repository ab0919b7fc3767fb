"""Which tiles of a made-up city are the fullest, and whether a tile shows what lies in it and nothing else."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from benchmarks.city import City
from gridsvc.spatial.mercator import Tile, metres

Way = Callable[[Tile], bytes]


def busiest(city: City, z: int, n: int) -> list[Tile]:
    """The tiles of a zoom with most unit grids, the fullest first."""
    middle = metres(shapely.get_coordinates(shapely.centroid(city.unit_grids.geometry.values)))
    side_m = Tile(z, 0, 0).box_m(0.0)[2] - Tile(z, 0, 0).box_m(0.0)[0]
    west, _, _, north = Tile(z, 0, 0).box_m(0.0)
    at = np.column_stack([(middle[:, 0] - west) // side_m, (north - middle[:, 1]) // side_m]).astype(int)
    found, count = np.unique(at, axis=0, return_counts=True)
    return [Tile(z, int(x), int(y)) for x, y in found[np.argsort(-count, kind="stable")][:n]]


def faults(city: City, way: Way, tiles: Sequence[Tile]) -> tuple[int, int]:
    """Compare which areas tiles show with the shapes themselves: how many were looked at, and how many are wrong."""
    codes = city.unit_grids["code"].to_numpy()
    shapes = shapely.transform(np.asarray(city.unit_grids.geometry.values, dtype=object), metres)
    looked, wrong = 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for tile in tiles:
            file = Path(scratch) / "tile.pbf"
            file.write_bytes(way(tile))
            layer = next(name for name, _ in pyogrio.list_layers(file) if not name.endswith("_label"))
            shown = set(pyogrio.read_dataframe(file, layer=layer, read_geometry=False)["code"])
            within, around = (shapely.box(*tile.box_m(margin)) for margin in (-2 / 512, 0.1))
            must, may = (set(codes[shapely.intersects(shapes, box)]) for box in (within, around))
            looked += len(shown)
            wrong += len(must - shown) + len(shown - may)
    return looked, wrong
