"""Cases read: one, its history and decision, lists by filter, and pages that are complete."""

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from .conftest import PAST, fields


def items(client: TestClient, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/cases", params={"limit": 1000} | params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.fixture(scope="module")
def every(reader: TestClient) -> list[dict[str, Any]]:
    return items(reader)


def test_all_cases_are_listed_newest_first(every: list[dict[str, Any]]):
    assert len(every) == PAST
    instants = [datetime.fromisoformat(c["reported_at"]) for c in every]
    assert instants == sorted(instants, reverse=True)


def test_a_listed_case_is_the_case_itself(reader: TestClient, every: list[dict[str, Any]]):
    assert reader.get(f"/v1/cases/{every[0]['id']}").json() == every[0]


def test_a_case_is_read_by_id_and_by_number(reader: TestClient, every: list[dict[str, Any]]):
    by_id, by_number = (reader.get(f"/v1/cases/{every[7][k]}").json() for k in ("id", "number"))
    assert by_id == by_number == every[7]


def test_a_history_has_its_entries_and_holds(reader: TestClient, every: list[dict[str, Any]]):
    history = reader.get(f"/v1/cases/{every[0]['number']}/history").json()
    assert set(history) == {"id", "number", "intact", "items"}
    assert [set(e) for e in history["items"]] == [{"n", "at", "actor", "kind", "payload", "hash"}] * 2
    assert history["intact"] is True


def test_a_decision_is_the_one_of_then(reader: TestClient, every: list[dict[str, Any]]):
    assert reader.get(f"/v1/cases/{every[0]['id']}/decision").json() == every[0]["decision"]


@pytest.mark.parametrize("path", ["{}", "{}/history", "{}/decision"])
@pytest.mark.parametrize("name", ["240101-9999", "5f1b6c1e-0a57-4a6c-9d5e-3b7c2f8e4a10", "x", "'; --", "%F0%9F%9A%AE"])
def test_a_case_that_is_not_there_is_not_found(reader: TestClient, path: str, name: str):
    refused = reader.get("/v1/cases/" + path.format(name))
    assert refused.status_code == 404
    assert fields(refused) == ["id"]


@pytest.mark.parametrize("limit", [1, 7, 100, 299, 300, 301])
def test_pages_are_complete_and_without_doubles(reader: TestClient, every: list[dict[str, Any]], limit: int):
    seen, cursor = [], None
    while len(seen) <= PAST:
        answer = reader.get(
            "/v1/cases", params={"limit": limit, "cursor": cursor} if cursor else {"limit": limit}
        ).json()
        assert len(answer["items"]) <= limit
        seen += [c["id"] for c in answer["items"]]
        cursor = answer["next"]
        if cursor is None or limit == 1:
            break
    assert seen == [c["id"] for c in every][: len(seen)]
    assert limit == 1 or len(seen) == PAST


def test_a_page_has_a_hundred_cases_unless_told_otherwise(reader: TestClient):
    assert len(reader.get("/v1/cases").json()["items"]) == 100


def test_filters_by_category_take_several_values(reader: TestClient, every: list[dict[str, Any]]):
    wanted = sorted({c["category"] for c in every})[:2]
    found = items(reader, category=" , ".join(wanted))
    assert found == [c for c in every if c["category"] in wanted]


def test_filters_by_grid_and_unit_agree_with_the_decisions(reader: TestClient, every: list[dict[str, Any]]):
    first = every[0]["decision"]
    grid, unit = first["areas"]["grid"]["code"], first["accountable"]["unit"]
    by_grid = [c for c in every if c["decision"]["areas"].get("grid", {}).get("code") == grid]
    assert items(reader, grid=grid) == by_grid
    by_unit = [c for c in every if (c["decision"]["accountable"] or {}).get("unit") == unit]
    assert items(reader, unit=unit) == by_unit
    assert items(reader, unit=unit, grid=grid) == [c for c in by_grid if c in by_unit]


def test_filters_by_status(reader: TestClient, every: list[dict[str, Any]]):
    assert items(reader, status="reported,closed") == every
    assert items(reader, status="closed") == []


def test_a_period_includes_its_start_and_not_its_end(reader: TestClient, every: list[dict[str, Any]]):
    start, end = every[200]["reported_at"], every[100]["reported_at"]
    found = items(reader, **{"from": start, "to": end})
    instants = [datetime.fromisoformat(t) for t in (start, end)]
    expected = [c for c in every if instants[0] <= datetime.fromisoformat(c["reported_at"]) < instants[1]]
    assert len(expected) >= 90
    assert found == expected


def test_a_box_holds_exactly_the_points_inside_it(reader: TestClient, every: list[dict[str, Any]]):
    west, south, east, north = 120.215, 30.31, 120.23, 30.325
    inside = [c for c in every if west <= c["point"]["lon"] <= east and south <= c["point"]["lat"] <= north]
    assert 10 < len(inside) < PAST
    assert items(reader, bbox=f"{west},{south},{east},{north}") == inside


def test_a_box_around_one_case_finds_it_and_not_its_neighbour_a_centimetre_away(
    reader: TestClient, every: list[dict[str, Any]]
):
    lon, lat = every[0]["point"]["lon"], every[0]["point"]["lat"]
    assert every[0] in items(reader, bbox=f"{lon},{lat},{lon},{lat}")
    beside = lon + 1e-7
    assert every[0] not in items(reader, bbox=f"{beside},{lat - 1},{beside + 1},{lat + 1}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bbox", ""),
        ("bbox", "1,2,3"),
        ("bbox", "1,2,3,4,5"),
        ("bbox", "120,30,119,31"),
        ("bbox", "120,31,121,30"),
        ("bbox", "nan,30,121,31"),
        ("bbox", "30,120,31,121"),
        ("bbox", "a,b,c,d"),
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "ten"),
        ("from", "2024-01-01T00:00:00"),
        ("to", "yesterday"),
        ("cursor", "x"),
        ("cursor", "W10="),
        ("cursor", "WyJhIiwiYiJd"),
        ("cursor", "eyJhIjoxfQ=="),
        ("cursor", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl0="),
        ("cursor", "é"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused_by_its_parameter(reader: TestClient, name: str, value: str):
    refused = reader.get("/v1/cases", params={name: value})
    assert refused.status_code == 422
    assert fields(refused) == [name]


def test_a_filter_that_nothing_meets_gives_an_empty_page(reader: TestClient):
    assert reader.get("/v1/cases", params={"unit": "nobody"}).json() == {"items": [], "next": None}


@pytest.mark.parametrize("name", ["street", "grid"])
def test_so_many_areas_may_be_named_and_no_more(reader: TestClient, name: str):
    assert items(reader, **{name: ",".join(map(str, range(100)))}) == []
    refused = reader.get("/v1/cases/summary", params={name: ",".join(map(str, range(101)))})
    assert (refused.status_code, fields(refused)) == (422, [name])
