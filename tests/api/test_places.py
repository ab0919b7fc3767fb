"""``GET /v1/places``: places by words, over HTTP."""

import pytest
from fastapi.testclient import TestClient

from .conftest import fields


def ask(reader: TestClient, **query: object):
    return reader.get("/v1/places", params=query)


def test_a_lane_of_the_demo_city_is_found_with_its_street(reader: TestClient):
    answer = ask(reader, q="建设路").json()
    first = answer["items"][0]
    assert (first["kind"], first["code"], first["how"], answer["certain"]) == ("lane", "L011", "name", True)
    assert first["within"]["street"]["name"].endswith("街道")


def test_the_point_can_be_reported_as_it_is(reader: TestClient):
    point = ask(reader, q="钟楼农贸市场").json()["items"][0]["point"]
    asked = {"point": {"x": point["lon"], "y": point["lat"], "crs": "wgs84"}}
    assert reader.post("/v1/route", json=asked).json()["point"] == point


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "q"),
        ({"q": "路"}, "q"),
        ({"q": "路" * 1000}, "q"),
        ({"q": "建设路", "limit": 0}, "limit"),
        ({"q": "建设路", "limit": 51}, "limit"),
        ({"q": "建设路", "near": "120"}, "near"),
        ({"q": "建设路", "near": "30.3,120.2"}, "near"),
        ({"q": "建设路", "near": "nan,30"}, "near"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(reader: TestClient, query, field: str):
    answer = ask(reader, **query)
    assert (answer.status_code, fields(answer)) == (422, [field])


def test_nothing_found_is_an_answer(reader: TestClient):
    answer = ask(reader, q="没有的地方", near="120.2,30.3")
    assert (answer.status_code, answer.json()["items"], answer.json()["certain"]) == (200, [], False)
