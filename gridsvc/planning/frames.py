"""Areas and past cases of a boundary folder as GeoDataFrames; columns and units are said, nothing is decided."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from gridsvc import bootstrap
from gridsvc.bootstrap import Folder, Router
from gridsvc.carried import carried
from gridsvc.frames import layer_frame
from gridsvc.spatial import pileup


def read_city(folder: Path | str | None = None) -> tuple[Router, Folder]:
    """Read a boundary folder, the demo city if none is named: its router and all that was read."""
    contents = bootstrap.read_all(folder if folder is not None else carried("boundaries"))
    return Router(contents.snapshot), contents


def areas(router: Router, layer: str) -> gpd.GeoDataFrame:
    """Give a layer in EPSG:4326 with ``area_m2`` (polygons) or ``length_m`` (lines), ordered by code."""
    return layer_frame(router.snapshot.edition.layers[layer], router.locator.metric)


def past_cases(contents: Folder) -> gpd.GeoDataFrame:
    """Give the folder's past cases: reported_at (the city's own time), category, source, accuracy_m, component, points.

    In EPSG:4326, in the order of the table. Whatever offset the table gives, an hour is one of the city's clock.
    """
    past = bootstrap.past_cases(contents)
    at = pd.to_datetime(pd.Series([p.reported_at for p in past], dtype=object), utc=True)
    columns = {
        "reported_at": at.dt.tz_convert(contents.manifest.time_zone),
        "category": [p.new.category for p in past],
        "source": [p.new.source for p in past],
        "accuracy_m": [p.new.accuracy_m for p in past],
        "component": [p.new.component for p in past],
        "lon": [p.new.point.lon for p in past],
        "lat": [p.new.point.lat for p in past],
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(columns["lon"], columns["lat"]), crs="EPSG:4326")


def pileups(cases: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Name the coordinates where unrelated cases are piled up, as a failing geocoder does it; fullest first.

    Columns ``cases``, ``believable`` (as many the coordinates around make believable), ``rows`` (index labels of
    ``cases``), points in EPSG:4326. Cases are told apart by category, address, description and reporter, as far as
    the table has them; without any of these nothing can be told and none is named.
    """
    points, labels = cases.to_crs(4326).geometry, pileup.labels_in(cases)
    found = pileup.pileups(points.x, points.y, *labels) if labels else []
    columns = {"cases": [len(p.rows) for p in found], "believable": [p.believable for p in found],
               "rows": [cases.index[p.rows].tolist() for p in found]}  # fmt: skip
    places = gpd.points_from_xy([p.lon for p in found], [p.lat for p in found])
    return gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")
