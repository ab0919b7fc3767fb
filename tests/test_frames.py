"""Routing for tables: GeoDataFrames become an edition, and a table of points keeps its rows and gains columns."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawing import areas, at, beside

from gridsvc import Router
from gridsvc.errors import BadDatum, BadInput
from gridsvc.frames import edition_from_frames
from gridsvc.spatial.datum import convert

GRIDS = """
    AB
    CD
"""
NAN = float("nan")


def frame(picture: str = GRIDS, crs: str | None = "EPSG:4326", **columns: object) -> gpd.GeoDataFrame:
    drawn = areas(picture)
    made = gpd.GeoDataFrame({"code": list(drawn), **columns}, geometry=list(drawn.values()), crs="EPSG:4326")
    return made.to_crs(crs) if crs else made.set_crs(None, allow_override=True)


ROUTER = Router.from_frames({"grid": frame(), "zone": frame("ZY")})


def table(*places: tuple[object, object], **columns: list) -> pd.DataFrame:
    return pd.DataFrame({"x": [p[0] for p in places], "y": [p[1] for p in places], **columns})


def routed(points: pd.DataFrame, **asked: object) -> pd.DataFrame:
    return ROUTER.route_frame(points, **({"x": "x", "y": "y", "crs": "wgs84"} | asked))


def test_a_table_without_rows_gains_the_columns():
    found = routed(table())
    assert len(found) == 0
    assert list(found) == ["x", "y", "grid", "grid_how", "grid_candidates", "zone", "zone_how", "zone_candidates"]


@pytest.mark.parametrize(
    ("place", "code", "how", "candidates"),
    [
        ((NAN, 30.0), "", "none", ""),
        ((None, None), "", "none", ""),
        (("here", "there"), "", "none", ""),
        (("", ""), "", "none", ""),
        ((300.0, 30.0), "", "none", ""),
        (at(0.5, 0.5), "A", "inside", ""),
        (at(1, 0.5), "A", "edge", "A;B"),
        (at(1, 1), "A", "edge", "A;B;C;D"),
        (beside(at(1, 0.5), -0.5, 0), "A", "inside", "A;B"),
        (beside(at(0, 0.5), -0.5, 0), "A", "near", ""),
        (beside(at(0, 0.5), -1.5, 0), "", "outside", ""),
    ],
    ids=["nan", "null", "text", "empty", "no position", "inside", "edge", "corner", "by an edge", "near", "outside"],
)
def test_each_row_has_its_area_how_and_candidates(place, code, how, candidates):
    found = routed(table(place)).loc[0]
    assert (found["grid"], found["grid_how"], found["grid_candidates"]) == (code, how, candidates)


def test_coordinates_as_text_are_read():
    lon, lat = at(0.5, 0.5)
    assert routed(table((str(lon), f" {lat} ")))["grid"].tolist() == ["A"]


def test_rows_order_index_and_columns_stay_as_they_were():
    points = table(at(1.5, 1.5), (NAN, NAN), at(0.5, 0.5), note=["c", "a", "b"])
    points.index = [7, 7, 3]
    before = points.copy(deep=True)
    found = routed(points)
    pd.testing.assert_frame_equal(found[["x", "y", "note"]], before)
    pd.testing.assert_frame_equal(points, before)
    assert found["grid"].tolist() == ["D", "", "A"]


def test_near_reaches_as_far_as_asked():
    assert routed(table(beside(at(0, 0.5), -4, 0)), near_m=5.0)["grid_how"].tolist() == ["near"]


def test_only_the_layers_asked_for_are_added():
    assert list(routed(table(at(0.5, 0.5)), layers=["zone"])) == ["x", "y", "zone", "zone_how", "zone_candidates"]


@pytest.mark.parametrize("column", ["grid", "zone_how", "grid_candidates"])
def test_a_column_that_has_such_a_name_already_is_refused_and_a_prefix_helps(column):
    points = table(at(0.5, 0.5), **{column: ["mine"]})
    with pytest.raises(BadInput) as e:
        routed(points)
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("column", column)
    assert "--prefix" in e.value.errors[0].mend_en
    found = routed(points, prefix="our_")
    assert (found[column].tolist(), found["our_grid"].tolist()) == (["mine"], ["A"])


@pytest.mark.parametrize(
    ("asked", "field", "value"),
    [({"x": "lon"}, "column", "lon"), ({"y": "lat"}, "column", "lat"), ({"layers": ["street"]}, "layers", "street")],
)
def test_a_column_or_layer_that_is_not_there_is_named(asked, field, value):
    with pytest.raises(BadInput) as e:
        routed(table(at(0.5, 0.5)), **asked)
    assert (e.value.errors[0].field, e.value.errors[0].value) == (field, value)


@pytest.mark.parametrize("crs", ["", None, "utm"])
def test_a_table_without_a_known_reference_is_refused(crs):
    with pytest.raises(BadDatum):
        routed(table(at(0.5, 0.5)), crs=crs)


def test_points_of_a_phone_map_are_shifted_back():
    x, y = convert(*at(0.5, 0.5), "wgs84", "gcj02")
    assert routed(table((x, y)), crs="gcj02")["grid"].tolist() == ["A"]


def test_numbers_of_any_kind_are_coordinates():
    points = table(at(0.5, 0.5), at(1.5, 0.5)).astype("Float64")
    points.loc[1, "x"] = pd.NA
    assert routed(points)["grid_how"].tolist() == ["inside", "none"]


def test_frames_in_metres_become_degrees():
    found = Router.from_frames({"grid": frame(crs="EPSG:4549")}).locate(*at(0.5, 0.5), crs="wgs84")
    assert found.codes("grid").tolist() == ["A"]


def test_columns_of_a_frame_are_names_parents_units_and_properties():
    streets, grids = frame("XX", name=["新桥"]), frame("AB", parent=["X", None], unit=["U1", None], n=[1, 2])
    grids.attrs["parent"] = "street"
    made = edition_from_frames({"street": streets, "grid": grids})
    one = made.layers["grid"]
    assert (one.parents.tolist(), one.units.tolist(), one.props[0]) == (["X", None], ["U1", None], {"n": 1})
    assert (made.layers["street"].names.tolist(), made.ancestors("grid")) == (["新桥"], ("street",))


def test_a_frame_may_say_that_its_areas_overlap():
    zones = frame("ZY")
    zones.attrs["coverage"] = "cover"
    assert edition_from_frames({"zone": zones}).layers["zone"].spec.coverage == "cover"


@pytest.mark.parametrize(
    ("bad", "english"),
    [(frame(crs=None), "the frame has no CRS"), (frame().rename(columns={"code": "id"}), "there is no code column")],
    ids=["no CRS", "no code"],
)
def test_a_frame_that_lacks_what_it_needs_is_refused_by_its_layer(bad, english):
    with pytest.raises(BadInput, match=english) as e:
        Router.from_frames({"grid": bad})
    assert e.value.errors[0].field == "grid"


def test_a_frame_without_rows_is_a_layer_without_areas():
    found = Router.from_frames({"grid": frame().iloc[:0], "zone": frame("ZY")}).locate(*at(0.5, 0.5), crs="wgs84")
    assert found.how["grid"].tolist() == ["outside"]


def test_position_counts_areas_by_code_whatever_the_order_of_the_frame():
    found = Router.from_frames({"grid": frame().iloc[::-1]}).locate([*at(0.5, 0.5)][:1], [at(0.5, 0.5)[1]], crs="wgs84")
    assert (found.position["grid"].tolist(), found.position["grid"].dtype) == ([0], np.dtype("int32"))


@pytest.mark.parametrize("code", [None, NAN, "", "a;b", "x" * 201])
def test_an_area_of_a_frame_needs_a_code_like_any_other(code):
    with pytest.raises(BadInput, match="feature 1 of layer grid"):
        Router.from_frames({"grid": frame("A").assign(code=[code])})


def test_a_whole_number_as_code_stays_one():
    assert Router.from_frames({"grid": frame("A").assign(code=[1.0])}).snapshot.edition.layers["grid"].codes[0] == "1"


def test_mixed_kinds_of_geometry_are_refused():
    mixed = frame("AB")
    mixed.geometry = [mixed.geometry[0], mixed.geometry[1].centroid]
    with pytest.raises(BadInput, match="several kinds"):
        Router.from_frames({"grid": mixed})


def test_an_unknown_coverage_is_refused():
    made = frame("A")
    made.attrs["coverage"] = "partiton"
    with pytest.raises(BadInput, match="cannot be so"):
        Router.from_frames({"grid": made})
