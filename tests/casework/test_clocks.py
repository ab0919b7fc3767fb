"""The clocks of a case: what each act does to them, and which light they show when."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.casework.clocks import as_dicts, extend, from_dicts, light, pause, resume, start, stop, turned
from gridsvc.casework.worktime import Worktime
from gridsvc.errors import BadInput
from gridsvc.responsibility.calendar import Calendar
from gridsvc.worktimes import worktime_of

ZONE = ZoneInfo("Asia/Shanghai")
WORKTIME = worktime_of(Calendar(), ZONE)
UNITS = ("urgent_hour", "working_hour", "working_day", "natural_day")


def there(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


MONDAY = there("2024-05-06 10:00")


def one(amount=2, unit="working_day", at=MONDAY, stage="disposal"):
    return start((), stage, amount, unit, at, WORKTIME)


def lights(clock, *texts):
    return [light(clock, there(text)) for text in texts]


def test_the_light_turns_at_eighty_percent_of_the_units_own_clock():
    """Of 16 working hours from Monday 10:00 on 12.8 are over on Tuesday at 16:18; of the 48 hours of the wall 38.4."""
    (clock,) = one()
    assert (clock.amber_at, clock.due_at) == (there("2024-05-07 16:18"), there("2024-05-08 10:00"))
    assert lights(clock, "2024-05-07 16:17:59", "2024-05-07 16:18", "2024-05-08 09:59:59", "2024-05-08 10:00") == [
        "green", "amber", "amber", "red",
    ]  # fmt: skip
    (wall,) = one(2, "natural_day")
    assert wall.amber_at == there("2024-05-08 00:24")


def test_nothing_is_shared_between_stages_and_attempts_are_counted():
    clocks = start(one(), "check", 1, "working_day", MONDAY, WORKTIME)
    clocks = stop(clocks, ("disposal",), there("2024-05-06 12:00"))
    clocks = start(clocks, "disposal", 1, "working_day", there("2024-05-07 10:00"), WORKTIME)
    assert [(c.stage, c.n, c.state) for c in clocks] == [
        ("disposal", 1, "stopped"), ("check", 1, "running"), ("disposal", 2, "running"),
    ]  # fmt: skip


def test_a_new_attempt_ends_the_one_that_still_runs():
    clocks = start(one(), "disposal", 1, "working_day", there("2024-05-07 10:00"), WORKTIME)
    assert [(c.n, c.state) for c in clocks] == [(1, "stopped"), (2, "running")]
    assert clocks[0].stopped_at == there("2024-05-07 10:00")


def test_the_clocks_of_two_requests_of_one_kind_are_apart():
    clocks = start((), "supervision", 1, "working_day", MONDAY, WORKTIME, request=4)
    clocks = start(clocks, "supervision", 2, "working_day", MONDAY, WORKTIME, request=7)
    clocks = stop(clocks, ("supervision",), there("2024-05-06 11:00"), request=4)
    assert [(c.request, c.n, c.state) for c in clocks] == [(4, 1, "stopped"), (7, 2, "running")]


@pytest.mark.parametrize(
    ("stopped", "on_time", "told"),
    [
        ("2024-05-06 10:00", True, "green"),
        ("2024-05-07 16:18", True, "amber"),
        ("2024-05-08 10:00", True, "amber"),
        ("2024-05-08 10:00:01", False, "red"),
        ("2024-06-08 10:00", False, "red"),
    ],
)
def test_what_was_stopped_keeps_its_light(stopped, on_time, told):
    (clock,) = stop(one(), ("disposal",), there(stopped))
    assert (clock.on_time, light(clock, there("2030-01-01 00:00"))) == (on_time, told)
    assert stop((clock,), ("disposal",), there("2030-01-01 00:00")) == (clock,)


def test_what_is_not_stopped_is_neither_in_time_nor_late():
    assert one()[0].on_time is None
    assert stop(one(), ("check",), MONDAY)[0].on_time is None


def test_a_pause_keeps_what_was_left_on_the_units_own_clock():
    """Paused on Monday at 16:00, after 4.5 working hours; ten days on the wall later 11.5 are left."""
    paused = pause(one(), ("disposal",), there("2024-05-06 16:00"), WORKTIME)
    assert (paused[0].state, paused[0].left_s) == ("paused", 11.5 * 3600)
    assert lights(paused[0], "2024-05-06 16:00", "2025-05-06 16:00") == ["green", "green"]
    assert pause(paused, ("disposal",), there("2024-05-07 16:00"), WORKTIME) == paused
    (clock,) = resume(paused, ("disposal",), there("2024-05-16 08:30"), WORKTIME)
    assert clock.due_at == there("2024-05-17 12:00")
    # 8.3 of the 12.8 hours of green are left.
    assert clock.amber_at == there("2024-05-17 08:48")
    assert clock.started_at == MONDAY


def test_what_was_paused_in_amber_goes_on_in_amber():
    paused = pause(one(), ("disposal",), there("2024-05-07 17:00"), WORKTIME)
    (clock,) = resume(paused, ("disposal",), there("2024-05-10 17:00"), WORKTIME)
    assert clock.due_at == there("2024-05-13 10:00")
    assert lights(clock, "2024-05-10 17:00", "2024-05-13 10:00") == ["amber", "red"]


def test_what_was_paused_late_stays_late():
    paused = pause(one(), ("disposal",), there("2024-05-08 11:00"), WORKTIME)
    assert (paused[0].left_s, light(paused[0], there("2024-05-09 11:00"))) == (-3600, "red")
    (clock,) = resume(paused, ("disposal",), there("2024-05-20 11:00"), WORKTIME)
    assert (clock.due_at, light(clock, there("2024-05-20 11:00"))) == (there("2024-05-08 10:00"), "red")
    assert stop((clock,), ("disposal",), there("2024-05-20 12:00"))[0].on_time is False


def test_what_is_stopped_in_a_pause_was_in_time_if_it_was_when_it_was_paused():
    for at, on_time in (("2024-05-08 10:00", True), ("2024-05-08 10:00:01", False)):
        paused = pause(one(), ("disposal",), there(at), WORKTIME)
        assert stop(paused, ("disposal",), there("2024-08-08 10:00"))[0].on_time is on_time


def test_an_extension_gives_more_of_the_units_own_time():
    (clock,) = extend(one(), "disposal", 3, "working_day", WORKTIME)
    assert (clock.amount, clock.due_at, clock.amber_at) == (
        5, there("2024-05-13 10:00"), there("2024-05-10 10:00"),
    )  # fmt: skip
    # A light that was amber is green again.
    assert lights(one()[0], "2024-05-07 17:00") == ["amber"]
    assert lights(clock, "2024-05-07 17:00") == ["green"]


def test_hours_and_days_of_work_are_one_clock():
    (clock,) = extend(one(4, "working_hour"), "disposal", 2, "working_day", WORKTIME)
    assert (clock.amount, clock.unit, clock.due_at) == (20, "working_hour", there("2024-05-08 15:30"))


def test_an_extension_in_a_pause_counts_when_it_goes_on():
    paused = pause(one(), ("disposal",), there("2024-05-08 11:00"), WORKTIME)
    paused = extend(paused, "disposal", 1, "working_day", WORKTIME)
    assert (paused[0].left_s, light(paused[0], there("2024-05-09 11:00"))) == (7 * 3600, "green")
    (clock,) = resume(paused, ("disposal",), there("2024-05-20 08:30"), WORKTIME)
    assert clock.due_at == there("2024-05-20 17:00")


def test_an_extension_that_is_too_short_leaves_what_is_late_late():
    paused = pause(one(), ("disposal",), there("2024-05-08 15:30"), WORKTIME)
    (clock,) = extend(paused, "disposal", 1, "working_hour", WORKTIME)
    assert (clock.left_s, clock.due_at) == (-3 * 3600, there("2024-05-08 11:00"))
    assert light(clock, there("2024-05-09 11:00")) == "red"


@pytest.mark.parametrize(
    ("stage", "amount", "unit", "field"),
    [
        ("check", 1, "working_day", "stage"),
        ("disposal", 1, "natural_day", "unit"),
        ("disposal", 1, "urgent_hour", "unit"),
        ("disposal", 0, "working_day", "amount"),
        ("disposal", 4000, "working_day", "amount"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(stage, amount, unit, field):
    with pytest.raises(BadInput) as e:
        extend(one(), stage, amount, unit, WORKTIME)
    assert e.value.errors[0].field == field


def test_what_is_stopped_is_not_extended():
    with pytest.raises(BadInput):
        extend(stop(one(), ("disposal",), MONDAY), "disposal", 1, "working_day", WORKTIME)


def test_an_unknown_stage_has_no_clock():
    with pytest.raises(BadInput) as e:
        one(stage="arrive")
    assert e.value.errors[0].field == "stage"


def test_which_lights_turn_between_two_instants():
    clocks = start(one(), "arrival", 1, "urgent_hour", MONDAY, WORKTIME)
    found = turned(clocks, MONDAY, there("2024-05-08 10:00"))
    assert [(c.stage, told) for c, told in found] == [
        ("arrival", "amber"), ("arrival", "red"), ("disposal", "amber"), ("disposal", "red"),
    ]  # fmt: skip
    assert [told for _, told in turned(clocks, there("2024-05-06 10:48"), there("2024-05-06 10:48"))] == ["amber"]
    assert turned(clocks, there("2024-05-06 10:48:01"), there("2024-05-06 10:59:59")) == []
    assert turned(stop(clocks, ("arrival", "disposal"), MONDAY), MONDAY, there("2025-05-08 10:00")) == []
    assert turned((), MONDAY, MONDAY) == []


def test_a_clock_that_ends_in_a_year_without_holidays_yet_says_so():
    known = Worktime(ZONE, lambda day: [(0, 86400)] if day.isoweekday() < 6 else (), 86400, lambda year: year < 2025)
    at = there("2024-12-30 10:00")
    assert [start((), "disposal", n, "working_day", at, known)[0].provisional for n in (1, 2)] == [False, True]
    assert not start((), "disposal", 9, "natural_day", at, known)[0].provisional
    (clock,) = resume(
        pause(start((), "disposal", 1, "working_day", at, known), ("disposal",), at, known),
        ("disposal",), there("2025-02-03 10:00"), known,
    )  # fmt: skip
    assert clock.provisional


def test_clocks_are_read_as_they_were_written():
    clocks = pause(start(one(), "whistle", 7, "natural_day", MONDAY, WORKTIME, 3), ("disposal",), MONDAY, WORKTIME)
    clocks = stop(clocks, ("whistle",), there("2024-05-08 11:00"))
    told = as_dicts(clocks)
    assert told[0]["started_at"] == "2024-05-06T02:00:00+00:00"
    assert told[0]["stopped_at"] is None
    assert from_dicts([row | {"light": "green"} for row in told]) == clocks
    assert from_dicts(as_dicts(())) == ()


STEPS = st.lists(st.tuples(st.floats(0, 300_000), st.sampled_from(["pause", "resume", "extend"])), max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(UNITS), st.integers(1, 9), st.floats(0, 300_000), STEPS)
def test_through_pauses_and_extensions_each_unit_gets_what_was_promised(unit, amount, later_s, steps):
    """What ran of the unit's clock while it was not paused is what was granted, at the instant it is due."""
    at = MONDAY + timedelta(seconds=round(later_s))
    clocks, granted_s = one(amount, unit, at), WORKTIME.seconds(amount, unit)
    ran_s, since = 0.0, at
    for wait_s, act in steps:
        at += timedelta(seconds=round(wait_s))
        running = clocks[0].state == "running"
        if act == "extend":
            clocks, granted_s = extend(clocks, "disposal", 1, unit, WORKTIME), granted_s + WORKTIME.seconds(1, unit)
        elif act == "pause" and running:
            clocks, ran_s = pause(clocks, ("disposal",), at, WORKTIME), ran_s + WORKTIME.between(since, at, unit)
            assert clocks[0].left_s == pytest.approx(granted_s - ran_s, abs=1e-4)
        elif act == "resume" and not running:
            clocks, since = resume(clocks, ("disposal",), at, WORKTIME), at
    (clock,) = resume(clocks, ("disposal",), at, WORKTIME)
    since = since if clocks[0].state == "running" else at
    if granted_s > ran_s:
        assert ran_s + WORKTIME.between(since, clock.due_at, unit) == pytest.approx(granted_s, abs=1e-4)
        assert clock.amber_at <= clock.due_at
    else:
        assert light(clock, at) == "red"
