"""A small city drawn for redraws: two streets of unit grids in rows, each held by two grids."""

import geopandas as gpd
import numpy as np
from drawing import areas

from gridsvc import Router
from gridsvc.planning.redraw import Ground, ground

UNITS = """
ABCDEFGH
IJKLMNOP
QRSTUVWX
"""
# The last row is a street of its own.
STREETS = """
11111111
11111111
22222222
"""
GRIDS = """
aaaaaabb
aaaaaabb
ccccdddd
"""
CODE = {"a": "1G01", "b": "1G02", "c": "2G01", "d": "2G02"}


def rows(picture: str) -> str:
    return "".join(picture.split())


def of_units(picture: str) -> dict[str, str]:
    """What a picture has in the place of each unit grid."""
    return dict(zip(rows(UNITS), rows(picture), strict=True))


def drawn_city() -> Router:
    """The city as a router; unit grids are coded by their letters."""
    frames = {}
    for layer, picture in (("street", STREETS), ("grid", GRIDS), ("unit_grid", UNITS)):
        shapes = areas(picture.strip())
        codes = [CODE.get(c, c) for c in shapes]
        frames[layer] = gpd.GeoDataFrame({"code": codes}, geometry=list(shapes.values()), crs=4326)
        frames[layer].attrs["coverage"] = "partition"
    frames["grid"]["parent"] = frames["grid"]["code"].str[0]
    frames["grid"].attrs["parent"] = "street"
    frames["unit_grid"]["parent"] = frames["unit_grid"]["code"].map(of_units(STREETS))
    frames["unit_grid"].attrs["parent"] = "street"
    return Router.from_frames(frames)


def units(load: dict[str, float] | None = None) -> gpd.GeoDataFrame:
    """Loads of 1, or as named."""
    codes = sorted(rows(UNITS))
    return gpd.GeoDataFrame({"code": codes, "load": [(load or {}).get(c, 1.0) for c in codes]})


def drawn_ground(load: dict[str, float] | None = None, locked: tuple[str, ...] = ()) -> Ground:
    return ground(drawn_city(), units(load), locked=locked)


def labels(picture: str) -> np.ndarray:
    """A division drawn as a picture, in the order of the ground."""
    held = of_units(picture)
    return np.array([CODE.get(held[c], held[c]) for c in sorted(held)], dtype=object)
