"""Layers, areas, components and lists: valid GeoJSON, complete pages, what the folder says."""

from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from gridsvc.bootstrap import Folder
from gridsvc.codes import load_categories

from .conftest import fields

BOX = "120.22,30.31,120.225,30.315"


def follow(client: TestClient, path: str, **params: Any) -> list[dict[str, Any]]:
    """Features of every page."""
    features: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(path, params=params | ({"cursor": cursor} if cursor else {})).json()
        assert set(page) == {"type", "edition", "features", "next"}
        assert page["type"] == "FeatureCollection"
        features += page["features"]
        cursor = page["next"]
    return features


def check_geojson(feature: dict[str, Any]) -> shapely.Geometry:
    """A feature as RFC 7946 wants it; gives its geometry."""
    assert feature["type"] == "Feature"
    assert isinstance(feature["properties"], dict)
    shape = shapely.geometry.shape(feature["geometry"])
    assert shape.is_valid
    west, south, east, north = shape.bounds
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    return shape


def test_layers_are_listed_as_the_edition_has_them(reader: TestClient, demo: Folder):
    answer = reader.get("/v1/layers").json()
    assert answer["edition"] == demo.snapshot.edition.code
    assert [x["layer"] for x in answer["items"]] == list(demo.snapshot.edition.layers)
    assert set(answer["items"][0]) == {"layer", "title_zh", "title_en", "geometry", "coverage", "parent", "areas"}
    assert [x["areas"] for x in answer["items"]] == [len(x) for x in demo.snapshot.edition]


@pytest.mark.parametrize("layer", ["district", "street", "grid", "unit_grid", "lane", "place", "zone"])
def test_every_area_of_a_layer_is_given_exactly(reader: TestClient, demo: Folder, layer: str):
    given = demo.snapshot.edition.layers[layer]
    features = follow(reader, "/v1/areas", layer=layer, limit=1000)
    assert [f["id"] for f in features] == list(given.codes)
    assert [check_geojson(f) for f in features] == list(given.geometries)
    assert features[0]["properties"]["layer"] == layer
    assert features[0]["properties"]["name"] == given.names[0]


@pytest.mark.parametrize("limit", [1, 4, 26, 27, 28])
def test_pages_of_areas_are_complete_and_without_doubles(reader: TestClient, demo: Folder, limit: int):
    features = follow(reader, "/v1/areas", layer="grid", limit=limit)
    assert [f["id"] for f in features] == list(demo.snapshot.edition.layers["grid"].codes)


def test_areas_in_a_box_are_those_that_touch_it(reader: TestClient, demo: Folder):
    box = shapely.box(*map(float, BOX.split(",")))
    layer = demo.snapshot.edition.layers["unit_grid"]
    touched = [c for c, g in zip(layer.codes, layer.geometries, strict=True) if g.intersects(box)]
    assert 5 < len(touched) < len(layer)
    assert [f["id"] for f in follow(reader, "/v1/areas", layer="unit_grid", bbox=BOX, limit=20)] == touched


def test_lanes_are_lines_with_their_tier(reader: TestClient, demo: Folder):
    features = follow(reader, "/v1/lanes", limit=1000)
    assert len(features) == len(demo.snapshot.edition.layers["lane"])
    assert all("LineString" in check_geojson(f).geom_type for f in features)
    assert {f["properties"]["tier"] for f in features} == {"expressway", "arterial", "secondary", "branch", "alley"}


def test_components_of_a_class_are_points_in_order_of_their_codes(reader: TestClient, demo: Folder):
    features = follow(reader, "/v1/components", **{"class": "01001", "limit": 1000})
    assert [f["id"] for f in features] == sorted(c.code for c in demo.snapshot.components if c.class_code == "01001")
    assert {check_geojson(f).geom_type for f in features} == {"Point"}
    assert set(features[0]["properties"]) == {
        "code", "code_scheme", "class", "name", "competent", "owner", "maintainer", "unit_grid", "state",
        "accuracy_class", "since",
    }  # fmt: skip


def test_components_in_a_box_lie_in_it(reader: TestClient, demo: Folder):
    west, south, east, north = map(float, BOX.split(","))
    features = follow(reader, "/v1/components", bbox=BOX, limit=50)
    inside = [c for c in demo.snapshot.components if west <= c.point.lon <= east and south <= c.point.lat <= north]
    assert [f["id"] for f in features] == sorted(c.code for c in inside)


def test_an_older_edition_is_given_by_its_name(writer: TestClient):
    for path in ("/v1/layers", "/v1/areas?layer=grid", "/v1/components"):
        joined = path + ("&" if "?" in path else "?") + "edition=S1"
        assert writer.get(joined).status_code == 200
    assert writer.get("/v1/layers?edition=S1").json()["edition"] == "S1"
    assert writer.get("/v1/layers").json()["edition"] == "S2"


@pytest.mark.parametrize("path", ["/v1/layers", "/v1/areas?layer=grid", "/v1/lanes", "/v1/components"])
def test_an_unknown_edition_is_not_found(reader: TestClient, path: str):
    refused = reader.get(path + ("&" if "?" in path else "?") + "edition=S9")
    assert refused.status_code == 404
    assert fields(refused) == ["edition"]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("", 422, "layer"),
        ("layer=nothing", 404, "layer"),
        ("layer=grid&bbox=1,2", 422, "bbox"),
        ("layer=grid&limit=0", 422, "limit"),
        ("layer=grid&cursor=x", 422, "cursor"),
    ],
)
def test_areas_that_cannot_be_meant_are_refused(reader: TestClient, query: str, status: int, field: str):
    refused = reader.get(f"/v1/areas?{query}")
    assert refused.status_code == status
    assert fields(refused) == [field]


def test_a_cursor_that_we_did_not_make_is_refused_or_finds_nothing(reader: TestClient):
    for cursor in ("WyJcdTAwMDAiXQ==", "WyJcdWQ4MDAiXQ=="):  # NUL, half a surrogate
        assert reader.get("/v1/components", params={"cursor": cursor}).status_code in (200, 422)


@pytest.mark.parametrize("path", ["/v1/editions", "/v1/rulesets"])
def test_dated_sets_are_listed_newest_first_with_their_validity(writer: TestClient, path: str):
    items = writer.get(path).json()["items"]
    assert [(i["code"], i["state"]) for i in items] == [("S2", "published"), ("S1", "retired")]
    assert items[1]["holds_to"] == items[0]["holds_from"]
    assert items[0]["holds_to"] is None
    assert items[1]["holds"] == [{"from": items[1]["holds_from"], "to": items[1]["holds_to"]}]
    assert items[0]["waivers"] == []


def test_categories_are_the_tables_of_the_standard(reader: TestClient):
    items = reader.get("/v1/categories").json()["items"]
    assert len(items) == len(load_categories())
    assert set(items[0]) == {"code_scheme", "kind", "code", "zh", "en"}


@pytest.mark.parametrize("kind", ["component", "matter"])
def test_categories_of_one_kind(reader: TestClient, kind: str):
    items = reader.get("/v1/categories", params={"kind": kind}).json()["items"]
    assert {i["kind"] for i in items} == {kind}
    assert len(items) == len([c for c in load_categories() if c.kind == kind])


def test_an_unknown_kind_of_category_is_refused(reader: TestClient):
    assert fields(reader.get("/v1/categories?kind=animal")) == ["kind"]


def test_units_are_those_of_the_ruleset(reader: TestClient, demo: Folder):
    items = reader.get("/v1/units").json()["items"]
    assert {i["code"] for i in items} == set(demo.snapshot.staff.units)
    assert set(items[0]) == {"code", "name", "name_en", "parent", "kind"}
