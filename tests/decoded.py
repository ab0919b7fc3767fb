"""Vector tiles as GDAL reads them, another program than the one that writes them."""

from pathlib import Path

import geopandas as gpd
import pyogrio

from gridsvc.store.tiles import Tile

KEPT_BY_GDAL = "mvt_id"


def decoded(tile: bytes, at: Tile, folder: Path, *, cut: bool = True) -> gpd.GeoDataFrame:
    """Give the features of a tile in EPSG:3857, cut at its edges or with what goes on beyond them; b"" has none."""
    if not tile:
        return gpd.GeoDataFrame(geometry=[], crs="EPSG:3857")
    file = folder / str(at.z) / str(at.x) / f"{at.y}.pbf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(tile)
    return pyogrio.read_dataframe(file, CLIP="YES" if cut else "NO").drop(columns=KEPT_BY_GDAL)
