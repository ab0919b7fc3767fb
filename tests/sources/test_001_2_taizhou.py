"""Seed 001, part 2: the scoring sheet of Taizhou. Streets, back lanes and key nodes each have somebody in charge.

Out of reach: points, deductions, ledgers and their hours, clusters of 10 and 20 stalls, telephones of advertisers and
the bonus for rank (assessment, heat). Which squad has a node is chosen here.
"""

import pytest
from drawing import at
from shapely import Point
from town import GRID, LANE, STREET, Drawn, route_over, whose

from gridsvc import Router

UNITS = """
    code,name,name_en
    SQUAD-MAIN,主次干道中队,Squad of Main Roads
    SQUAD-NODES,重点区域中队,Squad of Key Nodes
    SO-A,甲街道,Office A
    SO-B,乙街道,Office B
    SO-C,丙镇,Town C
"""
# A node first, then the street it may lie on; a back lane and what is on no street is the locality's.
RULES = f"""
    rank,id,via,categories,places,lead,assisting,source
    590,NODES,rule,09*;06007;07001,node:*,unit:SQUAD-NODES,area:street,台州 城市重要节点
    591,GATE,rule,09*,"at:{at(15, 9)[0]},{at(15, 9)[1]}/25",unit:SQUAD-NODES,area:street,台州 城市重要节点
    600,MAIN,rule,09*;06007;07001,lane?tier=arterial;lane?tier=secondary,unit:SQUAD-MAIN,area:street,台州 主次干道
    610,BACK,rule,09*;06007;07001,,area:street,,台州 背街小巷
"""
NODES = {"park": (2, 2), "school": (5, 4), "hospital": (14, 12), "market": (18, 2), "station": (3, 14)}
NODE = Drawn(
    "node",
    {kind: Point(at(*place)) for kind, place in NODES.items()},
    {kind: {"radius_m": 20.0} for kind in NODES},
    {"geometry": "point"},
)


@pytest.fixture(scope="module")
def taizhou(tmp_path_factory: pytest.TempPathFactory) -> Router:
    return route_over(tmp_path_factory.mktemp("taizhou"), STREET, GRID, LANE, NODE, units=UNITS, rules=RULES)


@pytest.mark.parametrize("kind", NODES)
def test_001_2_the_ground_around_a_key_node_is_the_nodes(taizhou: Router, kind: str):
    column, row = NODES[kind]
    assert whose(taizhou, (column, row), "09005") == "SQUAD-NODES by rule"
    assert whose(taizhou, (column + 1.6, row), "09005") == "SQUAD-NODES by rule"  # 19 m to the east
    assert whose(taizhou, (column + 1.8, row), "09005") != "SQUAD-NODES by rule"  # 21 m


def test_001_2_main_and_secondary_roads_and_back_lanes(taizhou: Router):
    assert whose(taizhou, (9, 4), "09001") == "SQUAD-MAIN by rule"
    assert whose(taizhou, (18, 12), "07001") == "SQUAD-MAIN by rule"
    assert whose(taizhou, (9, 10), "09001") == "SO-A by rule"


def test_001_2_a_node_may_be_a_point_with_a_radius_and_no_area(taizhou: Router):
    assert whose(taizhou, (15, 9), "09001") == "SQUAD-NODES by rule"
    assert whose(taizhou, (13, 9), "09001") == "SQUAD-NODES by rule"  # 23.6 m to the west
    assert whose(taizhou, (12.8, 9), "09001") == "SO-B by rule"  # 25.9 m
