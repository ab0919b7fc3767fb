"""Weekly windows by the clock on the wall of the district: midnight, the end of the week, and no window at all."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadTable
from gridsvc.responsibility.windows import ALWAYS, Span, Window, parse_window

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2024, 6, 10, tzinfo=SHANGHAI)


def on(weekday: int, clock: str) -> datetime:
    """An instant of the week of 10 June 2024, weekday 1 Monday, local time."""
    hour, minute = map(int, clock.split(":"))
    return MONDAY + timedelta(days=weekday - 1, hours=hour, minutes=minute)


@pytest.mark.parametrize("text", ["", "  ", ";", " ; "])
def test_no_window_means_always(text):
    window = parse_window(text)
    assert window.spans == ALWAYS.spans == ()
    assert window.holds_at(on(7, "03:00"), SHANGHAI)


@pytest.mark.parametrize("text", [
    "8:30-17:30", "08:30", "08:30-", "08:30-17:30-", "0-5 08:30-17:30", "1-8 08:30-17:30", "1- 08:30-17:30",
    "mon 08:30-17:30", "08:60-17:30", "25:00-26:00", "24:00-06:00", "22:00-24:01", "24:30-01:00", "08:30–17:30",
    "1-5 08:30-17:30,6 09:00-12:00", "08:30-17:30;x",
])  # fmt: skip
def test_a_window_that_cannot_be_read_is_refused_with_its_part(text):
    with pytest.raises(BadTable) as e:
        parse_window(text, "duty")
    assert e.value.errors[0].field == "duty"
    assert e.value.errors[0].value in text


@pytest.mark.parametrize(
    ("text", "weekday", "clock", "holds"),
    [
        ("08:30-17:30", 3, "08:29", False),
        ("08:30-17:30", 3, "08:30", True),
        ("08:30-17:30", 7, "17:29", True),
        ("08:30-17:30", 3, "17:30", False),
        ("1-5 08:30-17:30", 5, "12:00", True),
        ("1-5 08:30-17:30", 6, "12:00", False),
        ("6 08:30-17:30", 6, "12:00", True),
        ("6 08:30-17:30", 7, "12:00", False),
        ("1-5 08:30-12:00;6-7 09:00-10:00", 7, "09:30", True),
        ("1-5 08:30-12:00;6-7 09:00-10:00", 7, "11:00", False),
        ("6-1 09:00-10:00", 1, "09:30", True),
        ("6-1 09:00-10:00", 7, "09:30", True),
        ("6-1 09:00-10:00", 2, "09:30", False),
        ("22:00-06:00", 1, "23:59", True),
        ("22:00-06:00", 1, "00:00", True),
        ("22:00-06:00", 1, "05:59", True),
        ("22:00-06:00", 1, "06:00", False),
        ("22:00-06:00", 1, "21:59", False),
        ("5 22:00-06:00", 5, "23:00", True),
        ("5 22:00-06:00", 6, "03:00", True),
        ("5 22:00-06:00", 5, "03:00", False),
        ("5 22:00-06:00", 6, "23:00", False),
        ("7 22:00-06:00", 1, "03:00", True),
        ("08:00-24:00", 2, "23:59", True),
        ("2 08:00-24:00", 3, "00:00", False),
        ("1 00:00-24:00", 1, "00:00", True),
        ("1 00:00-24:00", 1, "23:59", True),
        ("1 00:00-24:00", 2, "00:00", False),
        ("08:00-08:00", 2, "07:59", True),
    ],
)
def test_a_window_holds_by_weekday_and_clock(text, weekday, clock, holds):
    assert parse_window(text).holds_at(on(weekday, clock), SHANGHAI) is holds


@pytest.mark.parametrize(("zone", "holds"), [("Asia/Shanghai", True), ("America/Los_Angeles", False), ("UTC", False)])
def test_the_clock_is_that_of_the_zone_not_of_the_instant(zone, holds):
    instant = datetime(2024, 6, 12, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
    assert parse_window("08:30-17:30").holds_at(instant, ZoneInfo(zone)) is holds


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_day_and_night_together_are_always_and_never_both(instant):
    day, night = parse_window("08:30-17:30"), parse_window("17:30-08:30")
    assert day.holds_at(instant, SHANGHAI) != night.holds_at(instant, SHANGHAI)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_working_days_and_weekends_together_are_always_and_never_both(instant):
    work, weekend = parse_window("1-5 00:00-24:00"), parse_window("6-7 00:00-24:00")
    assert work.holds_at(instant, SHANGHAI) != weekend.holds_at(instant, SHANGHAI)


def test_a_window_remembers_how_it_was_written():
    assert parse_window(" 1-5 08:30-17:30 ").text == "1-5 08:30-17:30"


CLOCKS = st.times().map(lambda t: t.replace(second=0, microsecond=0))
SPANS = st.builds(Span, st.frozensets(st.integers(1, 7), min_size=1), CLOCKS, CLOCKS | st.just(time(0)))


def holds(span: Span, local: datetime) -> bool:
    """One span by its definition: the day's own part, and what runs over from the day before."""
    today, yesterday = (d.isoweekday() in span.weekdays for d in (local, local - timedelta(days=1)))
    if span.start < span.end:
        return today and span.start <= local.time() < span.end
    return (today and local.time() >= span.start) or (yesterday and local.time() < span.end)


@given(st.lists(SPANS, min_size=1, max_size=4), st.datetimes(datetime(2024, 6, 3), datetime(2024, 6, 17)), st.data())
def test_a_window_holds_where_one_of_its_spans_does(spans: list[Span], local: datetime, data: st.DataObject):
    clocks = [clock for span in spans for clock in (span.start, span.end)]
    edge = datetime.combine(local.date(), data.draw(st.sampled_from(clocks)))
    for at in (local, edge, edge - timedelta(microseconds=1)):
        instant = at.replace(tzinfo=SHANGHAI)
        assert Window(tuple(spans)).holds_at(instant, SHANGHAI) is any(holds(span, at) for span in spans)
