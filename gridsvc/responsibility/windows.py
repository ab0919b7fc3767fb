"""Weekly time windows such as ``1-5 08:30-17:30;6-7 22:00-06:00``, in a district's local time."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from gridsvc.errors import BadTable, FieldError

# ISO weekday and time of day; midnight after Sunday is on an eighth day.
Moment = tuple[int, time]
_SPAN = re.compile(r"(?:([1-7])(?:-([1-7]))?\s+)?([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24(?=:00)):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Span:
    """One span of the day on some ISO weekdays (1 Monday). ``end`` at or before ``start`` ends the next day."""

    weekdays: frozenset[int]
    start: time
    end: time

    def openings(self) -> Iterator[tuple[Moment, Moment]]:
        """Give the stretches of one week in which a local time lies in the span; their ends do not belong to them."""
        for day in self.weekdays:
            if self.start < self.end:
                yield (day, self.start), (day, self.end)
            else:
                yield (day, self.start), (day + 1, time())
                yield (day % 7 + 1, time()), (day % 7 + 1, self.end)


@dataclass(frozen=True, slots=True)
class Window:
    """Several spans; no span at all means always. ``text`` is the window as it was written."""

    spans: tuple[Span, ...] = ()
    text: str = ""
    _turns: tuple[Moment, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        turns: list[Moment] = []
        for start, end in sorted(opening for span in self.spans for opening in span.openings()):
            if turns and start <= turns[-1]:
                turns[-1] = max(turns[-1], end)
            else:
                turns += [start, end]
        object.__setattr__(self, "_turns", tuple(turns))

    def holds_at(self, instant: datetime, zone: ZoneInfo) -> bool:
        """Tell whether an instant lies in the window, by the clock on the wall of that zone."""
        if not self.spans:
            return True
        local = instant.astimezone(zone)
        # It opens and shuts by turns: while it is open, an odd number of them lies behind.
        return bisect_right(self._turns, (local.isoweekday(), local.time())) % 2 == 1


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
