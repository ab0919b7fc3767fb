"""A ruleset's working time: its period, its holidays, how long its working day is, and which years it knows."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from small_city import TABLES, write_city

from gridsvc import Router
from gridsvc.casework.clocks import start
from gridsvc.responsibility import statutory
from gridsvc.responsibility.calendar import Calendar, Period
from gridsvc.worktimes import worktime_of

ZONE = ZoneInfo("Asia/Shanghai")


def there(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        (None, 8),
        ("work 08:30-12:00;work 13:30-17:30", 7.5),
        ("work 08:00-12:00;1-4 14:00-18:00", 8),
        ("work 22:00-06:00", 8),
        ("00:00-24:00", 24),
        ("!night", 16),
        ("off 09:00-12:00", 3),
    ],
)
def test_a_working_day_is_as_long_as_the_longest_of_an_ordinary_week(window, hours):
    periods = {"night": Period("night", "22:00-06:00")}
    periods |= {} if window is None else {"working": Period("working", window)}
    assert worktime_of(Calendar({}, periods), ZONE).day_s == hours * 3600
    # A whole week of holidays changes nothing of it.
    free = {date(2024, 1, d): "off" for d in range(1, 8)}
    assert worktime_of(Calendar(free, periods), ZONE).day_s == hours * 3600


def test_a_ruleset_has_its_own_period_and_days(tmp_path):
    tables = {
        **TABLES,
        "periods": [{"code": "working", "window": "work 09:00-12:00;work 13:00-16:00"}],
        "calendar": [{"date": "2024-06-13", "day": "off"}, {"date": "2024-06-15", "day": "work"}],
    }
    plain, own = (Router.from_folder(write_city(tmp_path / n, tables=t)) for n, t in (("a", TABLES), ("b", tables)))
    at = there("2024-06-12 15:00")
    assert plain.worktime().add(at, 4, "working_day") == there("2024-06-18 15:00")
    assert own.worktime().add(at, 4, "working_day") == there("2024-06-18 15:00")
    assert plain.worktime().add(at, 5, "working_hour") == there("2024-06-13 10:30")
    assert own.worktime().add(at, 5, "working_hour") == there("2024-06-14 14:00")
    # Under other rules the same ground has other working time.
    under = plain.under(own.snapshot.ruleset, own.snapshot.staff)
    assert under.worktime().add(at, 5, "working_hour") == there("2024-06-14 14:00")


@pytest.mark.parametrize(
    ("rows", "zone", "provisional"),
    [
        ({}, "Asia/Shanghai", True),
        ({date(statutory.last_announced() + 1, 1, 9): "work"}, "Asia/Shanghai", False),
        ({date(statutory.last_announced() + 1, 1, 9): "off"}, "Asia/Shanghai", True),
        ({}, "Asia/Tokyo", False),
    ],
)
def test_a_clock_that_ends_in_a_year_that_was_not_announced_is_provisional(rows, zone, provisional):
    calendar = Calendar(rows, mainland=zone in statutory.MAINLAND)
    at = datetime(statutory.last_announced(), 12, 30, 2, tzinfo=UTC)
    (clock,) = start((), "disposal", 20, "working_day", at, worktime_of(calendar, ZoneInfo(zone)))
    assert clock.provisional is provisional
