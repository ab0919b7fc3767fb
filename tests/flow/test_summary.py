"""The numbers of the open cases, by filter and within reach; and the filters that the console's addresses name."""

from collections import Counter
from datetime import timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from small_city import IN_A, IN_B

from gridsvc.casework.case import OVER, Status
from gridsvc.services.summary import FIRST_DISPATCHES, Summaries
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.engine import make_engine
from tests.api.desk import DISPUTED
from tests.api.house import soon

from .living import NOBODYS, RULED, WHY, Living

NOWHERE = (120.5, 30.5)
ZONE = ZoneInfo("Asia/Shanghai")


def summary(city: Living, query: str = "", who: str = "leader") -> Any:
    answer = city.ask(who, "GET", f"/v1/cases/summary?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def five(told: Any) -> tuple[int, int, int, int]:
    return told["open"], told["due_soon"], told["overdue"], told["undecided"]


def nonzero(counts: Any) -> dict[str, int]:
    return {value: n for value, n in counts.items() if n}


@pytest.fixture
def busy(city: Living) -> Living:
    """Cases in many states, of two grids and outside, with and without somebody who answers."""
    for status in ("reported", "accepted", "dispatched", "on_hold", "done", "closed", "void", "archived", "undecided"):
        city.come_to(status)
    city.case(RULED, IN_B)
    city.case(DISPUTED)
    city.case(NOBODYS, NOWHERE)
    return city


def test_of_an_empty_city_all_numbers_are_nought(city: Living):
    told = summary(city)
    assert five(told) == (0, 0, 0, 0)
    assert told["first_dispatch"] == {"good": 0, "of": 0}
    assert told["facets"] == {"status": {}, "unit": {}, "street": {}, "category": {}, "light": {}}
    assert told["as_of"] == "2024-06-12T12:00:00+08:00"


def test_to_name_every_status_of_an_open_case_is_to_name_none(busy: Living):
    named = summary(busy, "status=" + ",".join(sorted(set(get_args(Status)) - set(OVER))))
    assert named == summary(busy)


def test_facets_count_what_lists_list(busy: Living):
    listed = busy.ask("leader", "GET", "/v1/cases?status=open&limit=1000").json()["items"]
    assert all(case["status"] not in OVER for case in listed)
    told = summary(busy)
    areas = [case["decision"]["areas"].get("street", {"code": "none"})["code"] for case in listed]
    units = [(case["decision"]["accountable"] or {"unit": "none"})["unit"] for case in listed]
    assert told["open"] == len(listed) == 9
    assert told["facets"]["status"] == Counter(case["status"] for case in listed)
    assert told["facets"]["category"] == Counter(case["category"] for case in listed)
    assert told["facets"]["street"] == Counter(areas)
    assert told["facets"]["unit"] == Counter(units)
    assert {"none"} < set(areas)
    assert {"none"} < set(units)
    assert told["undecided"] == len(busy.listed("status=open&desk=any"))


@pytest.mark.parametrize("facet", ["status", "unit", "street", "category", "light"])
def test_every_value_of_a_facet_leaves_as_many_as_it_says(busy: Living, facet: str):
    counts = summary(busy)["facets"][facet]
    assert sum(counts.values()) == summary(busy)["open"]
    for value, n in counts.items():
        # Without a light lists give what is over, too.
        query = f"{facet}={value}" if facet == "status" else f"{facet}={value}&status=open"
        assert len(busy.listed(query)) == n > 0, value
        told = summary(busy, f"{facet}={value}")
        assert told["open"] == n
        assert told["facets"][facet] == counts


def test_a_filter_narrows_the_other_facets(busy: Living):
    told = summary(busy, "status=reported&street=none")
    assert told["facets"]["status"] == {"reported": 1}
    assert told["facets"]["street"] == nonzero({"S": len(busy.listed("status=reported&street=S")), "none": 1})
    assert told["facets"]["category"] == {NOBODYS: 1}


def test_a_filter_by_what_is_over_leaves_nothing(busy: Living):
    assert five(summary(busy, "status=closed")) == (0, 0, 0, 0)
    assert summary(busy, "status=closed")["facets"]["status"]["reported"] == 4


def test_numbers_follow_what_happens(city: Living):
    assert summary(city)["open"] == 0
    case = city.case()
    assert soon(lambda: five(summary(city)) == (1, 0, 0, 0))
    case.go("void")
    assert soon(lambda: five(summary(city)) == (0, 0, 0, 0))


def test_lights_turn_without_anything_that_happens(city: Living):
    city.come_to("dispatched")
    now, wanted = city.house.clock.now, CaseFilter(city.reach())
    engine = make_engine(city.house.url, 1)
    found = []
    for hours in (0, 6.5, 8, 1000):
        told = Summaries(engine).of(wanted, ZONE, now + timedelta(hours=hours))
        found.append((five(told)[:3], told["facets"]["light"]))
    engine.dispose()
    assert found == [((1, 0, 0), {"green": 1}), ((1, 1, 0), {"amber": 1}), ((1, 0, 1), {"red": 1}),
                     ((1, 0, 1), {"red": 1})]  # fmt: skip


def test_within_reach_alone(busy: Living):
    every = busy.listed("status=open", "boss")
    for who in ("leader", "u2", "u3"):
        own = busy.listed("status=open", who)
        assert summary(busy, who=who)["open"] == len(own), who
    assert 0 < summary(busy, who="u2")["open"] < len(every)


def test_who_was_sent_to_the_wrong_unit_first(city: Living):
    assert summary(city)["first_dispatch"] == {"good": 0, "of": 0}
    city.come_to("closed")
    city.come_to("registered")
    for verdict in ("granted", "refused"):
        case = city.come_to("dispatched").go("return")
        case.do("dispatcher", "settle", request=case["requests"][0]["n"], verdict=verdict, reason=WHY)
    # What the unit itself hands on was right at first; and what is sent anew after a correction was wrong.
    case = city.come_to("dispatched").do("u2", "transfer", reason=WHY, unit="U3")
    case.do("u3", "settle", request=case["requests"][0]["n"], verdict="granted", reason=WHY)
    city.come_to("dispatched").do("leader", "correct", reason=WHY, category=DISPUTED)
    assert soon_first(city) == {"good": 3, "of": 5}
    city.house.clock.go_on(days=FIRST_DISPATCHES.days + 1)
    assert soon_first(city) == {"good": 0, "of": 0}


def soon_first(city: Living) -> Any:
    """The share as somebody is told who has not asked before."""
    engine = make_engine(city.house.url, 1)
    told = Summaries(engine).of(CaseFilter(city.reach()), ZONE, city.house.clock.now)
    engine.dispose()
    return told["first_dispatch"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=%E4%BA%BA%E6%B0%91", "address"), ("q=%20%E4%BA%BA%E6%B0%91%20", "address"), ("q=12%E5%8F%B7", "address"),
        ("q=%E5%A0%86", "described"), ("q=GARBAGE", "described"), ("q=%25", ""), ("q=_", ""), ("q=13800000001", ""),
        ("q=1380", ""), ("q=nowhere", ""),
    ],
)  # fmt: skip
def test_words_are_found_where_they_are_shown(city: Living, query: str, found: str):
    made = {
        "address": city.case(address="人民路12号")["number"],
        "described": city.case(description="路边垃圾堆 garbage，电话 13800000001")["number"],
    }
    assert city.listed(query) == ([made[found]] if found else [])
    assert city.listed(f"q={made['address'][:7]}") == sorted(made.values())
    assert city.listed(f"q={made['address']}") == [made["address"]]


def test_what_was_not_determined_can_be_found(city: Living):
    inside, outside = city.case()["number"], city.case(NOBODYS, NOWHERE)["number"]
    nobodys = city.case(NOBODYS, IN_A)["number"]
    for query, found in {
        "street=none": [outside], "grid=none": [outside], "unit=none": [outside, nobodys],
        "unit=none,U2": [inside, outside, nobodys], "street=S": [inside, nobodys],
        "street=none,S": [inside, outside, nobodys],
        "street=S&grid=none": [],
    }.items():  # fmt: skip
        assert city.listed(query) == sorted(found), query


def test_the_same_is_asked_by_the_words_of_the_consoles_addresses(city: Living):
    cases = []
    for _ in range(3):
        cases.append(city.case()["number"])
        city.house.clock.go_on(hours=1)
    for words in ("order", "sort"):
        found, cursor = [], ""
        while cursor is not None:
            query = f"/v1/cases?{words}=oldest&limit=2" + (f"&cursor={cursor}" if cursor else "")
            page = city.ask("leader", "GET", query).json()
            found += [c["number"] for c in page["items"]]
            cursor = page["next"]
        assert found == cases, words
    void = city.come_to("void")["number"]
    for words in ("light", "clock"):
        assert city.listed(f"{words}=green") == sorted(cases)
        assert city.listed(f"{words}=none") == [void]
        assert city.ask("leader", "GET", f"/v1/cases?{words}=blue").status_code == 422
