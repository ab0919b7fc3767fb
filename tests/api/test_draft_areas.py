"""Drawing in a draft: a copy of an edition, areas put and taken away one by one, and what is published stays."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import BOW_TIE, IN_A, IN_B, box

from .conftest import fields

WHY = "新一轮网格调整"
HALF = [[120.01, 30.0], [120.015, 30.0], [120.015, 30.01], [120.01, 30.01], [120.01, 30.0]]
REST = [[120.015, 30.0], [120.02, 30.0], [120.02, 30.01], [120.015, 30.01], [120.015, 30.0]]


def copy(client: TestClient, source: str = "S2", code: str = "D1", **more: Any) -> Any:
    return client.post(f"/v1/editions/{source}/drafts", json={"edition": code} | more)


def put(client: TestClient, code: str, ring: Any, *, draft: str = "D1", layer: str = "grid", **more: Any) -> Any:
    properties = {"name": f"网格{code}", "parent": "S", "unit": "U2"}
    geometry = {"type": "Polygon", "coordinates": [ring]}
    body = {"type": "Feature", "crs": "wgs84", "properties": properties, "geometry": geometry} | more
    return client.put(f"/v1/editions/{draft}/areas/{layer}/{code}", json=body)


def grids(client: TestClient, edition: str) -> dict[str, Any]:
    found = client.get("/v1/areas", params={"layer": "grid", "edition": edition}).json()["features"]
    return {f["id"]: f for f in found}


def grid_at(client: TestClient, point: tuple[float, float], edition: str) -> str | None:
    asked = {"point": {"x": point[0], "y": point[1], "crs": "wgs84"}, "edition": edition}
    areas = client.post("/v1/route", json=asked).json()["areas"]
    return areas.get("grid", {}).get("code")


def errors(client: TestClient, draft: str = "D1") -> list[tuple[str, list[str]]]:
    found = client.get(f"/v1/editions/{draft}/check").json()
    return [(f["id"], f["codes"]) for f in found["findings"] + found["rules"] if f["severity"] == "error"]


def test_a_grid_is_split_in_a_copy_and_published(writer: TestClient):
    before = grids(writer, "S2")
    assert copy(writer, title="试画").json() == {"code": "D1", "from": "S2"}
    assert (grids(writer, "D1"), errors(writer)) == (before, [])
    assert grid_at(writer, IN_B, "D1") == "B"
    assert put(writer, "B", HALF).status_code == 200
    # Half of it is nobody's meanwhile, and the check says so.
    assert (grid_at(writer, (120.018, 30.005), "D1"), errors(writer)) == (None, [("gap", ["S"])])
    about = writer.get("/v1/editions/D1").json()
    assert (about["title"], about["state"], about["counts"]["error"]) == ("试画", "draft", 1)
    put_c = put(writer, "C", REST).json()
    assert (put_c["id"], put_c["properties"]["name"], put_c["geometry"]["type"]) == ("C", "网格C", "Polygon")
    assert (grid_at(writer, (120.018, 30.005), "D1"), errors(writer)) == ("C", [])
    body = {"from": "2024-07-01T00:00:00Z", "confirm": "D1", "reason": WHY}
    assert writer.post("/v1/editions/D1/publish", json=body).status_code == 200
    split = next(c for c in writer.get("/v1/editions/S2/changes/D1").json()["changes"] if c["kind"] == "split")
    assert (split["before"], split["after"]) == (["B"], ["B", "C"])
    assert grids(writer, "S2") == before


def test_publication_checks_what_nobody_checked_since_it_was_drawn(writer: TestClient):
    copy(writer)
    put(writer, "B", HALF)
    body = {"from": "2024-07-01T00:00:00Z", "confirm": "D1", "reason": WHY}
    refused = writer.post("/v1/editions/D1/publish", json=body)
    assert (refused.status_code, fields(refused)[0].partition(":")[0]) == (409, "gap")


def test_an_area_taken_away_is_gone_and_only_there(writer: TestClient):
    copy(writer)
    assert writer.delete("/v1/editions/D1/areas/grid/B").status_code == 204
    assert (set(grids(writer, "D1")), set(grids(writer, "S2"))) == ({"A"}, {"A", "B"})
    assert writer.delete("/v1/editions/D1/areas/grid/B").status_code == 404


def test_a_shape_in_another_reference_is_stored_in_ours(writer: TestClient):
    copy(writer)
    put(writer, "B", HALF, crs="gcj02")
    stored = grids(writer, "D1")["B"]["geometry"]["coordinates"][0]
    assert all(0.001 < abs(x - given) + abs(y - own) < 0.02
               for (x, y), (given, own) in zip(stored, HALF, strict=True))  # fmt: skip


def test_a_faulty_ring_is_stored_and_named(writer: TestClient):
    copy(writer)
    assert put(writer, "A", BOW_TIE).status_code == 200
    assert ("invalid", ["A"]) in errors(writer)
    assert grid_at(writer, IN_A, "S2") == "A"


@pytest.mark.parametrize(
    ("how", "status", "field"),
    [
        ({"crs": None}, 422, "crs"),
        ({"crs": "wgs85"}, 422, "crs"),
        ({"geometry": None}, 422, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, 422, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}}, 422, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[["a", 0], [1, 1], [2, 0], [0, 0]]]}}, 422, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [120.0, 30.0]}}, 422, "geometry"),
        (
            {"geometry": {"type": "Polygon", "coordinates": [[[30, 120], [31, 120], [31, 121], [30, 120]]]}},
            422,
            "point",
        ),
        # Elsewhere, and from here to there.
        ({"ring": [[20.0, 30.0], [20.1, 30.1], [20.1, 30.0], [20.0, 30.1], [20.0, 30.0]]}, 422, "geometry"),
        ({"ring": [[120.01, 30.0], [120.02, 30.0], [121.5, 35.0], [120.01, 30.0]]}, 422, "geometry"),
        ({"layer": "nothing"}, 404, "layer"),
        ({"draft": "S2"}, 409, "edition"),
        ({"draft": "nothing"}, 404, "edition"),
        ({"code": "a;b"}, 422, "code"),
        ({"code": "%2E%2E"}, 422, "code"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_changes_nothing(
    untouched: TestClient, how: dict[str, Any], status: int, field: str
):
    copy(untouched)
    before = untouched.get("/v1/editions").json()
    refused = put(untouched, **{"code": "B", "ring": box(1)} | how)
    assert (refused.status_code, fields(refused)) == (status, [field])
    assert untouched.get("/v1/editions").json() == before


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_a_property_that_is_no_number_is_refused(untouched: TestClient, number: str):
    copy(untouched)
    shape = '{"type": "Polygon", "coordinates": [[[120, 30], [120.01, 30], [120.01, 30.01], [120, 30]]]}'
    body = f'{{"type": "Feature", "crs": "wgs84", "properties": {{"a": {number}}}, "geometry": {shape}}}'
    refused = untouched.put("/v1/editions/D1/areas/grid/B", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, fields(refused)) == (422, ["properties"])


def test_a_name_that_is_taken_is_not_copied_over(untouched: TestClient):
    copy(untouched)
    for code in ("S1", "D1"):
        assert (copy(untouched, code=code).status_code, fields(copy(untouched, code=code))) == (409, ["edition"])
    assert copy(untouched, source="nothing", code="D2").status_code == 404
