"""A city's own time: which days are worked although the week says otherwise, and which windows have a name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from gridsvc.errors import BadTable, FieldError

Day = Literal["work", "off"]
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

    ``depth`` counts the periods inside whose own windows it is read.
    """

    days: Mapping[date, Day] = field(default_factory=dict)
    periods: Mapping[str, Period] = field(default_factory=dict)
    depth: int = 0

    def is_working(self, day: date) -> bool:
        """Tell whether a day is worked: as it was named, else from Monday to Friday."""
        named = self.days.get(day)
        return day.isoweekday() < _SATURDAY if named is None else named == "work"

    def without(self, period: str) -> "Calendar":
        """The calendar in which a period's own window is read: what would name itself finds nothing."""
        rest = {code: p for code, p in self.periods.items() if code != period}
        return Calendar(self.days, rest, self.depth + 1)


NO_CALENDAR = Calendar()
