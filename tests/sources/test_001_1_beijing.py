"""Seed 001, part 1: the whistle plan of Beijing. Lanes have a chief and stewards; stations follow the districts.

Out of reach: a street's whistle for joint enforcement, key work or an emergency, the departments' arrival, and their
scores of which a third at least comes from the streets (requests on cases, assessment). That four networks are merged
is several layers over one ground.
"""

from pathlib import Path

import pytest
from town import GRID, LANE, STREET, Drawn, ask, box, hour, route_over, whose

from gridsvc import Router
from gridsvc.responsibility.duty import duty_at
from gridsvc.spatial.topology import check_edition

UNITS = """
    code,name,name_en
    SO-A,甲街道办事处,Office A
    SO-B,乙街道办事处,Office B
    SO-C,丙乡政府,Office C
    ENF-A,甲街道综合执法中心,Enforcement Centre A
"""
RULES = """
    rank,id,via,categories,places,lead,assisting,source
    600,CENTRE,rule,09*,street:A,unit:ENF-A,area:street,北京 实体化综合执法中心
    900,STREET,locality,06*;09*,,area:street,,北京 街道职责清单
"""
PEOPLE = """
    code,name,kind
    R1,处甲,regular
    R2,科乙,regular
    R3,科丙,regular
    V1,管家一,volunteer
    V2,管家二,volunteer
    V3,管家三,volunteer
    R4,所长甲,regular
"""
POSTS = """
    code,person,role,layer,area,duty,valid_from,valid_to
    S1,R1,street_chief,lane,L,,2020-01-01,
    L1,R2,lane_chief,lane,L,work 09:00-17:00,2020-01-01,2024-03-01
    L2,R3,lane_chief,lane,L,work 09:00-17:00,2024-03-01,
    V1,V1,steward,lane,L,1-7 06:00-12:00,2020-01-01,
    V2,V2,steward,lane,L,1-7 12:00-20:00,2020-01-01,
    V3,V3,steward,lane,D,,2020-01-01,
    A1,R4,street_chief,street,A,,2020-01-01,
"""
NETWORKS = (
    Drawn("police", {"a": box(0, 0, 12, 16), "b": box(12, 0, 24, 16)}),
    Drawn("service", {"x": box(0, 0, 24, 8), "y": box(0, 8, 24, 16)}),
    Drawn("enforcement", {"k": box(0, 0, 24, 16)}),
)


@pytest.fixture(scope="module")
def beijing(tmp_path_factory: pytest.TempPathFactory) -> Router:
    folder = tmp_path_factory.mktemp("beijing")
    layers = (STREET, GRID, LANE, *NETWORKS)
    return route_over(folder, *layers, units=UNITS, rules=RULES, people=PEOPLE, posts=POSTS)


def names(router: Router, role: str, lane: str, when: str) -> list[str]:
    """Who of a role is on duty on a lane."""
    duty = duty_at(router.snapshot.staff, role, ("lane", lane), hour(when), router.zone)
    return [] if duty is None else [holder.person.name for holder in duty.holders if holder.on_duty]


def test_001_1_the_street_answers_and_its_lane_has_a_chief_of_its_own(beijing: Router):
    assert whose(beijing, (9, 10), "06010") == "SO-A by locality"
    chief = ask(beijing, (9, 10), "06010").chiefs["street_chief"]
    assert chief is not None
    assert (chief.person.name, chief.via) == ("处甲", "lane")
    beside = ask(beijing, (10, 10), "06010").chiefs["street_chief"]
    assert beside is not None
    assert (beside.person.name, beside.via) == ("所长甲", "street")


def test_001_1_a_lane_has_one_chief_at_a_time_also_on_the_day_he_is_relieved(beijing: Router):
    assert names(beijing, "lane_chief", "L", "2024-02-29 16:59") == ["科乙"]
    assert names(beijing, "lane_chief", "L", "2024-03-01 09:00") == ["科丙"]
    assert names(beijing, "lane_chief", "L", "2024-03-02 10:00") == []  # a Saturday


def test_001_1_stewards_share_the_hours_of_their_lane(beijing: Router):
    assert names(beijing, "steward", "L", "2024-03-02 11:59") == ["管家一"]
    assert names(beijing, "steward", "L", "2024-03-02 12:00") == ["管家二"]
    assert names(beijing, "steward", "D", "2024-03-02 12:00") == ["管家三"]
    assert names(beijing, "steward", "M", "2024-03-02 12:00") == []


def test_001_1_enforcement_sits_in_the_street_that_has_a_centre(beijing: Router):
    assert whose(beijing, (2, 2), "09006") == "ENF-A by rule"
    assert whose(beijing, (14, 2), "09006") == "SO-B by locality"


def test_001_1_four_networks_lie_over_one_ground(beijing: Router):
    told = {layer: area.code for layer, area in ask(beijing, (14, 10), "06010").areas.items()}
    assert told == {"street": "B", "grid": "B2", "police": "b", "service": "y", "enforcement": "k"}


@pytest.mark.parametrize(("east", "equal"), [(12, True), (13, False)])
def test_001_1_one_street_one_station_is_checked(tmp_path: Path, east: float, equal: bool):
    stations = Drawn(
        "station", {"s1": box(0, 0, east, 16), "s2": box(east, 0, 20, 16), "s3": box(20, 0, 24, 16)}, {},
        {"coverage": "partition", "checks": {"equals": "street"}},
    )  # fmt: skip
    found = check_edition(route_over(tmp_path, STREET, stations).snapshot.edition).findings
    assert ([f.id for f in found if f.layer == "station"] == []) is equal
