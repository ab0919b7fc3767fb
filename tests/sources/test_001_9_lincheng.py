"""Seed 001, part 9: duty lists of Huangyuan county, areas of Kangdong community, functional zones of Lincheng.

Out of reach: hoarding of 1.8 m at least (a condition for filing), 90 % in bags, three poor monthly checks (assessment).
The lists are cut in the middle of the text; rows for bodies whose list is missing are left out.
"""

import pytest
from town import NOON, TOWN, Drawn, ask, box, helpers, route_over, whose

from gridsvc import Router
from gridsvc.responsibility.duty import duty_at

UNITS = """
    code,name,name_en
    TOWN-BUREAU,城镇管理局,Town Management
    POLICE,公安局,Police
    HOUSING,住建局,Housing and Construction
    TRANSPORT,交通局,Transport
    EDUCATION,教育局,Education
    FRUIT-MARKET,水果专业市场,Fruit Market
    GRILL-MARKET,小吃（烧烤）市场,Snack Market
    KANGDONG,康东社区,Kangdong Community
    SO-A,甲镇,Town A
    SO-B,乙镇,Town B
    SO-C,丙镇,Town C
"""
# A trade in the zone that is planned for it is that market's own business; elsewhere the tier of the street decides.
RULES = """
    rank,id,via,categories,places,attributes,lead,assisting,source
    100,FRUIT-ZONE,zone,09006;09001,function?trade=fruit,trade=fruit,unit:FRUIT-MARKET,unit:TOWN-BUREAU,临城 功能分区
    101,GRILL-ZONE,zone,09006;06029,function?trade=grill,trade=grill,unit:GRILL-MARKET,unit:TOWN-BUREAU,临城 功能分区
    300,STRICT,lane_tier,09009;09010,strict:*,,unit:POLICE,,湟源 三条严管街
    310,FORBIDDEN,lane_tier,09006,lane?tier=arterial,,unit:TOWN-BUREAU,unit:POLICE,湟源 主要道路严禁
    311,CONTROLLED,lane_tier,09006,lane?tier=secondary,,unit:TOWN-BUREAU,area:street,湟源 次要道路严控
    312,REGULATED,lane_tier,09006,lane?tier=branch;lane?tier=alley,,area:street,unit:TOWN-BUREAU,湟源 支路街巷规范
    600,TOWN-LIST,rule,06010;06012;06014;07003;07006;01*;09006;06029,,,unit:TOWN-BUREAU,,湟源 城镇管理局职责
    601,POLICE-LIST,rule,09009;09010;02010,,,unit:POLICE,,湟源 公安局职责
    602,HOUSING-LIST,rule,08004;08007;08011;08012;06001,,,unit:HOUSING,unit:TOWN-BUREAU,湟源 住建局职责
    603,TRANSPORT-LIST,rule,02004;02005,,,unit:TRANSPORT,,湟源 交通局职责
    650,KANGDONG,rule,07001;06036,area:*,,unit:KANGDONG,,康东 责任区
"""
PEOPLE = "code,name\nR1,康一\nR2,康二\n"
POSTS = """
    code,person,role,layer,area
    K1,R1,grid_worker,area,k1
    K2,R2,grid_worker,area,k2
"""
FUNCTION = Drawn(
    "function",
    {"F": box(1, 1, 3, 3), "G": box(14, 9, 15.5, 11)},
    {"F": {"name": "水果市场", "trade": "fruit"}, "G": {"name": "小吃街", "trade": "grill"}},
    {"coverage": "cover"},
)
STRICT = Drawn("strict", {f"严管街{n}": box(13 + n, 11, 13.4 + n, 16) for n in range(3)})
AREA = Drawn("area", {"k1": box(0, 9, 6, 16), "k2": box(6, 9, 12, 16)})


@pytest.fixture(scope="module")
def lincheng(tmp_path_factory: pytest.TempPathFactory) -> Router:
    layers = (*TOWN, FUNCTION, STRICT, AREA)
    return route_over(
        tmp_path_factory.mktemp("lincheng"), *layers, units=UNITS, rules=RULES, people=PEOPLE, posts=POSTS
    )


@pytest.mark.parametrize(
    ("place", "expected", "others"),
    [
        ((4, 4), "TOWN-BUREAU by lane_tier", "POLICE"),  # main road: forbidden
        ((4, 12), "TOWN-BUREAU by lane_tier", "SO-A"),  # secondary road: strictly controlled
        ((9, 10), "SO-A by lane_tier", "TOWN-BUREAU"),  # back lane: kept in order
        ((2, 6), "TOWN-BUREAU by rule", ""),  # on no street
    ],
)
def test_001_9_the_tier_of_a_street_decides_on_stalls(
    lincheng: Router, place: tuple[float, float], expected: str, others: str
):
    assert whose(lincheng, place, "09006") == expected
    assert helpers(lincheng, place, "09006") == others


def test_001_9_a_trade_is_at_home_in_its_functional_zone_and_nowhere_else(lincheng: Router):
    assert whose(lincheng, (2, 2), "09006", trade="fruit") == "FRUIT-MARKET by zone"
    assert whose(lincheng, (15, 10), "06029", trade="grill") == "GRILL-MARKET by zone"
    assert whose(lincheng, (15, 10), "09006", trade="fruit") == "TOWN-BUREAU by rule"
    assert whose(lincheng, (2, 2), "09006") == "TOWN-BUREAU by rule"  # the trade is not said


def test_001_9_parking_in_each_of_three_strict_streets_is_the_polices(lincheng: Router):
    sources = []
    for n in range(3):
        assert whose(lincheng, (13.2 + n, 14.5), "09009") == "POLICE by lane_tier"
        rule = ask(lincheng, (13.2 + n, 14.5), "09009").decision.rule
        sources.append(rule and rule.source)
    assert sources == ["湟源 三条严管街"] * 3
    assert whose(lincheng, (18, 10), "09009") == "POLICE by rule"


@pytest.mark.parametrize(
    ("matter", "expected"),
    [
        ("06012", "TOWN-BUREAU"),
        ("07006", "TOWN-BUREAU"),
        ("01037", "TOWN-BUREAU"),
        ("09010", "POLICE"),
        ("08007", "HOUSING"),
        ("06001", "HOUSING"),
        ("02005", "TRANSPORT"),
    ],
)
def test_001_9_duty_lists_of_departments(lincheng: Router, matter: str, expected: str):
    assert whose(lincheng, (18, 10), matter) == f"{expected} by rule"


def test_001_9_a_department_without_duties_on_the_street_is_never_asked(lincheng: Router):
    leads = {lead for rule in lincheng.snapshot.ruleset.rules for lead in rule.lead.named_units()}
    assert "EDUCATION" not in leads


def test_001_9_each_area_of_the_community_has_a_named_person(lincheng: Router):
    for place, expected in (((2, 14), "康一"), ((8, 14), "康二")):
        routing = ask(lincheng, place, "06036")
        assert whose(lincheng, place, "06036") == "KANGDONG by rule"
        area = routing.areas["area"]
        duty = duty_at(lincheng.snapshot.staff, "grid_worker", (area.layer, area.code), NOON, lincheng.zone)
        assert duty is not None
        assert duty.holders[0].person.name == expected
