"""The working time of a ruleset's city, made of its calendar and its period ``working``, and what is wrong with it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gridsvc.casework.worktime import HOUR_S, WORKED, Worktime
from gridsvc.errors import BadInput
from gridsvc.responsibility.calendar import Calendar
from gridsvc.responsibility.findings import Finding
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.windows import Window, parse_window

WORKING = "working"
# Where a ruleset has no such period.
USUAL = "work 08:30-12:00;work 13:30-18:00"
# So long before clocks end in a year somebody should see that it has not been announced.
_AHEAD = timedelta(days=60)
_MONDAY = date(2024, 1, 1)


def working_window(calendar: Calendar) -> Window:
    """Give the window in which working hours run."""
    return parse_window(WORKING if WORKING in calendar.periods else USUAL, WORKING, calendar)


def worktime_of(calendar: Calendar, zone: ZoneInfo) -> Worktime:
    """Make the working time of a calendar; a working day is as long as the longest of a week without holidays."""
    window = working_window(calendar)
    plain = working_window(Calendar(periods=calendar.periods))
    week = (plain.open_on(_MONDAY + timedelta(days=n)) for n in range(7))
    longest_s = max(sum(end_s - start_s for start_s, end_s in day) for day in week)
    return Worktime(zone, window.open_on, longest_s or 8 * HOUR_S, calendar.knows)


def check_worktime(ruleset: Ruleset, staff: Staff, worktime: Worktime, begin: datetime) -> Iterator[Finding]:
    """Find that limits ask for working time that never is, or that soon reaches into a year that is not known yet.

    Nothing is said of a ruleset whose limits and windows ask for no working time.
    """
    worked = [x for x in ruleset.limits if x.unit in WORKED]
    windows = [*(rule.window for rule in ruleset.rules), *(post.duty for post in staff.posts)]
    if not worked and all(isinstance(span.days, frozenset) for window in windows for span in window.all_spans()):
        return
    try:
        worktime.add(begin, 1, "working_hour")
        end = max((worktime.add(begin + _AHEAD, x.amount, x.unit) for x in worked), default=begin + _AHEAD)
    except BadInput as e:
        mends = e.errors[0]
        yield Finding("no_worktime", "error", "periods", None, (WORKING,), f"{e.zh}；{mends.mend_zh}",
                      f"{e.en}; {mends.mend_en}")  # fmt: skip
        return
    last = end.astimezone(worktime.zone).year
    for year in range(begin.astimezone(worktime.zone).year, last + 1):
        if not ruleset.calendar.knows(year):
            text = (
                f"{year} 年的放假与调休安排未知，按法定节假日暂计；公布后升级 gridsvc，或在 calendar 表逐日写明",
                f"the holidays and make-up days of {year} are not known; clocks that end in it are provisional: once "
                "they are announced upgrade gridsvc, or write them in the table calendar",
            )
            yield Finding("calendar_year", "warning", "calendar", None, (str(year),), *text)
