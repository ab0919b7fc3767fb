"""Seed 001, part 5: street operation centres of Hongkou. 35 large grids, 4 or 5 a street, each with a named chief.

Out of reach: intake ways, verifying, returning, checking and supervising (flow of a case), live positions of patrols,
analyses by day and year. That several networks share the ground (多格合一) is two layers over each other.
"""

from pathlib import Path
from string import ascii_uppercase, digits

import pytest
from drawing import areas
from town import Drawn, ask, hour, route_over, whose

from gridsvc import Router
from gridsvc.responsibility.duty import duty_at
from gridsvc.ruleset_check import check_ruleset

# Eight streets, three of five grids and five of four; a letter or a digit is a grid.
GRIDS = """
    AABBCCDDEEFFGGHHII
    JJKKLLMMNNOOPPQQRR
    SSTTUUVVWWXXYYZZ00
    112233445566778888
"""
STREETS = """
    aaaaaaaaaabbbbbbbb
    ccccccccccdddddddd
    eeeeeeeeeeffffffff
    gggggggghhhhhhhhhh
"""
CODES = ascii_uppercase + digits[:9]
UNITS = """
    code,name,name_en
    DISTRICT,区城运中心,District Operation Centre
""" + "\n".join(f"    CENTRE-{s},街道城运中心{s},Street Centre {s}" for s in "abcdefgh")
RULES = """
    rank,id,via,categories,attributes,lead,assisting,source
    50,EMERGENCY,zone,,mode=emergency,unit:DISTRICT,area:street,虹口 平急转换
    600,HARD,rule,,grade=hard,unit:DISTRICT,area:street,虹口 分级处置 疑难
    610,STREET,locality,,,area:street,,虹口 街道城运中心
"""
PEOPLE = "code,name\n" + "\n".join(f"R{c},网格长{c}" for c in CODES) + "\nN1,值班甲\nN2,值班乙\nN3,值班丙\nN4,值班丁\n"
POSTS = (
    "code,person,role,layer,area,unit,duty\n"
    + "\n".join(f"G{c},R{c},grid_chief,grid,{c},," for c in CODES)
    + "".join(
        f"\nD{n},N{n},duty_leader,,,CENTRE-a,08:30-08:30 @2024-06-0{n}/4"  # four shifts, each a whole day
        for n in range(1, 5)
    )
)
ONE_CHIEF = "code,person,role,layer,area\nGA,RA,grid_chief,grid,A\n"
STREET = Drawn(
    "street",
    areas(STREETS),
    {s: {"name": f"{s} 街道", "unit": f"CENTRE-{s}"} for s in "abcdefgh"},
    {"coverage": "partition", "unit": "unit"},
)
GRID = Drawn("grid", areas(GRIDS), {}, {"coverage": "partition", "parent": "street", "chief_role": "grid_chief"})
# Police districts over the same ground, cut otherwise.
POLICE = Drawn("police", areas(STREETS.translate(str.maketrans("abcdefgh", "xxyyxxyy"))), {}, {"coverage": "partition"})


@pytest.fixture(scope="module")
def hongkou(tmp_path_factory: pytest.TempPathFactory) -> Router:
    folder = tmp_path_factory.mktemp("hongkou")
    return route_over(folder, STREET, GRID, POLICE, units=UNITS, rules=RULES, people=PEOPLE, posts=POSTS)


def test_001_5_there_are_35_grids_and_four_or_five_in_each_street(hongkou: Router):
    layer = hongkou.snapshot.edition.layers["grid"]
    of_street = [sum(parent == s for parent in layer.parents) for s in "abcdefgh"]
    assert len(layer.codes) == 35
    assert set(of_street) == {4, 5}


def test_001_5_every_grid_has_its_own_chief(hongkou: Router):
    places = [(2 * column + 1, row + 0.5) for row in range(4) for column in range(9)]
    chiefs = {}
    for place in places:
        routing = ask(hongkou, place, "06010")
        chief = routing.chiefs["grid_chief"]
        assert chief is not None
        chiefs.setdefault(chief.person.code, set()).add(routing.areas["grid"].code)
    assert len(chiefs) == 35
    assert all(len(grids) == 1 for grids in chiefs.values())


def test_001_5_the_chief_stands_beside_the_street_centre_that_answers(hongkou: Router):
    assert whose(hongkou, (1, 0.5), "06010") == "CENTRE-a by locality"
    assert whose(hongkou, (17, 3.5), "06010") == "CENTRE-h by locality"


def test_001_5_hard_cases_and_an_emergency_go_to_the_district_and_the_street_helps(hongkou: Router):
    assert whose(hongkou, (1, 0.5), "06010", grade="simple") == "CENTRE-a by locality"
    assert whose(hongkou, (1, 0.5), "06010", grade="hard") == "DISTRICT by rule"
    assert whose(hongkou, (1, 0.5), "06010", mode="emergency") == "DISTRICT by zone"


def test_001_5_other_networks_lie_over_the_same_ground(hongkou: Router):
    told = ask(hongkou, (11, 0.5), "06010").areas
    assert (told["street"].code, told["police"].code) == ("b", "x")


def test_001_5_one_leader_is_on_duty_day_and_night_and_hands_over_at_half_past_eight(hongkou: Router):
    def leaders(when: str) -> list[str]:
        duty = duty_at(hongkou.snapshot.staff, "duty_leader", (None, "CENTRE-a"), hour(when), hongkou.zone)
        assert duty is not None
        return [holder.person.name for holder in duty.holders if holder.on_duty]

    assert leaders("2024-06-01 08:30") == ["值班甲"]
    assert leaders("2024-06-02 08:29") == ["值班甲"]
    assert leaders("2024-06-02 08:30") == ["值班乙"]
    assert leaders("2024-06-05 03:00") == ["值班丁"]
    assert leaders("2024-06-05 08:30") == ["值班甲"]
    assert leaders("2025-01-01 00:00") == leaders("2025-01-01 08:29")


def test_001_5_the_check_asks_for_four_or_five_grids_a_street_and_a_chief_in_each(hongkou: Router, tmp_path: Path):
    def found(router: Router) -> list[tuple[str, tuple[str, ...]]]:
        findings = check_ruleset(router.snapshot, {}, hour("2024-06-12 12:00")).findings
        return [(f.id, f.codes) for f in findings if f.id in ("grids_per_street", "no_chief")]

    assert found(hongkou) == []
    coarse = Drawn("grid", areas(GRIDS.replace("BBCCDD", "BBBBBB")), {}, GRID.keys)
    router = route_over(tmp_path, STREET, coarse, units=UNITS, rules=RULES, people=PEOPLE, posts=ONE_CHIEF)
    ids = [f[0] for f in found(router)]
    assert ("grids_per_street", ("a",)) in found(router)
    assert ids.count("no_chief") == 32
