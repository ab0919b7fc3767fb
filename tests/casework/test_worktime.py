"""Working time: tables of each unit, and a walker that goes minute by minute and knows nothing of spans."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.casework.worktime import Worktime
from gridsvc.errors import BadInput
from gridsvc.responsibility.calendar import Calendar, Period
from gridsvc.worktimes import working_window, worktime_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
# Spring Festival 2024: off from 10 to 17 February, worked on the Sundays before and after.
SPRING_2024 = {date(2024, 2, d): "off" for d in (12, 13, 14, 15, 16)} | {
    date(2024, 2, 4): "work",
    date(2024, 2, 18): "work",
}
WORKTIME = worktime_of(Calendar(SPRING_2024), SHANGHAI)


def there(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def made(window, days=(), zone=SHANGHAI):
    return worktime_of(Calendar(dict(days), {"working": Period("working", window)}), zone)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        # 3 working days are not 72 hours.
        ("2024-05-06 10:00", 3, "working_day", "2024-05-09 10:00"),
        ("2024-05-09 10:00", 3, "working_day", "2024-05-14 10:00"),
        ("2024-05-09 10:00", 72, "urgent_hour", "2024-05-12 10:00"),
        # The noon break.
        ("2024-05-06 11:00", 2, "working_hour", "2024-05-06 14:30"),
        ("2024-05-06 12:45", 0.5, "working_hour", "2024-05-06 14:00"),
        # The night, the weekend.
        ("2024-05-06 17:30", 1, "working_hour", "2024-05-07 09:00"),
        ("2024-05-10 17:59:59", 1, "working_hour", "2024-05-13 09:29:59"),
        ("2024-05-11 03:00", 1, "working_hour", "2024-05-13 09:30"),
        # What ends exactly where a span ends, ends there; what begins there begins with the next one.
        ("2024-05-06 08:30", 1, "working_day", "2024-05-06 18:00"),
        ("2024-05-06 10:00", 2, "working_hour", "2024-05-06 12:00"),
        ("2024-05-06 12:00", 1, "working_hour", "2024-05-06 14:30"),
        ("2024-05-06 18:00", 1, "working_day", "2024-05-07 18:00"),
        ("2024-05-06 08:30", 0.5, "working_hour", "2024-05-06 09:00"),
        ("2024-05-06 08:29:59.5", 1, "working_hour", "2024-05-06 09:30"),
        ("2024-05-06 08:30:00.5", 1, "working_hour", "2024-05-06 09:30:00.5"),
        # Spring Festival: the last day before it is a Friday, the first after it a Sunday.
        ("2024-02-09 17:00", 2, "working_hour", "2024-02-18 09:30"),
        ("2024-02-03 10:00", 1, "working_hour", "2024-02-04 09:30"),
        ("2024-02-09 10:00", 20, "working_day", "2024-03-14 10:00"),
        # Whole seconds.
        ("2024-05-06 10:00", 0.1667, "urgent_hour", "2024-05-06 10:10"),
        ("2024-05-06 10:00", 0.33, "urgent_hour", "2024-05-06 10:19:48"),
        ("2024-05-06 10:00", 1e-9, "urgent_hour", "2024-05-06 10:00:01"),
        # The end of a year that nobody named.
        ("2023-12-29 16:00", 1, "working_day", "2024-01-01 16:00"),
        # The clock that always runs, and the day of the wall.
        ("2024-02-28 23:30", 1, "urgent_hour", "2024-02-29 00:30"),
        ("2024-02-28 23:30", 1, "natural_day", "2024-02-29 23:30"),
        ("2024-12-31 23:30", 7, "natural_day", "2025-01-07 23:30"),
        ("2024-12-31 12:00", 0.5, "natural_day", "2025-01-01 00:00"),
        ("2024-05-06 10:00", 3650, "natural_day", "2034-05-04 10:00"),
        ("2024-05-06 10:00", 87600, "urgent_hour", "2034-05-04 10:00"),
    ],
)
def test_an_amount_ends_where_its_unit_ends(start, amount, unit, end):
    got = WORKTIME.add(there(start), amount, unit)
    assert got.tzinfo is UTC
    assert got == there(end)


@pytest.mark.parametrize(
    ("start", "end", "unit", "seconds"),
    [
        ("2024-05-06 10:00", "2024-05-06 10:00", "working_hour", 0),
        ("2024-05-06 10:00", "2024-05-05 10:00", "urgent_hour", 0),
        ("2024-05-06 10:00", "2024-05-05 10:00", "natural_day", 0),
        ("2024-05-06 10:00", "2024-05-06 14:00", "working_day", 2.5 * 3600),
        ("2024-05-06 00:00", "2024-05-07 00:00", "working_day", 8 * 3600),
        ("2024-05-11 00:00", "2024-05-13 08:30", "working_hour", 0),
        ("2024-05-10 17:59:59.5", "2024-05-13 08:30:01", "working_hour", 1.5),
        ("2024-02-08 00:00", "2024-02-20 00:00", "working_day", 4 * 8 * 3600),
        ("2024-05-06 00:00", "2024-05-08 12:00", "natural_day", 2.5 * 86400),
        ("2024-05-06 00:00", "2024-05-08 12:00", "urgent_hour", 60 * 3600),
    ],
)
def test_what_has_run_between_two_instants(start, end, unit, seconds):
    assert WORKTIME.between(there(start), there(end), unit) == seconds


def test_a_half_day_is_half_a_working_day():
    """A working day is as long as the longest of the week; Friday afternoon is free."""
    halves = made("1-5 08:00-12:00; 1-4 14:00-18:00")
    assert halves.day_s == 8 * 3600
    assert halves.add(there("2024-05-09 08:00"), 1, "working_day") == there("2024-05-09 18:00")
    assert halves.add(there("2024-05-10 08:00"), 1, "working_day") == there("2024-05-13 12:00")
    assert halves.add(there("2024-05-10 08:00"), 4, "working_hour") == there("2024-05-10 12:00")


def test_a_period_of_other_length_makes_a_day_of_that_length():
    assert made("work 09:00-12:20").day_s == 200 * 60
    assert made("work 09:00-12:20").add(there("2024-05-06 12:00"), 2, "working_day") == there("2024-05-08 12:00")
    assert made("work 22:00-06:00").add(there("2024-05-06 23:00"), 4, "working_hour") == there("2024-05-07 03:00")
    # What overlaps runs once.
    assert made("work 08:00-12:00; work 10:00-14:00").day_s == 6 * 3600


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        # The clocks of Berlin go forward on 31 March 2024 and back on 27 October.
        ("2024-03-30T12:00+01:00", 1, "natural_day", "2024-03-31T12:00+02:00"),
        ("2024-03-30T12:00+01:00", 24, "urgent_hour", "2024-03-31T13:00+02:00"),
        ("2024-03-30T02:30+01:00", 1, "natural_day", "2024-03-31T03:30+02:00"),
        ("2024-10-26T02:30+02:00", 1, "natural_day", "2024-10-27T02:30+02:00"),
        ("2024-10-27T02:30+01:00", 1, "natural_day", "2024-10-28T02:30+01:00"),
        ("2024-10-27T02:30+02:00", 0.5 / 24, "natural_day", "2024-10-27T03:00+01:00"),
        ("2024-10-27T02:15+01:00", 0.5 / 24, "natural_day", "2024-10-27T02:45+01:00"),
        # A night shift has seven hours, or nine.
        ("2024-03-30T22:00+01:00", 7, "working_hour", "2024-03-31T06:00+02:00"),
        ("2024-10-26T22:00+02:00", 9, "working_hour", "2024-10-27T06:00+01:00"),
    ],
)
def test_where_clocks_are_changed(start, amount, unit, end):
    berlin = made("22:00-06:00", zone=ZoneInfo("Europe/Berlin"))
    assert berlin.add(datetime.fromisoformat(start), amount, unit) == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    ("amount", "unit", "field"),
    [
        (0, "working_day", "amount"),
        (-1, "urgent_hour", "amount"),
        (float("nan"), "working_hour", "amount"),
        (float("inf"), "natural_day", "amount"),
        (3650.5, "working_day", "amount"),
        (87601, "urgent_hour", "amount"),
        (1e300, "working_hour", "amount"),
        (1, "day", "unit"),
    ],
)
def test_what_is_no_limit_is_refused(amount, unit, field):
    with pytest.raises(BadInput) as e:
        WORKTIME.add(there("2024-05-06 10:00"), amount, unit)
    assert e.value.errors[0].field == field


def test_where_nobody_ever_works_an_amount_of_work_is_refused_and_nothing_runs():
    never = Worktime(SHANGHAI, lambda day: ())
    with pytest.raises(BadInput) as e:
        never.add(there("2024-05-06 10:00"), 1, "working_hour")
    assert e.value.errors[0].field == "working"
    assert never.between(there("2024-05-06 10:00"), there("2034-05-06 10:00"), "working_hour") == 0
    assert never.add(there("2024-05-06 10:00"), 1, "urgent_hour") == there("2024-05-06 11:00")


def test_the_end_of_time_is_refused():
    with pytest.raises(BadInput):
        WORKTIME.add(there("2199-12-30 10:00"), 30, "working_day")


def walked(window, zone, at, minutes):
    """The instant at which so many minutes of a window are over, found by looking at one minute after the other."""
    end = at.replace(second=0, microsecond=0) + MINUTE
    left_s = minutes * 60 - (end - at).total_seconds() * window.holds_at(at, zone)
    while left_s > 0:
        left_s -= 60 * window.holds_at(end, zone)
        end += MINUTE
    return end + timedelta(seconds=left_s)


CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
DAYS = st.sampled_from(["", "work ", "1-5 ", "6 ", "5-1 ", "off "])
SPANS = st.lists(st.builds("{}{}-{}".format, DAYS, CLOCK, CLOCK), min_size=1, max_size=4)
# Around changes of clocks by an hour and by half an hour, and a day that Samoa left out.
STARTS = st.sampled_from(
    [
        ("Asia/Shanghai", datetime(2024, 2, 7, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2024, 3, 29, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2024, 10, 25, tzinfo=UTC)),
        ("America/New_York", datetime(2024, 11, 1, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2024, 4, 5, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2011, 12, 28, tzinfo=UTC)),
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    STARTS,
    SPANS,
    st.dictionaries(st.integers(-3, 9), st.sampled_from(["work", "off"])),
    st.integers(0, 4 * 86400),
    st.integers(1, 1500),
)
def test_it_agrees_with_a_walker_that_looks_at_every_minute(start, spans, named, later_s, minutes):
    name, first = start
    zone = ZoneInfo(name)
    days = {first.date() + timedelta(days=n): kind for n, kind in named.items()}
    calendar = Calendar(days, {"working": Period("working", ";".join(spans))})
    window, at = working_window(calendar), first + timedelta(seconds=later_s)
    worktime = worktime_of(calendar, zone)
    try:
        end = worktime.add_s(at, minutes * 60, "working_hour")
    except BadInput:
        assert not any(window.holds_at(at + n * MINUTE, zone) for n in range(0, 20 * 1440, 7))
        return
    if end - at < timedelta(days=40):
        assert end == walked(window, zone, at, minutes)
    assert worktime.between(at, end, "working_day") == minutes * 60
    middle = at + (end - at) / 3
    assert worktime.between(at, middle, "working_hour") + worktime.between(middle, end, "working_hour") == minutes * 60


@settings(max_examples=200, deadline=None)
@given(STARTS, st.integers(0, 400 * 86400), st.floats(0.01, 3650), st.sampled_from(["urgent_hour", "natural_day"]))
def test_the_clocks_of_the_wall_never_end_before_they_begin(start, later_s, amount, unit):
    name, first = start
    worktime, at = worktime_of(Calendar(), ZoneInfo(name)), first + timedelta(seconds=later_s)
    end = worktime.add(at, amount, unit)
    assert end > at
    if unit == "urgent_hour":
        assert worktime.between(at, end, unit) == pytest.approx(amount * 3600, abs=0.5)
