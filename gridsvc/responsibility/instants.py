"""Windows and validities compared: whether one holds whenever another does, and instants that stand for all others."""

from collections.abc import Hashable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from gridsvc.responsibility.table import Rule
from gridsvc.responsibility.windows import Window

# A Monday; what holds on the days of one week holds in every week, and a span may reach into the next day.
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_WALL = ZoneInfo("UTC")


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
    """Tell whether a window is open whenever another is. What cannot be compared is not."""
    if not window.spans or window == other:
        return True
    return bool(other.spans) and all(
        window.holds_at(at, _WALL) for at in _week((window, other)) if other.holds_at(at, _WALL)
    )


def open_together(window: Window, other: Window) -> bool:
    """Tell whether two windows may be open at once."""
    if not window.spans or not other.spans:
        return True
    return any(window.holds_at(at, _WALL) and other.holds_at(at, _WALL) for at in _week((window, other)))


def _week(windows: Sequence[Window]) -> Iterator[datetime]:
    """Local times of one week, as if in UTC, between which none of the windows opens or shuts."""
    clocks = _clocks(windows)
    return (datetime.combine(_MONDAY + day * _DAY, clock, UTC) for day in range(7) for clock in clocks)


def _clocks(windows: Sequence[Window]) -> list[time]:
    return sorted({time(), *(clock for w in windows for span in w.spans for clock in (span.start, span.end))})


def instants(rules: Sequence[Rule], begin: datetime, zone: ZoneInfo) -> list[datetime]:
    """Give one instant for everything that rows can tell of time from ``begin`` on: rows in force and windows open.

    Turns of a rota of units are not told apart.
    """
    cuts = sorted({begin, *(t for r in rules for t in (r.valid_from, r.valid_to) if t is not None and t > begin)})
    windows = [w for w in dict.fromkeys(r.window for r in rules) if w.spans]
    found: dict[Hashable, datetime] = {}
    for cut, end in zip(cuts, [*cuts[1:], None], strict=True):
        for at in _from(cut, windows, zone):
            if end is None or at < end:
                found.setdefault((cut, *(w.holds_at(at, zone) for w in windows)), at)
    return list(found.values())


def _from(cut: datetime, windows: Sequence[Window], zone: ZoneInfo) -> Iterator[datetime]:
    """An instant, and those of the days after at which a window may open or shut."""
    yield cut
    if not windows:
        return
    clocks = _clocks(windows)
    first: date = cut.astimezone(zone).date()
    for day in range(9):
        for clock in clocks:
            at = datetime.combine(first + day * _DAY, clock, zone)
            if at > cut:
                yield at
