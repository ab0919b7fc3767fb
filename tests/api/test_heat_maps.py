"""The pages of load: the API's numbers in its classes, linked to each other, nothing from outside, within the reach."""

import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.web.offline import refuse_hosts

from .conftest import PAST, PartsOfCity
from .test_heat import YEAR

PAGES = ("/maps/heat", "/maps/heat/time", "/maps/choropleth", "/maps/clusters")


def page(client: TestClient, path: str, query: str = YEAR, **more: Any) -> str:
    answer = client.get(f"{path}?{query}", **more)
    assert answer.status_code == 200, answer.text
    return answer.text


def setup(text: str) -> Any:
    """What the page's script is handed."""
    found = re.search(r"gridsvcHeat\.setup\((.*?)\);\s*\n", text, re.S)
    assert found
    return json.JSONDecoder().raw_decode(found[1])[0]


def areas(text: str) -> list[dict[str, Any]]:
    """Properties of the areas of every coloured layer."""
    found = re.findall(r'"properties": (\{"a": [^}]*\})', text)
    return [json.loads(one) for one in found]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_page_stays_at_home_and_leads_to_the_others(reader: TestClient, path: str, lang: str):
    answer = reader.get(f"{path}?{YEAR}&lang={lang}")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    refuse_hosts(answer.text)
    ways = re.findall(r"<nav[^>]*>(.*?)</nav>", answer.text, re.S)[0]
    assert {re.split(r"[?\"]", to)[0] for to in re.findall(r'href="([^"]+)', ways)} == set(PAGES) - {path}
    assert f"lang={lang}" in ways


@pytest.mark.parametrize("by", ["street", "grid", "hex"])
def test_a_map_of_classes_has_the_numbers_of_the_api(reader: TestClient, by: str):
    told = reader.get(f"/v1/heat?{YEAR}&by={by}").json()
    text = page(reader, "/maps/choropleth", f"{YEAR}&by={by}")
    assert setup(text)["areas"][0]["breaks"] == {"rate": told["breaks"], "count": []}
    drawn = areas(text)
    assert sum(one["k"] for one in drawn) == sum(cell["n"] for cell in told["cells"]) > 0
    rates = sorted(one["v"] for one in drawn if one["k"])
    assert rates == pytest.approx(sorted(cell["value"] for cell in told["cells"]), rel=1e-3)


def test_what_is_unknown_stays_unknown(reader: TestClient):
    drawn = areas(page(reader, "/maps/choropleth", f"{YEAR}&by=grid&rate=residents"))
    assert {(one["v"], one["a"]) for one in drawn} == {(None, -2)}


def test_steps_of_time_are_the_weeks_as_the_api_tells_them(reader: TestClient):
    end = "2024-06-12T00:00:00%2B08:00"
    steps = setup(page(reader, "/maps/heat/time", f"by=street&steps=3&to={end}"))["steps"]
    assert [step["title"] for step in steps] == [
        "2024-05-22 – 2024-05-28", "2024-05-29 – 2024-06-04", "2024-06-05 – 2024-06-11",
    ]  # fmt: skip
    for step, start, stop in zip(steps, ("05-22", "05-29", "06-05"), ("05-29", "06-05", "06-12"), strict=True):
        period = f"from=2024-{start}T00:00:00%2B08:00&to=2024-{stop}T00:00:00%2B08:00"
        told = reader.get(f"/v1/heat?{period}&by=street").json()
        assert step["cells"] == {cell["code"]: [cell["n"], cell["value"]] for cell in told["cells"]}


def test_every_case_is_a_point_of_the_page_of_cases(reader: TestClient):
    listed = reader.get(f"/v1/cases?limit=1000&{YEAR}").json()["items"]
    cases = setup(page(reader, "/maps/clusters"))["cases"]
    assert len(cases) == PAST
    assert sorted((row[1], row[0]) for row in cases) == sorted(
        (round(c["point"]["lon"], 6), round(c["point"]["lat"], 6)) for c in listed
    )


@pytest.mark.parametrize("path", ["/maps/choropleth", "/maps/clusters", "/maps/heat"])
def test_each_page_counts_what_may_be_seen(parts_of_city: PartsOfCity, path: str):
    def counted(who: str) -> int:
        text = page(parts_of_city.client, path, f"{YEAR}&lang=en", headers=parts_of_city.headers[who])
        found = re.search(r"<dt>cases</dt><dd>([\d,]+)</dd>", text)
        assert found
        return int(found[1].replace(",", ""))

    headers = parts_of_city.headers["street"]
    own = len(parts_of_city.client.get(f"/v1/cases?limit=1000&{YEAR}", headers=headers).json()["items"])
    assert (counted("street"), counted("whole")) == (own, PAST)
    assert 0 < own < PAST


@pytest.mark.parametrize("query", ["by=lane", "rate=people", "steps=0", "steps=61"])
def test_what_cannot_be_drawn_is_refused(reader: TestClient, query: str):
    assert reader.get(f"/maps/heat/time?{query}").status_code == 422
