"""Which instants the tables cannot tell apart: those with the same rows in force, windows open and day."""

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from gridsvc.responsibility.people import Post
from gridsvc.responsibility.table import Rule

_EPOCH, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)


class Moments:
    """All that some rules and posts can tell of an instant. Safe to share between threads."""

    def __init__(self, zone: ZoneInfo, rules: Sequence[Rule], posts: Sequence[Post] = ()) -> None:
        self._zone = zone
        rows: list[Rule | Post] = [*rules, *posts]
        self._changes = sorted({t for row in rows for t in (row.valid_from, row.valid_to) if t is not None})
        windows = dict.fromkeys([*(r.window for r in rules), *(p.duty for p in posts)])
        self._windows = [w for w in windows if w.spans]
        # By minute of the week, and what is open then; one number may be lost to another thread, none is given twice.
        self._open: dict[int, int] = {}
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
        minute = (local.weekday() * 24 + local.hour) * 60 + local.minute
        # Windows know no more of an instant than the minute of its local week.
        open_ = self._open.get(minute)
        if open_ is None:
            held = tuple(w.holds_at(at, self._zone) for w in self._windows)
            open_ = self._open[minute] = self._states.setdefault(held, len(self._states))
        return local.toordinal() if self._by_day else None, open_
