"""Drafts of unit grids for planners: communities and roads in, numbered grids out."""

from collections.abc import Callable
from typing import Literal

import geopandas as gpd
import numpy as np

from gridsvc.frames import edition_from_frames, in_degrees, layer_frame
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.grid_maker import make_grids


def unit_grids(
    communities: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame | None = None,
    *,
    target_m2: float = 10_000.0,
    buildings: gpd.GeoDataFrame | None = None,
    digits: Literal[2, 3] = 3,
    progress: Callable[[str], None] = lambda _: None,
) -> gpd.GeoDataFrame:
    """Cut communities into numbered unit grids along lines; see :func:`gridsvc.spatial.grid_maker.make_grids`.

    Parameters
    ----------
    communities : GeoDataFrame
        Polygons with a ``code`` of 12 digits and any declared CRS.
    lines : GeoDataFrame, optional
        Roads, rivers, walls. A column ``weight`` says how unwelcome a grid across each is (1 without it; ``inf``
        for never).
    target_m2 : float
        Wanted size of a grid in square metres.
    buildings : GeoDataFrame, optional
        Footprints that no grid may cut.
    digits : 3 or 2
        Digits of the sequence number, for codes of 15 or 14 digits.
    progress : callable
        Told the code of each community before it is cut.

    Returns
    -------
    GeoDataFrame
        In EPSG:4326, ordered by code: code, name (empty), parent (the community), unit (empty), ``area_m2``.
        Together with the communities it goes as ``unit_grid`` into ``Router.from_frames``.
        ``dissolve("parent", method="coverage")`` gives communities that share every vertex with their grids.
    """
    alone = communities.copy()
    alone.attrs = {}  # Its own parent layer is not here, and not needed.
    above = edition_from_frames({"community": alone}).layers["community"]
    roads = in_degrees("lines", lines) if lines is not None else None
    made = make_grids(
        above,
        roads.geometry.to_numpy() if roads is not None else (),
        roads["weight"].to_numpy(np.float64) if roads is not None and "weight" in roads else 1.0,
        target_m2=target_m2,
        buildings=in_degrees("buildings", buildings).geometry.to_numpy() if buildings is not None else (),
        digits=digits,
        progress=progress,
    )
    west, south, east, north = above.bounds_deg
    frame = layer_frame(made, Metric.at((west + east) / 2, (south + north) / 2) if len(above) else None)
    frame.attrs["parent"] = "community"
    return frame
