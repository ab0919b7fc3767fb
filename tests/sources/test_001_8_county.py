"""Seed 001, part 8: the grid plan of a county. Six grids bounded by streets, and ten items with a department each.

The plan's placeholder names repeat, so that only grids 4 and 5 can be drawn by it; the rest is drawn to fit. Out of
reach: the weekly comparison, the monthly total and the ladder of sanctions (assessment).
"""

import pytest
from drawing import areas
from six_grids import DISTRICTS, SIX_GRIDS, STREETS
from town import Drawn, ask, route_over, whose

from gridsvc import Router
from gridsvc.spatial.topology import check_edition

UNITS = """
    code,name,name_en
    ENF,执法局,Enforcement
    SERVICE,城管服务中心,Service Centre
    BUILDING,住建局,Construction
    POLICE,公安局,Police
    MARKET,工商局,Industry and Commerce
    ENVIRONMENT,环保局,Environment
    LAND,国土局,Land
"""
RULES = """
    rank,id,via,categories,attributes,lead,source
    600,STALLS,rule,09006,,unit:ENF,考评表1 占道经营
    601,SHOPS,rule,09005,,unit:ENF,考评表2 店外经营
    602,CLEAN,rule,06010;06012,,unit:SERVICE,考评表3 市容保洁
    603,SIGNS,rule,07003;07006;03006;03007,,unit:SERVICE,考评表4 广告牌匾
    604,WORKS,rule,01*;02*;06013;06050,,unit:BUILDING,考评表5 市政设施
    605,TRAFFIC,rule,09009;09010,,unit:POLICE,考评表6 交通秩序
    606,UNLICENSED,rule,09001;09015,,unit:MARKET,考评表7 无证经营
    607,ENVIRONMENT,rule,06026;06027;06030,,unit:ENVIRONMENT,考评表8 环保治理
    608,LAND,rule,06001;08016,land=occupied,unit:LAND,考评表9 违法占地
    609,BUILDINGS,rule,06001;08016,,unit:ENF,考评表10 违建治理
"""
PEOPLE = """
    code,name
    R1,甲一
    R2,甲二
    R3,甲三
    R4,甲四
    R5,甲五
    R6,甲六
    R7,甲七
"""
POSTS = """
    code,person,role,layer,area,deputy_of
    P1,R1,grid_chief,grid,1,
    P2,R2,grid_chief,grid,2,
    P3,R3,grid_chief,grid,3,
    P4,R4,grid_chief,grid,4,
    P5,R5,grid_chief,grid,5,
    P6,R6,grid_chief,grid,6,
    P7,R7,grid_chief,grid,4,P4
"""
STREET = Drawn("street", areas(DISTRICTS), {}, {"coverage": "partition"})
GRID = Drawn("grid", areas(SIX_GRIDS), {}, {"coverage": "partition", "parent": "street", "chief_role": "grid_chief"})
BOUNDS = Drawn(
    "boundary_street",
    {name: shape for name, (shape, _) in STREETS.items()},
    {name: {"width_m": 8.0, "owner": owner} for name, (_, owner) in STREETS.items()},
    {"geometry": "line", "settles": "grid"},
)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Router:
    folder = tmp_path_factory.mktemp("county")
    return route_over(folder, STREET, GRID, BOUNDS, units=UNITS, rules=RULES, people=PEOPLE, posts=POSTS)


@pytest.mark.parametrize(
    ("item", "matter", "told", "expected"),
    [
        (1, "09006", {}, "ENF"),
        (2, "09005", {}, "ENF"),
        (3, "06012", {}, "SERVICE"),
        (4, "07006", {}, "SERVICE"),
        (5, "01002", {}, "BUILDING"),
        (6, "09009", {}, "POLICE"),
        (7, "09015", {}, "MARKET"),
        (8, "06027", {}, "ENVIRONMENT"),
        (9, "06001", {"land": "occupied"}, "LAND"),
        (10, "06001", {}, "ENF"),
    ],
)
def test_001_8_each_of_the_ten_items_has_its_department(
    county: Router, item: int, matter: str, told: dict[str, str], expected: str
):
    assert whose(county, (2.5, 4.5), matter, **told) == f"{expected} by rule"
    rule = ask(county, (2.5, 4.5), matter, **told).decision.rule
    assert rule is not None
    assert rule.source.startswith(f"考评表{item} ")


@pytest.mark.parametrize(
    ("place", "grid"),
    [
        ((2.5, 2.9), "4"),  # 人民路, on its north side: the ground is the south side's
        ((5.5, 2.9), "5"),
        ((4.1, 1.5), "2"),  # 建设路, on its east side: the ground is the west side's
        ((4.1, 4.5), "4"),
        ((4, 3), "4"),  # their crossing
        ((0.1, 4.5), "1"),
        ((2.5, 1.5), "2"),
        ((5.5, 1.5), "3"),
        ((3.5, 6.5), "6"),
    ],
)
def test_001_8_whoever_includes_a_street_has_its_ground_and_its_chief(
    county: Router, place: tuple[float, float], grid: str
):
    routing = ask(county, place, "09006")
    assert routing.areas["grid"].code == grid
    chief = routing.chiefs["grid_chief"]
    assert chief is not None
    assert chief.post.code == f"P{grid}"


def test_001_8_the_street_that_no_grid_claims_is_reported(county: Router):
    found = [f for f in check_edition(county.snapshot.edition).findings if f.id == "unowned_street"]
    assert ["卫生路" in f.zh for f in found] == [True]


def test_001_8_on_the_unclaimed_street_each_side_is_its_own_grids(county: Router):
    assert ask(county, (2.5, 5.9), "09006").areas["grid"].code == "4"
    assert ask(county, (2.5, 6.1), "09006").areas["grid"].code == "6"
    assert ask(county, (2.5, 6), "09006").areas["grid"].how == "edge"
