"""The decision table: one ordered list of rows, each saying when it holds and who is then accountable.

Zones, tiers, strips, duty lists, precedents and locality are all rows; they differ only in rank and in what
they match. Reads text into values and refuses what cannot be meant.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from gridsvc.codes import matches
from gridsvc.errors import BadInput, BadTable, FieldError
from gridsvc.responsibility.calendar import NO_CALENDAR, Calendar
from gridsvc.responsibility.places import Places, parse_places
from gridsvc.responsibility.windows import ALWAYS, Window, parse_window
from gridsvc.values import LimitUnit, Point, Via

_ROTATE = re.compile(r"rotate:([^@\s]+)@(\d{4}-\d\d-\d\d)/([0-9]{1,3})")
_LEAD = re.compile(r"(unit|component|area):([^\s;:]+)")
_COMPONENT_ROLES = ("maintainer", "owner", "competent")


@dataclass(frozen=True, slots=True)
class Lead:
    """Who a row names: a unit, a role of the component, the unit of the area at the point, or units in turn."""

    kind: str
    name: str
    turns: tuple[str, ...] = ()
    since: date | None = None
    days: int = 0

    def named_units(self) -> tuple[str, ...]:
        """Codes of the units that the lead names outright."""
        return self.turns or ((self.name,) if self.kind == "unit" else ())


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the decision table; empty conditions hold everywhere, always, for everything."""

    id: str
    rank: int
    via: Via
    lead: Lead
    categories: tuple[str, ...] = ()
    places: Places = ()
    attributes: Mapping[str, frozenset[str]] | None = None
    window: Window = ALWAYS
    assisting: tuple[Lead, ...] = ()
    evaluator: Lead | None = None
    disputed: bool = False
    source: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    test_point: Point | None = None
    title_zh: str = ""
    title_en: str = ""

    def leads(self) -> tuple[Lead, ...]:
        """Everybody whom the row names."""
        return (self.lead, *self.assisting, *([self.evaluator] if self.evaluator else []))

    def __post_init__(self) -> None:
        for pattern in self.categories:
            matches(pattern, "00000")
        if self.via not in get_args(Via):
            raise _bad("via", self.via, "取值：" + "、".join(get_args(Via)), "one of " + ", ".join(get_args(Via)))


@dataclass(frozen=True, slots=True)
class Power:
    """Where a unit may be accountable for some categories, for all if none is named; several rows are alternatives."""

    unit: str
    categories: tuple[str, ...]
    places: Places
    source: str = ""

    def __post_init__(self) -> None:
        for pattern in self.categories:
            matches(pattern, "00000")
        if not self.places:
            # A power everywhere would limit nothing.
            raise _bad("places", None, "写明在何处有权", "say where the unit has the power")


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a stage may take: category pattern x filing condition x stage -> amount and unit of time."""

    category: str
    condition: str
    stage: str
    amount: float
    unit: LimitUnit
    source: str = ""
    places: str = ""

    def asked(self) -> dict[str, frozenset[str]]:
        """The attributes that the condition asks for, none where it is ordinary; see :func:`parse_condition`."""
        return parse_condition(self.condition)

    def where(self) -> Places:
        """The places that the limit is for, none where it is for all; see :func:`parse_places`."""
        return parse_places(self.places)


def _bad(field: str, value: object, mend_zh: str, mend_en: str) -> BadTable:
    return BadTable("规则写法无法识别", "the rule cannot be read", [FieldError(field, value, mend_zh, mend_en)])


def parse_lead(text: str, field: str = "lead") -> Lead:
    """Read ``unit:CODE | component:maintainer|owner|competent | area:LAYER | rotate:U1|U2@DATE/DAYS``."""
    if found := _ROTATE.fullmatch(text):
        days, since = int(found[3]), _date(found[2])
        if days > 0 and since is not None:
            return Lead("rotate", found[1], tuple(found[1].split("|")), since, days)
    elif (found := _LEAD.fullmatch(text)) and (found[1] != "component" or found[2] in _COMPONENT_ROLES):
        return Lead(found[1], found[2])
    raise _bad(field, text, "写成 unit:编码、component:maintainer、area:图层 或 rotate:甲|乙@日期/天数",
               "write unit:CODE, component:maintainer, area:LAYER or rotate:A|B@DATE/DAYS")  # fmt: skip


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_attributes(text: str, column: str = "attributes") -> dict[str, frozenset[str]]:
    """Read ``key=v1|v2`` joined by ``;``: every key must have one of its values."""
    wanted: dict[str, frozenset[str]] = {}
    for part in filter(None, (p.strip() for p in text.split(";"))):
        key, equals, values = part.partition("=")
        if not equals or not key.strip() or not all(v.strip() for v in values.split("|")):
            raise _bad(column, part, "写成 键=值|值", "write key=value|value")
        if key.strip() in wanted:
            raise _bad(column, part, "同一个键只写一次", "write each key once")
        wanted[key.strip()] = frozenset(v.strip() for v in values.split("|"))
    return wanted


def parse_condition(text: str) -> dict[str, frozenset[str]]:
    """Read the condition of a limit: attributes, or a word alone, which is a value of the attribute ``condition``.

    Cities write such words (``missing``, ``repair``) in their lists of limits, each under its own filing condition.
    """
    if "=" in text or not text.strip():
        return parse_attributes(text, "condition")
    return {"condition": frozenset([text.strip()])}


def parse_rule(
    row: Mapping[str, str], valid_from: datetime | None, valid_to: datetime | None, calendar: Calendar = NO_CALENDAR
) -> Rule:
    """Make a rule of one row of text; validity is read by the caller, who knows the time zone."""
    for column in ("id", "rank", "via", "lead"):
        if not row.get(column):
            raise _bad(column, row.get(column), "必填", "it must be given")
    with _as_table():
        return Rule(
            id=row["id"],
            rank=_whole(row, "rank"),
            via=row["via"],  # type: ignore[arg-type]  # checked when the rule is made
            lead=parse_lead(row["lead"]),
            categories=_categories(row),
            places=parse_places(row.get("places", "")),
            attributes=parse_attributes(row.get("attributes", "")),
            window=parse_window(row.get("window", ""), calendar=calendar),
            assisting=tuple(
                parse_lead(p.strip(), "assisting") for p in row.get("assisting", "").split(";") if p.strip()
            ),
            evaluator=parse_lead(row["evaluator"], "evaluator") if row.get("evaluator") else None,
            disputed=parse_flag(row, "disputed"),
            source=row.get("source", ""),
            valid_from=valid_from,
            valid_to=valid_to,
            test_point=_test_point(row),
            title_zh=row.get("title_zh", ""),
            title_en=row.get("title_en", ""),
        )


def parse_power(row: Mapping[str, str]) -> Power:
    """Make a power of one row of text; it must name a unit and a place."""
    if not row.get("unit"):
        raise _bad("unit", row.get("unit"), "必填", "it must be given")
    with _as_table():
        return Power(row["unit"], _categories(row), parse_places(row.get("places", "")), row.get("source", ""))


def _categories(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(p.strip() for p in row.get("categories", "").split(";") if p.strip())


@contextmanager
def _as_table() -> Iterator[None]:
    """Let whatever is wrong with a cell be a fault of the table."""
    try:
        yield
    except BadTable:
        raise
    except BadInput as e:
        raise BadTable(e.zh, e.en, e.errors) from None


def parse_flag(row: Mapping[str, str], field: str) -> bool:
    """Read ``true`` or ``false``; left empty it is false, and nothing else is understood."""
    text = row.get(field, "").lower()
    if text not in ("", "true", "false"):
        raise _bad(field, row[field], "写 true 或 false", "write true or false")
    return text == "true"


def _whole(row: Mapping[str, str], field: str) -> int:
    text = row[field]
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise _bad(field, text, "改为整数", "give a whole number")
    return int(text)


def _test_point(row: Mapping[str, str]) -> Point | None:
    values = []
    for field in ("test_lon", "test_lat"):
        text = row.get(field, "")
        if text and not re.fullmatch(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?", text):
            raise _bad(field, text, "改为度数", "give degrees")
        values.append(float(text) if text else None)
    lon, lat = values
    if (lon is None) != (lat is None):
        field = "test_lon" if lon is None else "test_lat"
        raise _bad(field, row.get(field, ""), "经纬度要么都写要么都不写", "give both coordinates or none")
    return Point(lon, lat) if lon is not None and lat is not None else None
