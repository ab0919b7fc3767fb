"""Reading a boundary folder: formats, references, encodings and faults; nothing is repaired, every mistake named."""

import gzip
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawing import areas, at

from gridsvc.errors import BadBoundaryFolder
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.datum import convert
from gridsvc.spatial.layer import Layer
from gridsvc.spatial.topology import check_edition

QUARTERS = """
    AB
    CD
"""
PROJECTED = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}}


def feature(code: object, shape: object, /, **columns: object) -> dict[str, object]:
    geometry = shape if isinstance(shape, dict) or shape is None else json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": {"code": code, **columns}, "geometry": geometry}


def geojson(*features: dict[str, object], **top: object) -> str:
    return json.dumps({"type": "FeatureCollection", **top, "features": list(features)}, ensure_ascii=False)


def collection(picture: str, /, **columns: dict[str, object]) -> str:
    drawn = areas(picture).items()
    return geojson(*(feature(c, s, **{k: v.get(c) for k, v in columns.items()}) for c, s in drawn))


def frame(picture: str, crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    drawn = areas(picture)
    return gpd.GeoDataFrame({"code": list(drawn)}, geometry=list(drawn.values()), crs="EPSG:4326").to_crs(crs)


def declare(folder: Path, *layers: dict[str, object], **top: object) -> Path:
    content = {"edition": "2024-1", "layers": list(layers), **top}
    (folder / "manifest.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return folder


def entry(file: str, **keys: object) -> dict[str, object]:
    return {"layer": "grid", "file": file, "crs": "wgs84", "code": "code"} | keys


def read(folder: Path, contents: str | bytes, file: str = "grid.geojson", **keys: object) -> Layer:
    """Write one file, declare it as the layer ``grid`` and read the folder."""
    (folder / file).write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return read_folder(declare(folder, entry(file, **keys)))[0].layers["grid"]


def refusal(folder: Path, *given: object, **keys: object) -> tuple[str, object]:
    with pytest.raises(BadBoundaryFolder) as e:
        read(folder, *given, **keys)
    assert e.value.zh
    return e.value.errors[0].field, e.value.errors[0].value


def same_ground(one: Layer, tolerance_deg: float = 0.0) -> bool:
    drawn = list(areas(QUARTERS).values())
    if tolerance_deg == 0.0:
        return all(a.equals(b) for a, b in zip(one.geometries, drawn, strict=True))
    return all(a.hausdorff_distance(b) <= tolerance_deg for a, b in zip(one.geometries, drawn, strict=True))


def test_a_collection_without_features_is_a_layer_without_areas(tmp_path):
    empty = json.dumps({"type": "FeatureCollection", "features": [], "crs": None})
    with pytest.raises(BadBoundaryFolder) as e:
        read(tmp_path, empty)
    assert e.value.errors[0].field == "grid.code"


def test_codes_and_exact_coordinates_are_read(tmp_path):
    one = read(tmp_path, collection(QUARTERS))
    assert one.codes.tolist() == ["A", "B", "C", "D"]
    assert same_ground(one)


def test_named_columns_are_used_and_the_others_are_kept_as_properties(tmp_path):
    text = geojson(feature("A", areas("A")["A"], NAME=" 新桥 ", U="U1", n=3, share=0.5, since="2024-01-01", none=None))
    one = read(tmp_path, text, name="NAME", unit="U")
    assert (one.names[0], one.units[0]) == ("新桥", "U1")
    props = dict(one.props[0])
    assert str(props.pop("since")).startswith("2024-01-01")
    assert props == {"n": 3, "share": 0.5, "none": None}


def test_properties_can_be_written_as_json(tmp_path):
    one = read(tmp_path, geojson(feature("A", areas("A")["A"], nan=None, when="2024-01-01T08:00:00+08:00", yes=True),
                                 feature("B", areas("B")["B"], nan=1.5, when=None, yes=False)))  # fmt: skip
    json.dumps(one.props[0] | one.props[1], allow_nan=False)


@pytest.mark.parametrize("flags", [(True, False), (True, None), (None, False), (None, None)], ids=str)
def test_a_flag_stays_one_where_others_have_none(tmp_path, flags):
    features = [feature(code, areas(code)[code], flag=flag) for code, flag in zip("AB", flags, strict=True)]
    one = read(tmp_path, geojson(*features))
    assert [p["flag"] for p in one.props] == list(flags)
    assert all(p["flag"] is flag for p, flag in zip(one.props, flags, strict=True))


@pytest.mark.parametrize(("value", "code"), [(330110001, "330110001"), (7.0, "7"), (" A1 ", "A1"), ("0012", "0012")])
def test_a_code_is_text_however_it_was_stored(tmp_path, value, code):
    assert read(tmp_path, geojson(feature(value, areas("A")["A"]))).codes.tolist() == [code]


@pytest.mark.parametrize("code", [None, "", " ", "a;b", "a,b", "a|b", "a&b", "!a", "a*", "a?b", "a=b", "a\tb"])
def test_a_code_that_is_empty_or_has_a_reserved_character_is_refused(tmp_path, code):
    text = geojson(feature("ok", areas("A")["A"]), feature(code, areas("B")["B"]))
    assert refusal(tmp_path, text)[0] == "code"


@pytest.mark.parametrize("key", ["code", "name", "parent_code", "unit"])
def test_a_column_that_the_file_does_not_have_is_named_with_those_it_has(tmp_path, key):
    with pytest.raises(BadBoundaryFolder) as e:
        read(tmp_path, collection(QUARTERS, NAME={}), **{key: "Name"})
    assert (e.value.errors[0].field, e.value.errors[0].value) == (f"grid.{key}", "Name")
    assert "code, NAME" in e.value.errors[0].mend_en


def test_a_geojson_in_gb18030_is_read_when_declared(tmp_path):
    text = collection("A", name={"A": "余杭街道"}).encode("gb18030")
    assert read(tmp_path, text, encoding="GB18030", name="name").names.tolist() == ["余杭街道"]


@pytest.mark.parametrize("encoding", ["UTF-8", "ascii", "utf-99"])
def test_a_wrong_or_unknown_encoding_is_refused_by_that_key(tmp_path, encoding):
    text = collection("A", name={"A": "余杭街道"}).encode("gb18030")
    assert refusal(tmp_path, text, encoding=encoding) == ("grid.encoding", encoding)


def test_a_csv_with_wkt_in_gb18030_is_read_when_declared(tmp_path):
    rows = ["code,NAME,WKT"] + [f'{c},新桥{c},"{s.wkt}"' for c, s in areas(QUARTERS).items()]
    one = read(tmp_path, "\n".join(rows).encode("gb18030"), "grid.csv", encoding="GB18030", name="NAME")
    assert one.names.tolist() == ["新桥A", "新桥B", "新桥C", "新桥D"]
    assert same_ground(one)


def test_a_csv_without_geometry_is_refused(tmp_path):
    assert refusal(tmp_path, "code,name\nA,x\n", "grid.csv") == ("grid.file", "grid.csv")


def test_a_byte_order_mark_is_no_obstacle(tmp_path):
    assert len(read(tmp_path, ("\ufeff" + collection(QUARTERS)).encode())) == 4


def test_a_gzipped_geojson_is_read(tmp_path):
    assert same_ground(read(tmp_path, gzip.compress(collection(QUARTERS).encode()), "grid.geojson.gz"))


def test_a_file_that_only_claims_to_be_gzipped_is_refused(tmp_path):
    assert refusal(tmp_path, collection(QUARTERS), "grid.geojson.gz")[0] == "grid.file"


def test_a_truncated_gzip_is_refused(tmp_path):
    packed = gzip.compress(collection(QUARTERS).encode())
    assert refusal(tmp_path, packed[: len(packed) // 2], "grid.geojson.gz")[0] == "grid.file"


@pytest.mark.parametrize("suffix", ["fgb", "gpkg", "shp"])
def test_other_formats_that_gdal_knows_are_read(tmp_path, suffix):
    frame(QUARTERS).to_file(tmp_path / f"grid.{suffix}")
    assert same_ground(read_folder(declare(tmp_path, entry(f"grid.{suffix}")))[0].layers["grid"])


def test_a_shapefile_in_gb18030_is_read_when_declared(tmp_path):
    frame("A").assign(NAME="余杭街道").to_file(tmp_path / "grid.shp", encoding="GB18030")
    (tmp_path / "grid.cpg").unlink()
    declare(tmp_path, entry("grid.shp", encoding="GB18030", name="NAME"))
    assert read_folder(tmp_path)[0].layers["grid"].names.tolist() == ["余杭街道"]


def test_one_sublayer_of_a_geopackage_is_read(tmp_path):
    frame("AA").to_file(tmp_path / "all.gpkg", layer="streets")
    frame(QUARTERS).to_file(tmp_path / "all.gpkg", layer="grids")
    found = read_folder(declare(tmp_path, entry("all.gpkg", sublayer="grids")))[0].layers["grid"]
    assert found.codes.tolist() == ["A", "B", "C", "D"]


def test_a_sublayer_that_is_not_there_is_refused(tmp_path):
    frame(QUARTERS).to_file(tmp_path / "all.gpkg", layer="grids")
    with pytest.raises(BadBoundaryFolder) as e:
        read_folder(declare(tmp_path, entry("all.gpkg", sublayer="lanes")))
    assert e.value.errors[0].field == "grid.file"


def test_a_projected_file_becomes_degrees(tmp_path):
    frame(QUARTERS, "EPSG:4549").to_file(tmp_path / "grid.gpkg")
    one = read_folder(declare(tmp_path, entry("grid.gpkg", crs="EPSG:4549")))[0].layers["grid"]
    assert same_ground(one, tolerance_deg=1e-11)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_shifted_file_is_shifted_back(tmp_path, datum):
    moved = {
        c: shapely.transform(s, lambda p: np.column_stack(convert(p[:, 0], p[:, 1], "wgs84", datum)))
        for c, s in areas(QUARTERS).items()
    }
    one = read(tmp_path, geojson(*(feature(c, s) for c, s in moved.items())), crs=datum)
    assert same_ground(one, tolerance_deg=1e-10)


def test_a_file_in_a_declared_local_system_becomes_degrees(tmp_path):
    frame(QUARTERS, "EPSG:4549").to_file(tmp_path / "grid.csv", driver="CSV", GEOMETRY="AS_WKT")
    folder = declare(tmp_path, entry("grid.csv", crs="local:yutan"), local_crs={"yutan": "EPSG:4549"})
    assert same_ground(read_folder(folder)[0].layers["grid"], tolerance_deg=1e-9)


def test_cgcs2000_keeps_its_coordinates(tmp_path):
    assert same_ground(read(tmp_path, collection(QUARTERS), crs="CGCS2000"))


@pytest.mark.parametrize(("own", "declared"), [("EPSG:4549", "EPSG:4326"), ("EPSG:4326", "EPSG:4549"),
                                               ("EPSG:4549", "EPSG:4548"), ("EPSG:4549", "gcj02")])  # fmt: skip
def test_a_file_whose_own_reference_contradicts_the_declared_one_is_refused(tmp_path, own, declared):
    frame(QUARTERS, own).to_file(tmp_path / "grid.gpkg")
    with pytest.raises(BadBoundaryFolder) as e:
        read_folder(declare(tmp_path, entry("grid.gpkg", crs=declared)))
    assert e.value.errors[0].field == "grid.crs"


def test_a_geojson_that_names_another_reference_is_refused(tmp_path):
    text = geojson(feature("A", areas("A")["A"]), **PROJECTED)
    assert refusal(tmp_path, text) == ("grid.crs", "wgs84")


@pytest.mark.parametrize("swap", [lambda p: p[:, ::-1], lambda p: p * 1e5], ids=["swapped axes", "metres"])
def test_coordinates_beyond_longitude_and_latitude_are_refused(tmp_path, swap):
    text = geojson(feature("A", shapely.transform(areas("A")["A"], swap)))
    assert refusal(tmp_path, text) == ("grid.crs", "wgs84")


@pytest.mark.parametrize("text", ["", "{", "not json", '{"type": "FeatureCollection"', "[]", '{"a": 1}', "<gml/>"])
def test_a_file_that_is_no_geojson_is_refused(tmp_path, text):
    assert refusal(tmp_path, text)[0] == "grid.file"


@pytest.mark.filterwarnings("ignore:Non closed ring detected:RuntimeWarning")  # GDAL says so itself
def test_a_ring_that_is_not_closed_is_kept_as_a_finding(tmp_path):
    ring = [list(at(0, 0)), list(at(1, 0)), list(at(1, 1)), list(at(0, 1))]
    unclosed = feature("A", {"type": "Polygon", "coordinates": [ring]})
    one = read(tmp_path, geojson(unclosed, feature("B", areas(".B")["B"])), coverage="partition")
    assert one.codes.tolist() == ["A", "B"]
    assert one.geometries[1].equals(areas(".B")["B"])
    report = check_edition(read_folder(tmp_path)[0])
    assert [(f.id, f.codes) for f in report.findings] == [("invalid", ("A",))]


BOW = [list(at(*c)) for c in ((0, 0), (2, 2), (2, 0), (0, 2), (0, 0))]


@pytest.mark.parametrize(
    "geometry",
    [None, {"type": "Polygon", "coordinates": []}, {"type": "Polygon", "coordinates": [BOW]},
     {"type": "Point", "coordinates": list(at(0, 0))}],
    ids=["null", "empty", "self-crossing", "a point"],
)  # fmt: skip
def test_a_faulty_area_is_kept_and_named_by_the_checks(tmp_path, geometry):
    read(tmp_path, geojson(feature("A", geometry), feature("B", areas("....B")["B"])))
    report = check_edition(read_folder(tmp_path)[0])
    assert [(f.id, f.codes) for f in report.findings] == [("invalid", ("A",))]


def test_heights_are_left_out(tmp_path):
    assert not read(tmp_path, geojson(feature("A", shapely.force_3d(areas("A")["A"], 7.0)))).geometries[0].has_z
