"""Windows and validities compared: whether one holds whenever another does, and instants that stand for all others."""

from collections.abc import Hashable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import product
from math import lcm
from typing import Protocol
from zoneinfo import ZoneInfo

from gridsvc.responsibility.table import Lead, Rule
from gridsvc.responsibility.windows import Span, Window
from gridsvc.values import YEARS

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MONDAY = date(2024, 1, 1)
_ALL_WEEK = frozenset(range(1, 8))
# Rotas whose turns fall together only after more days than this are not compared.
_LONGEST_DAYS = 3660


class Valid(Protocol):
    """Whatever holds from an instant on and until another."""

    @property
    def valid_from(self) -> datetime | None: ...
    @property
    def valid_to(self) -> datetime | None: ...


def is_over(row: Valid, begin: datetime) -> bool:
    """Tell whether a row holds no more from an instant on."""
    return row.valid_to is not None and row.valid_to <= begin


def valid_throughout(row: Valid, other: Valid, begin: datetime) -> bool:
    """Tell whether a row is valid whenever another is, from an instant on."""
    from_then = row.valid_from is None or row.valid_from <= max(begin, other.valid_from or begin)
    return from_then and (row.valid_to is None or (other.valid_to is not None and other.valid_to <= row.valid_to))


def valid_together(row: Valid, other: Valid, begin: datetime) -> bool:
    """Tell whether two rows are valid at one instant, from an instant on."""
    start = max(begin, row.valid_from or begin, other.valid_from or begin)
    return not is_over(row, start) and not is_over(other, start)


def open_throughout(window: Window, other: Window) -> bool:
    """Tell whether a window is open whenever another is. Of turns that repeat only after many years nothing is said."""
    if not window.spans or window == other:
        return True
    if _period_days((window, other)) > _LONGEST_DAYS:
        return False
    return all(window.holds_by(*at) for at in _times((window, other)) if other.holds_by(*at))


def open_together(window: Window, other: Window) -> bool:
    """Tell whether two windows may be open at once."""
    if not (window.spans or other.spans):
        return True
    if _period_days((window, other)) > _LONGEST_DAYS:
        return True
    return any(window.holds_by(*at) and other.holds_by(*at) for at in _times((window, other)))


def _period_days(windows: Sequence[Window]) -> int:
    """After how many days windows come round again, once the last named day is over."""
    return lcm(7, *(span.every for window in windows for span in window.all_spans()))


def _days(windows: Sequence[Window], first: date | None = None) -> list[date]:
    """Days that stand for all others, or for all from one on: of those on which the same spans begin, one."""
    dates = [span.since for window in windows for span in window.all_spans()] + [
        d for w in windows for d in w.calendar.marked(first)
    ]
    # No case is of other years, and dates end somewhere.
    marked = {day for day in dates if day is not None and YEARS[0] <= day.year < YEARS[1]}
    begin = first or min(marked, default=_MONDAY) - _WEEK
    last = max(marked, default=begin)
    period_days = min(_period_days(windows), _LONGEST_DAYS)
    found: dict[Hashable, date] = {}
    # A span may reach into the day after, and so does what is named.
    for number in range((max(last - begin, timedelta()).days) + period_days + 2):
        day = begin + number * _DAY
        found.setdefault(tuple([w.begun(d) for d in (day, day - _DAY) for w in windows]), day)
    return list(found.values())


def _clocks(windows: Sequence[Window]) -> list[time]:
    return sorted({time(), *(clock for w in windows for span in w.all_spans() for clock in (span.start, span.end))})


def _times(windows: Sequence[Window]) -> Iterator[tuple[date, time]]:
    """Local times that stand for all others."""
    return product(_days(windows), _clocks(windows))


def instants(rules: Sequence[Rule], begin: datetime, zone: ZoneInfo) -> list[datetime]:
    """Give one instant for everything that rows can tell of time from ``begin`` on: rows in force, windows
    open, and whose turn it is.
    """
    cuts = sorted({begin, *(t for r in rules for t in (r.valid_from, r.valid_to) if t is not None and t > begin)})
    windows = [w for w in dict.fromkeys(r.window for r in rules) if w.spans]
    windows += [w for r in rules if r.lead.since is not None for w in _turns(r.lead, begin.astimezone(zone).date())]
    found: dict[Hashable, datetime] = {}
    for cut, end in zip(cuts, [*cuts[1:], None], strict=True):
        for at in _from(cut, windows, zone):
            if end is None or at < end:
                found.setdefault((cut, *(w.holds_at(at, zone) for w in windows)), at)
    return list(found.values())


def _turns(lead: Lead, begin: date) -> list[Window]:
    """The days of each turn of a lead but the last, as windows that have begun before a day."""
    period_days = lead.days * len(lead.turns)
    since = lead.since or begin
    first = since - max(0, (since - begin).days // period_days + 2) * period_days * _DAY
    return [
        Window(tuple(Span(_ALL_WEEK, time(), time(), first + (turn * lead.days + i) * _DAY, period_days)
                     for i in range(lead.days)))
        for turn in range(len(lead.turns) - 1)
    ]  # fmt: skip


def _from(cut: datetime, windows: Sequence[Window], zone: ZoneInfo) -> Iterator[datetime]:
    """An instant, and those after it at which a window may open or shut."""
    yield cut
    if windows:
        first = cut.astimezone(zone).date()
        # Of the first day a part is over, so that it stands for no other.
        days = [first, *_days(windows, first + _DAY)]
        times = (datetime.combine(day, clock, zone) for day, clock in product(days, _clocks(windows)))
        yield from (at for at in times if at > cut)
