"""Who is on duty, asked at the HTTP door of the demo city."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from small_city import POSTS, TABLES, load_city, write_city

from gridsvc.bootstrap import Folder
from gridsvc.services import editions
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON

from .conftest import application, fields, open_client

DAY = timedelta(days=1)
_serial = count()
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
    roles = {p.role for p in demo.snapshot.staff.posts if p.unit == unit}
    assert "duty_officer" in roles
    assert {d["role"] for d in told["posts"]} == roles


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


@pytest.fixture
def chiefs(cluster: Cluster, migrated_template: str, tmp_path: Path) -> Iterator[TestClient]:
    """The small city with a chief in each of its grids."""
    url = cluster.make_database(f"chiefs_{next(_serial)}", migrated_template)
    engine = make_engine(url, 1)
    posts = [*POSTS, POSTS[0] | {"code": "B1", "area": "B"}]
    load_city(engine, write_city(tmp_path, tables=dict(TABLES) | {"posts": posts}))
    editions.publish(engine, "S1", NOON, NOON - 30 * DAY)
    engine.dispose()
    with open_client(url) as opened:
        yield opened


def test_who_follows_in_a_post_is_told_from_that_instant_on(chiefs: TestClient):
    at = (NOON - DAY).isoformat()
    body = {"to": "R2", "at": at, "reason": "岗位调整"}
    made = chiefs.post("/v1/posts/P1/handover", json=body)
    assert (made.status_code, made.json()["ended"], made.json()["begun"]) == (200, "P1", "P1-2"), made.text
    application(chiefs).state.parts.current.look()
    for days, post in ((2, "P1"), (1, "P1-2"), (0, "P1-2")):
        asked = {"area": "A", "at": (NOON - days * DAY).isoformat()}
        held = [p["post"] for p in chiefs.get("/v1/posts", params=asked).json()["items"]]
        assert held == sorted([post, "P2"])
    again = chiefs.post("/v1/posts/P1/handover", json=body)
    assert (again.status_code, fields(again)) == (409, ["at"])


@pytest.mark.parametrize(
    ("post", "change", "status", "field"),
    [
        ("P9", {}, 404, "post"),
        ("P1", {"to": "R9"}, 404, "to"),
        ("P1", {"to": "R1"}, 422, "to"),
        ("P1", {"to": ""}, 422, "to"),
        ("P1", {"reason": ""}, 422, "reason"),
        ("P1", {"at": "2020-01-01T00:00:00+08:00"}, 409, "at"),
    ],
)
def test_a_hand_over_that_cannot_be_is_refused_by_field(chiefs: TestClient, post, change, status, field):
    body = {"to": "R2", "at": (NOON - DAY).isoformat(), "reason": "岗位调整"} | change
    answer = chiefs.post(f"/v1/posts/{post}/handover", json=body)
    assert (answer.status_code, fields(answer)) == (status, [field])
