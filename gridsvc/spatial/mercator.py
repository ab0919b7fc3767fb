"""Squares of the world map in spherical Mercator (EPSG:3857), as maps on screens ask for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan, degrees, pi, sinh

import numpy as np
from numpy.typing import NDArray

from gridsvc.errors import BadInput, FieldError

Box = tuple[float, float, float, float]
MOST_Z = 22
# The side of the whole map, which is the equator of WGS 84 laid flat.
WORLD_M = 2 * pi * 6_378_137.0
# Cells on a side of a tile, and how many of them what is drawn goes on beyond it, so that no cut edge shows.
CELLS, MARGIN_CELLS = 4096, 64


@dataclass(frozen=True, slots=True)
class Tile:
    """One square of the world map in spherical Mercator (EPSG:3857), cut in 2^z by 2^z; y counts from the north."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        _refuse_outside("z", self.z, MOST_Z)
        _refuse_outside("x", self.x, 2**self.z - 1)
        _refuse_outside("y", self.y, 2**self.z - 1)

    def box_deg(self, margin: float) -> Box:
        """West, south, east and north in WGS 84 degrees, with a margin in tiles on each side."""
        n = 2**self.z
        west, east = (360 * (x / n) - 180 for x in (self.x - margin, self.x + 1 + margin))
        south, north = (degrees(atan(sinh(pi * (1 - 2 * y / n)))) for y in (self.y + 1 + margin, self.y - margin))
        return west, south, east, north

    def box_m(self, margin: float) -> Box:
        """West, south, east and north in EPSG:3857, with a margin in tiles on each side."""
        side_m = WORLD_M / 2**self.z
        west, north = self.x * side_m - WORLD_M / 2, WORLD_M / 2 - self.y * side_m
        out_m = margin * side_m
        return west - out_m, north - side_m - out_m, west + side_m + out_m, north + out_m

    def cells(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where metres in EPSG:3857, shape (n, 2), lie in cells of this tile, from its north-west corner.

        What is on an edge of two tiles is on it for both: only whole numbers differ between them.
        """
        n = 2.0**self.z * CELLS
        at: NDArray[np.float64] = (xy / [WORLD_M, -WORLD_M] + 0.5) * n - np.array([self.x, self.y]) * CELLS
        return at


def tiles_over(box: Box, z: int) -> Iterator[Tile]:
    """Every tile of a zoom that a box of degrees meets, from north to south."""
    edges = metres(np.array([box[:2], box[2:]])) / WORLD_M
    first, last = (np.clip((at * 2**z).astype(int), 0, 2**z - 1) for at in (edges * [1, -1] + 0.5))
    for y in range(last[1], first[1] + 1):
        for x in range(first[0], last[0] + 1):
            yield Tile(z, int(x), int(y))


def metres(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Project degrees, shape (n, 2), longitude first, to EPSG:3857; poles, which it has not, lie far out."""
    lat = np.radians(np.clip(lonlat[:, 1], -89.9, 89.9))
    return np.column_stack([lonlat[:, 0] / 360.0, np.arcsinh(np.tan(lat)) / (2.0 * pi)]) * WORLD_M


def _refuse_outside(name: str, value: int, most: int) -> None:
    if not 0 <= value <= most:
        error = FieldError(name, value, f"范围 0–{most}", f"0 to {most}")
        raise BadInput("没有这个瓦片", "there is no such tile", [error])
