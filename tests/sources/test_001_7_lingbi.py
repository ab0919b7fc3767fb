"""Seed 001, part 7: the campaign of Lingbi. A squad has an area, an officer a street; six themes with dates.

Out of reach: a toilet within 500 m everywhere, 16 toilets and 8 new ones, sweeping five times a day (measures of
coverage and of work done, not of who answers). Names of people are invented; which hours are weak is chosen here.
"""

import pytest
from town import TOWN, Drawn, box, helpers, hour, route_over, whose

from gridsvc import Router
from gridsvc.responsibility.duty import duty_at, duty_of_unit

UNITS = """
    code,name,name_en,parent
    BUREAU,县城市管理局,City Management Bureau,
    BRIGADE,执法大队,Enforcement Brigade,BUREAU
    SQUAD-1,一中队,Squad One,BRIGADE
    SQUAD-2,二中队,Squad Two,BRIGADE
    SANITATION,环卫所,Sanitation Office,BUREAU
    WORKS,市政所,Municipal Office,BUREAU
    GREENS,园林所,Greening Office,BUREAU
    LAMPS,路灯所,Street Lamp Office,BUREAU
    RIVERS,水环境治理公司,Water Works Company,
"""
PERIODS = """
    code,window,title_zh,title_en
    weak,1-7 11:30-14:00;1-7 17:30-20:00,两薄时段,weak periods
"""
# Till the campaign ends each theme stands before the everyday row of the same matters. The last day belongs to it.
RULES = """
    rank,id,via,categories,places,window,lead,assisting,evaluator,source,valid_from,valid_to
    600,THEME-1,rule,09001;09005;09006;07001;07003;06029,squad:*,,unit:BRIGADE,area:squad,unit:BUREAU,\
灵璧 市容秩序专项,2020-04-26,2020-06-16
    601,THEME-2,rule,06010;06011;06012;03*,,,unit:SANITATION,,unit:BUREAU,灵璧 环境卫生专项,2020-04-26,2020-06-16
    602,THEME-5,rule,01037;01038;01039,,,unit:LAMPS,,unit:BUREAU,灵璧 城市亮化专项,2020-04-26,2020-06-16
    603,THEME-3,rule,01*;02*;06013;06050,,,unit:WORKS,,unit:BUREAU,灵璧 市政设施专项,2020-04-26,2020-06-16
    604,THEME-4,rule,04*;06017;06022;06045,,,unit:GREENS,,unit:BUREAU,灵璧 园林绿化专项,2020-04-26,2020-06-16
    605,THEME-6,rule,06025;06026;06030,,,unit:RIVERS,,unit:BUREAU,灵璧 黑臭水体专项,2020-04-26,2020-06-16
    610,WEAK,rule,09001;09005;09006,squad:*,weak,unit:BRIGADE,area:squad,,灵璧 两薄时段,,
    611,SQUADS,rule,09001;09005;09006;07001;07003;06029,squad:*,,area:squad,,unit:BRIGADE,灵璧 中队包片,,
    620,SWEEP,rule,06010;06011;06012;03*,,,unit:SANITATION,,,灵璧 环卫日常,,
"""
PEOPLE = """
    code,name,kind
    R1,甲一,regular
    R2,乙一,regular
    R3,乙二,regular
    R4,丙一,auxiliary
    L1,丁一,regular
    L2,丁二,regular
"""
POSTS = """
    code,person,role,layer,area,unit,duty,valid_from,valid_to
    P1,R1,enforcement_officer,lane,M,,,2020-01-01,
    P2,R2,enforcement_officer,lane,D,,,2020-01-01,2020-05-01
    P3,R3,enforcement_officer,lane,D,,,2020-05-01,
    P4,R4,persuader,lane,M,,weak,2020-01-01,
    T1,L1,duty_leader,,,BRIGADE,,2020-04-26,2020-06-16
    T2,L2,duty_leader,,,SANITATION,,2020-04-26,2020-06-16
"""
SQUAD = Drawn(
    "squad",
    {"1": box(0, 0, 12, 16), "2": box(12, 0, 20, 16)},
    {"1": {"name": "一片", "unit": "SQUAD-1"}, "2": {"name": "二片", "unit": "SQUAD-2"}},
    {"coverage": "cover", "unit": "unit"},
)
DAY = hour("2020-03-02 10:00")
CAMPAIGN = hour("2020-05-06 10:00")


@pytest.fixture(scope="module")
def lingbi(tmp_path_factory: pytest.TempPathFactory) -> Router:
    tables = {"units": UNITS, "rules": RULES, "periods": PERIODS, "people": PEOPLE, "posts": POSTS}
    return route_over(tmp_path_factory.mktemp("lingbi"), *TOWN, SQUAD, **tables)


def test_001_7_the_squad_answers_for_its_area(lingbi: Router):
    assert whose(lingbi, (2, 4), "09006", DAY) == "SQUAD-1 by rule"
    assert whose(lingbi, (14, 4), "09006", DAY) == "SQUAD-2 by rule"
    assert whose(lingbi, (22, 4), "09006", DAY) == "desk: no_rule"


@pytest.mark.parametrize(
    ("time", "expected"),
    [("11:29", "SQUAD-1"), ("11:30", "BRIGADE"), ("13:59", "BRIGADE"), ("14:00", "SQUAD-1"), ("19:00", "BRIGADE")],
)
def test_001_7_in_the_two_weak_periods_the_brigade_leads_and_the_squad_helps(lingbi: Router, time: str, expected: str):
    when = hour(f"2020-03-01 {time}")  # a Sunday
    assert whose(lingbi, (2, 4), "09005", when) == f"{expected} by rule"
    assert helpers(lingbi, (2, 4), "09005", when) == ("SQUAD-1" if expected == "BRIGADE" else " / BRIGADE")


@pytest.mark.parametrize(
    ("matter", "unit"),
    [
        ("09006", "BRIGADE"),
        ("06012", "SANITATION"),
        ("06013", "WORKS"),
        ("06045", "GREENS"),
        ("01037", "LAMPS"),
        ("06026", "RIVERS"),
    ],
)
def test_001_7_each_of_six_themes_has_its_unit_while_the_campaign_lasts(lingbi: Router, matter: str, unit: str):
    assert whose(lingbi, (2, 4), matter, CAMPAIGN) == f"{unit} by rule"
    assert helpers(lingbi, (2, 4), matter, CAMPAIGN).endswith("/ BUREAU")


def test_001_7_the_campaign_begins_and_ends_on_its_days(lingbi: Router):
    assert whose(lingbi, (2, 4), "07001", hour("2020-04-25 23:59")) == "SQUAD-1 by rule"
    assert whose(lingbi, (2, 4), "07001", hour("2020-04-26 00:00")) == "BRIGADE by rule"
    assert whose(lingbi, (2, 4), "07001", hour("2020-06-15 23:59")) == "BRIGADE by rule"
    assert whose(lingbi, (2, 4), "07001", hour("2020-06-16 00:00")) == "SQUAD-1 by rule"


def test_001_7_an_officer_has_his_street_beside_the_squad_that_has_the_area(lingbi: Router):
    def officer(lane: str, when: str) -> list[str]:
        duty = duty_at(lingbi.snapshot.staff, "enforcement_officer", ("lane", lane), hour(when), lingbi.zone)
        return [holder.person.name for holder in duty.holders] if duty else []

    assert officer("M", "2020-04-30 12:00") == ["甲一"]
    assert officer("D", "2020-04-30 23:59") == ["乙一"]
    assert officer("D", "2020-05-01 00:00") == ["乙二"]
    assert officer("W", "2020-05-01 00:00") == []


def test_001_7_each_theme_has_a_named_leader_as_long_as_it_lasts(lingbi: Router):
    def leader(unit: str, when: str) -> str | None:
        duty = duty_of_unit(lingbi.snapshot.staff, "duty_leader", unit, hour(when), lingbi.zone)
        return duty.holders[0].person.name if duty else None

    assert leader("BRIGADE", "2020-06-15 23:59") == "丁一"
    assert leader("SQUAD-1", "2020-05-06 10:00") == "丁一"  # the squad's leader is the brigade's
    assert leader("SANITATION", "2020-05-06 10:00") == "丁二"
    assert leader("BRIGADE", "2020-06-16 00:00") is None
