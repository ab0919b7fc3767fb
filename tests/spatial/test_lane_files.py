"""Lanes with tiers and widths are the same layer whatever kind of file they come in."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawing import at

from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.layer import Layer

LANES = gpd.GeoDataFrame(
    {
        "id": ["L2", "L1", "L3"],
        "name": ["中山路", "无名巷", "高架"],
        "unit": ["U1", None, "U2"],
        "tier": ["arterial", "alley", "expressway"],
        "chief": ["王示一", "", "李示二"],
        "width_m": [24.5, 4.0, 30.0],
    },
    geometry=[
        shapely.LineString([at(0, 0), at(3, 1), at(7, 1)]),
        shapely.MultiLineString([[at(1, 1), at(1, 2)], [at(1, 3), at(1, 4)]]),
        shapely.LineString([at(5, 0), at(5, 9)]),
    ],
    crs=4326,
)


def write(path: Path) -> None:
    if ".csv" in path.name:
        text = LANES.drop(columns="geometry").assign(WKT=shapely.to_wkt(LANES.geometry, rounding_precision=-1))
        text.to_csv(path, index=False, encoding="gb18030")
    else:
        LANES.to_file(path)


def lanes(folder: Path, name: str) -> Layer:
    write(folder / name)
    layer = {"layer": "lane", "file": name, "crs": "wgs84", "code": "id", "name": "name", "unit": "unit",
             "geometry": "line"}  # fmt: skip
    layer |= {"encoding": "GB18030"} if ".csv" in name else {}
    (folder / "manifest.json").write_text(json.dumps({"edition": "e", "layers": [layer]}))
    return read_folder(folder)[0].layers["lane"]


@pytest.mark.parametrize("name", ["lane.gpkg", "lane.fgb", "lane.geojson", "lane.csv", "lane.csv.gz"])
def test_lanes_are_the_same_from_every_kind_of_file(tmp_path, name):
    found = lanes(tmp_path, name)
    wanted = LANES.sort_values("id")
    assert (list(found.codes), list(found.names)) == (wanted["id"].tolist(), wanted["name"].tolist())
    assert list(found.units) == [None, "U1", "U2"]
    assert [p["tier"] for p in found.props] == ["alley", "arterial", "expressway"]
    assert [p["chief"] or "" for p in found.props] == ["", "王示一", "李示二"]
    np.testing.assert_array_equal(found.reach_m, [2.0, 12.25, 15.0])
    # A file of one kind of shape holds single lines as multiple ones; GeoJSON is written with seven decimals.
    precision = 0.0 if name != "lane.geojson" else 1e-7
    parts, of = shapely.get_parts(found.geometries, return_index=True)
    assert of.tolist() == [0, 0, 1, 2]
    assert all(shapely.equals_exact(parts, shapely.get_parts(wanted.geometry.to_numpy()), precision))
