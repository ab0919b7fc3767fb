"""Time windows such as ``work 08:30-17:30;6-7 22:00-06:00``, in a district's local time and on its city's calendar."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gridsvc.errors import BadTable, FieldError
from gridsvc.responsibility.calendar import DAYS, NO_CALENDAR, Calendar
from gridsvc.responsibility.statutory import Day

_CLOCK = r"([01]\d|2[0-3]):([0-5]\d)"
_SPAN = re.compile(
    rf"(?:(?:([1-7])(?:-([1-7]))?|(work|off))\s+)?{_CLOCK}-(?:{_CLOCK}|24:00)(?:\s+@(\d{{4}}-\d\d-\d\d)/(\d{{1,3}}))?"
)
_ONE_DAY = timedelta(days=1)
# Periods that name periods may double with each step: a few short lines would be more spans than a machine can hold.
_MOST_SPANS, _DEEPEST = 500, 8


@dataclass(frozen=True, slots=True)
class Span:
    """One span of the day. ``end`` at or before ``start`` ends the next day, and belongs to the day that began it.

    ``days``: the ISO weekdays (1 Monday) or the kind of day on which it begins. With ``since`` it is the turn of a
    rota: it begins on that date and on every ``every``-th day after it, if that is such a day.
    """

    days: frozenset[int] | Day
    start: time
    end: time
    since: date | None = None
    every: int = 1

    def begins_on(self, day: date, calendar: Calendar) -> bool:
        """Tell whether one begins on a day."""
        if self.since is not None and (day < self.since or (day - self.since).days % self.every):
            return False
        if isinstance(self.days, frozenset):
            return day.isoweekday() in self.days
        return calendar.is_working(day) == (self.days == "work")

    def holds_at(self, day: date, clock: time, calendar: Calendar) -> bool:
        """Tell whether a local time lies in the span; its end does not belong to it."""
        if self.start < self.end:
            return self.start <= clock < self.end and self.begins_on(day, calendar)
        if clock >= self.start:
            return self.begins_on(day, calendar)
        return clock < self.end and self.begins_on(day - _ONE_DAY, calendar)


@dataclass(frozen=True, slots=True)
class Outside:
    """All the time that is not in a named period."""

    window: "Window"

    def holds_at(self, day: date, clock: time, _: Calendar) -> bool:
        """Tell whether a local time lies outside the period."""
        return not self.window.holds_by(day, clock)


@dataclass(frozen=True, slots=True)
class Window:
    """Several spans on one calendar; no span at all means always. ``text`` is the window as it was written."""

    spans: tuple[Span | Outside, ...] = ()
    text: str = ""
    calendar: Calendar = field(default=NO_CALENDAR, repr=False, compare=False)

    def holds_at(self, instant: datetime, zone: ZoneInfo) -> bool:
        """Tell whether an instant lies in the window, by the clock on the wall of that zone."""
        if not self.spans:
            return True
        local = instant.astimezone(zone)
        return self.holds_by(local.date(), local.time())

    def holds_by(self, day: date, clock: time) -> bool:
        """Tell whether a local time lies in the window. Plain loops: this is asked very often."""
        for span in self.spans:
            if span.holds_at(day, clock, self.calendar):
                return True
        return not self.spans

    def open_on(self, day: date) -> tuple[tuple[int, int], ...]:
        """Give the parts of a day in which it holds, as pairs of seconds since midnight on the wall, ascending."""
        edges_s = sorted({0, *(c.hour * 3600 + c.minute * 60 for s in self.all_spans() for c in (s.start, s.end))})
        found: list[tuple[int, int]] = []
        for start_s, end_s in zip(edges_s, [*edges_s[1:], 86_400], strict=True):
            if self.holds_by(day, time(start_s // 3600, start_s // 60 % 60)):
                touches = bool(found) and found[-1][1] == start_s
                found[-1:] = [(found[-1][0], end_s)] if touches else [*found[-1:], (start_s, end_s)]
        return tuple(found)

    def begun(self, day: date) -> tuple[bool, ...]:
        """Tell of each span, in order, whether one begins on a day: all that the window knows of a day."""
        return tuple([span.begins_on(day, self.calendar) for span in self.all_spans()])

    def all_spans(self) -> Iterator[Span]:
        """Give the spans that begin or end it, also those of the periods outside of which it holds."""
        for span in self.spans:
            if isinstance(span, Outside):
                yield from span.window.all_spans()
            else:
                yield span

    def next_turn(self, instant: datetime, zone: ZoneInfo, days: int = 31) -> datetime | None:
        """Give the next instant at which it opens or shuts, in UTC; None where it does not within so many days."""
        held = self.holds_at(instant, zone)
        clocks = {clock for span in self.all_spans() for clock in (span.start, span.end)}
        today = instant.astimezone(zone).date()
        for day in (today + n * _ONE_DAY for n in range(days + 1) if clocks):
            # A local time may come twice in a day whose clocks are put back, and the hour that is left out may end it.
            local = [datetime.combine(day, clock, zone).replace(fold=fold) for clock in clocks for fold in (0, 1)]
            turns = sorted({*(at.astimezone(UTC) for at in local), *_changes_of_clock(day, zone)})
            for at in turns:
                if at > instant and self.holds_at(at, zone) != held:
                    return at
        return None


ALWAYS = Window()


def _changes_of_clock(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Give the instant at which the clocks of a zone are put forward or back on a day, if they are."""
    low, high = (int(datetime.combine(d, time(), zone).timestamp()) for d in (day, day + _ONE_DAY))
    offset = datetime.fromtimestamp(low, zone).utcoffset()
    if offset != datetime.fromtimestamp(high, zone).utcoffset():
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if datetime.fromtimestamp(middle, zone).utcoffset() == offset else (low, middle)
        yield datetime.fromtimestamp(high, UTC)


def parse_window(text: str, field: str = "window", calendar: Calendar = NO_CALENDAR) -> Window:
    """Read parts joined by ``;``, any of which may hold: spans of the day, a period's code, or ``!`` and a code.

    A span is ``[days ]HH:MM-HH:MM[ @YYYY-MM-DD/N]`` with days ``1-5``, ``work`` or ``off``, and begins only on that
    date and every N-th day after it. An empty text means always. Raises ``BadTable`` with the part that cannot be read,
    and for more spans or deeper periods than any timetable has.
    """
    spans: list[Span | Outside] = []
    n = 0
    for part in filter(None, (p.strip() for p in text.split(";"))):
        span = _span(part)
        if span is not None:
            spans.append(span)
            n += 1
            continue
        code = part.removeprefix("!")
        period = calendar.periods.get(code)
        if period is None:
            raise _bad(field, part, calendar)
        if calendar.depth >= _DEEPEST or n > _MOST_SPANS:
            raise _too_much(field, part)
        named = parse_window(period.window, field, calendar.without(code))
        # What it says outside of its own period is on the same calendar: a calendar without a name has the same days.
        spans += named.spans if code == part else [Outside(named)]
        n += sum(1 for _ in named.all_spans())
    if n > _MOST_SPANS:
        raise _too_much(field, text)
    return Window(tuple(spans), text.strip(), calendar)


def _span(text: str) -> Span | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    first, last, kind, start_h, start_min, end_h, end_min, since, every = found.groups()
    days: frozenset[int] | Day
    if kind is not None:
        days = DAYS[DAYS.index(kind)]
    else:
        begin, end = int(first or 1), int(last or first or 7)
        days = frozenset(range(begin, end + 1) if begin <= end else [*range(begin, 8), *range(1, end + 1)])
    try:
        first_day = None if since is None else date.fromisoformat(since)
    except ValueError:
        return None
    if every is not None and int(every) == 0:
        return None
    # 24:00 is the midnight that ends the day.
    until = time() if end_h is None else time(int(end_h), int(end_min))
    return Span(days, time(int(start_h), int(start_min)), until, first_day, int(every or 1))


def _too_much(field: str, text: str) -> BadTable:
    zh = f"至多 {_MOST_SPANS} 段，时段互相引用至多 {_DEEPEST} 层"
    en = f"at most {_MOST_SPANS} spans, and periods that name others at most {_DEEPEST} deep"
    return BadTable("时段过多或嵌套过深", "the time window has too many spans", [FieldError(field, text[:100], zh, en)])


def _bad(field: str, part: str, calendar: Calendar) -> BadTable:
    zh = "写成 1-5 08:30-17:30、work 08:30-17:30 或 08:30-08:30 @2024-01-01/3，多段用 ; 分隔"
    en = "write 1-5 08:30-17:30, work 08:30-17:30 or 08:30-08:30 @2024-01-01/3, several joined by ;"
    if calendar.periods:
        known = ", ".join(calendar.periods)
        zh, en = f"{zh}；或用已有的时段：{known}", f"{en}; or name a period: {known}"
    return BadTable("时段无法识别", "the time window cannot be read", [FieldError(field, part, zh, en)])
