"""Parents of areas: named in a column of the file, or found by geometry."""

import json
from pathlib import Path

import geopandas as gpd
from drawing import areas

from gridsvc.spatial.boundary_folder import read_folder

STREETS = """
    XXYY
    XXYY
"""
UNITS = """
    abcd
    efgh
"""


def write(folder: Path, name: str, shapes: dict, **columns: list) -> None:
    gpd.GeoDataFrame({"code": list(shapes), **columns}, geometry=list(shapes.values()), crs=4326).to_file(
        folder / f"{name}.geojson"
    )


def declared(folder: Path, **unit_keys: object) -> list[str | None]:
    """Parents of the unit grids in code order, as the folder is read."""
    common = {"crs": "wgs84", "code": "code"}
    layers = [
        {"layer": "unit_grid", "file": "unit_grid.geojson", "parent": "street"} | common | unit_keys,
        {"layer": "street", "file": "street.geojson"} | common,
    ]
    (folder / "manifest.json").write_text(json.dumps({"edition": "e", "layers": layers}))
    return read_folder(folder)[0].layers["unit_grid"].parents.tolist()


def test_without_a_column_the_parent_is_the_area_that_holds_the_ground(tmp_path):
    write(tmp_path, "street", areas(STREETS))
    write(tmp_path, "unit_grid", areas(UNITS))
    assert declared(tmp_path) == ["X", "X", "Y", "Y", "X", "X", "Y", "Y"]


def test_a_column_of_parents_rules_over_geometry(tmp_path):
    write(tmp_path, "street", areas(STREETS))
    write(tmp_path, "unit_grid", areas("ab"), up=["Y", None])
    assert declared(tmp_path, parent_code="up") == ["Y", None]


def test_an_area_outside_every_parent_has_none_and_so_has_one_in_two(tmp_path):
    write(tmp_path, "street", areas("XXX.", ".YYY"))
    write(tmp_path, "unit_grid", areas("ab..z"))
    assert declared(tmp_path) == ["X", None, None]


def test_an_area_without_shape_has_no_parent_by_geometry(tmp_path):
    write(tmp_path, "street", areas(STREETS))
    write(tmp_path, "unit_grid", {"a": None, **areas(".b")})
    assert declared(tmp_path) == [None, "X"]
