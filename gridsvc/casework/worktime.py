"""A city's working time: adds an amount of each unit of time to an instant, and measures what has run of it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gridsvc.errors import BadInput, FieldError
from gridsvc.values import LIMIT_UNITS, LONGEST_LIMIT_DAYS, YEARS, LimitUnit

SpansOf = Callable[[date], Sequence[tuple[int, int]]]
_EPOCH, _MICRO, _DAY = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1), timedelta(days=1)
_SECOND_US = 1_000_000
HOUR_S, DAY_S = 3_600, 86_400
# After so many days without any working time there will be none.
_LONGEST_REST_DAYS = 400
WORKED: frozenset[LimitUnit] = frozenset({"working_hour", "working_day"})


class Worktime:
    """The clocks of the four units in one zone; safe to share between threads.

    An ``urgent_hour`` always runs. A ``natural_day`` ends at the same time on the wall one day later, also where the
    clocks are put forward or back. A ``working_hour`` runs only in working time, told by the clock on the wall. A
    ``working_day`` is ``day_s`` seconds of working time, whatever the lengths of the days it falls on: on a half day
    half of it runs, so that with days of one length three from Monday 10:00 end on Thursday at 10:00. What runs out
    exactly at the end of a span ends there, not when the next span begins.

    ``spans_of`` gives the working time of a date in that zone as pairs of seconds since its midnight on the wall,
    ascending and apart, each within the day: what is worked over midnight are two. It is asked once for each date.
    ``known`` tells of a year whether its holidays and make-up days have been announced.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        spans_of: SpansOf,
        day_s: int = 8 * HOUR_S,
        known: Callable[[int], bool] = lambda year: True,
    ) -> None:
        self.zone = zone
        self.day_s = day_s
        self._spans_of = spans_of
        self._known = known
        self._days: dict[int, tuple[tuple[tuple[int, int], ...], int, int]] = {}

    def seconds(self, amount: float, unit: LimitUnit) -> float:
        """How many seconds an amount is on the clock of its unit, whole ones: 0.1667 hours are ten minutes.

        See :func:`refuse_amount` for what is refused.
        """
        refuse_amount(amount, unit)
        of_one_s = {"urgent_hour": HOUR_S, "working_hour": HOUR_S, "working_day": self.day_s}.get(unit, DAY_S)
        return float(max(1, round(amount * of_one_s)))

    def add(self, at: datetime, amount: float, unit: LimitUnit) -> datetime:
        """Give the instant, in UTC, at which an amount of a unit that begins to run at an instant has run out."""
        return self.add_s(at, self.seconds(amount, unit), unit)

    def add_s(self, at: datetime, run_s: float, unit: LimitUnit) -> datetime:
        """Give the instant at which the clock of a unit has run so many seconds; nothing to run ends at once."""
        run_us = round(run_s * _SECOND_US)
        if run_us <= 0:
            return at.astimezone(UTC)
        if unit in WORKED:
            return self._worked(at, run_us)
        if unit == "urgent_hour":
            return at.astimezone(UTC) + run_us * _MICRO
        there = (at.astimezone(self.zone).replace(tzinfo=None) + run_us * _MICRO).replace(tzinfo=self.zone)
        # A time on the wall that comes twice is meant the first time, unless that is over already.
        end = there.astimezone(UTC)
        return end if end > at else there.replace(fold=1).astimezone(UTC)

    def between(self, start: datetime, end: datetime, unit: LimitUnit) -> float:
        """How many seconds the clock of a unit runs between two instants; 0 where the end is not after the start."""
        if end <= start:
            return 0.0
        if unit == "urgent_hour":
            return (end - start) / timedelta(seconds=1)
        if unit == "natural_day":
            wall = [at.astimezone(self.zone).replace(tzinfo=None) for at in (start, end)]
            return max(0.0, (wall[1] - wall[0]) / timedelta(seconds=1))
        begin_us, end_us = _us(start), _us(end)
        run_us = 0
        for spans, day_us, last_us in self._from(start):
            if begin_us <= spans[0][0] and last_us <= end_us:
                run_us += day_us
            else:
                run_us += sum(max(0, min(b, end_us) - max(a, begin_us)) for a, b in spans)
            if last_us >= end_us:
                break
        return run_us / _SECOND_US

    def is_known(self, at: datetime) -> bool:
        """Whether the holidays and make-up days of the year of an instant have been announced."""
        return self._known(at.astimezone(self.zone).year)

    def _worked(self, at: datetime, left_us: int) -> datetime:
        begin_us = _us(at)
        for spans, day_us, _ in self._from(at):
            if begin_us <= spans[0][0] and day_us < left_us:
                left_us -= day_us
                continue
            for a, b in spans:
                run_us = b - max(a, begin_us)
                if run_us >= left_us:
                    return _EPOCH + (b - run_us + left_us) * _MICRO
                left_us -= max(0, run_us)
        raise _no_worktime()

    def _from(self, at: datetime) -> Iterator[tuple[tuple[tuple[int, int], ...], int, int]]:
        """Give the days that have working time, from the day of an instant on: spans, their sum, the end of the last.

        All are microseconds since 1970 in UTC. Ends where there is no working time for a long time.
        """
        day = at.astimezone(self.zone).toordinal()
        worked = day
        end = date(YEARS[1], 1, 1).toordinal()
        while day - worked <= _LONGEST_REST_DAYS and day < end:
            found = self._days.get(day)
            if found is None:
                found = self._days[day] = self._day(date.fromordinal(day))
            if found[1]:
                yield found
                worked = day
            day += 1

    def _day(self, day: date) -> tuple[tuple[tuple[int, int], ...], int, int]:
        spans = self._spans_of(day)
        if not spans:
            return (), 0, 0
        found = []
        for low_us, high_us, offset_us in _even(day, self.zone):
            midnight_us = (day.toordinal() - _EPOCH.toordinal()) * DAY_S * _SECOND_US - offset_us
            for a, b in spans:
                begin, end = max(low_us, midnight_us + a * _SECOND_US), min(high_us, midnight_us + b * _SECOND_US)
                if begin < end:
                    found.append((begin, end))
        return tuple(found), sum(b - a for a, b in found), found[-1][1] if found else 0


def refuse_amount(amount: float, unit: LimitUnit, field: str = "amount") -> None:
    """Refuse what is no limit: an unknown unit, nothing, and more than 3650 days or as many hours as these have."""
    if unit not in LIMIT_UNITS:
        error = FieldError("unit", unit, "取值：" + "、".join(LIMIT_UNITS), "one of " + ", ".join(LIMIT_UNITS))
        raise BadInput("时限单位无效", "the unit of the limit is unknown", [error])
    most = LONGEST_LIMIT_DAYS * (24 if unit.endswith("hour") else 1)
    if not 0.0 < amount <= most:
        mend = (f"大于 0、至多 {most}", f"above 0 and at most {most}")
        raise BadInput("时限数值无效", "the amount of the limit cannot be so", [FieldError(field, amount, *mend)])


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICRO


def _even(day: date, zone: ZoneInfo) -> list[tuple[int, int, int]]:
    """Cut a day of a zone where its clocks are put forward or back: begin, end and offset from UTC in microseconds."""
    low, high = (_us(datetime.combine(d, time(), zone)) for d in (day, day + _DAY))
    before, after = _offset_us(low, zone), _offset_us(high - 1, zone)
    if before == after:
        return [(low, high, before)]
    # Clocks are changed on whole seconds.
    a, b = low // _SECOND_US, high // _SECOND_US
    while b - a > 1:
        middle = (a + b) // 2
        a, b = (middle, b) if _offset_us(middle * _SECOND_US, zone) == before else (a, middle)
    return [(low, b * _SECOND_US, before), (b * _SECOND_US, high, after)]


def _offset_us(us: int, zone: ZoneInfo) -> int:
    offset = (_EPOCH + us * _MICRO).astimezone(zone).utcoffset() or timedelta()
    return offset // _MICRO


def _no_worktime() -> BadInput:
    mend = ("检查 periods 表的 working 时段和 calendar 表", "mend the period working or the table calendar")
    error = FieldError("working", None, *mend)
    return BadInput("找不到工作时间", "there is no working time within 400 days or before 2200", [error])
