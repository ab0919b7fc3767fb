"""``GET /v1/search``: one box for everything, each kind as far as the caller may see it."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from .conftest import PartsOfCity, fields

KINDS = ["case", "area", "lane", "place", "component", "person"]


def search(client: TestClient, q: str, **how: Any) -> dict[str, list[Any]]:
    answer = client.get("/v1/search", params={"q": q} | how.pop("params", {}), **how)
    assert answer.status_code == 200, answer.text
    groups = answer.json()["groups"]
    assert [g["kind"] for g in groups] == [kind for kind in KINDS if kind in [g["kind"] for g in groups]]
    assert all(group["items"] for group in groups)
    return {group["kind"]: group["items"] for group in groups}


@pytest.mark.parametrize("q", ["", " ", "%", "\u3000"])
def test_nothing_is_found_by_nothing(reader: TestClient, q: str):
    assert search(reader, q) == {}


def test_an_area_is_found_by_its_letters_and_lies_where_it_says(reader: TestClient):
    first = search(reader, "dwjd")["area"][0]
    assert (first["layer"], first["code"], first["title"]) == ("street", "990101004", "东湾街道")
    assert "990101004" in first["subtitle"]
    asked = {"point": {"x": first["lon"], "y": first["lat"], "crs": "wgs84"}}
    assert reader.post("/v1/route", json=asked).json()["areas"]["street"]["code"] == "990101004"


def test_titles_are_in_the_language_that_is_asked_for(reader: TestClient):
    zh, en = (search(reader, "990101001", params={"lang": lang})["area"][0] for lang in ("zh", "en"))
    assert [one["subtitle"] for one in (zh, en)] == ["街道 · 990101001", "Sub-district · 990101001"]
    assert zh["title"] == "云汀街道"


def test_lanes_crossings_and_misspelt_names_are_found(reader: TestClient):
    assert search(reader, "建设路")["lane"][0]["code"] == "L011"
    assert search(reader, "jsl")["lane"][0]["code"] == "L011"
    assert any(item["title"] == "建设路" for item in search(reader, "建设陆")["lane"])
    codes = [item["code"] for item in search(reader, "建设路")["lane"]]
    assert len(codes) == len(set(codes))


def test_a_component_is_found_by_the_end_of_its_code(reader: TestClient):
    first = reader.get("/v1/components", params={"limit": 1, "bbox": "120.2,30.3,120.25,30.35"}).json()["features"][0]
    code = first["properties"]["code"]
    found = search(reader, code)["component"][0]
    assert (found["title"], [found["lon"], found["lat"]]) == (code, first["geometry"]["coordinates"])


def test_a_person_is_found_with_his_posts_and_without_his_number(reader: TestClient):
    post = next(p for p in reader.get("/v1/posts").json()["items"] if p["area"])
    person = next(p for p in search(reader, post["name"])["person"] if p["code"] == post["person"])
    assert post["title_zh"] in person["subtitle"]
    assert "phone" not in person


def test_a_case_is_found_by_number_and_parts_of_it(reader: TestClient):
    case = reader.get("/v1/cases", params={"limit": 1}).json()["items"][0]
    for q in (case["number"], case["number"][:-1], case["number"][2:]):
        found = search(reader, q)["case"]
        assert case["id"] in [item["id"] for item in found], q
    assert (found[0]["lon"], found[0]["lat"]) == (case["point"]["lon"], case["point"]["lat"])


def test_cases_are_found_within_reach_alone(parts_of_city: PartsOfCity):
    client, headers = parts_of_city
    cases = client.get("/v1/cases", params={"limit": 300}, headers=headers["whole"]).json()["items"]
    own = {c["id"] for c in client.get("/v1/cases?limit=300", headers=headers["street"]).json()["items"]}
    within = next(c for c in cases if c["id"] in own)
    beyond = next(c for c in cases if c["id"] not in own)
    for who, case, sees in (("street", within, True), ("street", beyond, False), ("whole", beyond, True)):
        found = search(client, case["number"], headers=headers[who])
        assert (case["id"] in [item["id"] for item in found.get("case", [])]) is sees


def test_at_most_so_many_of_each_kind(reader: TestClient):
    for limit in (1, 3):
        found = search(reader, "东", params={"limit": limit})
        assert max(len(items) for items in found.values()) == limit


@pytest.mark.parametrize(
    ("query", "field"),
    [({}, "q"), ({"q": "x" * 201}, "q"), ({"q": "x", "limit": 0}, "limit"),
     ({"q": "x", "limit": 21}, "limit"), ({"q": "x", "lang": "fr"}, "lang")],
)  # fmt: skip
def test_a_question_that_cannot_be_meant_is_refused(reader: TestClient, query: dict[str, Any], field: str):
    answer = reader.get("/v1/search", params=query)
    assert (answer.status_code, fields(answer)) == (422, [field])
