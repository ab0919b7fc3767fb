"""The times that the source texts promise, as limits of one ruleset: when each of them is over.

Seeds 000 c (1, 2 and 5 working days), 001-3 (30 and 60 minutes), 003-1 (3 working days) and 004-3 (ten minutes twice),
and the standard of Beijing's hotline (dispatch within 1, 2 and 24 hours, feedback in 2 and 24 hours, 7 and 15 days).
"""

from datetime import datetime

import pytest
from town import TOWN, Drawn, ask, box, hour, route_over

from gridsvc import Router
from gridsvc.casework.clocks import Clocks, light, start, stop

MAIN = Drawn("main", {"M": box(0, 0, 12, 16)}, {"M": {"name": "主城区"}})
IN_MAIN, OUTER = (9, 2), (18, 10)
PERIODS = """
    code,window,title_zh,title_en
    working,work 08:30-12:00;work 13:30-17:30,工作时间,working time
"""
LIMITS = """
    category,condition,stage,amount,unit,places,source
    06*,,arrival,1,urgent_hour,,应急 主城区以外
    06*,,arrival,0.5,urgent_hour,main:*,应急 主城区
    06*,mode=emergency,arrival,0.5,urgent_hour,,平急转换 全域
    06*,mode=emergency,arrival,0.25,urgent_hour,main:*,平急转换 主城区
    09*,,arrival,0.1667,urgent_hour,,城管120 劝导员
    09*,,enforcement,0.1667,urgent_hour,,城管120 执法队员
    06*,,publish,2,working_day,,余杭 信息公开
    06*,,hand_over,1,working_day,,余杭 移送
    06*,,transfer,5,working_day,,余杭 回复
    07*,,whole,3,working_day,,效能监察 投诉
    10*,grade=emergency,dispatch,1,urgent_hour,,接诉即办 派单
    10*,grade=utility,dispatch,2,urgent_hour,,接诉即办 派单
    10*,,dispatch,24,urgent_hour,,接诉即办 派单
    10*,grade=emergency,whole,2,urgent_hour,,接诉即办 反馈
    10*,grade=utility,whole,24,urgent_hour,,接诉即办 反馈
    10*,,whole,7,natural_day,,接诉即办 反馈
    10*,grade=hard,whole,15,natural_day,,接诉即办 反馈
"""


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Router:
    return route_over(tmp_path_factory.mktemp("limits"), *TOWN, MAIN, limits=LIMITS, periods=PERIODS)


def begun(
    router: Router, clocks: Clocks, place: tuple[float, float], category: str, stage: str, when: datetime, **said: str
) -> Clocks:
    """Start the clock of a stage as the limits of a report at a place have it."""
    (limit,) = (x for x in ask(router, place, category, when, **said).limits if x.stage == stage)
    return start(clocks, stage, limit.amount, limit.unit, when, router.worktime())


@pytest.mark.parametrize(
    ("place", "said", "due"),
    [
        (IN_MAIN, {}, "2024-06-15 23:20"),
        (OUTER, {}, "2024-06-15 23:50"),
        (IN_MAIN, {"mode": "emergency"}, "2024-06-15 23:05"),
        (OUTER, {"mode": "emergency"}, "2024-06-15 23:20"),
    ],
)
def test_thirty_minutes_to_arrive_in_the_main_area_and_sixty_elsewhere(router, place, said, due):
    """A Saturday night: whoever is on standby has as long as on any day."""
    (clock,) = begun(router, (), place, "06010", "arrival", hour("2024-06-15 22:50"), **said)
    assert clock.due_at == hour(due)


@pytest.mark.parametrize(
    ("persuader", "officer", "on_time"),
    [
        ("2024-06-12 12:09", "2024-06-12 12:19", [True, True]),
        ("2024-06-12 12:10", "2024-06-12 12:20:01", [True, False]),
        ("2024-06-12 12:10:01", "2024-06-12 12:12", [False, True]),
        ("2024-06-12 12:03", "2024-06-12 12:14", [True, False]),
    ],
)
def test_ten_minutes_for_the_persuader_and_ten_more_for_the_officer(router, persuader, officer, on_time):
    """The second clock begins when the first has done its work, not when its time is over."""
    clocks = begun(router, (), IN_MAIN, "09006", "arrival", hour("2024-06-12 12:00"))
    clocks = stop(clocks, ("arrival",), hour(persuader))
    clocks = begun(router, clocks, IN_MAIN, "09006", "enforcement", hour(persuader))
    clocks = stop(clocks, ("enforcement",), hour(officer))
    assert [c.on_time for c in clocks] == on_time
    assert [light(c, hour("2024-06-13 12:00")) == "red" for c in clocks] == [not kept for kept in on_time]


# Thursday before the Dragon Boat Festival of 2024, whose Monday is free.
@pytest.mark.parametrize(
    ("category", "stage", "due"),
    [
        ("06010", "hand_over", "2024-06-07 16:30"),
        ("06010", "publish", "2024-06-11 16:30"),
        ("07001", "whole", "2024-06-12 16:30"),
        ("06010", "transfer", "2024-06-14 16:30"),
    ],
)
def test_working_days_between_departments(router, category, stage, due):
    (clock,) = begun(router, (), IN_MAIN, category, stage, hour("2024-06-06 16:30"))
    assert (clock.due_at, clock.provisional) == (hour(due), False)


@pytest.mark.parametrize(
    ("said", "dispatched", "answered"),
    [
        ({"grade": "emergency"}, "2024-06-09 03:00", "2024-06-09 04:00"),
        ({"grade": "utility"}, "2024-06-09 04:00", "2024-06-10 02:00"),
        ({}, "2024-06-10 02:00", "2024-06-16 02:00"),
        ({"grade": "hard"}, "2024-06-10 02:00", "2024-06-24 02:00"),
    ],
)
def test_the_hotline_dispatches_and_answers_by_grade_and_at_any_hour(router, said, dispatched, answered):
    """Called at two on the night before the festival."""
    called = hour("2024-06-09 02:00")
    clocks = begun(router, (), OUTER, "10001", "dispatch", called, **said)
    clocks = begun(router, clocks, OUTER, "10001", "whole", called, **said)
    assert [c.due_at for c in clocks] == [hour(dispatched), hour(answered)]
