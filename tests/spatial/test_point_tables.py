"""Tables of points: columns x and y with a declared reference, or a file with geometry and a reference of its own."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from drawing import areas, at

from gridsvc.errors import BadDatum, BadTable
from gridsvc.spatial import tables
from gridsvc.spatial.table_source import TableSource
from gridsvc.spatial.tables import PointTable
from gridsvc.tables import gathered


def points_of(folder: Path, contents: str | bytes, name: str = "points.csv", **source: object) -> TableSource:
    (folder / name).write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return TableSource(**({"table": "components", "path": folder / name} | source))


def read_points(source: TableSource, local: dict[str, str] | None = None) -> PointTable:
    with gathered() as faults:
        return tables.read_points(source, local or {}, faults)


def test_points_of_a_csv_are_converted_and_rows_without_a_point_stay(tmp_path):
    lon, lat = at(1, 1)
    points = read_points(points_of(tmp_path, f"code,x,y\nA,{lon!r},{lat!r}\nB,,\n", crs="wgs84"))
    assert (points.lon[0], points.lat[0], points.rows["code"].tolist()) == (lon, lat, ["A", "B"])
    assert np.isnan(points.lon[1:]).all()


def test_coordinates_that_are_no_numbers_are_told_with_their_lines(tmp_path):
    with pytest.raises(BadTable) as e:
        read_points(points_of(tmp_path, "code,x,y\nA,120,30\nB,120,30°\nC,here,there\n", crs="wgs84"))
    told = [(f.line, f.field, f.value) for f in e.value.errors]
    assert told == [(3, "y", "30°"), (4, "x", "here"), (4, "y", "there")]


def test_a_table_of_points_without_rows_has_no_points(tmp_path):
    assert len(read_points(points_of(tmp_path, "code,x,y\n", crs="wgs84")).lon) == 0


def test_points_of_a_csv_need_a_declared_reference(tmp_path):
    with pytest.raises(BadDatum) as e:
        read_points(points_of(tmp_path, "code,x,y\nA,120,30\n"))
    assert e.value.errors[0].field == "points.csv.crs"


def test_points_of_a_csv_need_both_columns(tmp_path):
    with pytest.raises(BadTable) as e:
        read_points(points_of(tmp_path, "code,lon,lat\nA,120,30\n", crs="wgs84"))
    assert [f.field for f in e.value.errors] == ["x", "y"]


def points_frame(crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame({"code": ["A", "B"]}, geometry=[shapely.Point(at(1, 1)), None], crs="EPSG:4326")
    return frame.to_crs(crs) if crs else frame.set_crs(None, allow_override=True)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549", "EPSG:4490"])
def test_points_of_a_geoparquet_come_from_its_own_reference(tmp_path, crs):
    points_frame(crs).to_parquet(tmp_path / "p.parquet")
    points = read_points(TableSource("components", tmp_path / "p.parquet"))
    assert (points.lon[0], points.lat[0]) == pytest.approx(at(1, 1), abs=1e-10)
    assert np.isnan(points.lon[1])
    assert points.rows.columns.tolist() == ["code"]


def test_a_geoparquet_without_reference_is_refused(tmp_path):
    points_frame(None).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(BadTable) as e:
        read_points(TableSource("components", tmp_path / "p.parquet"))
    assert e.value.errors[0].field == "crs"


def test_a_geoparquet_of_polygons_is_refused_as_a_table_of_points(tmp_path):
    gpd.GeoDataFrame({"code": ["A"]}, geometry=list(areas("A").values()), crs=4326).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(BadTable):
        read_points(TableSource("components", tmp_path / "p.parquet"))


@pytest.mark.parametrize("contents", [b"", b"not parquet"])
def test_a_file_that_is_no_geoparquet_is_refused(tmp_path, contents):
    with pytest.raises(BadTable):
        read_points(points_of(tmp_path, contents, "p.parquet"))


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549"])
def test_points_of_a_geopackage_come_from_its_own_reference(tmp_path, crs):
    points_frame(crs).to_file(tmp_path / "p.gpkg", layer="p")
    points = read_points(TableSource("components", tmp_path / "p.gpkg"))
    assert (points.lon[0], points.lat[0]) == pytest.approx(at(1, 1), abs=1e-10)
    assert (points.rows["code"].tolist(), points.lines) == (["A", "B"], [2, 3])


def test_a_shifted_reference_no_file_can_state_is_declared_and_a_contradicting_one_refused(tmp_path):
    points_frame().to_file(tmp_path / "p.gpkg", layer="p")
    shifted = read_points(TableSource("components", tmp_path / "p.gpkg", crs="gcj02"))
    assert abs(shifted.lon[0] - at(1, 1)[0]) > 0.001
    with pytest.raises(BadTable) as e:
        read_points(TableSource("components", tmp_path / "p.gpkg", crs="EPSG:4549"))
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("crs", "EPSG:4549")


def test_columns_x_and_y_of_a_plain_layer_are_points(tmp_path):
    values = [np.array(["A"], dtype=object), np.array([120.25]), np.array([30.5])]
    path = tmp_path / "c.gpkg"
    pyogrio.raw.write(str(path), None, values, ["code", "x", "y"], layer="c", driver="GPKG", geometry_type=None)
    points = read_points(TableSource("components", path, crs="wgs84"))
    assert (points.lon.tolist(), points.lat.tolist()) == ([120.25], [30.5])


def test_columns_of_a_geoparquet_are_mapped(tmp_path):
    points_frame().rename(columns={"code": "GLBJBSM"}).to_parquet(tmp_path / "p.parquet")
    points = read_points(TableSource("components", tmp_path / "p.parquet", columns={"code": "GLBJBSM"}))
    assert points.rows["code"].tolist() == ["A", "B"]
