"""Which instants the tables cannot tell apart: those with the same rows in force, windows open and day."""

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from gridsvc.responsibility.people import Post
from gridsvc.responsibility.table import Rule

_EPOCH, _SECOND, _DAY = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1), timedelta(days=1)


class Moments:
    """All that some rules and posts can tell of an instant. Safe to share between threads.

    Of ``dated`` rules only their validity counts.
    """

    def __init__(
        self, zone: ZoneInfo, rules: Sequence[Rule], posts: Sequence[Post] = (), dated: Sequence[Rule] = ()
    ) -> None:
        self._zone = zone
        rows: list[Rule | Post] = [*rules, *posts, *dated]
        self._changes = sorted({t for row in rows for t in (row.valid_from, row.valid_to) if t is not None})
        windows = dict.fromkeys([*(r.window for r in rules), *(p.duty for p in posts)])
        self._windows = [w for w in windows if w.spans]
        # All a window knows of a local time is which of its spans began on that day or the one before, and between
        # which of their edges it lies. One number may be lost to another thread, none is given twice.
        spans = [span for w in self._windows for span in w.all_spans()]
        self._edges = sorted({clock for span in spans for clock in (span.start, span.end)})
        self._days: dict[date, int] = {}
        self._begun: dict[tuple[bool, ...], int] = {}
        self._open: dict[tuple[int, int], int] = {}
        self._states: dict[tuple[bool, ...], int] = {}
        self._by_day = any(lead.kind == "rotate" for r in rules for lead in r.leads())
        # A clock is a long tuple, which would be hashed and compared with every question; a number stands for it.
        self._numbers: dict[Hashable, int] = {}
        self._next = count()
        # Written as one thing, so that no reader meets the second of one thread and the clock of another.
        self._last: tuple[int | None, int] = (None, 0)

    def of(self, at: datetime) -> Hashable:
        """Give the moment of an instant: rules and posts that see two instants alike give them equal moments."""
        # Windows open and days begin on whole minutes of a local time that is whole seconds from UTC, so that only
        # validity can change within a second. An exact count of them knows nothing of clocks that are put back.
        second = (at - _EPOCH) // _SECOND
        last, clock = self._last
        if last != second:
            told = self._clock(at)
            # Two threads may count at once; whichever comes first is the number for good, and none is given twice.
            clock = self._numbers.setdefault(told, next(self._next))
            self._last = second, clock
        return bisect_right(self._changes, at), clock

    def _clock(self, at: datetime) -> Hashable:
        if not (self._by_day or self._windows):
            return None
        local = at.astimezone(self._zone)
        day, clock = local.date(), local.time()
        key = self._day(day), bisect_right(self._edges, clock)
        open_ = self._open.get(key)
        if open_ is None:
            held = tuple(w.holds_by(day, clock) for w in self._windows)
            open_ = self._open[key] = self._states.setdefault(held, len(self._states))
        return local.toordinal() if self._by_day else None, open_

    def _day(self, day: date) -> int:
        """Number a day by the spans that begin on it and on the day before."""
        number = self._days.get(day)
        if number is None:
            begun = tuple(b for d in (day, day - _DAY) for w in self._windows for b in w.begun(d))
            number = self._days[day] = self._begun.setdefault(begun, len(self._begun))
        return number
