"""Seed 004, third part: "urban management 120" of Jinshui. Grid worker, persuader and officer are sent one by one.

Its ten minutes to arrive and ten more are in ``test_limits.py``. Out of reach here: weekly training.
20 staff for a square kilometre is a figure that the check of a ruleset tells.
"""

from pathlib import Path

import pytest
from town import GRID, STREET, TOWN, Drawn, ask, box, hour, route_over, whose

from gridsvc import Router
from gridsvc.responsibility.duty import chain_at
from gridsvc.ruleset_check import check_ruleset

UNITS = """
    code,name,name_en
    ENF,区执法局,Enforcement Bureau
    SO-A,甲街道办事处,Office A
    SO-B,乙街道办事处,Office B
    SO-C,丙街道办事处,Office C
"""
RULES = """
    rank,id,via,categories,lead,assisting,source
    600,STREETS,rule,09*;06029,area:street,unit:ENF,城管120 以街道为责任主体
"""
PEOPLE = """
    code,name,kind
    W1,网格员甲,auxiliary
    W2,网格员乙,auxiliary
    Q1,劝导员甲,auxiliary
    Q2,劝导员乙,auxiliary
    O1,执法队员甲,regular
    O2,执法队员乙,regular
    X1,协管员甲,auxiliary
"""
# Persuaders work in shifts that meet the evening; the officer of the street comes where the grid has none.
POSTS = """
    code,person,role,layer,area,unit,duty
    P1,W1,grid_worker,grid,A1,,1-7 06:00-14:00
    P2,W2,grid_worker,grid,A1,,1-7 14:00-22:00
    P3,Q1,persuader,grid,A1,,1-7 09:00-17:00
    P4,Q2,persuader,street,A,,1-7 17:00-01:00
    P5,O1,enforcement_officer,grid,A1,,1-7 09:00-17:00
    P6,O2,enforcement_officer,street,A,,
    P7,X1,enforcement_officer,grid,A2,,
"""


@pytest.fixture(scope="module")
def jinshui120(tmp_path_factory: pytest.TempPathFactory) -> Router:
    folder = tmp_path_factory.mktemp("jinshui120")
    return route_over(folder, *TOWN, units=UNITS, rules=RULES, people=PEOPLE, posts=POSTS)


def chain(router: Router, place: tuple[float, float], when: str) -> list[str | None]:
    """Names of those who are sent first, second and third from a place, None where nobody is on duty."""
    areas = ask(router, place, "09006").areas
    places = [("grid", areas["grid"].code), ("street", areas["street"].code)]
    sent = chain_at(router.snapshot.staff, places, hour(when), router.zone)
    return [duty.holders[0].person.name if duty and duty.is_served else None for duty in sent.values()]


def test_004_3_three_are_sent_one_after_the_other(jinshui120: Router):
    sent = chain_at(jinshui120.snapshot.staff, [("grid", "A1")], hour("2024-06-12 10:00"), jinshui120.zone)
    assert list(sent) == ["grid_worker", "persuader", "enforcement_officer"]
    assert chain(jinshui120, (2, 2), "2024-06-12 10:00") == ["网格员甲", "劝导员甲", "执法队员甲"]


def test_004_3_shifted_and_late_duty_keeps_the_chain_whole_in_the_evening(jinshui120: Router):
    assert chain(jinshui120, (2, 2), "2024-06-12 16:59") == ["网格员乙", "劝导员甲", "执法队员甲"]
    assert chain(jinshui120, (2, 2), "2024-06-12 17:00") == ["网格员乙", "劝导员乙", "执法队员乙"]
    assert chain(jinshui120, (2, 2), "2024-06-12 00:30") == [None, "劝导员乙", "执法队员乙"]
    assert chain(jinshui120, (2, 2), "2024-06-12 03:00") == [None, None, "执法队员乙"]


def test_004_3_where_the_grid_has_nobody_who_may_enforce_the_streets_officer_comes(jinshui120: Router):
    """The post of grid A2 is held by an auxiliary, who may tell and persuade and may not fine."""
    assert chain(jinshui120, (2, 10), "2024-06-12 10:00") == [None, None, "执法队员乙"]


def test_004_3_the_street_answers_whoever_is_sent(jinshui120: Router):
    assert whose(jinshui120, (2, 2), "06029") == "SO-A by rule"
    assert whose(jinshui120, (2, 2), "09006", hour("2024-06-12 03:00")) == "SO-A by rule"


def test_004_3_beyond_the_street_there_is_no_chain(jinshui120: Router):
    assert chain(jinshui120, (14, 2), "2024-06-12 10:00") == [None, None, None]
    assert {STREET.layer, GRID.layer} <= set(ask(jinshui120, (14, 2), "09006").areas)


def test_004_3_an_auxiliary_in_the_post_of_an_officer_is_an_error(jinshui120: Router):
    found = check_ruleset(jinshui120.snapshot, {}, hour("2024-06-12 12:00")).findings
    assert [(f.severity, f.codes) for f in found if f.table == "posts"] == [("error", ("P7",))]


@pytest.mark.parametrize(("staff", "told"), [(19, ["A"]), (20, [])])
def test_004_3_twenty_staff_for_a_square_kilometre_are_asked_for(tmp_path: Path, staff: int, told: list[str]):
    street = Drawn("street", {"A": box(0, 0, 84, 74)}, {}, {"coverage": "partition"})  # 0.99 km²
    grid = Drawn("grid", {"A1": box(0, 0, 84, 74)}, {"A1": {"parent": "A"}}, GRID.keys)
    people = "code,name\n" + "".join(f"S{n},员{n}\n" for n in range(staff))
    posts = "code,person,role,layer,area\n" + "".join(f"P{n},S{n},persuader,grid,A1\n" for n in range(staff))
    router = route_over(tmp_path, street, grid, people=people, posts=posts)
    found = check_ruleset(router.snapshot, {}, hour("2024-06-12 12:00")).findings
    assert [f.codes[0] for f in found if f.id == "staff_density"] == told
