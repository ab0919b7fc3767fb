"""Weekly time windows such as ``1-5 08:30-17:30;6-7 22:00-06:00``, in a district's local time."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from gridsvc.errors import BadTable, FieldError

_SPAN = re.compile(r"(?:([1-7])(?:-([1-7]))?\s+)?([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24(?=:00)):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Span:
    """One span of the day on some ISO weekdays (1 Monday). ``end`` at or before ``start`` ends the next day."""

    weekdays: frozenset[int]
    start: time
    end: time

    def holds_at(self, local: datetime) -> bool:
        """Tell whether a local time lies in the span; the start belongs to it, the end does not."""
        clock = local.time()
        today = local.isoweekday() in self.weekdays
        if self.start < self.end:
            return today and self.start <= clock < self.end
        yesterday = (local - timedelta(days=1)).isoweekday() in self.weekdays
        return (today and clock >= self.start) or (yesterday and clock < self.end)


@dataclass(frozen=True, slots=True)
class Window:
    """Several spans; no span at all means always. ``text`` is the window as it was written."""

    spans: tuple[Span, ...] = ()
    text: str = ""

    def holds_at(self, instant: datetime, zone: ZoneInfo) -> bool:
        """Tell whether an instant lies in the window, by the clock on the wall of that zone."""
        return not self.spans or any(span.holds_at(instant.astimezone(zone)) for span in self.spans)


ALWAYS = Window()


def parse_window(text: str, field: str = "window") -> Window:
    """Read ``[weekday[-weekday] ]HH:MM-HH:MM`` spans joined by ``;``; an empty text means always."""
    spans = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        found = _SPAN.fullmatch(part)
        if not found:
            mend = ("写成 1-5 08:30-17:30，多段用 ; 分隔", "write 1-5 08:30-17:30, several joined by ;")
            raise BadTable("时段无法识别", "the time window cannot be read", [FieldError(field, part, *mend)])
        first, last = int(found[1] or 1), int(found[2] or found[1] or 7)
        days = range(first, last + 1) if first <= last else [*range(first, 8), *range(1, last + 1)]
        end = time(0) if found[5] == "24" else time(int(found[5]), int(found[6]))
        spans.append(Span(frozenset(days), time(int(found[3]), int(found[4])), end))
    return Window(tuple(spans), text.strip())
