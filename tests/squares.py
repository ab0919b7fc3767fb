"""Tiles of the world map reckoned by another program than the tiles are."""

from pyproj import Transformer

from gridsvc.spatial.mercator import CELLS, Tile

HALF_WORLD_M = 20037508.342789244
to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform


def cell_m(z: int) -> float:
    return 2 * HALF_WORLD_M / 2**z / CELLS


def around(west: float, south: float, east: float, north: float, z: int) -> list[Tile]:
    """Every tile of a zoom that meets a box of degrees, reckoned by another program than the tiles are."""
    (left, right), (low, high) = to_metres([west, east], [south, north])
    side_m = 2 * HALF_WORLD_M / 2**z
    columns = range(int((left + HALF_WORLD_M) // side_m), int((right + HALF_WORLD_M) // side_m) + 1)
    rows = range(int((HALF_WORLD_M - high) // side_m), int((HALF_WORLD_M - low) // side_m) + 1)
    return [Tile(z, x, y) for x in columns for y in rows]
