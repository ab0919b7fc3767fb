"""Reads rows of text into units, people, posts, rules and limits; an error names the line and the column."""

import difflib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from gridsvc.codes import matches
from gridsvc.errors import BadTable, FieldError
from gridsvc.responsibility.calendar import DAYS, Calendar, Period
from gridsvc.responsibility.people import Person, Post, Staff, Unit
from gridsvc.responsibility.public_answers import parse_answer
from gridsvc.responsibility.repeats import parse_duplicate, parse_sanction
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.statutory import MAINLAND, Day
from gridsvc.responsibility.table import Limit, Power, Rule, parse_flag, parse_power, parse_rule
from gridsvc.responsibility.vocabulary import ALWAYS, Asked, Vocabulary
from gridsvc.responsibility.windows import parse_window
from gridsvc.tables import Faults, Row
from gridsvc.values import LIMIT_UNITS, LONGEST_LIMIT_DAYS, STAGES, in_years, parse_instant

Tables = Mapping[str, Sequence[Row]]
# Only regular staff may enforce; an auxiliary or a volunteer may see, tell and persuade.
PERSON_KINDS = ("regular", "auxiliary", "volunteer")
_NO_PARENT = ("上级单位不存在", "there is no such parent")
_NO_POST = ("代理的岗位不存在", "there is no such post")
_NAME_A_UNIT = ("改为 units 表中的单位编码", "name a unit of the table units", "没有这个单位", "there is no such unit")
T = TypeVar("T")


def read_staff(tables: Tables, zone: ZoneInfo, faults: Faults) -> Staff:
    """Make the staff of the tables ``units``, ``people`` and ``posts``; a post must name a known person and unit.

    Duty windows are on the city's calendar (:func:`read_calendar`). Rows that cannot be used are added to ``faults``
    and left out.
    """
    unit_codes, post_codes = _codes(tables, "units", faults), _codes(tables, "posts", faults)
    people_codes, calendar = _codes(tables, "people", faults), read_calendar(tables, zone, faults)
    # Where the periods could not be read at all, nobody is told that there is none of that name.
    lost = faults.has("periods")

    def unit(row: Row) -> Unit:
        made = Unit(_need(row, "code"), _need(row, "name"), row.get("name_en", ""), row.get("parent") or None,
                    row.get("kind", ""))  # fmt: skip
        if made.parent is not None and (made.parent == made.code or _unknown(made.parent, unit_codes)):
            raise _bad("parent", made.parent, "改为另一个单位的编码", "name another unit", *_NO_PARENT)
        return made

    def person(row: Row) -> Person:
        made = Person(_need(row, "code"), _need(row, "name"), row.get("phone") or None, row.get("kind", ""))
        if made.kind not in ("", *PERSON_KINDS):
            raise _bad("kind", made.kind, "取值：" + "、".join(PERSON_KINDS), "one of " + ", ".join(PERSON_KINDS))
        return made

    def post(row: Row) -> Post:
        made = Post(
            code=_need(row, "code"),
            person=_known(row, "person", people_codes),
            role=_need(row, "role"),
            layer=row.get("layer") or None,
            area=row.get("area") or None,
            unit=_known(row, "unit", unit_codes) if row.get("unit") else None,
            deputy_of=row.get("deputy_of") or None,
            acting=parse_flag(row, "acting"),
            duty=parse_window("" if lost else row.get("duty", ""), "duty", calendar),
            valid_from=_start(row.get("valid_from", ""), "valid_from", zone),
            valid_to=_start(row.get("valid_to", ""), "valid_to", zone),
        )
        _refuse_backwards(row, made)
        if made.deputy_of is not None and (made.deputy_of == made.code or _unknown(made.deputy_of, post_codes)):
            raise _bad("deputy_of", made.deputy_of, "改为另一个岗位的编码", "name another post", *_NO_POST)
        return made

    units = _each(tables, "units", unit, faults, code=lambda u: u.code)
    people = _each(tables, "people", person, faults, code=lambda p: p.code)
    posts = _each(tables, "posts", post, faults, code=lambda p: p.code)
    return Staff({u.code: u for u in units}, {p.code: p for p in people}, tuple(posts))


def read_ruleset(code: str, tables: Tables, staff: Staff, zone: ZoneInfo, faults: Faults) -> Ruleset:
    """Make the ruleset of its tables; every unit a row names must be known, and every word declared.

    Windows are on the city's calendar (:func:`read_calendar`). Rows that cannot be used are added to ``faults`` and
    left out.
    """
    vocabulary = _vocabulary(tables, faults)
    unit_codes = _codes(tables, "units", faults) if "units" in tables or faults.has("units") else staff.units.keys()
    calendar, lost = read_calendar(tables, zone, faults), faults.has("periods")

    def rule(row: Row) -> Rule:
        made = parse_rule(
            row | {"window": ""} if lost else row,
            _start(row.get("valid_from", ""), "valid_from", zone),
            _start(row.get("valid_to", ""), "valid_to", zone),
            calendar,
        )
        _refuse_backwards(row, made)
        _refuse_undeclared(vocabulary, made.attributes or {}, "attributes")
        leads = {"lead": [made.lead], "assisting": made.assisting, "evaluator": [made.evaluator]}
        for field, named in leads.items():
            for unit in (u for lead in named if lead for u in lead.named_units()):
                if _unknown(unit, unit_codes):
                    raise _bad(field, unit, *_NAME_A_UNIT)
        return made

    def power(row: Row) -> Power:
        made = parse_power(row)
        if _unknown(made.unit, unit_codes):
            raise _bad("unit", made.unit, *_NAME_A_UNIT)
        return made

    rules = _each(tables, "rules", rule, faults, rank=lambda r: str(r.rank), id=lambda r: r.id)
    limits = _each(tables, "limits", partial(_limit, vocabulary), faults,
                   category=lambda x: " ".join(filter(None, (x.category, x.condition, x.stage, x.places))))  # fmt: skip
    powers = _each(tables, "powers", power, faults)
    duplicates = _each(tables, "duplicates", parse_duplicate, faults, category=lambda d: d.category)
    sanctions = _each(tables, "sanctions", parse_sanction, faults,
                      times=lambda s: f"{';'.join(s.categories)} {s.times}")  # fmt: skip
    answers = _each(tables, "answers", parse_answer, faults, event=lambda a: a.key)
    return Ruleset(code, tuple(rules), tuple(limits), tuple(powers), vocabulary or Vocabulary(), calendar,
                   tuple(duplicates), tuple(sanctions), tuple(answers))  # fmt: skip


def read_calendar(tables: Tables, zone: ZoneInfo, faults: Faults) -> Calendar:
    """Make the city's calendar of the tables ``calendar`` and ``periods``; a period may name others, never itself.

    What the table does not name is in a zone of mainland China as the state named it.

    Rows that cannot be used are added to ``faults``; a period among them counts as the whole day, so that those who
    name it are not told as well.
    """

    def day(row: Row) -> tuple[date, Day]:
        kind = _need(row, "day")
        if kind not in DAYS:
            raise _bad("day", kind, "取值：" + "、".join(DAYS), "one of " + ", ".join(DAYS))
        return _date(row, "date"), DAYS[DAYS.index(kind)]

    def period(row: Row) -> Period:
        return Period(_need(row, "code"), _need(row, "window"), row.get("title_zh", ""), row.get("title_en", ""))

    def code_of_readable(row: Row) -> str:
        parse_window(row["window"], "window", written.without(row["code"]))
        return row["code"]

    days = dict(_each(tables, "calendar", day, faults, date=lambda d: d[0].isoformat()))
    periods = {p.code: p for p in _each(tables, "periods", period, faults, code=lambda p: p.code)}
    mainland = zone.key in MAINLAND
    written = Calendar(days, periods, mainland)
    readable = _each(tables, "periods", code_of_readable, faults)
    spoilt = Period("spoilt", "00:00-24:00")
    codes = [row.get("code", "") for row in tables.get("periods", ())]
    return Calendar(days, {code: periods[code] if code in readable else spoilt for code in codes}, mainland)


def _vocabulary(tables: Tables, faults: Faults) -> Vocabulary | None:
    """The declared words; None where the table itself could not be read, so that nothing can be said against a word."""
    rows = tables.get("attributes", ())
    valued = {row.get("key") for row in rows if row.get("value")} | set(ALWAYS)

    def word(row: Row) -> tuple[str, str]:
        key = _need(row, "key")
        if key not in valued:
            what = ("这个键没有任何取值", "this key has no value")
            raise _bad("value", "", "每个值另写一行", "write each of its values in a row of its own", *what)
        return key, row.get("value", "")

    _each(tables, "attributes", word, faults, value=lambda told: "=".join(told))
    return None if faults.has("attributes") else Vocabulary.of_rows([row for row in rows if row.get("key")])


def _refuse_undeclared(vocabulary: Vocabulary | None, asked: Asked, column: str) -> None:
    for key, value in ((key, value) for key, values in asked.items() for value in sorted(values)):
        if vocabulary is not None and (fault := vocabulary.fault(key, value, column)) is not None:
            raise BadTable("该词没有声明", "this word is not declared", [fault])


def _limit(vocabulary: Vocabulary | None, row: Row) -> Limit:
    unit = _need(row, "unit")
    if unit not in LIMIT_UNITS:
        raise _bad("unit", unit, "取值：" + "、".join(LIMIT_UNITS), "one of " + ", ".join(LIMIT_UNITS))
    category = _need(row, "category")
    matches(category, "00000")
    try:
        amount = float(_need(row, "amount"))
    except ValueError:
        amount = math.nan
    most = LONGEST_LIMIT_DAYS * (24 if unit.endswith("hour") else 1)
    if not 0.0 < amount <= most:
        raise _bad("amount", row["amount"], f"改为大于 0、至多 {most} 的数", f"give a number above 0, at most {most}")
    stage = _need(row, "stage")
    if stage not in STAGES:
        near = difflib.get_close_matches(stage, STAGES, 3, 0.5) or STAGES
        raise _bad("stage", stage, "取值：" + "、".join(near), "one of " + ", ".join(near))
    condition, source, places = (row.get(column, "") for column in ("condition", "source", "places"))
    made = Limit(category, condition, stage, amount, LIMIT_UNITS[LIMIT_UNITS.index(unit)], source, places)
    made.where()
    _refuse_undeclared(vocabulary, made.asked(), "condition")
    return made


def _each(tables: Tables, name: str, make: Callable[[Row], T], faults: Faults, **keys: Callable[[T], str]) -> list[T]:
    """Make a value of each row; ``keys`` are those that may occur only once, by column."""
    made: list[T] = []
    seen: dict[tuple[str, str], int] = {}
    for row in tables.get(name, ()):
        # A row with a cell that could not be read has been told already.
        if faults.has(name, row.line):
            continue
        with faults.at(name, row.line):
            value = make(row)
            for column, key in keys.items():
                first = seen.setdefault((column, key(value)), row.line)
                if first != row.line:
                    what = (f"与第 {first} 行重复", f"it occurs in line {first} already")
                    raise _bad(column, key(value), "每个只出现一次", "let each occur once", *what)
            made.append(value)
    return made


def _codes(tables: Tables, name: str, faults: Faults) -> Collection[str] | None:
    """Codes that a table has, also in rows that cannot be used; None where the table itself could not be read."""
    return None if faults.has(name) else {row.get("code", "") for row in tables.get(name, ())}


def _unknown(code: str, known: Collection[str] | None) -> bool:
    return known is not None and code not in known


def _refuse_backwards(row: Row, made: Post | Rule) -> None:
    if made.valid_from and made.valid_to and made.valid_to <= made.valid_from:
        raise _bad("valid_to", row["valid_to"], "晚于 valid_from", "later than valid_from")


def _need(row: Row, key: str) -> str:
    value = row.get(key, "")
    if not value:
        raise _bad(key, value, "必填", "it must be given", "单元格为空", "a cell is empty")
    return value


def _known(row: Row, key: str, known: Collection[str] | None) -> str:
    value = _need(row, key)
    if _unknown(value, known):
        what = ("没有登记这个编码", "nothing is recorded under this code")
        raise _bad(key, value, "先在对应的表中登记", "record it in its own table first", *what)
    return value


def _date(row: Row, key: str) -> date:
    text = _need(row, key)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _bad(key, text, "写成 2024-05-01", "write it as 2024-05-01") from None


def _start(text: str, field: str, zone: ZoneInfo) -> datetime | None:
    """A bare date means 00:00 there; an instant must state its offset."""
    if not text:
        return None
    try:
        start = datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError:
        return parse_instant(text, field)
    return in_years(start, field)


def _bad(
    field: str, value: object, zh: str, en: str, what_zh: str = "该行无法使用", what_en: str = "the row cannot be used"
) -> BadTable:
    return BadTable(what_zh, what_en, [FieldError(field, value, zh, en)])
