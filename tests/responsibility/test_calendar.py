"""The days of a city: the week, unless a day was named, and periods that say something."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadTable
from gridsvc.responsibility import statutory
from gridsvc.responsibility.calendar import NO_CALENDAR, Calendar, Period

HOLIDAY, MAKE_UP = date(2024, 5, 1), date(2024, 4, 28)
NAMED = Calendar({HOLIDAY: "off", MAKE_UP: "work"})


@pytest.mark.parametrize(
    ("day", "plain", "named"),
    [
        (HOLIDAY, True, False),
        (MAKE_UP, False, True),
        (date(2024, 5, 3), True, True),
        (date(2024, 5, 4), False, False),
        (date(2024, 5, 5), False, False),
        (date(2024, 5, 6), True, True),
        (date.min, True, True),
        (date.max, True, True),
    ],
)
def test_a_day_is_worked_as_it_was_named_or_as_the_week_says(day, plain, named):
    assert (NO_CALENDAR.is_working(day), NAMED.is_working(day)) == (plain, named)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 20)))
def test_without_named_days_any_week_has_five_working_days(day):
    assert sum(NO_CALENDAR.is_working(day + timedelta(days=n)) for n in range(7)) == 5


MAINLAND = Calendar({date(2024, 5, 6): "off", date(2024, 5, 1): "work"}, mainland=True)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        # Spring Festival 2024 and 2026, with the weekends that were worked in exchange.
        *((date(2024, 2, d), False) for d in range(10, 18)),
        *((date(2024, 2, d), True) for d in (4, 9, 18, 19)),
        *((date(2026, 2, d), False) for d in range(15, 24)),
        *((date(2026, 2, d), True) for d in (13, 14, 24, 28)),
        (date(2026, 1, 2), False), (date(2026, 1, 4), True), (date(2026, 10, 7), False), (date(2026, 10, 10), True),
        # What the city names goes before what the state names.
        (date(2024, 5, 1), True), (date(2024, 5, 2), False), (date(2024, 5, 6), False), (date(2024, 5, 7), True),
        # What the law fixes is there before the year has been announced, and there is nothing of far away years.
        (date(2099, 10, 1), False), (date(2150, 10, 1), True), (date(1901, 10, 1), True),
    ],
)  # fmt: skip
def test_on_the_mainland_the_state_names_the_days(day, worked):
    assert MAINLAND.is_working(day) is worked
    assert MAINLAND.without("p").is_working(day) is worked


def test_a_year_is_known_once_it_has_weekends_that_are_worked():
    assert all(map(MAINLAND.knows, range(2001, statutory.last_announced() + 1)))
    unknown = statutory.last_announced() + 1
    assert not MAINLAND.knows(unknown)
    assert not Calendar({date(unknown, 5, 4): "off"}, mainland=True).knows(unknown)
    assert Calendar({date(unknown, 5, 9): "work"}, mainland=True).knows(unknown)
    assert Calendar().knows(unknown)


def test_days_that_stand_for_holidays_and_make_up_days_are_among_those_marked():
    assert Calendar({HOLIDAY: "off"}).marked() == {HOLIDAY}
    for first in (None, date(2024, 7, 1)):
        marked = MAINLAND.marked(first)
        assert {date(2024, 5, 6), date(2024, 5, 1)} <= marked
        for worked in (True, False):
            assert any(MAINLAND.is_working(d) is worked and (d.isoweekday() < 6) is not worked for d in marked)


@pytest.mark.parametrize("code", ["", "a b", "1st", "!weak", "a;b", "08:00-09:00", "a:b"])
def test_a_period_that_no_window_could_name_is_refused(code):
    with pytest.raises(BadTable) as e:
        Period(code, "08:00-09:00")
    assert e.value.errors[0].field == "code"


@pytest.mark.parametrize("code", ["weak", "\u4e24\u8584\u65f6\u6bb5", "duty-2", "a_1"])
def test_a_period_may_have_any_plain_name(code):
    assert Period(code, "08:00-09:00").code == code


@pytest.mark.parametrize("window", ["", " ", ";", " ; ;"])
def test_a_period_without_any_span_is_refused(window):
    with pytest.raises(BadTable) as e:
        Period("p", window)
    assert e.value.errors[0].field == "window"
