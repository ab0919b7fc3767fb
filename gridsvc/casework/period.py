"""The time that is assessed: a day, week, month, quarter, half year or year, or from one day to another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from gridsvc.errors import BadInput, FieldError
from gridsvc.values import in_years

Every = Literal["day", "week", "month", "quarter", "half", "year"]
_MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_DAY = r"\d{4}-\d\d-\d\d"
_FORMS: tuple[tuple[Every | None, str], ...] = (
    ("day", _DAY),
    ("week", r"(\d{4})-W(\d\d)"),
    ("month", r"(\d{4})-(\d\d)"),
    ("quarter", r"(\d{4})-Q([1-4])"),
    ("half", r"(\d{4})-H([12])"),
    ("year", r"(\d{4})"),
    (None, rf"({_DAY})/({_DAY})"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from ``first`` to before ``last``, and the instants at which they begin; half-open.

    ``every`` says which kind of period it is, None where two days were given.
    """

    text: str
    every: Every | None
    first: date
    last: date
    start: datetime
    end: datetime

    def title(self, lang: str) -> str:
        """Name it as a heading does."""
        year, month, n = self.first.year, self.first.month, self.text[-1]
        if self.every is None:
            to = self.last - timedelta(days=1)
            return f"{self.first:%Y-%m-%d} 至 {to:%Y-%m-%d}" if lang == "zh" else f"{self.first} to {to}"
        if self.every == "week":
            year, week, _ = self.first.isocalendar()
            return f"{year}年第{week}周" if lang == "zh" else f"week {week}, {year}"
        day_zh, day_en = f"{year}年{month}月{self.first.day}日", f"{self.first.day} {self.first:%B %Y}"
        of: dict[str, tuple[str, str]] = {
            "day": (day_zh, day_en),
            "month": (f"{year}年{month}月", f"{self.first:%B %Y}"),
            "quarter": (f"{year}年第{n}季度", f"quarter {n}, {year}"),
            "half": (f"{year}年{'上' if n == '1' else '下'}半年", f"half {n}, {year}"),
            "year": (f"{year}年", str(year)),
        }
        return of[self.every][lang == "en"]

    def within(self, other: "Period") -> bool:
        """Whether all of it lies in another."""
        return other.start <= self.start and self.end <= other.end


def parse_period(text: str, zone: ZoneInfo, field: str = "period") -> Period:
    """Read ``2024``, ``2024-H1``, ``2024-Q2``, ``2024-06``, ``2024-W24``, ``2024-06-12`` or ``2024-06-01/2024-07-01``.

    Of two days the second no longer belongs to it. Weeks are those of ISO 8601. Raises ``BadInput``.
    """
    for every, form in _FORMS:
        if found := re.fullmatch(form, text):
            try:
                first, last = _days(every, found)
            except (ValueError, OverflowError):
                break
            if first >= last:
                break
            return _made(text, every, first, last, zone, field)
    mend = (
        "写成 2024、2024-H1、2024-Q2、2024-06、2024-W24、2024-06-12 或 2024-06-01/2024-07-01（后一日不含）",
        "write 2024, 2024-H1, 2024-Q2, 2024-06, 2024-W24, 2024-06-12 or 2024-06-01/2024-07-01 (without the last day)",
    )
    raise BadInput("时段无法识别", "the period cannot be read", [FieldError(field, text, *mend)])


def _made(text: str, every: Every | None, first: date, last: date, zone: ZoneInfo, field: str) -> Period:
    start, end = (in_years(datetime.combine(day, time(), zone), field) for day in (first, last))
    return Period(text, every, first, last, start, end)


def _days(every: Every | None, found: re.Match[str]) -> tuple[date, date]:
    if every is None:
        return date.fromisoformat(found[1]), date.fromisoformat(found[2])
    if every == "day":
        first = date.fromisoformat(found[0])
        return first, first + timedelta(days=1)
    if every == "week":
        first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return first, first + timedelta(days=7)
    n, months = int(found[2]) if found.lastindex == 2 else 1, _MONTHS[every]
    first = date(int(found[1]), (n - 1) * months + 1, 1)
    return first, _later(first, months)


def _later(day: date, months: int) -> date:
    """The first of a month so many months later."""
    n = day.year * 12 + day.month - 1 + months
    return date(n // 12, n % 12 + 1, 1)


def period_before(period: Period, zone: ZoneInfo) -> Period | None:
    """Give the period of the same kind that ends where this one begins; None where two days were given."""
    first = period.first
    if period.every is None:
        return None
    if period.every == "day":
        return parse_period(str(first - timedelta(days=1)), zone)
    if period.every == "week":
        year, week, _ = (first - timedelta(days=7)).isocalendar()
        return parse_period(f"{year:04d}-W{week:02d}", zone)
    earlier = _later(first, -_MONTHS[period.every])
    n = (earlier.month - 1) // _MONTHS[period.every] + 1
    marks = {"month": f"-{n:02d}", "quarter": f"-Q{n}", "half": f"-H{n}", "year": ""}
    return parse_period(f"{earlier.year:04d}{marks[period.every]}", zone)
