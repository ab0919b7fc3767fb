"""Parents found by geometry, and the tables of a boundary folder: text by column, points with a reference."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawing import areas, at

from gridsvc.errors import BadDatum, BadTable
from gridsvc.spatial import tables
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.manifest import TableSource
from gridsvc.spatial.tables import PointTable
from gridsvc.tables import Row, gathered

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


def table(folder: Path, contents: str | bytes, name: str = "units.csv", **source: object) -> TableSource:
    (folder / name).write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return TableSource(
        **({"table": "units" if "x,y" not in str(contents) else "components", "path": folder / name} | source)
    )


def read_rows(source: TableSource) -> list[Row]:
    with gathered() as faults:
        return tables.read_rows(source, faults)


def read_points(source: TableSource, local: dict[str, str]) -> PointTable:
    with gathered() as faults:
        return tables.read_points(source, local, faults)


@pytest.mark.parametrize(
    ("contents", "rows"),
    [
        ("code,name\n", []),
        ("code,name\nU1,城管局\n", [{"code": "U1", "name": "城管局"}]),
        ("\ufeffcode,name\r\nU1,\r\n", [{"code": "U1", "name": ""}]),
        ("code,name\nU1\n", [{"code": "U1", "name": ""}]),
        ('code,name\n" U1 ","a,b"\n', [{"code": "U1", "name": "a,b"}]),
    ],
    ids=["header only", "one row", "mark and CRLF", "short row", "quoted"],
)
def test_a_table_is_text_by_column(tmp_path, contents, rows):
    assert read_rows(table(tmp_path, contents)) == rows


def test_an_empty_table_file_is_refused_by_its_name(tmp_path):
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, ""))
    assert e.value.errors[0].field == "units.csv"


def test_a_table_in_gb18030_is_read_when_declared_and_refused_when_not(tmp_path):
    contents = "code,name\nU1,城管局\n".encode("gb18030")
    assert read_rows(table(tmp_path, contents, encoding="GB18030"))[0]["name"] == "城管局"
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, contents))
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("encoding", "UTF-8")


def test_points_of_a_csv_are_converted_and_rows_without_a_point_stay(tmp_path):
    lon, lat = at(1, 1)
    source = table(tmp_path, f"code,x,y\nA,{lon!r},{lat!r}\nB,,\nC,here,there\n", crs="wgs84")
    points = read_points(source, {})
    assert (points.lon[0], points.lat[0], points.rows["code"].tolist()) == (lon, lat, ["A", "B", "C"])
    assert np.isnan(points.lon[1:]).all()


def test_points_of_a_csv_need_a_declared_reference(tmp_path):
    with pytest.raises(BadDatum) as e:
        read_points(table(tmp_path, "code,x,y\nA,120,30\n"), {})
    assert e.value.errors[0].field == "units.csv.crs"


def test_points_of_a_csv_need_both_columns(tmp_path):
    with pytest.raises(BadTable) as e:
        read_points(table(tmp_path, "code,lon,lat\nA,120,30\n", crs="wgs84"), {})
    assert [f.field for f in e.value.errors] == ["x", "y"]


def points_frame(crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame({"code": ["A", "B"]}, geometry=[shapely.Point(at(1, 1)), None], crs="EPSG:4326")
    return frame.to_crs(crs) if crs else frame.set_crs(None, allow_override=True)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549", "EPSG:4490"])
def test_points_of_a_geoparquet_come_from_its_own_reference(tmp_path, crs):
    points_frame(crs).to_parquet(tmp_path / "p.parquet")
    points = read_points(TableSource("components", tmp_path / "p.parquet"), {})
    assert (points.lon[0], points.lat[0]) == pytest.approx(at(1, 1), abs=1e-10)
    assert np.isnan(points.lon[1])
    assert points.rows.columns.tolist() == ["code"]


def test_a_geoparquet_without_reference_is_refused(tmp_path):
    points_frame(None).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(BadTable) as e:
        read_points(TableSource("components", tmp_path / "p.parquet"), {})
    assert e.value.errors[0].field == "crs"


def test_a_geoparquet_of_polygons_is_refused_as_a_table_of_points(tmp_path):
    gpd.GeoDataFrame({"code": ["A"]}, geometry=list(areas("A").values()), crs=4326).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(BadTable):
        read_points(TableSource("components", tmp_path / "p.parquet"), {})


@pytest.mark.parametrize("contents", [b"", b"not parquet"])
def test_a_file_that_is_no_geoparquet_is_refused(tmp_path, contents):
    with pytest.raises(BadTable):
        read_points(table(tmp_path, contents, "p.parquet"), {})
