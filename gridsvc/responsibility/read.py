"""Reads rows of text into units, people, posts, rules and limits; an error names the table, the line and the column."""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from gridsvc.codes import matches
from gridsvc.errors import BadInput, BadTable, FieldError
from gridsvc.responsibility.people import Person, Post, Staff, Unit
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Limit, Rule, parse_flag, parse_rule
from gridsvc.responsibility.windows import parse_window
from gridsvc.values import in_years, parse_instant

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]
# The stages of a case that have a clock of their own.
STAGES = ("accept", "verify", "register", "dispatch", "arrive", "disposal", "check", "close")
COLUMNS = {
    "units": ("code", "name", "name_en", "parent", "kind"),
    "people": ("code", "name", "phone"),
    "posts": (
        "code", "person", "role", "layer", "area", "unit", "deputy_of", "acting", "duty", "valid_from", "valid_to",
    ),
    "rules": (
        "rank", "id", "via", "categories", "places", "attributes", "window", "lead", "assisting", "evaluator",
        "disputed", "source", "valid_from", "valid_to", "test_lon", "test_lat",
    ),
    "limits": ("category", "condition", "stage", "amount", "unit", "source"),
}  # fmt: skip
LIMIT_UNITS = ("urgent_hour", "working_hour", "working_day", "natural_day")
T = TypeVar("T")


def read_staff(tables: Tables, zone: ZoneInfo) -> Staff:
    """Make the staff of the tables ``units``, ``people`` and ``posts``; a post must name a known person and unit."""
    units = _each(tables, "units", lambda r: Unit(
        _need(r, "code"), _need(r, "name"), r.get("name_en", ""), r.get("parent") or None, r.get("kind", ""),
    ))  # fmt: skip
    people = _each(tables, "people", lambda r: Person(_need(r, "code"), _need(r, "name"), r.get("phone") or None))
    known = {u.code for u in units}
    for line, u in enumerate(units, start=2):
        if u.parent is not None and (u.parent == u.code or u.parent not in known):
            mend = FieldError("parent", u.parent, "改为另一个单位的编码", "name another unit")
            raise BadTable(
                f"表 units 第 {line} 行：上级单位不存在", f"table units, line {line}: no such parent", [mend]
            )
    by_unit = _by_key("units", "code", [(u.code, u) for u in units])
    by_person = _by_key("people", "code", [(p.code, p) for p in people])

    def post(row: Row) -> Post:
        made = Post(
            code=_need(row, "code"),
            person=_known(row, "person", by_person),
            role=_need(row, "role"),
            layer=row.get("layer") or None,
            area=row.get("area") or None,
            unit=_known(row, "unit", by_unit) if row.get("unit") else None,
            deputy_of=row.get("deputy_of") or None,
            acting=parse_flag(row, "acting"),
            duty=parse_window(row.get("duty", ""), "duty"),
            valid_from=_start(row.get("valid_from", ""), "valid_from", zone),
            valid_to=_start(row.get("valid_to", ""), "valid_to", zone),
        )
        if made.valid_from and made.valid_to and made.valid_to <= made.valid_from:
            raise _bad("valid_to", row["valid_to"], "晚于 valid_from", "later than valid_from")
        return made

    posts = _each(tables, "posts", post)
    by_post = _by_key("posts", "code", [(p.code, p) for p in posts])
    for line, p in enumerate(posts, start=2):
        if p.deputy_of is not None and (p.deputy_of == p.code or p.deputy_of not in by_post):
            mend = FieldError("deputy_of", p.deputy_of, "改为另一个岗位的编码", "name another post")
            raise BadTable(
                f"表 posts 第 {line} 行：代理的岗位不存在", f"table posts, line {line}: no such post", [mend]
            )
    return Staff(by_unit, by_person, tuple(posts))


def read_ruleset(code: str, tables: Tables, staff: Staff, zone: ZoneInfo) -> Ruleset:
    """Make the ruleset of the tables ``rules`` and ``limits``; every unit a row names must be known."""

    def rule(row: Row) -> Rule:
        made = parse_rule(
            row,
            _start(row.get("valid_from", ""), "valid_from", zone),
            _start(row.get("valid_to", ""), "valid_to", zone),
        )
        if made.valid_from and made.valid_to and made.valid_to <= made.valid_from:
            raise _bad("valid_to", row["valid_to"], "晚于 valid_from", "later than valid_from")
        leads = {"lead": [made.lead], "assisting": made.assisting, "evaluator": [made.evaluator]}
        for field, named in leads.items():
            for unit in (u for lead in named if lead for u in lead.named_units()):
                if unit not in staff.units:
                    raise _bad(field, unit, "改为 units 表中的单位编码", "name a unit of the table units")
        return made

    rules = _each(tables, "rules", rule)
    _by_key("rules", "rank", [(str(r.rank), r) for r in rules])
    _by_key("rules", "id", [(r.id, r) for r in rules])
    limits = _each(tables, "limits", _limit)
    _by_key("limits", "category", [(f"{x.category} {x.condition} {x.stage}".strip(), x) for x in limits])
    return Ruleset(code, tuple(rules), tuple(limits))


def _limit(row: Row) -> Limit:
    unit = _need(row, "unit")
    if unit not in LIMIT_UNITS:
        raise _bad("unit", unit, "取值：" + "、".join(LIMIT_UNITS), "one of " + ", ".join(LIMIT_UNITS))
    category = _need(row, "category")
    matches(category, "00000")
    try:
        amount = float(_need(row, "amount"))
    except ValueError:
        amount = math.nan
    if not 0.0 < amount < math.inf:
        raise _bad("amount", row["amount"], "改为大于 0 的数", "give a number above 0")
    stage = _need(row, "stage")
    if stage not in STAGES:
        raise _bad("stage", stage, "取值：" + "、".join(STAGES), "one of " + ", ".join(STAGES))
    return Limit(category, row.get("condition", ""), stage, amount, unit, row.get("source", ""))


def _each(tables: Tables, name: str, make: Callable[[Row], T]) -> list[T]:
    rows = tables.get(name, ())
    for column in rows[0] if rows else ():
        meant = [] if column in COLUMNS[name] else difflib.get_close_matches(column, COLUMNS[name], 1, 0.8)
        if meant:
            mend = FieldError(column, None, f"是否指 {meant[0]}?", f"is {meant[0]} meant?")
            raise BadTable(f"表 {name} 的列名像是拼错了", f"table {name} has a column that looks misspelt", [mend])
    made = []
    for line, row in enumerate(rows, start=2):
        try:
            made.append(make(row))
        except BadInput as e:
            raise BadTable(f"表 {name} 第 {line} 行：{e.zh}", f"table {name}, line {line}: {e.en}", e.errors) from None
    return made


def _by_key(table: str, key: str, pairs: Sequence[tuple[str, T]]) -> dict[str, T]:
    found: dict[str, T] = {}
    for code, value in pairs:
        if code in found:
            mend = FieldError(key, code, "每个只出现一次", "let each occur once")
            raise BadTable(f"表 {table} 中重复", f"it occurs twice in table {table}", [mend])
        found[code] = value
    return found


def _need(row: Row, key: str) -> str:
    value = row.get(key, "")
    if not value:
        raise _bad(key, value, "必填", "it must be given")
    return value


def _known(row: Row, key: str, known: Mapping[str, object]) -> str:
    value = _need(row, key)
    if value not in known:
        raise _bad(key, value, "先在对应的表中登记", "record it in its own table first")
    return value


def _start(text: str, field: str, zone: ZoneInfo) -> datetime | None:
    """A bare date means 00:00 there; an instant must state its offset."""
    if not text:
        return None
    try:
        start = datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError:
        return parse_instant(text, field)
    return in_years(start, field)


def _bad(field: str, value: object, zh: str, en: str) -> BadTable:
    return BadTable("该行无法使用", "the row cannot be used", [FieldError(field, value, zh, en)])
