"""Seed 001, part 3: the emergency link plan of an enforcement bureau. In duty time its units answer, else three groups.

Duty time holds on week-ends and holidays too. Its 30 and 60 minutes to arrive are in ``test_limits.py``. Out of reach
here: the log of an order (the history of a case), and that whoever comes first keeps the spot safe (an action on it).
"""

import pytest
from drawing import at
from shapely import Point
from town import TOWN, Drawn, box, hour, route_over, whose

from gridsvc import Router

UNITS = """
    code,name,name_en
    BRIGADE,行政执法大队,Enforcement Brigade
    SANITATION,市容环境卫生管理处,Sanitation Office
    MARKETS,市场开发服务中心,Market Service Centre
    GROUP-1,执法大队应急行动组,Action Group of the Brigade
    GROUP-2,环卫处应急行动组,Action Group of Sanitation
    GROUP-3,市场中心应急行动组,Action Group of the Markets
    COUNTY,城郊应急值守点,Standby outside the main area
"""
PERIODS = """
    code,window,title_zh,title_en
    duty_time,08:00-12:00;14:00-17:30,正常上班时间（含双休日和节假日）,"duty time, week-ends and holidays too"
"""
# Markets first, since they are places of their own; then snow and sanitation; then all of the brigade's matters.
RULES = """
    rank,id,via,categories,places,window,lead,assisting,source
    600,MARKET-DAY,rule,06*;09*,market:*,duty_time,unit:MARKETS,,应急 市场经营活动
    601,MARKET-NIGHT,rule,06*;09*,market:*,!duty_time,unit:GROUP-3,unit:MARKETS,应急 行动组三
    610,SANITATION-DAY,rule,10001;03*;06010;06011,,duty_time,unit:SANITATION,,应急 除雪和环卫设施
    611,SANITATION-NIGHT,rule,10001;03*;06010;06011,main:*,!duty_time,unit:GROUP-2,unit:SANITATION,应急 行动组二
    620,BRIGADE-DAY,rule,07003;09005;09006;09009;06001;06028,,duty_time,unit:BRIGADE,,应急 市容违法行为
    621,BRIGADE-NIGHT,rule,07003;09005;09006;09009;06001;06028,main:*,!duty_time,unit:GROUP-1,unit:BRIGADE,\
应急 行动组一
    630,OUTER-NIGHT,rule,10001;03*;06010;06011;07003;09005;09006;09009;06001;06028,!main:*,!duty_time,unit:COUNTY,,\
应急 主城区以外
"""
MAIN = Drawn("main", {"M": box(0, 0, 12, 16)}, {"M": {"name": "主城区"}})
MARKET = Drawn("market", {"K": Point(at(3, 2))}, {"K": {"name": "农贸市场", "radius_m": 12.0}}, {"geometry": "point"})
IN_MAIN, AT_MARKET, OUTER = (9, 2), (3.2, 2), (18, 10)


@pytest.fixture(scope="module")
def emergency(tmp_path_factory: pytest.TempPathFactory) -> Router:
    folder = tmp_path_factory.mktemp("emergency")
    return route_over(folder, *TOWN, MAIN, MARKET, units=UNITS, rules=RULES, periods=PERIODS)


@pytest.mark.parametrize(
    ("when", "market", "sanitation", "order"),
    [
        ("2024-06-12 07:59", "GROUP-3", "GROUP-2", "GROUP-1"),
        ("2024-06-12 08:00", "MARKETS", "SANITATION", "BRIGADE"),
        ("2024-06-12 11:59", "MARKETS", "SANITATION", "BRIGADE"),
        ("2024-06-12 12:00", "GROUP-3", "GROUP-2", "GROUP-1"),
        ("2024-06-12 14:00", "MARKETS", "SANITATION", "BRIGADE"),
        ("2024-06-12 17:30", "GROUP-3", "GROUP-2", "GROUP-1"),
        ("2024-06-15 09:00", "MARKETS", "SANITATION", "BRIGADE"),  # a Saturday
        ("2024-10-01 09:00", "MARKETS", "SANITATION", "BRIGADE"),  # a public holiday
        ("2024-10-01 03:00", "GROUP-3", "GROUP-2", "GROUP-1"),
    ],
)
def test_001_3_units_in_duty_time_and_three_action_groups_at_other_hours(
    emergency: Router, when: str, market: str, sanitation: str, order: str
):
    at_hour = hour(when)
    assert whose(emergency, AT_MARKET, "09006", at_hour) == f"{market} by rule"
    assert whose(emergency, IN_MAIN, "10001", at_hour) == f"{sanitation} by rule"
    assert whose(emergency, IN_MAIN, "09006", at_hour) == f"{order} by rule"


def test_001_3_outside_the_main_area_another_standby_answers_at_night(emergency: Router):
    assert whose(emergency, OUTER, "09006", hour("2024-06-12 22:00")) == "COUNTY by rule"
    assert whose(emergency, OUTER, "09006", hour("2024-06-12 10:00")) == "BRIGADE by rule"


def test_001_3_what_is_not_in_scope_is_for_the_desk_with_its_reason(emergency: Router):
    assert whose(emergency, IN_MAIN, "09012", hour("2024-06-12 22:00")) == "desk: no_rule"
