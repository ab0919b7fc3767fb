"""Cases counted at the door: within the caller's reach, by the filters of the list, with names."""

from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient

from .conftest import PAST, PartsOfCity


def told(client: TestClient, query: str = "", **more: Any) -> Any:
    answer = client.get(f"/v1/analysis?{query}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def listed(reader: TestClient) -> Any:
    return reader.get("/v1/cases?limit=1000").json()["items"]


def test_in_all(reader: TestClient):
    found = told(reader)
    assert (found["cases"], found["rows"], found["items"][0]["cases"]) == (PAST, 1, PAST)


def test_by_two_dimensions_and_month_as_the_list_has_them(reader: TestClient, listed: Any):
    found = told(reader, "by=category&by=area:street&period=month&limit=1000")
    areas = [c["decision"]["areas"].get("street", {}).get("code") for c in listed]
    expected = Counter((c["category"], area, c["reported_at"][:7]) for c, area in zip(listed, areas, strict=True))
    items = found["items"]
    assert {(i["category"]["code"], i["area:street"]["code"], i["period"]): i["cases"] for i in items} == expected
    assert [i["period"] for i in items] == sorted(i["period"] for i in items)
    assert (found["rows"], found["cases"]) == (len(items), PAST)


def test_values_have_names(reader: TestClient):
    rows = told(reader, "by=type&by=area:street")["items"]
    assert {r["type"]["zh"] for r in rows} == {"部件", "事件"}
    assert {"zh": "新桥街道", "en": "Xinqiao Sub-district"}.items() <= max(rows, key=lambda r: r["cases"])[
        "area:street"
    ].items()


def test_filters_are_those_of_the_list(reader: TestClient, listed: Any):
    category = Counter(c["category"] for c in listed).most_common(1)[0][0]
    expected = sum(c["category"] == category and c["reported_at"] >= "2023-07-10" for c in listed)
    query = f"category={category}&from=2023-07-10T00:00:00%2B08:00"
    assert told(reader, query)["cases"] == expected > 0
    assert told(reader, "by=source&limit=1")["rows"] > 1


@pytest.mark.parametrize("who", ["street", "unit", "whole"])
def test_each_counts_what_he_may_see(parts_of_city: PartsOfCity, who: str):
    headers = parts_of_city.headers[who]
    n = len(parts_of_city.client.get("/v1/cases?limit=1000", headers=headers).json()["items"])
    assert told(parts_of_city.client, "by=source", headers=headers)["cases"] == n > 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("by=colour", "by"),
        ("by=area:nowhere", "by"),
        ("by=type&by=type", "by"),
        ("by=type&by=hour&by=source", "by"),
        ("period=decade", "period"),
        ("status=lost", "status"),
    ],
)
def test_what_cannot_be_counted_is_refused(reader: TestClient, query: str, field: str):
    answer = reader.get(f"/v1/analysis?{query}")
    assert answer.status_code == 422
    assert {e["field"].rpartition(".")[2] for e in answer.json()["errors"]} == {field}


def test_dense_streets(reader: TestClient):
    found = reader.get("/v1/analysis/streets?metres=300&least=4").json()
    assert found["items"]
    lanes = {a["properties"]["code"] for a in reader.get("/v1/lanes?limit=1000").json()["features"]}
    for item in found["items"]:
        assert item["n"] >= item["most"] >= 4
        assert item["lane"]["code"] in lanes
        assert item["course"]["type"] in ("LineString", "Point")
    assert reader.get(f"/v1/analysis/streets?metres=300&least={PAST}").json()["items"] == []
    assert reader.get("/v1/analysis/streets?metres=0").status_code == 422
