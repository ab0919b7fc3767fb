"""Vector tiles as GDAL reads them, another program than the one that writes them."""

from pathlib import Path

import geopandas as gpd
import pyogrio

from gridsvc.spatial.mercator import Tile

KEPT_BY_GDAL = "mvt_id"


def decoded(tile: bytes, at: Tile, folder: Path, *, cut: bool = True, layer: str | None = None) -> gpd.GeoDataFrame:
    """Give the features of a tile in EPSG:3857, cut at its edges or with what goes on beyond them; b"" has none.

    Of several layers the one that is named, else the first.
    """
    file = folder / str(at.z) / str(at.x) / f"{at.y}.pbf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(tile)
    layers = [str(name) for name, _ in pyogrio.list_layers(file)] if tile else []
    if layer not in (None, *layers) or not layers:
        return gpd.GeoDataFrame(geometry=[], crs="EPSG:3857")
    chosen = layer or next(name for name in layers if not name.endswith("_label"))
    return pyogrio.read_dataframe(file, layer=chosen, CLIP="YES" if cut else "NO").drop(columns=KEPT_BY_GDAL)
