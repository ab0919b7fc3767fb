"""Windows by the clock on the wall of the district and the days of its city: midnight, holidays, shifts, and none."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadTable
from gridsvc.responsibility.calendar import Calendar, Period
from gridsvc.responsibility.windows import ALWAYS, parse_window

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


LABOUR = Calendar({date(2024, 5, 1): "off", date(2024, 5, 2): "off", date(2024, 4, 28): "work"}, {
    "weak": Period("weak", "12:00-14:00;22:00-06:00"),
    "duty": Period("duty", "work 08:30-17:30"),
    "idle": Period("idle", "!duty"),
})  # fmt: skip


@pytest.mark.parametrize(
    ("text", "day", "clock", "holds"),
    [
        ("work 08:30-17:30", "2024-04-30", "08:30", True),
        ("work 08:30-17:30", "2024-05-01", "12:00", False),
        ("work 08:30-17:30", "2024-05-04", "12:00", False),
        ("work 08:30-17:30", "2024-04-28", "12:00", True),  # a Sunday that is worked
        ("7 08:30-17:30", "2024-04-28", "12:00", True),
        ("off 08:30-17:30", "2024-04-28", "12:00", False),
        ("off 08:30-17:30", "2024-05-01", "12:00", True),
        ("work 22:00-06:00", "2024-05-01", "03:00", True),  # began the day before, which was worked
        ("work 22:00-06:00", "2024-05-01", "23:00", False),
        ("work 22:00-06:00", "2024-05-03", "03:00", False),
        ("08:30-08:30 @2024-05-01/3", "2024-05-01", "08:29", False),
        ("08:30-08:30 @2024-05-01/3", "2024-05-01", "08:30", True),
        ("08:30-08:30 @2024-05-01/3", "2024-05-02", "08:29", True),
        ("08:30-08:30 @2024-05-01/3", "2024-05-02", "08:30", False),
        ("08:30-08:30 @2024-05-01/3", "2024-05-04", "09:00", True),
        ("08:30-08:30 @2024-05-01/3", "2024-04-28", "09:00", False),  # the rota had not begun
        ("1-5 08:30-17:30 @2024-05-01/3", "2024-05-04", "09:00", False),
        ("1-5 08:30-17:30 @2024-05-01/3", "2024-05-07", "09:00", True),
        ("weak", "2024-05-06", "12:00", True),
        ("weak", "2024-05-06", "14:00", False),
        ("!weak", "2024-05-06", "14:00", True),
        ("!weak", "2024-05-06", "05:59", False),
        ("duty;6 09:00-10:00", "2024-05-04", "09:30", True),
        ("duty;6 09:00-10:00", "2024-05-01", "09:30", False),
        ("!idle", "2024-04-28", "12:00", True),
        ("idle", "2024-05-01", "12:00", True),
    ],
)
def test_a_window_holds_by_the_days_of_the_city(text, day, clock, holds):
    instant = datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=SHANGHAI)
    assert parse_window(text, calendar=LABOUR).holds_at(instant, SHANGHAI) is holds


@pytest.mark.parametrize("text", [
    "08:30-08:30 @2024-02-30/3", "08:30-08:30 @2024-05-01/0", "08:30-08:30 @2024-05-01", "08:30-08:30@2024-05-01/3",
    "work", "holiday 08:30-17:30", "strong", "!strong", "! weak", "!!weak", "!08:30-17:30", "weak 08:30-17:30",
])  # fmt: skip
def test_what_the_calendar_does_not_know_is_refused_and_told_what_it_does(text):
    with pytest.raises(BadTable) as e:
        parse_window(text, "duty", LABOUR)
    assert e.value.errors[0].value == text
    assert "weak, duty, idle" in e.value.errors[0].mend_en


def test_a_period_cannot_name_itself_even_by_another():
    ring = Calendar({}, {"a": Period("a", "08:00-09:00;b"), "b": Period("b", "!a")})
    for code in ring.periods:
        with pytest.raises(BadTable):
            parse_window(code, calendar=ring)


@pytest.mark.parametrize(("text", "periods"), [
    ("p0", {f"p{i}": f"p{i + 1};p{i + 1}" for i in range(7)} | {"p7": ";".join(["08:00-09:00"] * 4)}),
    ("p0", {f"p{i}": f"!p{i + 1};!p{i + 1}" for i in range(7)} | {"p7": ";".join(["08:00-09:00"] * 4)}),
    ("p0", {f"p{i}": f"p{i + 1}" for i in range(8)} | {"p8": "08:00-09:00"}),
    (";".join(["08:00-09:00"] * 501), {}),
    (";".join(["p"] * 501), {"p": "08:00-09:00"}),
], ids=["doubled", "doubled outside", "deep", "many", "many named"])  # fmt: skip
def test_periods_that_grow_by_naming_each_other_are_refused(text, periods):
    with pytest.raises(BadTable) as e:
        parse_window(text, "duty", Calendar({}, {code: Period(code, window) for code, window in periods.items()}))
    assert "500" in e.value.errors[0].mend_en


def test_periods_may_name_each_other_some_steps_deep():
    steps = {f"p{i}": Period(f"p{i}", f"p{i + 1}") for i in range(7)} | {"p7": Period("p7", "08:00-09:00")}
    assert len(parse_window("p0", calendar=Calendar({}, steps)).spans) == 1


CLOCKS = [f"{h:02}:{m}" for h in range(24) for m in ("00", "30")]
ENDS = st.sampled_from([*CLOCKS, "24:00"])
WEEKDAYS = st.integers(1, 7).flatmap(lambda a: st.integers(1, 7).map(lambda b: f"{a}-{b} "))
SINCE = st.dates(date(2015, 1, 1), date(2024, 7, 1))
ROTAS = st.just("") | st.builds(" @{}/{}".format, SINCE, st.integers(1, 9))
SPANS = st.builds("{}{}-{}{}".format, st.sampled_from(["", "work ", "off ", "7 "]) | WEEKDAYS,
                  st.sampled_from(CLOCKS), ENDS, ROTAS)  # fmt: skip
DAYS_NAMED = st.dictionaries(st.dates(date(2024, 3, 1), date(2024, 4, 15)), st.sampled_from(["work", "off"]))
ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]).map(ZoneInfo)
# The clocks of New York go forward on 10 March 2024, those of Lord Howe back on 7 April.
INSTANTS = st.datetimes(datetime(2024, 3, 8), datetime(2024, 4, 9), timezones=st.just(UTC)) | st.builds(
    lambda hours, by: datetime(2024, 3, 8, tzinfo=UTC) + timedelta(hours=hours / 2, microseconds=by),
    st.integers(0, 32 * 48), st.sampled_from([-1, 0]),
)  # fmt: skip


def begins(text: str, day: date, days: dict[date, str]) -> bool:
    """Read one span letter by letter: does one begin on this day?"""
    text, _, rota = text.partition(" @")
    kind, _, _ = text.rpartition(" ")
    if rota:
        since, every = date.fromisoformat(rota.split("/")[0]), int(rota.split("/")[1])
        if day not in [since + timedelta(days=n * every) for n in range((day - since).days // every + 1)]:
            return False
    if kind in ("work", "off"):
        return days.get(day, "off" if day.isoweekday() > 5 else "work") == kind
    first, last = (kind.split("-") * 2)[:2] if kind else "17"
    weekday = int(first)
    while weekday != day.isoweekday() and weekday != int(last):
        weekday = weekday % 7 + 1
    return weekday == day.isoweekday()


def holds(text: str, local: datetime, days: dict[date, str]) -> bool:
    """Lay out every span that begins on this day or the one before and look whether one of them is under way."""
    start, end = text.partition(" @")[0].rpartition(" ")[2].split("-")
    for day in (local.date(), local.date() - timedelta(days=1)):
        midnight = datetime.combine(day, time())
        opens, shuts = (midnight + timedelta(hours=int(c[:2]), minutes=int(c[3:])) for c in (start, end))
        shuts += timedelta(days=shuts <= opens)
        if begins(text, day, days) and opens <= local < shuts:
            return True
    return False


@given(st.lists(SPANS, min_size=1, max_size=3), st.lists(SPANS, min_size=1, max_size=2), DAYS_NAMED, ZONES, INSTANTS)
def test_a_window_holds_where_a_plain_reading_of_it_does(own, named, days, zone, instant):
    calendar = Calendar(days, {"p": Period("p", ";".join(named))})
    local = instant.astimezone(zone).replace(tzinfo=None)
    by_own, by_name = (any(holds(text, local, days) for text in texts) for texts in (own, named))
    for text, expected in {
        ";".join(own): by_own, "p": by_name, "!p": not by_name, ";".join([*own, "p"]): by_own or by_name,
        ";".join(["!p", *own]): by_own or not by_name,
    }.items():  # fmt: skip
        assert parse_window(text, calendar=calendar).holds_at(instant, zone) is expected


@given(st.integers(1, 9), SINCE, st.datetimes(datetime(2024, 7, 2), datetime(2034, 1, 1)))
def test_one_shift_of_a_rota_is_on_duty_at_any_instant_of_years(shifts, since, local):
    """Whole days from 08:30, each shift a day after the other."""
    rota = [f"08:30-08:30 @{since + timedelta(days=n)}/{shifts}" for n in range(shifts)]
    on = [n for n, text in enumerate(rota) if parse_window(text).holds_at(local.replace(tzinfo=SHANGHAI), SHANGHAI)]
    shift_began = (local - timedelta(hours=8, minutes=30)).date()
    assert on == [(shift_began - since).days % shifts]


@given(st.lists(SPANS, max_size=3), DAYS_NAMED, ZONES, INSTANTS, st.floats(0, 1))
def test_a_window_turns_next_when_it_says_so(own, days, zone, instant, share):
    window = parse_window(";".join(own), calendar=Calendar(days))
    turn = window.next_turn(instant, zone)
    before = instant + min(share, 0.999) * ((turn or instant + timedelta(days=31)) - instant)
    assert window.holds_at(before, zone) == window.holds_at(instant, zone)
    if turn is not None:
        assert window.holds_at(turn, zone) != window.holds_at(instant, zone)
        assert turn > instant


@given(
    st.lists(st.sampled_from(["work ", "off ", "1-5 ", "6-2 ", ""]), min_size=1, max_size=3),
    st.lists(st.tuples(st.times(), st.times()), min_size=3, max_size=3),
    st.booleans(),
    st.dates(date(2024, 5, 20), date(2024, 6, 20)),
)
def test_the_parts_of_a_day_in_which_a_window_holds_are_those_in_which_it_holds(days, times, outside, day):
    spans = ";".join(f"{d}{a:%H:%M}-{b:%H:%M}" for d, (a, b) in zip(days, times, strict=False))
    calendar = Calendar({date(2024, 6, 10): "off"}, {"p": Period("p", spans)})
    window = parse_window("!p" if outside else spans, calendar=calendar)
    parts = window.open_on(day)
    for n in range(0, 1440, 7):
        inside = any(a <= n * 60 < b for a, b in parts)
        assert window.holds_by(day, time(n // 60, n % 60)) is inside
    flat = [s for part in parts for s in part]
    assert flat == sorted(set(flat))
