"""The days of a city: the week, unless a day was named, and periods that say something."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadTable
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
