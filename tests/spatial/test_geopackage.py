"""An edition and its tables in one GeoPackage: read back they are the same to the bit; people edit it in between."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from drawing import areas, at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridsvc.errors import BadInput
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.geopackage import write_geopackage
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.manifest import Manifest
from gridsvc.spatial.tables import read_points, read_rows
from gridsvc.tables import Faults
from gridsvc.values import Component, LayerChecks, LayerSpec, Point

POLYGONS = np.array(list(areas("AB").values()), dtype=object)


def layer(
    code: str = "grid", shapes: list | np.ndarray = POLYGONS, props: list | None = None, **given: object
) -> Layer:
    spec = LayerSpec(**{"code": code, "title_zh": code, "title_en": code} | given)
    return Layer.build(spec, [f"{i:03d}" for i in range(len(shapes))], np.asarray(shapes, dtype=object), props=props)


def edition(*layers: Layer, **given: object) -> Edition:
    return Edition("e", {one.spec.code: one for one in layers}, **given)


def through(folder: Path, written: Edition, tables: dict | None = None, components: list | tuple = ()) -> tuple[
    Edition, Manifest
]:  # fmt: skip
    """Write, then read back."""
    folder.mkdir(exist_ok=True)
    (folder / "city.gpkg").unlink(missing_ok=True)
    manifest = write_geopackage(folder / "city.gpkg", written, tables or {}, components)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return read_folder(folder)


def test_a_layer_without_areas_comes_back(tmp_path):
    back, _ = through(tmp_path, edition(layer(shapes=[])))
    assert len(back.layers["grid"]) == 0


@pytest.mark.parametrize(
    "shapes",
    [
        [None, POLYGONS[0]],
        [shapely.Polygon(), POLYGONS[0]],
        [POLYGONS[0], shapely.MultiPolygon(list(POLYGONS))],
        [shapely.Polygon([at(0, 0), at(1, 1), at(1, 0), at(0, 1)])],
        [shapely.box(*at(0, 1), *at(1, 0)).difference(shapely.Point(at(0.5, 0.5)).buffer(1e-9))],
        [shapely.LineString([at(0, 0), at(1 / 3, 2 / 3)]), shapely.MultiLineString([[at(0, 0), at(1, 1)]])],
        [shapely.Point(at(1 / 3, 1 / 7))],
    ],
    ids=["missing", "empty", "several kinds", "crossing ring", "hole", "lines", "point"],
)
def test_shapes_come_back_to_the_bit(tmp_path, shapes):
    written = edition(layer(shapes=shapes))
    back, _ = through(tmp_path, written)
    assert shapely.to_wkb(back.layers["grid"].geometries).tolist() == shapely.to_wkb(shapes).tolist()
    assert back.content_hash == written.content_hash


@pytest.mark.parametrize(
    "props",
    [
        [{}, {}],
        [{"n": 1}, {"n": 2**60}],
        [{"x": 0.1}, {"x": None}],
        [{"x": 3.0}, {"x": 1e-300}],
        [{"flag": True}, {"flag": False}],
        [{"note": ""}, {"note": None}],
        [{"note": None}, {"note": None}],
        [{"note": "甲\n乙"}, {"note": " x "}],
        [{"fid": 1, "geom": "x", "OGC_FID": 7}, {"fid": 1, "geom": "y", "OGC_FID": 7}],
        [{"Code": "a", "NAME": "b", "parent": "c", "Unit": "d"}] * 2,
    ],
    ids=["none", "whole", "gap", "number", "flag", "empty text", "nothing", "text", "reserved", "our own names"],
)  # fmt: skip
def test_properties_keep_their_names_values_and_types(tmp_path, props):
    full = Layer.build(LayerSpec("grid", "网格", "Grid", parent="grid2"), ["A", "B"], POLYGONS, ["甲", ""], ["P", None],
                       [None, "U"], props)  # fmt: skip
    written = edition(full, layer("grid2", shapes=[]))
    back = through(tmp_path, written)[0].layers["grid"]
    assert [dict(p) for p in back.props] == props
    assert [{k: type(v) for k, v in p.items()} for p in back.props] == [
        {k: type(v) for k, v in p.items()} for p in props
    ]
    for column in ("codes", "names", "parents", "units"):
        assert getattr(back, column).tolist() == getattr(full, column).tolist(), column
    assert back.spec == full.spec


def test_columns_that_differ_only_in_letter_case_are_refused(tmp_path):
    with pytest.raises(BadInput) as e:
        through(tmp_path, edition(layer(props=[{"tier": 1, "Tier": 2}] * 2)))
    assert "Tier" in e.value.errors[0].value


def test_what_is_said_about_layers_and_the_edition_comes_back(tmp_path):
    lane = layer("lane", [shapely.LineString([at(0, 0), at(1, 1)])], geometry="line", priority=-3, settles="grid",
                 chief_role="street_chief")  # fmt: skip
    written = edition(
        lane, layer(coverage="partition"), title="城", district="330110", time_zone="Asia/Urumqi",
        valid_from=datetime(2024, 1, 1, 16, tzinfo=UTC), local_crs={"town": "EPSG:4549"},
    )  # fmt: skip
    back, _ = through(tmp_path, written)
    for name in ("code", "title", "district", "time_zone", "valid_from", "local_crs"):
        assert getattr(back, name) == getattr(written, name), name
    assert [one.spec for one in back] == [one.spec for one in written]


def test_what_a_layer_asks_of_the_checks_comes_back(tmp_path):
    asked = LayerChecks(2.0, {"gap": "off"}, (1.0, 2.0))
    grids = Layer.build(LayerSpec("grid", checks=asked), ["A"], np.array([areas("A")["A"]]))
    assert through(tmp_path, edition(grids))[0].layers["grid"].spec.checks == asked


def test_layers_named_like_tables_or_like_each_other_stay_apart(tmp_path):
    written = edition(layer("units"), layer("Units", shapes=POLYGONS[:1]), layer("components"))
    one = Component("C1", "s", "01001", "井", Point(*at(0, 0)))
    back, manifest = through(tmp_path, written, {"units": [{"code": "U1", "name": "x"}]}, [one])
    assert back.content_hash == written.content_hash
    assert read_rows(manifest.tables["units"], Faults()) == [{"code": "U1", "name": "x"}]
    assert read_points(manifest.tables["components"], {}, Faults()).rows["name"].tolist() == ["井"]


def test_tables_come_back_as_text_row_by_row(tmp_path):
    units = [
        {"code": "007", "name": "甲", "fid": "1", "geom": ""},
        {"code": "1e5", "name": "NA", "fid": "", "geom": "x"},
    ]
    _, manifest = through(tmp_path, edition(layer()), {"units": units, "posts": []})
    assert read_rows(manifest.tables["units"], Faults()) == units
    assert read_rows(manifest.tables["posts"], Faults()) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    corners=st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=3, max_size=6),
    values=st.one_of(
        st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=2),
        st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2),
        st.lists(st.none() | st.text(st.characters(exclude_categories=("Cs", "Cc"))), min_size=2, max_size=2),
    ),
)
def test_any_polygon_and_any_property_come_back(tmp_path, corners, values):
    ring = shapely.Polygon([*corners, corners[0]])
    written = edition(layer(shapes=[ring, ring], props=[{"v": v} for v in values]))
    assert through(tmp_path, written)[0].content_hash == written.content_hash


def test_every_layer_says_its_reference_and_how_cgcs2000_was_taken(tmp_path):
    through(tmp_path, edition(layer()))
    info = pyogrio.read_info(tmp_path / "city.gpkg", layer="grid")
    assert info["crs"] == "EPSG:4326"
    assert "CGCS2000" in info["layer_metadata"]["DESCRIPTION"]
