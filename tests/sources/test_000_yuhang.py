"""Seed 000: four rules of Yuhang. The area answers first and the lines of departments support it.

Out of reach: joint meetings and the ladder of disputes (a), scores of 21 localities and 11 departments (b), 2, 1 and 5
working days between departments (c), rewards for reports (d): requests on cases, assessment, clocks and intake. Here:
21 localities that answer in their own area (b), who permits is responsible, and liaison officers (c).
"""

from string import ascii_uppercase

import pytest
from drawing import areas
from town import NOON, Drawn, ask, helpers, route_over, whose

from gridsvc import Router
from gridsvc.responsibility.duty import duty_of_unit

# Fifteen towns A to O, five streets P to T, one economic zone U.
LOCALITIES = """
    AABBCCDDEEFFGG
    HHIIJJKKLLMMNN
    OOPPQQRRSSTTUU
"""
CODES = ascii_uppercase[:21]
DEPARTMENTS = ["BUILDING", "ENF", "FORESTRY", "HEALTH", "ENVIRONMENT", "TRADE", "CIVIL", "POLICE", "COMMERCE",
               "TRANSPORT", "CONSTRUCTION"]  # fmt: skip
UNITS = "code,name,name_en\nGOV,区政府,District Government\nOFFICE,区城管办,City Management Office\n" + "".join(
    f"{code},部门{n},Department {code}\n" for n, code in enumerate(DEPARTMENTS, 1)
) + "".join(f"LOC-{c},属地{c},Locality {c}\n" for c in CODES)  # fmt: skip
# The area answers; the line of the matter supports it. What a department has permitted is that department's.
RULES = """
    rank,id,via,categories,attributes,lead,assisting,evaluator,source
    600,PERMIT-BUILDING,rule,06*;07*;08*;09*,permitted_by=building,unit:BUILDING,area:locality,,余杭 谁许可谁负责
    601,PERMIT-COMMERCE,rule,06*;07*;08*;09*,permitted_by=commerce,unit:COMMERCE,area:locality,,余杭 谁许可谁负责
    610,AREA-ORDER,rule,09*;07*,,area:locality,unit:ENF,unit:OFFICE,余杭 属地为主条线支持
    611,AREA-WATER,rule,06025;06026,,area:locality,unit:FORESTRY;unit:ENVIRONMENT,unit:OFFICE,余杭 属地为主条线支持
    612,AREA-WORKS,rule,06013;08*,,area:locality,unit:BUILDING;unit:CONSTRUCTION,unit:OFFICE,余杭 属地为主条线支持
    900,AREA,locality,06*;10*,,area:locality,,unit:OFFICE,余杭 属地管理
"""
PEOPLE = "code,name\n" + "".join(f"L{n},联络员{n}\n" for n in range(1, 12))
POSTS = "code,person,role,unit\n" + "".join(
    f"P{n},L{n},liaison,{code}\n" for n, code in enumerate(DEPARTMENTS, 1)
)  # fmt: skip
LOCALITY = Drawn(
    "locality",
    areas(LOCALITIES),
    {c: {"name": f"属地{c}", "unit": f"LOC-{c}"} for c in CODES},
    {"coverage": "partition", "unit": "unit"},
)
MIDDLES = {c: (2 * (n % 7) + 1, n // 7 + 0.5) for n, c in enumerate(CODES)}


@pytest.fixture(scope="module")
def yuhang(tmp_path_factory: pytest.TempPathFactory) -> Router:
    return route_over(tmp_path_factory.mktemp("yuhang"), LOCALITY, units=UNITS, rules=RULES, people=PEOPLE, posts=POSTS)


def test_000_b_each_of_21_localities_answers_first_in_its_own_area(yuhang: Router):
    found = {c: whose(yuhang, place, "09006") for c, place in MIDDLES.items()}
    assert found == {c: f"LOC-{c} by rule" for c in CODES}
    assert len(found) == 21


def test_000_b_the_lines_support_the_area_and_do_not_replace_it(yuhang: Router):
    assert helpers(yuhang, MIDDLES["U"], "09006") == "ENF / OFFICE"
    assert helpers(yuhang, MIDDLES["C"], "06026") == "FORESTRY ENVIRONMENT / OFFICE"
    assert helpers(yuhang, MIDDLES["C"], "06013") == "BUILDING CONSTRUCTION / OFFICE"
    assert whose(yuhang, MIDDLES["C"], "06010") == "LOC-C by locality"


def test_000_c_who_permits_is_responsible(yuhang: Router):
    assert whose(yuhang, MIDDLES["C"], "07003", permitted_by="building") == "BUILDING by rule"
    assert whose(yuhang, MIDDLES["C"], "09006", permitted_by="commerce") == "COMMERCE by rule"
    assert helpers(yuhang, MIDDLES["C"], "09006", permitted_by="commerce") == "LOC-C"
    assert whose(yuhang, MIDDLES["C"], "07003") == "LOC-C by rule"


def test_000_c_every_unit_that_helps_has_a_liaison_officer(yuhang: Router):
    found = []
    for matter in ("09006", "06026", "06013"):
        for unit in ask(yuhang, MIDDLES["C"], matter).decision.assisting:
            duty = duty_of_unit(yuhang.snapshot.staff, "liaison", unit.code, NOON, yuhang.zone)
            assert duty is not None
            found.append((unit.code, duty.holders[0].person.name))
    assert found == [
        ("ENF", "联络员2"), ("FORESTRY", "联络员3"), ("ENVIRONMENT", "联络员5"), ("BUILDING", "联络员1"),
        ("CONSTRUCTION", "联络员11"),
    ]  # fmt: skip
    assert len(DEPARTMENTS) == 11
