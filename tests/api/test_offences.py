"""Repeat offenders over HTTP: earlier offences at a place and by a party, the rung that is due, the worst of all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.rights import Grant, Role
from gridsvc.services import actors, keys
from gridsvc.store.engine import make_engine
from tests.conftest import NOON

from .conftest import fields

# Trading outside the shop: a ladder of three rungs, 30 m, within a year; reports within 4 hours are of one occasion.
BODY = {"category": "09005", "source": "patrol"}
PLACE = (120.2185, 30.3218)
DAY = timedelta(days=1)


class City:
    """The demo city on a day that a test chooses, with whom it hires."""

    def __init__(self, url: str, make_client: Callable[..., TestClient]) -> None:
        self.now, self._n, self._url = NOON, 0, url
        self.client = make_client(url, now=lambda: self.now)
        self.keyed = make_client(url, now=lambda: self.now, open_access=False)

    def report(self, days: float = 0.0, north_m: float = 0.0, filed: bool = True, **changes: Any) -> Any:
        """Report a case some days after noon, and file it."""
        self.now = NOON + days * DAY
        point = {"x": PLACE[0], "y": PLACE[1] + north_m / 110_860, "crs": "wgs84"}
        case = self._sent("/v1/cases", BODY | {"point": point} | changes)
        for action in ("accept", "register") if filed else ():
            case = self.act(case, action)
        return case

    def act(self, case: Any, action: str, **says: Any) -> Any:
        return self._sent(f"/v1/cases/{case['id']}/actions/{action}", {"version": case["version"]} | says)

    def _sent(self, path: str, body: Any) -> Any:
        self._n += 1
        answer = self.client.post(path, json=body, headers={"Idempotency-Key": str(self._n)})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def offences(self, case: Any, headers: Any = None) -> Any:
        asked = self.client if headers is None else self.keyed
        answer = asked.get(f"/v1/cases/{case['id']}/offences", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def offenders(self, headers: Any = None, **query: Any) -> Any:
        asked = self.client if headers is None else self.keyed
        answer = asked.get("/v1/offenders", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    def hire(self, name: str, role: Role, street: str | None = None) -> dict[str, str]:
        engine = make_engine(self._url, 1)
        actors.add_actor(engine, name, "test", NOON)
        actors.grant(engine, name, Grant(role, "990101", street and "street", street), "test", NOON)
        _, key = keys.add_key(engine, name, "k", "test", NOON)
        engine.dispose()
        return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def city(demo_url: str, make_client: Callable[..., TestClient]) -> City:
    return City(demo_url, make_client)


def test_the_ladder_goes_up_with_each_occasion_at_the_place(city: City):
    cases = [city.report(days, north_m) for days, north_m in ((0, 0), (1, 10), (2, 20), (3, 0))]
    told = [city.offences(case)["place"] for case in cases]
    assert [(t["count"], t["rung"]["times"], t["rung"]["fine_max"]) for t in told] == [
        (1, 1, None), (2, 2, 500.0), (3, 3, 20000.0), (4, 3, 20000.0),
    ]  # fmt: skip
    assert told[2]["rung"]["zh"] == "处 2 万元以下罚款"
    assert told[2]["rung"]["en"] == "fine of up to 20 000 yuan"
    assert [e["number"] for e in told[2]["earlier"]] == [cases[1]["number"], cases[0]["number"]]
    assert [e["distance_m"] for e in told[2]["earlier"]] == [10.0, 20.0]
    assert [r["times"] for r in city.offences(cases[0])["ladder"]] == [1, 2, 3]


@pytest.mark.parametrize(
    "earlier",
    [
        {"north_m": 31},
        {"category": "09009"},
        {"filed": False},
        {"days": 4.9},  # of the same occasion
    ],
    ids=["elsewhere", "another matter", "not filed", "a moment ago"],
)
def test_what_is_no_earlier_offence(city: City, earlier: dict[str, Any]):
    city.report(**earlier)
    told = city.offences(city.report(5))["place"]
    assert (told["count"], told["rung"]["times"]) == (1, 1)


def test_a_void_case_counts_no_more(city: City):
    first = city.report()
    city.act(first, "void", reason="核实后确认并非店外经营", cause="not_found")
    assert city.offences(city.report(5))["place"]["count"] == 1


def test_a_matter_without_a_ladder_has_nothing_due(city: City):
    told = city.offences(city.report(category="06010"))
    assert (told["ladder"], told["place"], told["subject"]) == ([], None, None)


def test_a_party_is_followed_from_place_to_place_by_who_may_see_it(city: City):
    city.report(0, subject="老王烧烤店")
    city.report(1, 900, subject="老王 烧烤（店）")
    city.report(2, 1800, subject="小李水果")
    case = city.report(3, 1800, subject="老王烧烤店")
    told = city.offences(case)
    assert told["place"]["count"] == 2
    assert (told["subject"]["name"], told["subject"]["count"], told["subject"]["rung"]["times"]) == ("老**", 3, 3)
    assert len(told["subject"]["earlier"]) == 2
    assert city.offences(case, city.hire("seer", "receptionist"))["subject"] == told["subject"]
    assert city.offences(case, city.hire("viewer1", "viewer"))["subject"] is None


def test_nothing_beyond_the_reach_is_counted(city: City):
    case = [city.report(days) for days in range(3)][-1]
    elsewhere = city.hire("elsewhere", "viewer", "990101006")
    assert city.keyed.get(f"/v1/cases/{case['id']}/offences", headers=elsewhere).status_code == 404
    assert city.offenders(elsewhere) == []
    assert len(city.offenders(city.hire("here", "viewer", "990101001"))) == 1


def test_the_worst_places_come_first(city: City):
    for days in range(3):
        city.report(days, 10 * days)
    for days in range(2):
        city.report(days, 500)
    last = city.report(9, 900)
    worst = city.offenders()
    assert [(w["occasions"], w["cases"], w["rung"]["times"]) for w in worst] == [(3, 3, 3), (2, 2, 2)]
    assert worst[0]["within"]["street"]["code"] == "990101001"
    assert worst[0]["categories"] == ["09005"]
    assert worst[0]["first"] < worst[0]["last"]
    assert last["number"] not in [n for w in worst for n in w["numbers"]]
    assert len(city.offenders(limit=1)) == 1


def test_only_the_time_that_is_asked_for(city: City):
    for days in (0, 10):
        city.report(days)
    # The end is not a part of the time, and is now where nobody says otherwise.
    city.now += DAY
    start = NOON.isoformat()
    assert [w["occasions"] for w in city.offenders(**{"from": start})] == [2]
    assert city.offenders(**{"from": start, "to": (NOON + 10 * DAY).isoformat()}) == []
    assert city.offenders(**{"from": (NOON + DAY).isoformat()}) == []


def test_the_worst_parties_are_masked_and_for_who_may_see_people(city: City):
    for days, name in enumerate(["老王烧烤店", "小李水果", "老王烧烤 店"]):
        city.report(days, 300 * days, subject=name)
    city.report(4, 1500)
    (worst,) = city.offenders(by="subject")
    assert (worst["name"], worst["occasions"], worst["rung"]["times"]) == ("老**", 2, 2)
    assert not {"point", "component", "within"} & set(worst)
    assert city.keyed.get("/v1/offenders?by=subject", headers=city.hire("viewer2", "viewer")).status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"by": "street"}, "by"),
        ({"limit": 0}, "limit"),
        ({"from": "2024-06-01"}, "from"),
        ({"from": "2024-07-01T00:00:00Z", "to": "2024-06-01T00:00:00Z"}, "from"),
        ({"from": "2024-06-01T00:00:00Z", "to": "2024-06-01T00:00:00Z"}, "from"),
        ({"from": "2023-06-01T00:00:00Z", "to": "2024-06-12T00:00:00Z"}, "from"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(reader: TestClient, query: dict[str, Any], field: str):
    answer = reader.get("/v1/offenders", params=query)
    assert (answer.status_code, fields(answer)) == (422, [field])


def test_a_case_that_is_not_there(reader: TestClient):
    assert reader.get("/v1/cases/240612-9999/offences").status_code == 404
