"""Instants, local time and worked days as plain numbers, which a phone reads without any time zones of its own."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gridsvc.responsibility.calendar import Calendar, Period
from gridsvc.responsibility.windows import Outside, Window

_EPOCH, _MICRO, _DAY = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1), timedelta(days=1)


def micros(at: datetime) -> int:
    """Microseconds since 1970 in UTC."""
    return (at - _EPOCH) // _MICRO


def instant_of(at: int | None) -> datetime | None:
    """Give the instant of so many microseconds since 1970."""
    return None if at is None else _EPOCH + at * _MICRO


def years_of(as_of: datetime, expires: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """First and last year of which a bundle can tell: from the year before it was made to that after it expires."""
    return as_of.astimezone(zone).year - 1, expires.astimezone(zone).year + 1


def write_time(zone: ZoneInfo, calendar: Calendar, years: tuple[int, int]) -> dict[str, Any]:
    """Give the local clocks of some years, and which days are worked other than the week says, the days around too."""
    first, last = date(years[0], 1, 1), date(years[1] + 1, 1, 1)
    days = [first + n * _DAY for n in range(-1, (last - first).days + 1)]
    odd = {d.toordinal(): calendar.is_working(d) for d in days if calendar.is_working(d) != (d.isoweekday() < 6)}
    begin, end = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (first, last))
    return {"from": micros(begin), "to": micros(end), "clocks": _clocks(begin, end, zone), "odd_days": odd}


def _clocks(begin: datetime, end: datetime, zone: ZoneInfo) -> list[list[int]]:
    """From when on, in seconds since 1970, the local clock is so many seconds before UTC."""
    low, last = int(begin.timestamp()), int(end.timestamp())
    found = [[low, _offset_s(low, zone)]]
    while low < last:
        high = min(low + 86_400, last)
        if _offset_s(high, zone) != found[-1][1]:
            before = low
            while high - before > 1:
                middle = (before + high) // 2
                before, high = (middle, high) if _offset_s(middle, zone) == found[-1][1] else (before, middle)
            found.append([high, _offset_s(high, zone)])
        low = high
    return found


def _offset_s(at_s: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at_s, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def write_calendar(calendar: Calendar) -> dict[str, Any]:
    """Give a calendar as JSON."""
    return {
        "days": {day.isoformat(): kind for day, kind in calendar.days.items()}, "mainland": calendar.mainland,
        "periods": [[p.code, p.window, p.title_zh, p.title_en] for p in calendar.periods.values()],
    }  # fmt: skip


def read_calendar(told: Mapping[str, Any]) -> Calendar:
    """Make the calendar of what :func:`write_calendar` gave."""
    periods = {row[0]: Period(*row) for row in told["periods"]}
    return Calendar({date.fromisoformat(d): kind for d, kind in told["days"].items()}, periods, told["mainland"])


def write_window(window: Window) -> dict[str, Any]:
    """Give a window as it was written, and its spans as numbers: minutes of a day, weekdays, ordinals of days."""
    return {"text": window.text, "spans": _spans(window)}


def _spans(window: Window) -> list[Any]:
    return [
        {"outside": _spans(span.window)} if isinstance(span, Outside) else {
            "days": sorted(span.days) if isinstance(span.days, frozenset) else span.days,
            "start": span.start.hour * 60 + span.start.minute, "end": span.end.hour * 60 + span.end.minute,
            "since": None if span.since is None else span.since.toordinal(), "every": span.every,
        }
        for span in window.spans
    ]  # fmt: skip
