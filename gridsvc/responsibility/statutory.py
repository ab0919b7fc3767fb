"""The statutory holidays of mainland China and the days worked in exchange, year by year, as a kept library has them.

The State Council names them once a year, as a rule in November for the next. The library follows with a release.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal

Day = Literal["work", "off"]
# The zones of the mainland, under all names that the time zone database has for them.
MAINLAND = frozenset({
    "Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Kashgar", "PRC",
})  # fmt: skip


@cache
def days_of(year: int) -> Mapping[date, Day]:
    """Give the holidays of a year and its make-up workdays.

    Of a year that has not been announced there are the holidays that the law fixes, and no day worked for them.
    """
    # It takes a tenth of a second to load, and many commands ask for no day at all.
    from holidays import country_holidays

    # What is named for New Year's Day reaches into the year before.
    found = country_holidays("CN", years=(year, year + 1))
    days: dict[date, Day] = {day: "off" for day in found if day.year == year}
    days |= {day: "work" for day in found.weekend_workdays if day.year == year}
    return MappingProxyType(days)


def is_announced(year: int) -> bool:
    """Tell whether the days of a year are known: each since 2001 has had weekends that were worked in exchange."""
    return "work" in days_of(year).values()


@cache
def last_announced() -> int:
    """Give the last year whose days are known."""
    year = 2026
    while is_announced(year + 1):
        year += 1
    return year
