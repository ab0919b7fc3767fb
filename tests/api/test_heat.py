"""Heat at the door: what may be seen, scaled and classed; the same numbers however they are asked for."""

from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.api import auth

from .conftest import PAST, PartsOfCity
from .house import House

# All past cases that the readers see were reported in these days; 2023-07 has 31 of them.
YEAR = "from=2023-07-01T00:00:00%2B08:00&to=2024-06-30T00:00:00%2B08:00"
JULY = "from=2023-07-01T00:00:00%2B08:00&to=2023-07-31T00:00:00%2B08:00"


def told(client: TestClient, query: str, path: str = "", **more: Any) -> Any:
    answer = client.get(f"/v1/heat{path}?{query}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def listed(reader: TestClient) -> Any:
    return reader.get("/v1/cases?limit=1000").json()["items"]


def test_without_a_case_there_is_no_cell(reader: TestClient):
    found = told(reader, "by=grid&from=1990-01-01T00:00:00%2B08:00&to=1990-02-01T00:00:00%2B08:00")
    assert (found["cells"], found["n"], found["set_aside"], found["zero"]) == ([], 0, 0, 27)
    assert found["breaks"] == [0, 5, 10, 20, 50, 100]


def test_without_a_period_it_is_the_last_thirty_days(reader: TestClient):
    period = told(reader, "")["period"]
    assert (period["days"], period["to"]) == (30, "2024-06-12T12:00:00+08:00")


@pytest.mark.parametrize("by", ["street", "grid", "unit_grid", "hex", "kde"])
def test_every_case_is_in_a_cell_or_set_aside(reader: TestClient, by: str):
    found = told(reader, f"{YEAR}&by={by}")
    assert found["n"] == PAST
    if by != "kde":
        assert sum(cell["n"] for cell in found["cells"]) + found["set_aside"] == PAST
    assert sum(found["set_aside_why"].values()) == found["set_aside"]
    assert len(found["cells"]) == sum(found["classes"]) + found["unknown"]
    values = [cell["value"] for cell in found["cells"]]
    assert values == sorted(values, reverse=True)
    assert all((cell["few"] is (cell["n"] < 10)) for cell in found["cells"])


def test_cells_are_where_the_cases_are_and_rates_are_per_km2_and_thirty_days(reader: TestClient, listed: Any):
    found = told(reader, f"{YEAR}&by=street")
    expected = Counter(c["decision"]["areas"]["street"]["code"] for c in listed if c["decision"]["areas"].get("street"))
    assert {cell["code"]: cell["n"] for cell in found["cells"]} == expected
    days = found["period"]["days"]
    plain = {c["code"]: c["value"] for c in told(reader, f"{YEAR}&by=street&rate=none")["cells"]}
    top = found["cells"][0]
    assert plain[top["code"]] == pytest.approx(top["n"] / days * 30, rel=1e-4)
    assert top["name_en"].endswith("Sub-district")
    km2 = plain[top["code"]] / top["value"]
    assert 0.5 < km2 < 20
    lower = found["breaks"]
    assert all(cell["value"] >= lower[cell["class"]] for cell in found["cells"])
    assert all(cell["value"] < [*lower, float("inf")][cell["class"] + 1] for cell in found["cells"])


def test_residents_of_a_street_are_those_of_its_communities_and_of_a_grid_unknown(reader: TestClient):
    streets = told(reader, f"{YEAR}&by=street&rate=residents")
    assert streets["unknown"] == 0
    assert min(cell["value"] for cell in streets["cells"]) > 0
    grids = told(reader, f"{YEAR}&by=grid&rate=residents")
    assert (grids["unknown"], grids["zero"]) == (27, 0)
    assert {(cell["value"], cell["class"]) for cell in grids["cells"]} == {(None, -2)}


def test_components_are_those_of_the_cell(reader: TestClient):
    found = told(reader, f"{YEAR}&by=street&rate=components")
    days, top = found["period"]["days"], found["cells"][0]
    of = top["n"] / days * 30 / top["value"]
    # 20 000 components in six streets.
    assert 1 < of < 10
    hexagons = told(reader, f"{YEAR}&by=hex&rate=components")
    assert sum(hexagons["classes"]) > 10


def test_the_ruleset_s_own_classes_have_its_name_and_the_standard_ones_stay_at_hand(reader: TestClient):
    assert told(reader, f"{YEAR}&by=unit_grid&rate=none")["breaks"] == [0, 1, 2, 3, 5, 10]
    assert told(reader, f"{YEAR}&by=grid")["scheme"] == "yunting-1"
    assert told(reader, f"{YEAR}&by=grid&scheme=gridsvc-1")["scheme"] == "gridsvc-1"


def test_two_periods_are_compared_cell_by_cell(reader: TestClient):
    before = "vs_from=2024-01-01T00:00:00%2B08:00&vs_to=2024-06-30T00:00:00%2B08:00"
    half = "from=2023-07-01T00:00:00%2B08:00&to=2024-01-01T00:00:00%2B08:00"
    found = told(reader, f"{half}&{before}&by=street")
    other = told(reader, f"{before.replace('vs_', '')}&by=street")
    assert {c["code"]: c["n"] for c in other["cells"]} == {c["code"]: c["vs_n"] for c in found["cells"] if c["vs_n"]}
    assert found["n"] + found["vs"]["n"] == PAST
    for cell in found["cells"]:
        if cell["n"] and cell["vs_n"]:
            days, days_before = found["period"]["days"], found["vs"]["period"]["days"]
            ratio = (cell["n"] / days) / (cell["vs_n"] / days_before)
            assert cell["ratio"] == pytest.approx(ratio, rel=1e-4)
            assert cell["low"] < cell["ratio"] < cell["high"]
            lower = [*found["vs"]["breaks"], float("inf")]
            assert lower[cell["ratio_class"]] <= ratio < lower[cell["ratio_class"] + 1]
        assert cell["ratio_few"] is (min(cell["n"], cell["vs_n"]) < 10)
    assert sum(found["vs"]["classes"]) == len(found["cells"])


def test_where_only_one_period_has_cases_the_ratio_has_no_end_or_is_nothing(reader: TestClient):
    none = "from=1990-01-01T00:00:00%2B08:00&to=1990-02-01T00:00:00%2B08:00"
    new = told(reader, f"{YEAR}&vs_{none.replace('&to', '&vs_to')}&by=street")
    assert {(c["ratio"], c["high"], c["ratio_class"]) for c in new["cells"]} == {(None, None, 6)}
    gone = told(reader, f"{none}&vs_{YEAR.replace('&to', '&vs_to')}&by=street")
    assert {(c["ratio"], c["low"], c["ratio_class"], c["class"]) for c in gone["cells"]} == {(0, 0, 0, -1)}


def test_hours_and_weekdays_filter_as_the_matrix_counts(reader: TestClient, listed: Any):
    matrix = told(reader, YEAR, "/hours")
    when = [datetime.fromisoformat(c["reported_at"]) for c in listed]
    assert matrix["n"] == sum(map(sum, matrix["hours"])) == PAST
    assert matrix["hours"][0][9] == sum((t.weekday(), t.hour) == (0, 9) for t in when)
    found = told(reader, f"{YEAR}&by=street&hour=9,10&weekday=1,7")
    assert found["n"] == sum(matrix["hours"][day][hour] for day in (0, 6) for hour in (9, 10)) > 0


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_steps_follow_each_other_without_a_gap_and_count_all(reader: TestClient, listed: Any, step: str):
    found = told(reader, f"{YEAR}&step={step}", "/series")
    items = found["items"]
    assert all(a["to"] == b["from"] for a, b in pairwise(items))
    assert (items[0]["from"], items[-1]["to"]) == (found["period"]["from"], found["period"]["to"])
    assert sum(item["n"] for item in items) == found["n"] == PAST
    when = [datetime.fromisoformat(c["reported_at"]) for c in listed]
    for item in items[:40]:
        start, end = (datetime.fromisoformat(item[name]) for name in ("from", "to"))
        assert item["n"] == sum(start <= t < end for t in when)
    starts = [datetime.fromisoformat(item["from"]) for item in items[1:]]
    assert {"day": True, "week": {s.weekday() for s in starts} == {0}, "month": {s.day for s in starts} == {1}}[step]
    assert len(items) == {"day": 365, "week": 53, "month": 12}[step]


def test_filters_are_those_of_the_list(reader: TestClient, listed: Any):
    source = Counter(c["source"] for c in listed).most_common(1)[0][0]
    n = sum(c["source"] == source for c in listed)
    assert [told(reader, f"{YEAR}&source={source}", path)["n"] for path in ("", "/hours")] == [n, n]


def test_an_earlier_edition_has_its_own_areas(reader: TestClient, demo: Any):
    code = demo.snapshot.edition.code
    found = told(reader, f"{JULY}&by=grid&edition={code}")
    assert found["edition"] == code
    assert found["cells"]


@pytest.mark.parametrize("who", ["street", "unit", "whole"])
@pytest.mark.parametrize("path", ["", "/hours", "/series"])
def test_each_counts_what_he_may_see(parts_of_city: PartsOfCity, who: str, path: str):
    headers = parts_of_city.headers[who]
    n = len(parts_of_city.client.get(f"/v1/cases?limit=1000&{YEAR}", headers=headers).json()["items"])
    found = told(parts_of_city.client, f"{YEAR}&step=month" if path == "/series" else YEAR, path, headers=headers)
    assert (found["n"], found["whole"]) == (n, who == "whole")
    assert n > 0


def test_nobody_counts_without_a_key(parts_of_city: PartsOfCity):
    assert parts_of_city.client.get("/v1/heat").status_code == 401


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("by=lane", "by"),
        ("by=colour", "by"),
        ("rate=people", "rate"),
        ("by=kde&rate=components", "rate"),
        ("by=hex&rate=residents", "rate"),
        ("scheme=none", "scheme"),
        ("hour=24", "hour"),
        ("weekday=0", "weekday"),
        ("weekday=1,x", "weekday"),
        ("vs_from=2024-01-01T00:00:00%2B08:00", "vs_to"),
        ("vs_from=2024-01-02T00:00:00%2B08:00&vs_to=2024-01-01T00:00:00%2B08:00", "vs_to"),
        ("from=2024-06-02T00:00:00%2B08:00&to=2024-06-01T00:00:00%2B08:00", "to"),
        ("from=2024-07-02T00:00:00%2B08:00", "to"),
        ("status=lost", "status"),
    ],
)
def test_what_cannot_be_counted_is_refused(reader: TestClient, query: str, field: str):
    answer = reader.get(f"/v1/heat?{query}")
    assert answer.status_code == 422
    assert {e["field"].rpartition(".")[2] for e in answer.json()["errors"]} == {field}


@pytest.mark.parametrize(
    ("query", "status"),
    [("step=day&from=1990-01-01T00:00:00%2B08:00", 422), ("step=hour", 422), ("step=month", 200)],
)
def test_a_series_has_an_end(reader: TestClient, query: str, status: int):
    assert reader.get(f"/v1/heat/series?{query}").status_code == status


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_picture_is_of_what_is_asked_for(reader: TestClient, lang: str):
    answer = reader.get(f"/v1/heat.png?{YEAR}&by=grid&lang={lang}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert reader.get(f"/v1/heat.png?{JULY}&by=grid&lang={lang}").content != answer.content


def test_the_picture_too_is_of_what_may_be_seen(parts_of_city: PartsOfCity):
    pictures = [
        parts_of_city.client.get(f"/v1/heat.png?{YEAR}&lang=en", headers=parts_of_city.headers[who]).content
        for who in ("whole", "street", "whole")
    ]
    assert pictures[0] == pictures[2] != pictures[1]
    assert parts_of_city.client.get("/v1/heat.png").status_code == 401


def test_who_has_too_many_pictures_drawn_waits(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(auth, "_DRAWINGS_PER_S", 0.01)
    monkeypatch.setattr(auth, "_DRAWINGS_BURST_S", 200.0)
    li, wang = (house.key(house.add(name, "viewer")) for name in ("li", "wang"))
    asked = [house.browser().get("/v1/heat.png?lang=en", headers=who) for who in (li, li, li, wang)]
    assert [answer.status_code for answer in asked] == [200, 200, 429, 200]
    assert 90 <= int(asked[2].headers["retry-after"]) <= 100
    assert house.browser().get("/v1/heat", headers=li).status_code == 200
