"""Seed 001, part 6: the reform plan of Shaanxi. Enforcement ends where the planning area ends.

Out of reach: 5 to 8 staff for 10 000 people (a figure of an assessment), the hotline's link with 110 (belongs to the
intake of cases). That auxiliaries may not enforce is tried in `test_004_3_jinshui120`.
"""

from pathlib import Path

import pytest
from town import GRID, NOON, STREET, TOWN, ask, route_over, whose

from gridsvc import Router
from gridsvc.ruleset_check import check_ruleset

UNITS = """
    code,name,name_en,parent
    CITY,市执法支队,City Enforcement,
    ENF,区城市管理执法局,Enforcement Bureau,CITY
    HOUSING,住建局,Housing and Construction,
    ENVIRONMENT,环保局,Environment,
    MARKET,工商局,Industry and Commerce,
    TRAFFIC,交警,Traffic Police,
    WATER,水务局,Water,
    FOOD,食药监局,Food and Drugs,
    SO-A,甲街道办事处,Office A,
    SO-B,乙街道办事处,Office B,
    SO-C,丙镇政府,Town C,
"""
RULES = """
    rank,id,via,categories,attributes,lead,assisting,source
    600,CROSS-AREA,rule,06*;07*;08*;09*,scope=cross_area|complex,unit:CITY,unit:ENF,陕 跨区域或重大复杂案件
    610,HOUSING,rule,08001;08004;08016;06001,,unit:ENF,unit:HOUSING,陕 住建领域及扬尘噪声
    611,SMOKE,rule,06020;06027;06029,,unit:ENF,unit:ENVIRONMENT,陕 油烟焚烧露天烧烤
    612,TRADE,rule,09001;07003,,unit:ENF,unit:MARKET,陕 无照经营和户外广告
    613,PARKING,rule,09009;09006,,unit:ENF,unit:TRAFFIC,陕 侵占道路违法停车
    614,RIVER,rule,06026;06046,,unit:ENF,unit:WATER,陕 河道倾倒和违建
    615,FOOD,rule,09015,,unit:ENF,unit:FOOD,陕 户外食品摊点
    620,HOUSING-D,rule,08001;08004;08016;06001,,unit:HOUSING,,陕 规划区外归主管部门
    621,SMOKE-D,rule,06020;06027;06029,,unit:ENVIRONMENT,,陕 规划区外归主管部门
    622,TRADE-D,rule,09001;07003,,unit:MARKET,,陕 规划区外归主管部门
    623,PARKING-D,rule,09009,,unit:TRAFFIC,,陕 规划区外归主管部门
    624,RIVER-D,rule,06026;06046,,unit:WATER,,陕 规划区外归主管部门
    625,FOOD-D,rule,09015,,unit:FOOD,,陕 规划区外归主管部门
    900,LOCAL,locality,06*;07*;08*;09006,,area:street,,陕 属地管理
"""
POWERS = """
    unit,categories,places,source
    ENF,06*;07*;08*;09*,planning_area:*,陕 执法限于规划区
    CITY,06*;07*;08*;09*,planning_area:*,陕 执法限于规划区
"""
IN_TOWN, IN_COUNTRY = (14, 10), (22, 10)


@pytest.fixture(scope="module")
def shaanxi(tmp_path_factory: pytest.TempPathFactory) -> Router:
    return route_over(tmp_path_factory.mktemp("shaanxi"), *TOWN, units=UNITS, rules=RULES, powers=POWERS)


@pytest.mark.parametrize(
    ("matter", "in_country"),
    [
        ("08001", "HOUSING"),
        ("08004", "HOUSING"),
        ("06001", "HOUSING"),
        ("06027", "ENVIRONMENT"),
        ("06029", "ENVIRONMENT"),
        ("09001", "MARKET"),
        ("07003", "MARKET"),
        ("09009", "TRAFFIC"),
        ("06026", "WATER"),
        ("09015", "FOOD"),
    ],
)
def test_001_6_the_bureau_has_each_matter_of_its_scope_only_inside_the_planning_area(
    shaanxi: Router, matter: str, in_country: str
):
    assert whose(shaanxi, IN_TOWN, matter) == "ENF by rule"
    assert whose(shaanxi, IN_COUNTRY, matter) == f"{in_country} by rule"


def test_001_6_where_no_department_is_named_the_locality_takes_what_the_bureau_may_not(shaanxi: Router):
    assert whose(shaanxi, IN_TOWN, "09006") == "ENF by rule"
    assert whose(shaanxi, IN_COUNTRY, "09006") == "SO-C by locality"


def test_001_6_the_row_that_was_passed_over_is_named_with_its_reason(shaanxi: Router):
    trail = {rule.id: why for rule, why in ask(shaanxi, IN_COUNTRY, "09001").decision.trail}
    assert trail["TRADE"] == "no_power"


def test_001_6_what_crosses_areas_or_is_complex_goes_up_to_the_city(shaanxi: Router):
    assert whose(shaanxi, IN_TOWN, "09001", scope="cross_area") == "CITY by rule"
    assert whose(shaanxi, IN_TOWN, "06027", scope="complex") == "CITY by rule"
    assert whose(shaanxi, IN_COUNTRY, "09001", scope="cross_area") == "MARKET by rule"


@pytest.mark.parametrize(("regular", "auxiliary", "told"), [(2, 2, []), (2, 3, ["warning"])])
def test_001_6_auxiliaries_are_not_to_be_more_than_regular_staff(
    tmp_path: Path, regular: int, auxiliary: int, told: list[str]
):
    kinds = ["regular"] * regular + ["auxiliary"] * auxiliary
    people = "code,name,kind\n" + "".join(f"R{n},员{n},{kind}\n" for n, kind in enumerate(kinds))
    router = route_over(tmp_path, STREET, GRID, people=people)
    found = check_ruleset(router.snapshot, {}, NOON).findings
    assert [f.severity for f in found if f.id == "auxiliary"] == told
