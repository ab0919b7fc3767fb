"""Seed 004, first part: fine management in Jinshui. Eleven disputed matters were each given one owner and an evaluator.

The text says who has which part only for small advertisements: a contractor cleans, the enforcement bureau governs,
the offices help. For the other ten it says that each has one owner and one evaluator; who, is chosen here among the
bodies it names. Out of reach: weights of scores, flags, the fund and the cleaning budget (assessment).
"""

import pytest
from town import TOWN, ask, helpers, hour, route_over, whose

from gridsvc import Router

UNITS = """
    code,name,name_en
    APPEARANCE,区城管局,District Management
    ENF,区执法局,Enforcement Bureau
    FLOW,区畅通办,Office for Traffic Flow
    ENVIRONMENT,区环保局,Environment
    HOUSING,区住建局,Housing and Construction
    TRAFFIC,交警大队,Traffic Police
    CLEANERS,小广告清理公司,Cleaning Contractor
    ASSESS,区城考办,Assessment Office
    SO-A,甲街道办事处,Office A
    SO-B,乙街道办事处,Office B
    SO-C,丙街道办事处,Office C
"""
RULES = """
    rank,id,via,categories,attributes,lead,assisting,evaluator,source
    601,SANITATION,rule,06010;06011;06012,,unit:APPEARANCE,area:street,unit:ASSESS,金水 环境卫生
    602,FRONTAGE,rule,06036,,area:street,unit:APPEARANCE,unit:ASSESS,金水 门前五包
    603,SMALL-ADS,rule,07001;07002,,unit:CLEANERS,unit:ENF;area:street,unit:APPEARANCE,金水 小广告
    604,BIG-ADS,rule,07003;07006,,unit:ENF,area:street,unit:ASSESS,金水 户外广告
    605,STALLS,rule,09001;09005;09006,,unit:ENF,area:street,unit:ASSESS,金水 占道和突出店外经营
    606,SPOIL,rule,08011;08012;06014,,unit:ENF,unit:TRAFFIC;unit:HOUSING,unit:ASSESS,金水 渣土车
    607,ILLEGAL-BUILDING,rule,06001;08016,,area:street,unit:ENF,unit:ASSESS,金水 违法建筑
    608,GREENS,rule,06017;06018;06045;06047,,unit:APPEARANCE,area:street,unit:ASSESS,金水 游园绿地
    609,CYCLES,rule,09010;09011,,unit:FLOW,area:street,unit:ASSESS,金水 非机动车停放
    610,CARS,rule,09009,,unit:TRAFFIC,unit:FLOW,unit:ASSESS,金水 机动车乱停乱放
    611,NOISE-SITE,rule,08001,,unit:HOUSING,unit:ENVIRONMENT,unit:ASSESS,金水 噪声 工地
    612,NOISE,rule,06028,,unit:ENVIRONMENT,area:street,unit:ASSESS,金水 噪声
"""
# The eleven matters: a code of each, its owner, and who helps and who evaluates.
ELEVEN = {
    "sanitation": ("06012", "APPEARANCE", "SO-B / ASSESS"),
    "frontage": ("06036", "SO-B", "APPEARANCE / ASSESS"),
    "small advertisements": ("07001", "CLEANERS", "ENF SO-B / APPEARANCE"),
    "outdoor advertisements": ("07003", "ENF", "SO-B / ASSESS"),
    "stalls and goods before the shop": ("09005", "ENF", "SO-B / ASSESS"),
    "spoil trucks": ("08011", "ENF", "TRAFFIC HOUSING / ASSESS"),
    "illegal building": ("06001", "SO-B", "ENF / ASSESS"),
    "small parks and greens": ("06017", "APPEARANCE", "SO-B / ASSESS"),
    "bicycles": ("09010", "FLOW", "SO-B / ASSESS"),
    "cars": ("09009", "TRAFFIC", "FLOW / ASSESS"),
    "noise": ("06028", "ENVIRONMENT", "SO-B / ASSESS"),
}


@pytest.fixture(scope="module")
def jinshui(tmp_path_factory: pytest.TempPathFactory) -> Router:
    return route_over(tmp_path_factory.mktemp("jinshui"), *TOWN, units=UNITS, rules=RULES)


@pytest.mark.parametrize("matter", ELEVEN)
def test_004_1_each_of_the_eleven_disputed_matters_has_one_owner_with_helpers(jinshui: Router, matter: str):
    code, owner, others = ELEVEN[matter]
    for hour_of_day in ("03:00", "12:00"):
        when = hour(f"2024-06-12 {hour_of_day}")
        assert whose(jinshui, (14, 10), code, when) == f"{owner} by rule"
        assert helpers(jinshui, (14, 10), code, when) == others


def test_004_1_there_are_eleven():
    assert len({code for code, _, _ in ELEVEN.values()}) == 11


def test_004_1_the_helper_is_the_office_of_the_place(jinshui: Router):
    assert helpers(jinshui, (2, 2), "07001") == "ENF SO-A / APPEARANCE"
    assert helpers(jinshui, (22, 2), "07001") == "ENF SO-C / APPEARANCE"


def test_004_1_whoever_answers_does_not_also_help(jinshui: Router):
    decision = ask(jinshui, (2, 2), "06036").decision
    assert decision.unit is not None
    assert decision.unit.code == "SO-A"
    assert decision.unit not in decision.assisting


def test_004_1_a_matter_that_is_not_among_them_is_for_the_desk(jinshui: Router):
    assert whose(jinshui, (2, 2), "09012") == "desk: no_rule"
