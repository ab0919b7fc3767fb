"""Assessment over HTTP: a month of two grids through the real actions, scored, frozen, made again, printed."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from small_city import IN_A, IN_B, TABLES, load_city, write_city
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridsvc.rights import Grant
from gridsvc.services import editions
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON

from .house import DISTRICT, House

DAY = timedelta(days=1)
WHO = {"collector": "collector", "leader": "shift_leader", "dispatcher": "dispatcher", "handler": "unit_handler",
       "office": "planner", "looker": "viewer"}  # fmt: skip
LIMITS = [
    {"category": major, "condition": "", "stage": stage, "amount": amount, "unit": "natural_day", "source": "自拟"}
    for stage, amount in (("whole", "5"), ("disposal", "2"))
    for major in ("06*", "09*")
]
PART = dict.fromkeys(("scheme", "part", "weight", "measure", "direction", "by", "categories", "title_zh"), "")
SCHEMES = {
    "schemes": [
        {"scheme": "grids", "subject": "layer:grid", "every": "month", "title_zh": "网格考核", "title_en": "Grids"},
        {"scheme": "posts", "subject": "post:dispatcher", "every": "", "title_zh": "派遣员", "title_en": "Dispatchers"},
    ],
    "scheme_parts": [
        PART | {"scheme": "grids", "part": "disposal", "weight": "40", "measure": "indicator:disposal"},
        PART | {"scheme": "grids", "part": "closing", "weight": "40", "measure": "indicator:closing"},
        PART | {"scheme": "grids", "part": "jury", "weight": "10", "measure": "input:jury", "by": "office"},
        PART | {"scheme": "grids", "part": "stalls", "weight": "10", "measure": "deductions"},
        PART | {"scheme": "posts", "part": "first", "weight": "100", "measure": "indicator:first_dispatch"},
    ],
    "deductions": [
        {"scheme": "grids", "part": "stalls", "id": "stall", "counts": "cases", "points": "3", "categories": "09001",
         "title_zh": "流动摊贩"},
    ],
    "consequences": [
        {"scheme": "grids", "on": "total", "rank": "1", "then": "flag:red", "times": ""},
        {"scheme": "grids", "on": "total", "rank": "last", "then": "flag:black", "times": ""},
        {"scheme": "grids", "on": "total", "rank": "last", "then": "admonition", "times": "2"},
    ],
}  # fmt: skip
JURY = [{"period": "2024-06", "code": "jury", "subject": s, "value": v} for s, v in (("A", 90), ("B", 70.5))]


class Town:
    """The small city with somebody in each post; requests are by name and have a key of their own."""

    def __init__(self, house: House) -> None:
        self.house, self.n = house, 0
        self.browser = house.browser()
        for name, role in WHO.items():
            house.add(name, role)
        house.add("street", Grant("planner", DISTRICT, "grid", "A"))
        self.keys = {name: house.key(name) for name in [*WHO, "street"]}

    def ask(self, who: str, method: str, path: str, **how: Any) -> Any:
        self.n += 1
        return self.browser.request(method, path, headers=self.keys[who] | {"Idempotency-Key": f"k{self.n}"}, **how)

    def good(self, who: str, method: str, path: str, **how: Any) -> Any:
        answer = self.ask(who, method, path, **how)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def report(self, where: tuple[float, float] = IN_A, category: str = "06010") -> Any:
        point = {"x": where[0], "y": where[1], "crs": "wgs84"}
        body = {"point": point, "category": category, "source": "patrol"}
        return self.good("collector", "POST", "/v1/cases", json=body)

    def act(self, who: str, case: Any, action: str, **said: Any) -> Any:
        body = {"version": case["version"], **said}
        return self.good(who, "POST", f"/v1/cases/{case['id']}/actions/{action}", json=body)

    def filed(self, **how: Any) -> Any:
        case = self.act("leader", self.report(**how), "accept")
        return self.act("leader", case, "register")

    def closed(self, **how: Any) -> Any:
        case = self.act("dispatcher", self.filed(**how), "dispatch")
        case = self.act("handler", case, "take")
        case = self.act("handler", case, "finish", result="已清理完毕")
        case = self.act("leader", case, "check")
        case = self.act("collector", case, "check", result="passed")
        return self.act("leader", case, "close", grade="simple")


@pytest.fixture(scope="module")
def scored_template(cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    engine = make_engine(cluster.make_database("template_scored", migrated_template), 1)
    tables = {**TABLES, "limits": LIMITS, **SCHEMES}
    load_city(engine, write_city(tmp_path_factory.mktemp("scored"), tables=tables))
    editions.publish(engine, "S1", NOON - 30 * DAY)
    engine.dispose()
    return "template_scored"


@pytest.fixture(scope="module")
def month(cluster: Cluster, scored_template: str) -> Iterator[Town]:
    """June: in A one case closed and one filed and left; in B one dispatched and left, and a stall."""
    with House(cluster.make_database("scored_month", scored_template)) as house:
        town = Town(house)
        town.closed()
        town.left = town.filed()  # type: ignore[attr-defined]
        town.act("dispatcher", town.filed(where=IN_B), "dispatch")
        town.filed(where=IN_B, category="09001")
        house.clock.go_on(days=20)
        yield town


def lines(sheet: Any) -> dict[str, Any]:
    return {line["code"]: line for line in sheet["lines"]}


def test_a_month_is_scored_frozen_and_made_again(month: Town):
    made = month.good("office", "POST", "/v1/assessments", json={"scheme": "grids", "period": "2024-06"})
    found = lines(made)
    assert made["state"] == "draft"
    assert found["A"]["marks"]["disposal"]["rate"] == {"good": 1, "of": 1, "percent": 100.0}
    assert found["A"]["marks"]["closing"]["rate"] == {"good": 1, "of": 2, "percent": 50.0}
    assert found["B"]["marks"]["disposal"]["rate"] == {"good": 0, "of": 1, "percent": 0.0}
    assert (found["A"]["missing"], found["A"]["rank"]) == (["jury"], None)
    stall = found["B"]["marks"]["stalls"]["off"]
    assert [(o["id"], o["n"], o["points"], len(o["cases"])) for o in stall] == [("stall", 1, 3, 1)]

    refused = month.ask("office", "POST", f"/v1/assessments/{made['id']}/freeze", json={})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "inputs")

    assert month.good("office", "POST", "/v1/assessments/inputs", json={"inputs": JURY}) == {"added": 2}
    made = month.good("office", "POST", "/v1/assessments", json={"scheme": "grids", "period": "2024-06"})
    found = lines(made)
    # 40 + 20 + 9 + 10, and 0 + 0 + 7.05 + 7
    assert {c: (one["rank"], one["total"]) for c, one in found.items()} == {"A": (1, 79.0), "B": (2, 14.05)}
    assert [c["what"] for c in found["B"]["consequences"]] == ["flag:black"]
    frozen = month.good("office", "POST", f"/v1/assessments/{made['id']}/freeze", json={})
    assert (frozen["state"], frozen["frozen_by"], frozen["hash"]) == ("frozen", "office", made["hash"])

    same = month.good("looker", "GET", f"/v1/assessments/{made['id']}/check")
    assert (same["same"], same["made_again"], same["differences"]) == (True, made["hash"], [])

    # What comes to be known later does not count for what was known then, and is told for what is known now.
    month.house.clock.go_on(days=1)
    engine = make_engine(month.house.url, 1)
    left = month.good("leader", "GET", f"/v1/cases/{month.left['id']}")  # type: ignore[attr-defined]
    month.act("leader", month.act("leader", left, "correct", category="09001", reason="实为流动摊贩"), "supervise",
              way="phone", reason="请尽快派遣处置")  # fmt: skip
    then = month.good("looker", "GET", f"/v1/assessments/{made['id']}/check")
    assert (then["same"], then["later"]["entries"] >= 2) == (True, True)
    now = month.good("looker", "GET", f"/v1/assessments/{made['id']}/check?known=now")
    assert not now["same"]
    assert {(d["code"], d["what"], d["was"], d["is"]) for d in now["differences"]} >= {("A", "stalls", "10", "7")}
    assert "later" in now["why"][0]["en"]

    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text("UPDATE assessment SET hash = '' WHERE frozen_at IS NOT NULL"))
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text("DELETE FROM assessment_input"))
    engine.dispose()

    again = month.good("office", "POST", "/v1/assessments", json={"scheme": "grids", "period": "2024-06"})
    refused = month.ask("office", "POST", f"/v1/assessments/{again['id']}/freeze", json={})
    assert refused.json()["errors"][0]["field"] == "reason"
    why = {"reason": "更正一起案件的类别"}
    second = month.good("office", "POST", f"/v1/assessments/{again['id']}/freeze", json=why)
    assert (second["revises"], second["reason"]) == (made["id"], why["reason"])
    listed = month.good("looker", "GET", "/v1/assessments?scheme=grids&state=frozen")["items"]
    assert [one["id"] for one in listed] == [again["id"], made["id"]]


def test_what_was_known_at_an_earlier_instant_can_be_asked_for(month: Town):
    known = (NOON - DAY).isoformat()
    asked = {"scheme": "posts", "period": "2024-06"}
    made = month.good("office", "POST", "/v1/assessments", json=asked | {"known": known})
    assert (made["cases"], made["lines"]) == (0, [])
    made = month.good("office", "POST", "/v1/assessments", json=asked)
    assert [(one["code"], one["total"]) for one in made["lines"]] == [("dispatcher", 100.0)]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"scheme": "none", "period": "2024-06"}, 404, "scheme"),
        ({"scheme": "grids", "period": "2024-Q2"}, 422, "period"),
        ({"scheme": "grids", "period": "June"}, 422, "period"),
        ({"scheme": "grids", "period": "2024-06", "known": "2030-01-01T00:00:00Z"}, 422, "known"),
        ({"scheme": "grids"}, 422, "period"),
        ({"scheme": "posts", "period": "2023-01"}, 404, "at"),
    ],
)
def test_a_sheet_that_cannot_be_made_is_refused(month: Town, body, status, field):
    answer = month.ask("office", "POST", "/v1/assessments", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"].removeprefix("body.")) == (status, field)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"code": "guess"}, "code"), ({"subject": "C"}, "subject"), ({"value": 101}, "value"), ({"value": -1}, "value"),
     ({"period": "2024-00"}, "period")],
)  # fmt: skip
def test_a_score_that_nobody_asks_for_is_refused_and_none_is_kept(month: Town, changes, field):
    inputs = [JURY[0] | {"period": "2024-05"}, JURY[0] | {"period": "2024-05"} | changes]
    answer = month.ask("office", "POST", "/v1/assessments/inputs", json={"inputs": inputs})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, f"inputs.1.{field}")
    assert month.good("looker", "GET", "/v1/assessments/inputs?period=2024-05")["items"] == []


def test_the_last_word_of_a_giver_counts(month: Town):
    for value in (10, 20):
        one = [JURY[0] | {"period": "2024-07", "value": value, "giver": "甲街道"}]
        month.good("office", "POST", "/v1/assessments/inputs", json={"inputs": one})
    (kept,) = month.good("looker", "GET", "/v1/assessments/inputs?period=2024-07")["items"]
    assert (kept["value"], kept["giver"], kept["actor"]) == (20.0, "甲街道", "office")


def test_indicators_by_area_unit_and_post(month: Town):
    def told(by: str) -> dict[str, Any]:
        found = month.good("looker", "GET", f"/v1/assessments/indicators?period=2024-06&by={by}")
        return {item["code"]: item for item in found["items"]}

    assert told("layer:grid")["A"]["rates"]["closing"]["of"] == 2
    assert told("all")["all"]["counts"]["filed"] == 4
    assert "on_time_arrival" not in told("all")["all"]["rates"]
    assert set(told("post:dispatcher")) == {"dispatcher"}
    assert told("all")["all"]["rates"]["first_dispatch"]["interval"][1] == 100.0
    # The unit above counts what those under it do.
    assert told("unit")["U1"]["counts"]["filed"] == 4
    refused = month.ask("looker", "GET", "/v1/assessments/indicators?period=2024-06&by=street")
    assert refused.status_code == 422


def test_a_part_of_the_city_sees_no_sheet_and_makes_none(month: Town):
    assert month.ask("street", "GET", "/v1/assessments").status_code == 403
    assert month.ask("street", "POST", "/v1/assessments", json={}).status_code == 403
    assert month.ask("leader", "POST", "/v1/assessments", json={}).status_code == 403
    assert month.ask("looker", "GET", "/v1/assessments/999").status_code == 404


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_workbook_opens_again_with_numbers_as_numbers(month: Town, lang: str):
    made = month.good("office", "POST", "/v1/assessments", json={"scheme": "grids", "period": "2024-06"})
    answer = month.ask("looker", "GET", f"/v1/assessments/{made['id']}/workbook?lang={lang}")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    ranking = book.worksheets[0]
    assert ranking["A1"].value == ("网格考核（2024年6月）" if lang == "zh" else "Grids (June 2024)")
    head = [cell.value for cell in ranking[3]]
    row = dict(zip(head, (cell.value for cell in ranking[4]), strict=True))
    assert row["总分" if lang == "zh" else "Total"] == lines(made)["A"]["total"]
    assert isinstance(row["名次" if lang == "zh" else "Rank"], int)
    cases = [cell.value for cell in book.worksheets[1]["F"]][1:]
    assert cases
    assert all(isinstance(number, str) for number in cases)
    assert ranking.page_setup.orientation == "landscape"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_what_the_sheet_says(month: Town, lang: str):
    made = month.good("office", "POST", "/v1/assessments", json={"scheme": "grids", "period": "2024-06"})
    answer = month.ask("looker", "GET", f"/sheets/{made['id']}?lang={lang}")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text
    assert ("网格A", "网格B", made["hash"]) == tuple(t for t in ("网格A", "网格B", made["hash"]) if t in answer.text)
    assert ("黑旗" if lang == "zh" else "black flag") in answer.text
