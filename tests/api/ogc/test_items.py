"""OGC API Features: the same areas, components and cases, in references that keep their own order of axes."""

import json
from typing import Any
from urllib.parse import quote

import pytest
import shapely
from fastapi.testclient import TestClient
from pyproj import Transformer

from gridsvc.api.routes.ogc.landing import CONFORMS
from gridsvc.spatial.axes import CRS84
from tests.api.conftest import PartsOfCity

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
HERE = "/ogc/collections"


def get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(f"{HERE}/{path}".rstrip("/"), params={k.replace("_", "-"): v for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(client: TestClient, path: str, **query: Any) -> list[str]:
    return [f["id"] for f in get(client, f"{path}/items", limit=1000, **query)["features"]]


def walked(client: TestClient, path: str, **query: Any) -> list[Any]:
    """The features of all pages, by the links that lead on."""
    answer, found = get(client, f"{path}/items", **query), []
    while True:
        assert answer["numberReturned"] == len(answer["features"])
        found += answer["features"]
        following = [link["href"] for link in answer["links"] if link["rel"] == "next"]
        if not following:
            return found
        answer = client.get(following[0]).json()


def test_it_begins_at_one_page_whose_links_all_lead_somewhere(reader: TestClient):
    told = reader.get("/ogc").json()
    assert {link["rel"] for link in told["links"]} == {"self", "service-desc", "service-doc", "conformance", "data"}
    for link in told["links"]:
        answer = reader.get(link["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == link["type"].partition(";")[0]
    assert reader.get("/ogc/api").json() == reader.get("/openapi.json").json()
    assert reader.get("/ogc/conformance").json() == {"conformsTo": CONFORMS}


def test_each_layer_is_a_collection_beside_components_and_cases(reader: TestClient):
    told = get(reader, "")
    layers = reader.get("/v1/layers").json()["items"]
    assert [c["id"] for c in told["collections"]] == [*(one["layer"] for one in layers), "components", "cases"]
    for one in told["collections"]:
        assert get(reader, one["id"]) == one
        for link in one["links"]:
            assert reader.get(link["href"]).status_code == 200, link


@pytest.mark.parametrize("layer", ["grid", "lane", "street", "zone"])
def test_areas_are_those_of_our_own_address(reader: TestClient, layer: str):
    ours = reader.get(f"/v1/areas?layer={layer}&limit=1000").json()["features"]
    told = walked(reader, layer, limit=7)
    assert [f["id"] for f in told] == [f["id"] for f in ours]
    for one, own in zip(told, ours, strict=True):
        assert shapely.geometry.shape(one["geometry"]).equals(shapely.geometry.shape(own["geometry"]))
        assert one["properties"] == {k: v for k, v in own["properties"].items() if k != "layer"}
    assert get(reader, f"{layer}/items", limit=1)["numberMatched"] == len(ours)


def test_components_are_those_of_our_own_address(reader: TestClient):
    ours = reader.get("/v1/components?limit=50").json()["features"]
    told = [*walked_some(reader, "components", 3, limit=20)][:50]
    assert [(f["id"], f["geometry"]) for f in told] == [(f["id"], f["geometry"]) for f in ours]
    assert told[0]["properties"]["class"] == ours[0]["properties"]["class"]


def walked_some(client: TestClient, path: str, pages: int, **query: Any) -> Any:
    answer = get(client, f"{path}/items", **query)
    for _ in range(pages):
        yield from answer["features"]
        answer = client.get(next(link["href"] for link in answer["links"] if link["rel"] == "next")).json()


def test_a_component_that_changed_is_as_it_is_now(writer: TestClient):
    body = {"point": {"x": 120.0061, "y": 30.004, "crs": "wgs84"}, "class": "01001", "name": "井盖二"}
    assert writer.put("/v1/components/99099901001000001", json=body).status_code == 200
    told = {f["id"]: f for f in walked(writer, "components", limit=1)}
    assert len(told) == 2
    assert told["99099901001000001"]["geometry"]["coordinates"] == [120.0061, 30.004]
    assert codes(writer, "components", filter="name = '井盖二'") == ["99099901001000001"]
    assert codes(writer, "components", filter="since > TIMESTAMP('2024-01-01T00:00:00Z')") == ["99099901001000001"]


def test_cases_are_those_that_the_caller_may_read(parts_of_city: PartsOfCity):
    for name, headers in parts_of_city.headers.items():
        ours = parts_of_city.client.get("/v1/cases?limit=1000", headers=headers).json()["items"]
        told = parts_of_city.client.get(f"{HERE}/cases/items?limit=1000", headers=headers).json()["features"]
        assert [f["id"] for f in told] == [c["id"] for c in ours], name
        assert all("reporter" not in f["properties"] for f in told)


def test_who_may_read_no_case_is_not_told_of_the_collection(house: Any):
    house.add("collector", "collector")
    narrow = house.key("collector", permissions=["map:read"])
    client = house.browser(**narrow)
    assert "cases" not in [c["id"] for c in client.get(HERE).json()["collections"]]
    assert client.get(f"{HERE}/cases/items").status_code == 403


def test_pages_of_cases_follow_each_other_newest_first(reader: TestClient):
    ours = reader.get("/v1/cases?limit=1000").json()["items"]
    assert [f["id"] for f in walked(reader, "cases", limit=37)] == [c["id"] for c in ours]


def test_cases_of_a_span_have_both_its_ends(reader: TestClient):
    every = reader.get("/v1/cases?limit=1000").json()["items"]
    later, earlier = every[3], every[9]
    for text, expected in (
        (f"{earlier['reported_at']}/{later['reported_at']}", every[3:10]),
        (f"../{earlier['reported_at']}", every[9:]),
        (f"{later['reported_at']}/", every[:4]),
        (later["reported_at"], every[3:4]),
    ):
        assert codes(reader, "cases", datetime=text) == [c["id"] for c in expected]
    assert len(codes(reader, "grid", datetime="1999-01-01T00:00:00Z")) == len(codes(reader, "grid"))


# Of the demo city's plane: zone 120 E of CGCS2000, whose first axis is the northing.
PLANE = f"{EPSG}4549"


@pytest.mark.parametrize(
    ("name", "epsg", "is_swapped"),
    [(CRS84, 4326, False), (f"{EPSG}4326", 4326, True), (f"{EPSG}4490", 4490, True),
     (f"{EPSG}3857", 3857, False), (PLANE, 4549, True)],
)  # fmt: skip
def test_each_reference_has_its_own_order_of_axes(reader: TestClient, name: str, epsg: int, is_swapped: bool):
    assert name in get(reader, "cases")["crs"]
    plain = get(reader, "cases/items", limit=5)["features"]
    answer = reader.get(f"{HERE}/cases/items", params={"limit": 5, "crs": name})
    assert answer.headers["content-crs"] == f"<{name}>"
    way = Transformer.from_crs(4326, epsg, always_xy=True)
    for one, own in zip(answer.json()["features"], plain, strict=True):
        x, y = way.transform(*own["geometry"]["coordinates"])
        assert one["geometry"]["coordinates"] == pytest.approx([y, x] if is_swapped else [x, y], abs=1e-6)
    single = get(reader, f"cases/items/{plain[0]['id']}", crs=name)
    assert single["geometry"] == answer.json()["features"][0]["geometry"]


@pytest.mark.parametrize("name", [CRS84, f"{EPSG}4326", f"{EPSG}4490", f"{EPSG}3857", PLANE])
def test_a_box_is_read_in_the_order_of_its_axes(reader: TestClient, name: str):
    first = get(reader, "grid/items", limit=1)["features"][0]
    west, south, east, north = shapely.geometry.shape(first["geometry"]).bounds
    way = Transformer.from_crs("OGC:CRS84", "OGC:CRS84" if name == CRS84 else f"EPSG:{name.rsplit('/', 1)[1]}")
    corners = [*way.transform(west, south), *way.transform(east, north)]
    found = codes(reader, "grid", bbox=",".join(map(repr, corners)), bbox_crs=name)
    by_degrees = codes(reader, "grid", bbox=f"{west},{south},{east},{north}")
    assert first["id"] in by_degrees
    assert set(found) ^ set(by_degrees) <= touching(reader, west, south, east, north)
    assert 0 < len(by_degrees) < len(codes(reader, "grid"))


def touching(client: TestClient, west: float, south: float, east: float, north: float) -> set[str]:
    """Grids that come within a metre of the border of a box, which is straight in one reference alone."""
    border = shapely.box(west, south, east, north).exterior.buffer(2e-5)
    every = get(client, "grid/items", limit=1000)["features"]
    return {f["id"] for f in every if shapely.geometry.shape(f["geometry"]).intersects(border)} - {
        f["id"]
        for f in every
        if shapely.geometry.shape(f["geometry"]).intersects(shapely.box(west, south, east, north).buffer(-2e-5))
    }


def test_a_box_with_heights_and_one_round_the_back_of_the_globe(reader: TestClient):
    every = codes(reader, "street")
    assert codes(reader, "street", bbox="119,29,0,121,31,99") == every
    assert codes(reader, "street", bbox="170,-80,-170,80") == []
    assert codes(reader, "street", bbox="119,-80,-170,80") == every


def near(feature: Any) -> str:
    x, y = feature["geometry"]["coordinates"]
    west, south, east, north = x - 1e-3, y - 1e-3, x + 1e-3, y + 1e-3
    return f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"


FILTERS = {
    "status = 'dispatched'": lambda p: p["status"] == "dispatched",
    "status <> 'dispatched' AND NOT category LIKE '06%'": lambda p: (
        p["status"] != "dispatched" and not p["category"].startswith("06")
    ),
    "category BETWEEN '06' AND '07'": lambda p: "06" <= p["category"] <= "07",
    "category IN ('06010', '07001') OR unit IS NULL": lambda p: p["category"] in ("06010", "07001") or not p["unit"],
    "casei(unit) = casei('dept-traf')": lambda p: (p["unit"] or "").lower() == "dept-traf",
    "street = '990101003'": lambda p: p["street"] == "990101003",
    "unit = street": lambda p: False,
    "true": lambda p: True,
    "DATE('2024-01-01') < DATE('2024-01-02')": lambda p: True,
    "reported_at >= TIMESTAMP('2024-05-15T00:00:00Z')": lambda p: p["reported_at"] >= "2024-05-15T08:00:00+08:00",
}


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_leaves_what_it_says(reader: TestClient, text: str):
    every = get(reader, "cases/items", limit=1000)["features"]
    assert codes(reader, "cases", filter=text) == [f["id"] for f in every if FILTERS[text](f["properties"])]


def test_a_filter_may_be_json_and_ask_for_a_place(reader: TestClient):
    every = get(reader, "cases/items", limit=1000)["features"]
    text = near(every[0])
    shape = shapely.from_wkt(text)
    inside = [f["id"] for f in every if shape.intersects(shapely.geometry.shape(f["geometry"]))]
    assert codes(reader, "cases", filter=f"S_INTERSECTS(geometry, {text})") == inside
    tree = {"op": "s_within", "args": [{"property": "geometry"}, shapely.geometry.mapping(shape)]}
    assert codes(reader, "cases", filter=json.dumps(tree), filter_lang="cql2-json") == inside
    turned = shapely.transform(shape, lambda p: p[:, ::-1])
    asked = f"S_INTERSECTS(geometry, {turned.wkt})"
    assert codes(reader, "cases", filter=asked, filter_crs=f"{EPSG}4326") == inside
    x, y = every[0]["geometry"]["coordinates"]
    assert every[0]["id"] in codes(reader, "cases", filter=f"s_intersects(geometry, POINT({x} {y}))")


SHAPES = ["POINT(120.22 30.32)", "LINESTRING(120.21 30.31, 120.22 30.33)", "BBOX(120.21, 30.31, 120.22, 30.33)",
          "MULTIPOINT((120.21 30.32), (120.22 30.32))",
          "MULTILINESTRING((120.21 30.31, 120.22 30.33), (120 30, 120.2 30.3))",
          "POLYGON((120.21 30.31, 120.22 30.31, 120.22 30.33, 120.21 30.31))",
          "MULTIPOLYGON(((120.21 30.31, 120.22 30.31, 120.22 30.33, 120.21 30.31)))"]  # fmt: skip
OPERATORS = ["intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains"]


@pytest.mark.parametrize("operator", OPERATORS)
def test_each_spatial_operator_means_what_it_is_called(reader: TestClient, operator: str):
    every = get(reader, "unit_grid/items", limit=1000)["features"]
    for text in SHAPES:
        shape = shapely.box(120.21, 30.31, 120.22, 30.33) if text.startswith("BBOX") else shapely.from_wkt(text)
        held = getattr(shapely, operator)([shapely.geometry.shape(f["geometry"]) for f in every], shape)
        found = codes(
            reader, "unit_grid", filter=f"code <= '{every[-1]['id']}' AND S_{operator.upper()}(geometry, {text})"
        )
        assert found == [f["id"] for f, is_so in zip(every, held, strict=True) if is_so], text


def test_shapes_of_several_kinds_are_met_but_lie_in_nothing(reader: TestClient):
    mixed = "GEOMETRYCOLLECTION(POINT(120.22 30.32), LINESTRING(120.21 30.31, 120.22 30.33))"
    some, others = (
        codes(reader, "unit_grid", filter=f"S_{op}(geometry, {mixed})") for op in ("INTERSECTS", "DISJOINT")
    )
    assert some
    assert not set(some) & set(others)
    answer = reader.get(f"{HERE}/unit_grid/items", params={"filter": f"S_WITHIN(geometry, {mixed})"})
    assert answer.status_code == 400
    alike = "GEOMETRYCOLLECTION(POINT(120.22 30.32), POINT(120.21 30.31))"
    assert codes(reader, "unit_grid", filter=f"S_WITHIN(geometry, {alike})") == []


def test_filters_ask_for_the_properties_that_files_brought(reader: TestClient):
    for layer in ("lane", "community"):
        kinds = {n: q.get("type") for n, q in get(reader, f"{layer}/queryables")["properties"].items()}
        every = get(reader, f"{layer}/items", limit=1000)["features"]
        asked = 0
        for name, kind in kinds.items():
            values = [f["properties"].get(name) for f in every]
            value = next((v for v in values if v is not None), None)
            if kind not in ("string", "number") or value is None:
                continue
            written = f"'{value}'" if kind == "string" else repr(value)
            found = codes(reader, layer, filter=f'"{name}" = {written}')
            assert found == [f["id"] for f, v in zip(every, values, strict=True) if v == value], (layer, name)
            asked += 1
        assert asked > 2


def test_a_filter_and_its_pages_go_together(reader: TestClient):
    asked = "category LIKE '06%'"
    assert [f["id"] for f in walked(reader, "cases", limit=3, filter=asked)] == codes(reader, "cases", filter=asked)


def test_the_telephone_numbers_in_a_description_are_masked_and_not_searched(writer: TestClient):
    body = {"point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}, "category": "06010", "source": "app"}
    writer.post("/v1/cases", json=body | {"description": "电话 13800138000"}, headers={"Idempotency-Key": "k"})
    [one] = get(writer, "cases/items")["features"]
    assert "13800138000" not in json.dumps(one)
    assert "description" not in get(writer, "cases/queryables")["properties"]


def test_one_feature_is_found_by_its_id(reader: TestClient):
    for path in ("street", "components", "cases"):
        first = get(reader, f"{path}/items", limit=1)["features"][0]
        one = get(reader, f"{path}/items/{first['id']}")
        assert {k: v for k, v in one.items() if k != "links"} == first
        assert reader.get(f"{HERE}/{path}/items/no-such").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("colour=red", "colour"), ("limit=0", "limit"), ("bbox=1,2,3", "bbox"), ("bbox=a,b,c,d", "bbox"),
        ("bbox=1,5,2,4", "bbox"), ("bbox=nan,1,2,3", "bbox"), ("bbox=1e400,1,2,3", "bbox"),
        ("bbox=120,30,121,31&bbox-crs=EPSG:4326", "bbox-crs"), (f"crs={EPSG}2000", "crs"), ("crs=", "crs"),
        (f"bbox=120,95,121,96&bbox-crs={CRS84}", "bbox"), ("datetime=yesterday", "datetime"),
        ("datetime=2024-01-01T00:00:00", "datetime"), ("datetime=../..", "datetime"),
        ("datetime=2024-02-01T00:00:00Z/2024-01-01T00:00:00Z", "datetime"), ("cursor=x", "cursor"),
        ("f=html", "f"), ("filter=", "filter"), ("filter=nobody = 1", "filter"), ("filter=name =", "filter"),
        ("filter=name = 1", "filter"), ("filter=name LIKE 'a\\'", "filter"), ("filter=1", "filter"),
        ("filter=name", "filter"), ("filter=sqrt(name) = 'a'", "filter"), ("filter=geometry = geometry", "filter"),
        ("filter=s_intersects(geometry, POINT(200 95))", "filter"), ("filter=NOT " + "NOT " * 200 + "true", "filter"),
        ("filter=s_intersects(geometry, POLYGON((120 30,121 31,121 30,120 31,120 30)))", "filter"),
        ("filter=" + "(" * 1500 + "true" + ")" * 1500, "filter"), ("filter=" + "1%2B" * 900 + "1 = 1", "filter"),
        ("filter=" + "a" * 5000, "filter"), ('filter={"op":"not"}&filter-lang=cql2-json', "filter"),
        ('filter={"op":"=","args":[{"property":"name"},"\\u0000"]}&filter-lang=cql2-json', "filter"),
        ("filter=" + '{"op":"not","args":[' * 60 + "true" + "]}" * 60 + "&filter-lang=cql2-json", "filter"),
        ("filter=" + "[" * 3000 + "&filter-lang=cql2-json", "filter"), ("filter=true&filter-lang=sql", "filter-lang"),
        ("filter=name = 'x'&filter-crs=x", "filter-crs"), ("filter=9e999 = 1", "filter"),
        ("filter=s_intersects(geometry, POLYGON EMPTY)", "filter"), ("filter=LINESTRINGEMPTY", "filter"),
        ("filter=DATE('2024-13-01') = DATE('2024-01-01')", "filter"), ("filter=name = DATE('2024-01-01')", "filter"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_name(reader: TestClient, query: str, field: str):
    answer = reader.get(f"{HERE}/grid/items?{quote(query, safe='=&%')}")
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [e["field"] for e in answer.json()["errors"]]


def test_more_than_the_most_on_a_page_are_the_most(reader: TestClient):
    assert get(reader, "unit_grid/items", limit=999_999)["numberReturned"] == 1000


@pytest.mark.parametrize("path", ["no_such", "no_such/items", "no_such/queryables", "no_such/tiles"])
def test_no_other_collection_is_there(reader: TestClient, path: str):
    assert reader.get(f"{HERE}/{path}").status_code == 404


def test_tiles_are_described_where_they_are(reader: TestClient):
    for name in ("grid", "components", "cases"):
        [one] = get(reader, f"{name}/tiles")["tilesets"]
        told = reader.get(one["links"][0]["href"]).json()
        template = next(link for link in told["links"] if link["rel"] == "item")
        assert template["templated"] is True
        assert name in [layer["id"] for layer in told["layers"]]
        address = template["href"].replace("{tileMatrix}", "12").replace("{tileCol}", "3416")
        assert reader.get(address.replace("{tileRow}", "1690")).status_code in (200, 204)
        tilejson = next(link for link in told["links"] if link["rel"] == "describedby")
        assert reader.get(tilejson["href"]).json()["tilejson"] == "3.0.0"
