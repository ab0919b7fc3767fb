"""``POST /v1/route`` and its batch: the contract's shape, its refusals, and rows that cannot be used."""

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc import convert
from gridsvc.bootstrap import Folder, Router
from tests.conftest import NOON

from .conftest import fields

# The test point of the demo city's first rule, in the economic zone.
ZONE = {"x": 120.2452226, "y": 30.3089842, "crs": "wgs84"}
SMALL = {"x": 120.005, "y": 30.005, "crs": "wgs84"}
KEYS = {
    "point", "areas", "match", "accountable", "desk", "assisting", "evaluator", "grid_chief", "street_chief",
    "component", "limits", "confidence", "because", "edition", "ruleset",
}  # fmt: skip


def ask(client: TestClient, explain: str | None = None, **body: Any) -> Any:
    return client.post("/v1/route", json={"point": ZONE} | body, params={"explain": explain} if explain else None)


def test_an_answer_has_the_keys_of_the_contract(reader: TestClient):
    answer = ask(reader, category="06010").json()
    assert set(answer) == KEYS
    assert set(answer["point"]) == {"lon", "lat"}
    assert set(answer["match"]) == {"how", "distance_m", "candidates", "ask"}
    assert set(answer["accountable"]) == {"unit", "name", "via"}
    assert {frozenset(a) for a in answer["areas"].values()} == {frozenset({"code", "name", "how"})}
    assert {frozenset(c) for c in answer["match"]["candidates"]} == {frozenset({"layer", "code", "probability"})}
    assert {frozenset(s) for s in answer["because"]} == {frozenset({"step", "id", "zh", "en"})}
    assert {frozenset(x) for x in answer["limits"]} == {frozenset({"stage", "amount", "unit", "due_at"})}


def test_chiefs_have_the_keys_of_the_contract(reader: TestClient):
    answer = ask(reader).json()
    assert set(answer["grid_chief"]) == {"post", "name", "phone", "on_duty", "acting"}
    assert set(answer["street_chief"]) == {"post", "name", "phone", "on_duty", "acting", "via"}


def test_a_component_has_the_keys_of_the_contract(reader: TestClient, demo: Folder):
    one = demo.snapshot.components[0]
    point = {"x": one.point.lon, "y": one.point.lat, "crs": "wgs84"}
    answer = ask(reader, point=point, category="01001").json()
    assert answer["component"] == {"code": one.code, "class": "01001", "distance_m": 0.0}


def test_where_nobody_is_accountable_the_desk_says_why(reader: TestClient):
    answer = ask(reader, point={"x": 120.3, "y": 30.4, "crs": "wgs84"}, category="06010").json()
    assert answer["accountable"] is None
    assert set(answer["desk"]) == {"reason", "zh", "en"}
    assert answer["desk"]["reason"] == "outside"


def test_a_zone_answers_by_its_rule(reader: TestClient):
    answer = ask(reader, category="06010").json()
    assert answer["accountable"]["unit"] == "ZONE-DEV"
    assert answer["accountable"]["via"] == "zone"


@pytest.mark.parametrize(
    ("explain", "steps"), [("none", 0), ("short", 1), (None, 1), ("full", 2)], ids=["none", "short", "default", "full"]
)
def test_reasons_are_as_long_as_asked_for(reader: TestClient, explain: str | None, steps: int):
    short = len(ask(reader, "short", category="01001").json()["because"])
    found = len(ask(reader, explain, category="01001").json()["because"])
    assert found == 0 if steps == 0 else found == short if steps == 1 else found > short


def test_one_point_in_every_reference_is_answered_alike(reader: TestClient):
    asked = []
    for crs in ("wgs84", "WGS84", "cgcs2000", "gcj02", "BD09", "EPSG:4490", "epsg:3857", "EPSG:4549"):
        x, y = convert(ZONE["x"], ZONE["y"], "wgs84", crs)
        answer = ask(reader, point={"x": x, "y": y, "crs": crs}, category="06010").json()
        assert answer["point"]["lon"] == pytest.approx(ZONE["x"], abs=1e-7), crs
        asked.append(answer["areas"])
    assert all(areas == asked[0] for areas in asked)


def test_the_instant_asked_about_decides_who_is_on_duty(reader: TestClient, demo_router: Router):
    for at in ("2024-06-12T12:00:00+08:00", "2024-06-12T20:00:00+08:00", "2024-06-16T03:00:00Z"):
        chief = ask(reader, at=at).json()["grid_chief"]
        instant = datetime.fromisoformat(at)
        expected = demo_router.route(ZONE["x"], ZONE["y"], crs="wgs84", at=instant).as_dict()
        assert chief == expected["grid_chief"], at


def test_without_an_instant_it_is_now(reader: TestClient, demo_router: Router):
    expected = demo_router.route(ZONE["x"], ZONE["y"], crs="wgs84", at=NOON, category="06010").as_dict()
    assert ask(reader, category="06010").json() == expected


def test_an_accuracy_gives_candidates_with_probabilities(reader: TestClient):
    match = ask(reader, point={"x": 120.225, "y": 30.32, "crs": "wgs84"}, accuracy_m=80).json()["match"]
    assert len(match["candidates"]) > 1
    assert sum(c["probability"] for c in match["candidates"]) == pytest.approx(1.0, abs=0.02)


def test_deck_and_ground_may_differ(reader: TestClient, demo: Folder):
    rule = next(r for r in demo.snapshot.ruleset.rules if r.via == "vertical" and r.test_point is not None)
    wanted = next(iter(rule.attributes["vertical"]))
    category = rule.categories[0].replace("*", "010") if rule.categories else "06010"
    point = {"x": rule.test_point.lon, "y": rule.test_point.lat, "crs": "wgs84"}
    given, other = (
        ask(reader, point=point, category=category, vertical=v).json()["accountable"]["via"]
        for v in (wanted, {"above": "below", "below": "above"}[wanted])
    )
    assert given == "vertical"
    assert other != "vertical"


def test_an_edition_is_routed_by_its_name(writer: TestClient):
    for edition in (None, "S1", "S2"):
        answer = writer.post("/v1/route", json={"point": SMALL, "edition": edition}).json()
        assert (answer["edition"], answer["ruleset"]) == (edition or "S2", edition or "S2")


@pytest.mark.parametrize(("at", "edition"), [("2024-04-01T00:00:00Z", "S1"), ("2024-06-01T00:00:00Z", "S2")])
def test_a_past_instant_is_answered_by_the_edition_that_held_then(writer: TestClient, at: str, edition: str):
    for path, body in (
        ("/v1/route", {"point": SMALL}),
        ("/v1/route/batch", {"x": [120.0], "y": [30.0], "crs": "wgs84"}),
    ):
        assert writer.post(path, json=body | {"at": at}).json()["edition"] == edition


def test_an_instant_before_the_first_edition_is_not_found(writer: TestClient):
    refused = writer.post("/v1/route", json={"point": SMALL, "at": "2020-01-01T00:00:00Z"})
    assert (refused.status_code, fields(refused)) == (404, ["at"])


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"point": None}, 422, "point"),
        ({"point": {"x": 120.0, "y": 30.0}}, 422, "point.crs"),
        ({"point": {"x": 120.0, "y": 30.0, "crs": ""}}, 422, "crs"),
        ({"point": {"x": 120.0, "y": 30.0, "crs": "wgs 84"}}, 422, "crs"),
        ({"point": {"x": 120.0, "y": 30.0, "crs": "EPSG:999999"}}, 422, "crs"),
        ({"point": {"x": "east", "y": 30.0, "crs": "wgs84"}}, 422, "point.x"),
        ({"point": {"x": None, "y": 30.0, "crs": "wgs84"}}, 422, "point.x"),
        ({"point": {"x": 200.0, "y": 30.0, "crs": "wgs84"}}, 422, "point"),
        ({"point": {"x": ZONE["y"], "y": ZONE["x"], "crs": "wgs84"}}, 422, "point"),
        ({"point": {"x": -73.98, "y": 40.75, "crs": "wgs84"}}, 422, "point"),
        ({"point": ZONE | {"z": 3}}, 422, "point.z"),
        ({"category": "99999"}, 422, "category"),
        ({"category": 6010}, 422, "category"),
        ({"component": "nothing"}, 422, "component"),
        ({"accuracy_m": -1}, 422, "accuracy_m"),
        ({"accuracy_m": "far"}, 422, "accuracy_m"),
        ({"vertical": "beside"}, 422, "vertical"),
        ({"at": "2024-06-12T12:00:00"}, 422, "at"),
        ({"at": "noon"}, 422, "at"),
        ({"attributes": {"a": 1}}, 422, "attributes.a"),
        ({"attributes": {str(i): "" for i in range(33)}}, 422, "attributes"),
        ({"edition": "S9"}, 404, "edition"),
        ({"ruleset": "S9"}, 404, "ruleset"),
        ({"catagory": "06010"}, 422, "catagory"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_field(reader: TestClient, change: dict, status: int, field: str):
    refused = ask(reader, **change)
    assert refused.status_code == status
    assert field in [f.removeprefix("point.") if field == "crs" else f for f in fields(refused)]


def test_swapped_axes_are_told_as_such(reader: TestClient):
    refused = ask(reader, point={"x": ZONE["y"], "y": ZONE["x"], "crs": "wgs84"}).json()
    assert "颠倒" in refused["errors"][0]["mend_zh"]
    assert "swapped" in refused["errors"][0]["mend_en"]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(reader: TestClient, text: str):
    body = f'{{"point": {{"x": {text}, "y": 30, "crs": "wgs84"}}}}'
    refused = reader.post("/v1/route", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 422
    assert fields(refused) == ["point.x"]


def test_an_unknown_length_of_reasons_is_refused(reader: TestClient):
    assert ask(reader, "long").status_code == 422
