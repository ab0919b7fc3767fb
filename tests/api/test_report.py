"""``POST /v1/cases``: the contract's case, replays by key, and reports that are refused and store nothing."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from gridsvc import convert

from .conftest import BODY, fields, report

Post = Callable[..., Any]
CASE = {
    "id", "number", "version", "status", "point", "category", "source", "reported_at", "decision", "clocks", "actions",
}  # fmt: skip
SOURCES = ["patrol", "hotline_12345", "hotline_12319", "police_110", "app", "sensor", "transfer", "supervision"]


def stored(client: TestClient) -> list[dict[str, Any]]:
    return client.get("/v1/cases", params={"limit": 1000}).json()["items"]


def test_a_case_has_the_keys_of_the_contract(post_case: Post):
    answer = post_case()
    assert answer.status_code == 201
    case = answer.json()
    assert set(case) >= CASE
    assert UUID(case["id"]).version == 4
    assert case["number"] == "240612-0001"
    assert (case["status"], case["category"], case["source"]) == ("reported", "06010", "app")
    assert case["reported_at"] == "2024-06-12T12:00:00+08:00"
    assert case["point"] == {"lon": 120.005, "lat": 30.005}


def test_the_decision_of_a_case_is_that_of_the_route(writer: TestClient, post_case: Post):
    routed = writer.post("/v1/route", json={"point": BODY["point"], "category": "06010"}).json()
    assert post_case().json()["decision"] == routed


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_of_the_contract_is_taken(post_case: Post, source: str):
    assert post_case(source=source).json()["source"] == source


def test_a_point_in_another_reference_is_kept_raw_and_shown_in_wgs84(writer: TestClient, post_case: Post):
    x, y = convert(120.005, 30.005, "wgs84", "gcj02")
    case = post_case(point={"x": x, "y": y, "crs": "GCJ02"}).json()
    assert case["point"]["lon"] == pytest.approx(120.005, abs=1e-9)
    history = writer.get(f"/v1/cases/{case['id']}/history").json()
    assert history["items"][0]["payload"]["point"] == {"x": x, "y": y, "crs": "GCJ02"}


KEPT = {
    "empty": "",
    "spaces": "  leading and trailing \n",
    "looks like NULL": "\\N",
    "markup": "<script>alert(1)</script>",
    "odd": "引号\"'\t🚮",
    "SQL": "'; DROP TABLE case_; --",
    "longest": "字" * 4000,
}
NOT_KEPT = {"NUL": "\x00", "NUL within": "a\x00b", "half a surrogate": "\ud800", "too long": "字" * 4001}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_a_description_is_kept_as_it_was_written(writer: TestClient, post_case: Post, text: str):
    answer = post_case(description=text)
    assert answer.status_code == 201
    assert writer.get(f"/v1/cases/{answer.json()['id']}").json()["description"] == text


@pytest.mark.parametrize("text", NOT_KEPT.values(), ids=NOT_KEPT.keys())
def test_a_description_that_cannot_be_kept_is_refused(untouched: TestClient, text: str):
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}
    refused = untouched.post("/v1/cases", content=json.dumps(BODY | {"description": text}), headers=headers)
    assert refused.status_code == 422
    assert refused.json()["errors"]
    assert stored(untouched) == []


def test_a_replay_is_answered_like_the_first_time(writer: TestClient, post_case: Post):
    first, again = post_case(description="x"), post_case(description="x")
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(stored(writer)) == 1


def test_a_replay_may_order_its_fields_otherwise(writer: TestClient, post_case: Post):
    first = post_case()
    body = dict(reversed(BODY.items()))
    again = writer.post("/v1/cases", json=body, headers={"Idempotency-Key": "k"})
    assert again.json() == first.json()


@pytest.mark.parametrize(
    "change",
    [{"description": "other"}, {"point": {"x": 120.0050001, "y": 30.005, "crs": "wgs84"}}, {"source": "patrol"}],
    ids=["text", "a centimetre", "source"],
)
def test_a_key_with_another_body_is_a_conflict(writer: TestClient, post_case: Post, change: dict):
    first = post_case().json()
    refused = post_case(**change)
    assert refused.status_code == 409
    assert [(e["field"], e["value"]) for e in refused.json()["errors"]] == [("Idempotency-Key", "k")]
    assert [c["id"] for c in stored(writer)] == [first["id"]]


def test_other_keys_make_other_cases(writer: TestClient, post_case: Post):
    numbers = [post_case(key).json()["number"] for key in "abc"]
    assert numbers == ["240612-0001", "240612-0002", "240612-0003"]


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_nothing_is_taken(untouched: TestClient, key: str | None):
    refused = report(untouched, key)
    assert refused.status_code == 400
    assert fields(refused) == ["Idempotency-Key"]
    assert stored(untouched) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"point": None}, "point"),
        ({"point": {"x": 120.005, "y": 30.005}}, "point.crs"),
        ({"point": {"x": 120.005, "y": 30.005, "crs": "wgs"}}, "point.crs"),
        ({"point": {"x": 30.005, "y": 120.005, "crs": "wgs84"}}, "point"),
        ({"point": {"x": 0, "y": 0, "crs": "wgs84"}}, "point"),
        ({"category": None}, "category"),
        ({"category": "99999"}, "category"),
        ({"category": "06*"}, "category"),
        ({"source": "radio"}, "source"),
        ({"component": "nothing"}, "component"),
        ({"accuracy_m": -0.1}, "accuracy_m"),
        ({"accuracy_m": 100_001}, "accuracy_m"),
        ({"description": 5}, "description"),
        ({"reported_by": "me"}, "reported_by"),
    ],
    ids=str,
)
def test_a_report_that_cannot_be_used_is_refused_and_stores_nothing(untouched: TestClient, change: dict, field: str):
    refused = report(untouched, **change)
    assert refused.status_code == 422
    assert field in fields(refused)
    assert stored(untouched) == []


@pytest.mark.parametrize("field", ["point", "category", "source"])
def test_a_field_that_must_be_given_is_named(untouched: TestClient, field: str):
    body = {k: v for k, v in BODY.items() if k != field}
    refused = untouched.post("/v1/cases", json=body, headers={"Idempotency-Key": "k"})
    assert fields(refused) == [field]


def test_a_refused_report_may_be_sent_again_mended(post_case: Post):
    assert post_case(category="99999").status_code == 422
    assert post_case().status_code == 201


def test_a_report_outside_the_map_is_taken_and_goes_to_the_desk(post_case: Post):
    case = post_case(point={"x": 120.05, "y": 30.005, "crs": "wgs84"})
    assert case.status_code == 201
    assert case.json()["decision"]["desk"]["reason"] == "outside"


CAPTURED = {"at": "2024-06-12T01:02:00Z", "point": {"x": 120.0, "y": 30.0, "crs": "wgs84"}, "accuracy_m": 12.0}


def test_a_report_that_was_made_before_keeps_its_instant_and_its_place(writer: TestClient, post_case: Post):
    """What a phone kept while it had no network: when it was made, and where it was before the point was moved."""
    case = post_case(captured=CAPTURED).json()
    assert case["reported_at"] == "2024-06-12T12:00:00+08:00"
    history = writer.get(f"/v1/cases/{case['id']}/history").json()
    assert (history["intact"], history["items"][0]["payload"]["captured"]) == (True, CAPTURED)
    assert post_case(captured=CAPTURED).json()["id"] == case["id"]


def test_a_report_that_tells_nothing_of_that_has_nothing_of_it_in_its_history(writer: TestClient, post_case: Post):
    history = writer.get(f"/v1/cases/{post_case().json()['id']}/history").json()
    assert "captured" not in history["items"][0]["payload"]


@pytest.mark.parametrize("captured", [{}, {"at": "yesterday"}, {"at": "2024-06-12T09:02:00"}, CAPTURED | {"by": "me"}])
def test_an_instant_of_capture_that_cannot_be_read_is_refused(writer: TestClient, post_case: Post, captured: Any):
    answer = post_case(captured=captured)
    assert (answer.status_code, answer.json()["errors"][0]["field"].split(".")[0]) == (422, "captured")
    assert stored(writer) == []
