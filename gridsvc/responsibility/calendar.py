"""A city's own time: which days are worked although the week says otherwise, and which windows have a name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import get_args

from gridsvc.errors import BadTable, FieldError
from gridsvc.responsibility import statutory
from gridsvc.responsibility.statutory import Day

DAYS: tuple[Day, ...] = get_args(Day)
_CODE = re.compile(r"[^\W\d][\w-]*")
_SATURDAY = 6


@dataclass(frozen=True, slots=True)
class Period:
    """A window that has a name; ``window`` is its text, which may name other periods."""

    code: str
    window: str
    title_zh: str = ""
    title_en: str = ""

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            mend = ("以字母或汉字开头，不含空格和标点", "begin with a letter, without blanks and punctuation")
            raise BadTable(
                "时段代号无效", "the name of the period cannot be so", [FieldError("code", self.code, *mend)]
            )
        if not self.window.strip(" ;"):
            mend = ("写成 work 08:30-17:30 之类", "write something like work 08:30-17:30")
            raise BadTable("时段是空的", "the period is empty", [FieldError("window", self.window, *mend)])


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that a city has named, holidays and make-up workdays, and its named windows, by code.

    ``mainland``: what the city has not named is as the State Council named it for mainland China. ``depth`` counts the
    periods inside whose own windows it is read.
    """

    days: Mapping[date, Day] = field(default_factory=dict)
    periods: Mapping[str, Period] = field(default_factory=dict)
    mainland: bool = False
    depth: int = 0
    # What was asked of days before: it is asked very often, and of few days.
    _worked: dict[date, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_working(self, day: date) -> bool:
        """Tell whether a day is worked: as the city named it, else as the state did, else from Monday to Friday."""
        worked = self._worked.get(day)
        if worked is None:
            named = self.days.get(day)
            if named is None and self.mainland:
                named = statutory.days_of(day.year).get(day)
            worked = self._worked[day] = day.isoweekday() < _SATURDAY if named is None else named == "work"
        return worked

    def knows(self, year: int) -> bool:
        """Tell whether the working days of a year are known.

        On the mainland they are once the state has announced them or the city names a day worked in exchange. Elsewhere
        there is nothing to wait for but what the city itself names.
        """
        named = any(day.year == year and kind == "work" for day, kind in self.days.items())
        return named or not self.mainland or statutory.is_announced(year)

    def marked(self, first: date | None = None) -> set[date]:
        """Give days that are not as the week says: all that the city named, and those of two years of the state.

        They are the years that begin with the one of ``first``, else the last two that are known.
        """
        if not self.mainland:
            return set(self.days)
        year = statutory.last_announced() - 1 if first is None else first.year
        return set(self.days).union(statutory.days_of(year), statutory.days_of(year + 1))

    def without(self, period: str) -> "Calendar":
        """The calendar in which a period's own window is read: what would name itself finds nothing."""
        rest = {code: p for code, p in self.periods.items() if code != period}
        return Calendar(self.days, rest, self.mainland, self.depth + 1)


NO_CALENDAR = Calendar()
