"""Class breaks of heat as dated, named rows: the same number has the same colour in every view, month and print.

Changing a scheme is a row of another name; a link that names the old one keeps its colours.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Literal, get_args

from gridsvc.errors import BadInput, BadTable, FieldError
from gridsvc.tables import Faults, Row, key_of

Rate = Literal["km2", "components", "residents", "none"]
Measure = Literal["km2", "components", "residents", "none", "ratio"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
# As many as there are colours: rates have an empty class beside, the ratio of two periods has a middle.
MOST_CLASSES = {measure: 7 if measure == "ratio" else 6 for measure in MEASURES}


@dataclass(frozen=True, slots=True)
class HeatScheme:
    """The classes of one measure: lower bounds, ascending from 0, half-open, the last open above.

    ``by`` is the kind of area that it is for, empty for all; ``since`` the first day on which it is used by itself.
    Rates are cases in 30 days: per km², per 1 000 components or residents, or plain; ``ratio`` is that of two periods.
    """

    scheme: str
    measure: Measure
    by: str
    lower: tuple[float, ...]
    since: date
    title_zh: str
    title_en: str


def read_heat(tables: Mapping[str, Sequence[Row]], faults: Faults) -> tuple[HeatScheme, ...]:
    """Make the schemes of the table ``heat``. Rows that cannot be used are added to ``faults`` and left out."""
    made: list[HeatScheme] = []
    seen: dict[tuple[str, ...], int] = {}
    for row in tables.get("heat", ()):
        if faults.has("heat", row.line):
            continue
        with faults.at("heat", row.line):
            first = seen.setdefault(key_of("heat", row), row.line)
            if first != row.line:
                raise _bad("scheme", row["scheme"], f"与第 {first} 行重复", f"it occurs in line {first} already")
            made.append(_scheme(row))
    return tuple(made)


@cache
def standard() -> tuple[HeatScheme, ...]:
    """Give the schemes that hold where a ruleset declares none."""
    text = resources.files("gridsvc").joinpath("heat.csv").read_text(encoding="utf-8")
    return tuple(_scheme(Row(row, line)) for line, row in enumerate(csv.DictReader(text.splitlines()), start=2))


def choose(declared: Sequence[HeatScheme], measure: Measure, by: str, on: date, name: str | None = None) -> HeatScheme:
    """Give the scheme for a measure and a kind of area: the one of that name, else the last that began by a day.

    What a ruleset declares goes before the standard, what is for this kind of area before what is for all. Raises
    ``BadInput`` where there is none of the name.
    """
    fitting = [s for s in (*standard(), *declared) if s.measure == measure and s.by in ("", by)]
    if name is not None:
        named = [s for s in fitting if s.scheme == name]
        if not named:
            shown = "、".join(sorted({s.scheme for s in fitting}))
            error = FieldError("scheme", name, f"可用：{shown}", "one of " + shown.replace("、", ", "))
            raise BadInput("没有这个分级方案", "there is no such scheme of classes", [error])
        return max(named, key=lambda s: (s in declared, bool(s.by)))
    begun = [s for s in fitting if s.since <= on or s in standard()]
    return max(begun, key=lambda s: (s in declared, bool(s.by), s.since))


def _scheme(row: Row) -> HeatScheme:
    measure = next((m for m in MEASURES if m == row.get("measure")), None)
    if measure is None:
        raise _bad("measure", row.get("measure"), "取值：" + "、".join(MEASURES), "one of " + ", ".join(MEASURES))
    if not row.get("scheme"):
        raise _bad("scheme", row.get("scheme"), "必填", "it must be given")
    zh, en = row.get("title_zh", ""), row.get("title_en", "")
    if not zh:
        zh, en = next((s.title_zh, en or s.title_en) for s in standard() if s.measure == measure)
    return HeatScheme(row["scheme"], measure, row.get("by", ""), _breaks(row, measure), _since(row), zh, en or zh)


def _breaks(row: Row, measure: Measure) -> tuple[float, ...]:
    text = row.get("breaks", "")
    try:
        lower = tuple(float(Fraction(part.strip())) for part in text.split(";"))
    except (ValueError, ZeroDivisionError, OverflowError):
        lower = ()
    most = MOST_CLASSES[measure]
    ascending = all(a < b for a, b in pairwise(lower))
    if not (1 < len(lower) <= most and lower[0] == 0 and ascending):
        zh = f"从 0 开始递增，分号隔开，2 至 {most} 级，如 0;5;10"
        raise _bad("breaks", text, zh, f"ascending from 0, by semicolons, 2 to {most} classes, as in 0;5;10")
    return lower


def _since(row: Row) -> date:
    text = row.get("valid_from", "")
    try:
        return datetime.fromisoformat(text).date() if text else date.min
    except ValueError:
        raise _bad("valid_from", text, "写日期，如 2024-01-01", "write a day, as in 2024-01-01") from None


def _bad(column: str, value: object, zh: str, en: str) -> BadTable:
    error = FieldError(column, value, zh, en)
    return BadTable("热力分级的这一行无法使用", "this row of the classes of heat cannot be used", [error])
