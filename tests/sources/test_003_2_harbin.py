"""Seed 003, second text: the reform of city management in Harbin. Parts a to h are those of the project's seed map.

Out of reach of responsibility: taking part in acceptance (d), the score ranking by machine (f), organisations and
people as things in a grid (g), and all of (h); none of them says who answers for a report. The watch over hot spots
and over "no-one's land" is a matter of heat and of the check of boundaries.
"""

from pathlib import Path

import pytest
from drawing import at, line
from shapely import Point
from town import ESTATE, GRID, STREET, TOWN, Drawn, ask, box, helpers, hour, route_over, whose

from gridsvc import Router

UNITS = """
    code,name,name_en
    CITY,市道桥管理处,City Roads and Bridges
    CITY-GREEN,市公园管理处,City Parks
    DISTRICT,区城市管理局,District Management
    ENF,区行政执法局,District Enforcement
    ZONE,封闭管理区管委会,Zone Committee
    SO-A,甲街道办事处,Office A
    SO-B,乙街道办事处,Office B
    SO-C,丙镇政府,Town C
    TRAFFIC,公安交警,Traffic Police
    POLICE,公安局,Police
    TRANSPORT,交通运输局,Transport
    PLANNING,城乡规划局,Planning
    BUILDING,城乡建设局,Construction
    APPEARANCE,市城管局,City Management
    AUDIT,监察局,Supervision
    PROPERTY,物业公司,Property Firm
    DEVELOPER,开发建设单位,Developer
    CENTRE,监督指挥中心,Command Centre
"""
# Roads and their upkeep 06013, sweeping 06012, greens 06017, facades 06004, enforcement on stalls 09006.
RULES = """
    rank,id,via,categories,places,attributes,window,lead,assisting,evaluator,disputed,source,valid_from,valid_to
    100,ZONE,zone,06*;07*;09*,zone:Z,,,unit:ZONE,area:street,,,哈 特殊区域封闭管理,,
    200,DECK,vertical,06012;06013,viaduct:*,vertical=above,,unit:CITY,,,,哈 高架桥面归市,,
    210,UNDER,vertical,06010;06012;09017,viaduct:*,vertical=below,,unit:DISTRICT,,,,哈 高架桥下地面归区,,
    220,FOOTBRIDGE,vertical,02006;02007,,,,unit:DISTRICT,,,,哈 过街天桥与通道归区,,
    300,CITY-ROAD,lane_tier,06013;02008,lane?tier=expressway;lane?tier=arterial,,,unit:CITY,,,,哈 市管道路13加46,,
    301,CITY-SWEEP,lane_tier,06012,lane?tier=expressway,,,unit:CITY,,,,哈 快速路清扫归市,,
    310,CITY-PARK,zone,06017;06021;06047,park?level=city,,,unit:CITY-GREEN,,,,哈 5个市级公园,,
    320,HANDED,lane_tier,06004;06017;09006,lane?handed_over=true,,,unit:ENF,,,,哈 下放32条街路,2013-01-01,
    321,HANDED-BEFORE,lane_tier,06004;06017;09006,lane?handed_over=true,,,unit:ZONE,,,,哈 下放前,,2013-01-01
    330,ROADS-D,lane_tier,06004;06012;06013;06017,lane?tier=arterial;lane?tier=secondary,,,unit:DISTRICT,,,,\
哈 区管至临街立面,,
    340,LANES-S,lane_tier,06012;06013;06048;06049,lane?tier=branch;lane?tier=alley,,,area:street,,,,哈 背街背巷归街道,,
    400,BELT-TURNS,strip,06010;06012,strip:*,,,rotate:SO-A|SO-B@2013-01-07/14,,,,哈 交界地带轮换作业,,
    401,BELT-JOINT,strip,09006,strip:*,,,area:street,unit:SO-A;unit:SO-B,,,哈 交界地带互相延伸,,
    600,PARK-MOTOR,rule,09009,,vehicle=motor|bus;surface=carriageway|cycle_lane|pavement,,unit:TRAFFIC,,,,\
哈 车辆停放分工,,
    601,PARK-CYCLE-ROAD,rule,09010,,vehicle=non_motor;surface=carriageway,,unit:TRAFFIC,,,,哈 车辆停放分工,,
    602,PARK-CYCLE-SIDE,rule,09010,,vehicle=non_motor;surface=side_space,,unit:ENF,,,,哈 车辆停放分工,,
    603,BUS-TRADE,rule,09018,,vehicle=bus,,unit:TRANSPORT,unit:TRAFFIC,,,哈 公交行业规范,,
    610,BUILD-OPEN,rule,06001;08016,,permit=granted,,unit:PLANNING,,,,哈 已许可未核实归规划,,
    611,BUILD-NONE,rule,06001;08016,,permit=none|accepted,,unit:ENF,area:street,,,哈 未许可或核实后归执法,,
    620,SPOIL-SITE,rule,08011;08012,,stage=site,,unit:BUILDING,,,,哈 残土工地文明施工,,
    621,SPOIL-PERMIT,rule,08011;08012,,stage=permit,,unit:APPEARANCE,,,,哈 残土证卡核发,,
    622,SPOIL-ROAD,rule,08011;08012;06014,,stage=road,,unit:ENF,,,,哈 残土路面检查,,
    623,SPOIL-PLATE,rule,08011;08012,,stage=plate,,unit:TRAFFIC,,,,哈 残土车证牌,,
    624,SPOIL-FORCE,rule,08011;08012,,stage=obstruction,,unit:POLICE,,,,哈 残土阻挠执法,,
    625,SPOIL-TRADE,rule,08011;08012,,stage=qualification,,unit:TRANSPORT,,,,哈 残土运输资质,,
    626,SPOIL-BLAME,rule,08011;08012,,stage=accountability,,unit:AUDIT,,,,哈 残土责任倒查,,
    630,ESTATE-KEPT,rule,06010;06012,estate?state=managed;estate?state=building,,,area:estate,,unit:DISTRICT,,\
哈 小区物业或开发单位,,
    631,ESTATE-LEFT,rule,06010;06012,estate?state=unmanaged,,,unit:DISTRICT,area:street,,,哈 弃管小区归区,,
    650,FUMES,rule,06027,,,,unit:APPEARANCE,,,true,哈 油烟职责有争议,,
    700,J-FUMES,precedent,06027,street:A,,,unit:ENF,,,,哈 判例 油烟,2013-06-01,
    701,J-SNOW,precedent,10001,lane?tier=alley,,,area:street,,,,哈 判例 积雪,,
    900,FRINGE,locality,0600*;0601*;0604*;09*,,,,area:street,,unit:DISTRICT,,哈 边缘地带属地主责,,
"""


@pytest.fixture(scope="module")
def harbin(tmp_path_factory: pytest.TempPathFactory) -> Router:
    return route_over(tmp_path_factory.mktemp("harbin"), *TOWN, units=UNITS, rules=RULES)


@pytest.mark.parametrize(
    ("place", "matter", "expected"),
    [
        ((6, 2), "06013", "CITY by lane_tier"),  # carriageway of the expressway
        ((6, 2), "06012", "CITY by lane_tier"),  # the city also sweeps it
        ((3, 4), "06013", "CITY by lane_tier"),  # main road: the city mends it …
        ((3, 4), "06012", "DISTRICT by lane_tier"),  # … and the district sweeps it
        ((3, 12), "06013", "DISTRICT by lane_tier"),  # another road
        ((3, 12.5), "06004", "DISTRICT by lane_tier"),  # up to the facades along it
        ((3, 12.7), "06004", "SO-A by locality"),  # behind the facades no longer
        ((9, 10), "06013", "SO-A by lane_tier"),  # back lane
        ((9.3, 10), "06049", "SO-A by locality"),  # steps in the yard beside it
        ((14, 14), "06017", "CITY-GREEN by zone"),  # one of the parks of the city
        ((18, 14), "06017", "SO-B by locality"),  # a park of the district is not on that list
    ],
)
def test_003_2_a_tiers_of_roads_and_parks(harbin: Router, place: tuple[float, float], matter: str, expected: str):
    assert whose(harbin, place, matter) == expected


def test_003_2_a_thirteen_expressways_and_forty_six_main_roads_are_the_citys(tmp_path: Path):
    tiers = ["expressway"] * 13 + ["arterial"] * 46 + ["secondary"] * 4
    roads = {f"R{n:02d}": line((0, n / 4), (20, n / 4)) for n in range(1, 64)}
    props = {code: {"tier": tier, "width_m": 2.0} for code, tier in zip(roads, tiers, strict=True)}
    lanes = Drawn("lane", roads, props, {"geometry": "line"})
    layers = [d for d in TOWN if d.layer != "lane"]
    rules = "\n".join(row for row in RULES.splitlines() if "HANDED" not in row)
    router = route_over(tmp_path, *layers, lanes, units=UNITS, rules=rules)
    found = [whose(router, (8, n / 4), "06013") for n in range(1, 64)]
    assert found == ["CITY by lane_tier"] * (13 + 46) + ["DISTRICT by lane_tier"] * 4


def test_003_2_a_five_parks_are_the_citys(tmp_path: Path):
    parks = {f"P{n}": box(2 * n, 13, 2 * n + 1, 14) for n in range(7)}
    levels = {code: {"level": "city" if n < 5 else "district"} for n, code in enumerate(parks)}
    layers = [d for d in TOWN if d.layer != "park"]
    router = route_over(tmp_path, *layers, Drawn("park", parks, levels), units=UNITS, rules=RULES)
    found = [whose(router, (2 * n + 0.5, 13.5), "06047") for n in range(7)]
    assert found[:5] == ["CITY-GREEN by zone"] * 5
    assert found[5:] == ["SO-A by locality", "SO-B by locality"]


def test_003_2_a_streets_handed_over_change_hands_on_the_day(harbin: Router):
    eve, day = hour("2012-12-31 23:59"), hour("2013-01-01 00:00")
    assert whose(harbin, (16, 10), "09006", eve) == "ZONE by lane_tier"
    assert whose(harbin, (16, 10), "09006", day) == "ENF by lane_tier"
    assert whose(harbin, (14, 10), "09006", day) == "SO-B by locality"


def test_003_2_b_a_closed_zone_answers_for_what_lies_in_it(harbin: Router):
    assert whose(harbin, (18, 2), "06010") == "ZONE by zone"
    assert whose(harbin, (18, 2), "09006") == "ZONE by zone"
    assert helpers(harbin, (18, 2), "06010") == "SO-B"
    assert whose(harbin, (18, 3.2), "06010") == "SO-B by locality"


def test_003_2_b_the_deck_is_the_citys_and_the_ground_below_the_districts(harbin: Router):
    assert whose(harbin, (6, 8), "06012", vertical="above") == "CITY by vertical"
    assert whose(harbin, (6, 8), "06012", vertical="below") == "DISTRICT by vertical"
    assert whose(harbin, (6, 8), "09017", vertical="below") == "DISTRICT by vertical"
    assert whose(harbin, (6, 8), "06012") == "CITY by lane_tier"  # not said: what the road's tier says
    assert whose(harbin, (6, 11), "06012", vertical="below") == "CITY by lane_tier"  # no viaduct there


def test_003_2_b_footbridges_and_underpasses_are_the_districts_even_over_a_main_road(harbin: Router):
    assert whose(harbin, (3, 4), "02006") == "DISTRICT by vertical"
    assert whose(harbin, (6, 2), "02007") == "DISTRICT by vertical"


@pytest.mark.parametrize(
    ("matter", "vehicle", "surface", "expected"),
    [
        ("09009", "motor", "carriageway", "TRAFFIC by rule"),
        ("09009", "motor", "cycle_lane", "TRAFFIC by rule"),
        ("09009", "motor", "pavement", "TRAFFIC by rule"),
        ("09009", "bus", "carriageway", "TRAFFIC by rule"),
        ("09010", "non_motor", "carriageway", "TRAFFIC by rule"),
        ("09010", "non_motor", "side_space", "ENF by rule"),
        ("09009", "motor", "side_space", "SO-A by locality"),  # the text is silent: the locality
    ],
)
def test_003_2_c_parking_by_vehicle_and_surface(harbin: Router, matter: str, vehicle: str, surface: str, expected: str):
    assert whose(harbin, (2, 2), matter, vehicle=vehicle, surface=surface) == expected


def test_003_2_c_transport_answers_for_buses_as_a_trade_beside_the_police(harbin: Router):
    assert whose(harbin, (2, 2), "09018", vehicle="bus") == "TRANSPORT by rule"
    assert helpers(harbin, (2, 2), "09018", vehicle="bus") == "TRAFFIC"


@pytest.mark.parametrize(
    ("permit", "expected"), [("granted", "PLANNING by rule"), ("none", "ENF by rule"), ("accepted", "ENF by rule")]
)
def test_003_2_c_building_by_state_of_the_permit(harbin: Router, permit: str, expected: str):
    assert whose(harbin, (2, 2), "06001", permit=permit) == expected
    assert whose(harbin, (14, 10), "08016", permit=permit) == expected


def test_003_2_c_spoil_trucks_have_seven_bodies_by_stage(harbin: Router):
    stages = {
        "site": "BUILDING", "permit": "APPEARANCE", "road": "ENF", "plate": "TRAFFIC", "obstruction": "POLICE",
        "qualification": "TRANSPORT", "accountability": "AUDIT",
    }  # fmt: skip
    found = {stage: whose(harbin, (2, 2), "08012", stage=stage) for stage in stages}
    assert found == {stage: f"{unit} by rule" for stage, unit in stages.items()}
    assert len(set(found.values())) == 7
    assert whose(harbin, (2, 2), "08012") == "desk: no_rule"  # no stage said, and the text gives no lead to all


def test_003_2_c_estates_managed_being_built_and_left_alone(harbin: Router):
    assert whose(harbin, (2, 6), "06010") == "PROPERTY by rule"
    assert whose(harbin, (2, 10), "06010") == "DEVELOPER by rule"
    assert whose(harbin, (2, 14), "06010") == "DISTRICT by rule"
    assert helpers(harbin, (2, 14), "06010") == "SO-A"
    assert whose(harbin, (5, 14.5), "06010") == "SO-A by locality"


def test_003_2_d_an_open_road_of_a_firm_becomes_municipal_on_its_day(tmp_path: Path):
    firm = {"tier": "secondary", "width_m": 16.0, "unit": "PROPERTY"}
    road = Drawn("lane", {"F": line((0, 4), (20, 4))}, {"F": firm}, {"geometry": "line", "unit": "unit"})
    rules = """
        rank,id,via,categories,places,lead,source,valid_from,valid_to
        300,FIRM,lane_tier,06013,lane:F,area:lane,哈 非市政道路,,2013-07-01
        301,MUNICIPAL,lane_tier,06013,lane:F,unit:DISTRICT,哈 纳入市政道路,2013-07-01,
    """
    router = route_over(tmp_path, STREET, GRID, road, units=UNITS, rules=rules)
    assert whose(router, (3, 4), "06013", hour("2013-06-30 23:59")) == "PROPERTY by lane_tier"
    assert whose(router, (3, 4), "06013", hour("2013-07-01 00:00")) == "DISTRICT by lane_tier"


def test_003_2_d_a_permitted_stall_is_a_point_of_the_siting_plan(tmp_path: Path):
    plan = Drawn("stall", {"K1": Point(at(3, 2))}, {"K1": {"unit": "SO-A", "radius_m": 5.0}},
                 {"geometry": "point", "unit": "unit"})  # fmt: skip
    rules = """
        rank,id,via,categories,places,lead,source
        600,SITED,rule,09006,stall:*,area:stall,哈 摊亭布点规划
        610,UNSITED,rule,09006,,unit:ENF,哈 摊亭布点规划之外
    """
    router = route_over(tmp_path, STREET, GRID, ESTATE, plan, units=UNITS, rules=rules)
    assert whose(router, (3.2, 2), "09006") == "SO-A by rule"
    assert whose(router, (4, 2), "09006") == "ENF by rule"


def test_003_2_e_neighbours_take_fixed_turns_in_the_belt_between_them(harbin: Router):
    last, first = hour("2013-01-20 23:59"), hour("2013-01-21 00:00")
    assert whose(harbin, (12.2, 8.5), "06010", last) == "SO-A by strip"  # in B's own ground, in A's turn
    assert whose(harbin, (12.2, 8.5), "06010", first) == "SO-B by strip"
    assert whose(harbin, (11.8, 8.5), "06010", first) == "SO-B by strip"
    assert whose(harbin, (11.8, 8.5), "06010", hour("2013-02-04 00:00")) == "SO-A by strip"
    assert whose(harbin, (11.2, 8.5), "06010", first) == "SO-A by locality"


def test_003_2_e_neighbours_reach_into_each_other_and_help(harbin: Router):
    assert whose(harbin, (12.2, 8.5), "09006") == "SO-B by strip"
    assert helpers(harbin, (12.2, 8.5), "09006") == "SO-A"
    assert helpers(harbin, (11.8, 8.5), "09006") == "SO-B"


def test_003_2_e_the_fringe_is_the_towns_and_the_district_evaluates(harbin: Router):
    assert whose(harbin, (22, 3), "06011") == "SO-C by locality"
    assert helpers(harbin, (22, 3), "06011") == " / DISTRICT"


def test_003_2_f_where_the_rule_is_disputed_a_precedent_decides_else_the_desk(harbin: Router):
    before, after = hour("2013-05-31 23:59"), hour("2013-06-01 00:00")
    assert whose(harbin, (2, 2), "06027", after) == "ENF by precedent"
    assert whose(harbin, (2, 2), "06027", before) == "desk: rules_conflict"
    assert whose(harbin, (14, 2), "06027", after) == "desk: rules_conflict"


def test_003_2_f_where_the_law_is_blank_a_precedent_decides_else_the_desk(harbin: Router):
    assert whose(harbin, (9, 10), "10001") == "SO-A by precedent"
    assert whose(harbin, (3, 10.9), "10001") == "desk: no_rule"


def test_003_2_g_three_kinds_of_area_lie_over_each_other(harbin: Router):
    """An area of a profession (here the road's), the sub-district's and the grid's: all are told, one answers."""
    told = {layer: area.code for layer, area in ask(harbin, (3, 12), "06013").areas.items()}
    assert told == {"street": "A", "grid": "A2", "lane": "D", "planning_area": "P"}
    assert whose(harbin, (3, 12), "06013") == "DISTRICT by lane_tier"
