"""Who is on duty, asked at the HTTP door of the demo city."""

import pytest
from fastapi.testclient import TestClient

from gridsvc.bootstrap import Folder
from tests.conftest import NOON

POINT = {"x": 120.2185, "y": 30.3218, "crs": "wgs84"}
AT = "2024-06-12T12:00:00+08:00"


def test_at_a_point_the_chief_of_the_answer_is_the_first_of_his_post(reader: TestClient):
    told = reader.get("/v1/duty", params=POINT | {"at": AT}).json()
    routed = reader.post("/v1/route", json={"point": POINT, "at": AT}).json()
    assert {k: v["code"] for k, v in told["areas"].items()} == {k: v["code"] for k, v in routed["areas"].items()}
    chief = next(d for d in told["posts"] if d["role"] == "grid_chief")["holders"][0]
    assert {k: chief[k] for k in ("post", "name", "phone", "on_duty", "acting")} == routed["grid_chief"]
    assert (told["at"], told["edition"], told["ruleset"]) == (AT, routed["edition"], routed["ruleset"])
    worker = told["chain"][0]
    assert (worker["role"], worker["title_zh"], worker["holders"][0]["on_duty"]) == ("grid_worker", "网格员", True)


def test_a_unit_has_its_posts(reader: TestClient, demo: Folder):
    unit = next(p.unit for p in demo.snapshot.staff.posts if p.role == "duty_officer")
    told = reader.get("/v1/duty", params={"unit": unit, "at": AT}).json()
    assert told["unit"]["unit"] == unit
    assert {d["role"] for d in told["posts"]} == {"duty_officer"}


@pytest.mark.parametrize(
    ("params", "status", "fields"),
    [
        ({}, 422, ["x", "y", "crs"]),
        ({"x": 120.2, "y": 30.3}, 422, ["crs"]),
        ({"x": 120.2, "y": "north", "crs": "wgs84"}, 422, ["y"]),
        ({"x": "nan", "y": 30.3, "crs": "wgs84"}, 422, ["point"]),
        ({"x": 120.2, "y": 30.3, "crs": "mars"}, 422, ["crs"]),
        ({"x": 30.3, "y": 120.2, "crs": "wgs84"}, 422, ["point"]),
        ({"unit": "NOBODY"}, 404, ["unit"]),
        ({"unit": "NOBODY", "x": 120.2}, 422, ["unit"]),
        (POINT | {"at": "yesterday"}, 422, ["at"]),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused_by_field(reader: TestClient, params, status, fields):
    answer = reader.get("/v1/duty", params=params)
    assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (status, fields)


def test_posts_come_page_by_page_and_only_those_asked_for(reader: TestClient, demo: Folder):
    chiefs = sorted(p.code for p in demo.snapshot.staff.posts if p.role == "grid_chief" and p.holds_at(NOON))
    met, cursor = [], None
    while cursor is not None or not met:
        page = reader.get("/v1/posts", params={"role": "grid_chief", "at": AT, "limit": 20} | (
            {"cursor": cursor} if cursor else {})).json()  # fmt: skip
        met += [item["post"] for item in page["items"]]
        cursor = page["next"]
    assert met == chiefs
    assert reader.get("/v1/posts", params={"at": AT, "area": "nowhere"}).json() == {"items": [], "next": None}
