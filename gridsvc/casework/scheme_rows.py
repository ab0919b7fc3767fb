"""Reads the tables of schemes of assessment; an error names the line and the column."""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar, get_args

from gridsvc.casework.counting import By
from gridsvc.casework.indicators import INDICATORS
from gridsvc.casework.period import Every
from gridsvc.casework.schemes import DIRECTIONS, GIVERS, LADDER, MEASURES, Consequence, Deduction, Part, Scheme
from gridsvc.codes import matches
from gridsvc.errors import BadTable, FieldError
from gridsvc.tables import Faults, Row, key_of

_SUBJECT = re.compile(r"layer:([^\s:;]+)|unit(?::([^\s:]+))?|post:([a-z_]+)")
_RANK = re.compile(r"([1-9]\d?)(?:-([1-9]\d?))?|last(?:-([1-9]\d?))?")
_THEN = re.compile(
    r"(flag):(red|black)|(points):([+-]\d+(?:\.\d+)?)|(budget|fund):([+-]\d+(?:\.\d+)?)|" + "|".join(LADDER)
)
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,4})?")
_SHARE = re.compile(r"[1-9]\d?/[1-9]\d?|0?\.\d{1,4}")
T = TypeVar("T")


def read_schemes(tables: Mapping[str, Sequence[Row]], faults: Faults) -> dict[str, Scheme]:
    """Make the schemes of their tables. Rows that cannot be used are added to ``faults`` and left out."""
    codes = {row.get("scheme", "") for row in tables.get("schemes", ())}
    parts = _each(tables, "scheme_parts", lambda row: (_known(row, "scheme", codes), _part(row, codes)), faults)
    named = {(scheme, part.part) for scheme, part in parts}
    # Whose marks rest on other schemes; nothing may rest on those, so that no scheme goes round in a circle.
    whole = {scheme for scheme, part in parts if part.kind == "scheme"}
    deductions = _each(tables, "deductions", lambda row: (_of_part(row, named), _deduction(row)), faults)
    followed = _each(
        tables, "consequences", lambda row: (_known(row, "scheme", codes), _consequence(row, named)), faults
    )

    def scheme(row: Row) -> Scheme:
        code = _need(row, "scheme")

        def own(rows: Sequence[tuple[str, T]]) -> tuple[T, ...]:
            return tuple(one for name, one in rows if name == code)

        made = _scheme(row, own(parts), own(deductions), own(followed))
        if not made.parts:
            raise _bad("scheme", code, "在 scheme_parts 表中写出各部分", "write its parts in the table scheme_parts")
        if any(p.kind == "scheme" and (p.name == code or p.name in whole) for p in made.parts):
            mend = ("引用的方案自身不能再引用方案", "a scheme that it refers to cannot refer to one itself")
            raise _bad("scheme", code, *mend)
        _refuse_small_street_share(row, made)
        return made

    return {s.scheme: s for s in _each(tables, "schemes", scheme, faults)}


def _scheme(
    row: Row, parts: tuple[Part, ...], deductions: tuple[Deduction, ...], consequences: tuple[Consequence, ...]
) -> Scheme:
    subject = _SUBJECT.fullmatch(_need(row, "subject"))
    if subject is None:
        raise _bad("subject", row["subject"], "写成 layer:图层、unit、unit:类别、unit:甲;乙 或 post:岗位",
                   "write layer:LAYER, unit, unit:KIND, unit:A;B or post:POST")  # fmt: skip
    by = By.parse("unit" if row["subject"].startswith("unit") else row["subject"], "subject")
    every = row.get("every", "")
    if every not in ("", *get_args(Every)):
        raise _bad("every", every, "取值：" + "、".join(get_args(Every)), "one of " + ", ".join(get_args(Every)))
    return Scheme(
        row["scheme"], *_titles(row, "scheme"), by, _list(subject[2] or ""), every, int(_number(row, "min_cases") or 0),
        _number(row, "fund_yuan"), parts, deductions, consequences,
    )  # fmt: skip


def _refuse_small_street_share(row: Row, made: Scheme) -> None:
    asked, whole = _share(row), made.full
    given = sum((p.weight for p in made.parts if p.by == "streets"), Fraction(0))
    if asked is not None and given < asked * whole:
        raise _bad("street_share", row["street_share"], f"街道评分只占 {given} / {whole}：提高其权重",
                   f"the streets' judgement has {given} of {whole} only: give it more weight")  # fmt: skip


def _share(row: Row) -> Fraction | None:
    text = row.get("street_share", "")
    if not text:
        return None
    if not _SHARE.fullmatch(text):
        raise _bad("street_share", text, "写成 1/3 或 0.34", "write 1/3 or 0.34")
    return Fraction(text)


def _part(row: Row, codes: set[str]) -> Part:
    measure = _need(row, "measure")
    kind, _, name = measure.partition(":")
    known = {"indicator": INDICATORS, "scheme": codes, "frozen": codes}.get(kind)
    if kind not in MEASURES or bool(name) is (kind == "deductions") or (known is not None and name not in known):
        shown = ", ".join(INDICATORS)
        zh = f"写成 indicator:指标、input:代号、deductions、scheme:方案 或 frozen:方案；指标：{shown}"
        en = "write indicator:ID, input:CODE, deductions, scheme:CODE or frozen:CODE; the indicators are " + shown
        raise _bad("measure", measure, zh, en)
    weight = _number(row, "weight")
    if not weight:
        raise _bad("weight", row.get("weight"), "写大于 0 的数", "give a number above 0")
    down = kind == "indicator" and INDICATORS[name].better == "low"
    direction = row.get("direction") or ("down" if down else "up")
    if direction not in DIRECTIONS or (direction == "add") > (kind == "input"):
        raise _bad("direction", direction, "up、down，或用于录入分数的 add", "up, down, or add for what is entered")
    by = row.get("by") or "system"
    if by not in GIVERS:
        raise _bad("by", by, "取值：" + "、".join(GIVERS), "one of " + ", ".join(GIVERS))
    return Part(_need(row, "part"), *_titles(row, "part"), weight, kind, name, direction, by, _categories(row))


def _deduction(row: Row) -> Deduction:
    counts, points = _need(row, "counts"), _number(row, "points")
    if not re.fullmatch(r"cases|clusters|input:[^\s:]+", counts):
        raise _bad("counts", counts, "写成 cases、clusters 或 input:代号", "write cases, clusters or input:CODE")
    if not points:
        raise _bad("points", row.get("points"), "写大于 0 的数", "give a number above 0")
    within_m, from_n, to_n = _number(row, "within_m"), _number(row, "from_n"), _number(row, "to_n")
    if (counts == "clusters") is not bool(within_m):
        raise _bad("within_m", row.get("within_m"), "聚集须写相距多少米以内，其他不写",
                   "say within how many metres clusters are, and of nothing else")  # fmt: skip
    if to_n is not None and to_n < (from_n or 1):
        raise _bad("to_n", row["to_n"], "不小于 from_n", "no less than from_n")
    return Deduction(
        _need(row, "part"), _need(row, "id"), *_titles(row, "id"), counts, points, _number(row, "most"),
        _categories(row), _attributes(row), int(from_n or 1), None if to_n is None else int(to_n),
        None if within_m is None else float(within_m), row.get("along", ""),
    )  # fmt: skip


def _consequence(row: Row, named: set[tuple[str, str]]) -> Consequence:
    on = row.get("on") or "total"
    if on != "total" and (row["scheme"], on) not in named:
        raise _bad("on", on, "写 total 或方案的一个部分", "write total or a part of the scheme")
    rank, then = _RANK.fullmatch(_need(row, "rank")), _THEN.fullmatch(_need(row, "then"))
    if rank is None or (rank[2] and int(rank[2]) < int(rank[1])):
        raise _bad("rank", row["rank"], "写成 1、1-2、last 或 last-3", "write 1, 1-2, last or last-3")
    if then is None or ((on == "total") is (then[3] is not None)):
        words = "flag:red, flag:black, budget:+20, fund:+10000, " + ", ".join(LADDER)
        raise _bad("then", row["then"], f"总分的名次可用：{words}；部分的名次只加减分：points:+0.5",
                   f"a rank in the whole: {words}; a rank in a part: points:+0.5")  # fmt: skip
    times = _number(row, "times")
    bottom = rank[1] is None
    first = 1 if bottom else int(rank[1])
    last = int(rank[3] or 1) if bottom else int(rank[2] or rank[1])
    word = then[3] or then[5] or (f"flag:{then[2]}" if then[1] else then[0])
    amount = then[4] or then[6]
    return Consequence(
        on, first, last, bottom, int(times or 1), word, None if amount is None else Fraction(amount),
        *_titles(row, "then"),
    )  # fmt: skip


def _each(tables: Mapping[str, Sequence[Row]], name: str, make: Callable[[Row], T], faults: Faults) -> list[T]:
    """Make a value of each row that can be used; none may have the key of another."""
    made: list[T] = []
    seen: dict[tuple[str, ...], int] = {}
    for row in tables.get(name, ()):
        if faults.has(name, row.line):
            continue
        with faults.at(name, row.line):
            first = seen.setdefault(key_of(name, row), row.line)
            if first != row.line:
                raise _bad(
                    "-", " ".join(key_of(name, row)), f"与第 {first} 行重复", f"it occurs in line {first} already"
                )
            made.append(make(row))
    return made


def _need(row: Row, column: str) -> str:
    if not row.get(column):
        raise _bad(column, row.get(column), "必填", "it must be given")
    return row[column]


def _known(row: Row, column: str, codes: set[str]) -> str:
    if _need(row, column) not in codes:
        raise _bad(column, row[column], "先在 schemes 表中写出方案", "write the scheme in the table schemes first")
    return row[column]


def _of_part(row: Row, named: set[tuple[str, str]]) -> str:
    """The scheme of a row about one of its parts."""
    if (_need(row, "scheme"), _need(row, "part")) not in named:
        mend = ("先在 scheme_parts 表中写出该部分", "write the part in the table scheme_parts first")
        raise _bad("part", f"{row['scheme']} {row['part']}", *mend)
    return row["scheme"]


def _titles(row: Row, column: str) -> tuple[str, str]:
    return row.get("title_zh") or row[column], row.get("title_en") or row.get("title_zh") or row[column]


def _number(row: Row, column: str) -> Fraction | None:
    text = row.get(column, "")
    if text and not _NUMBER.fullmatch(text):
        raise _bad(column, text, "写数字", "write a number")
    return Fraction(text) if text else None


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _categories(row: Row) -> tuple[str, ...]:
    patterns = _list(row.get("categories", ""))
    for pattern in patterns:
        matches(pattern, "00000")
    return patterns


def _attributes(row: Row) -> tuple[tuple[str, frozenset[str]], ...]:
    found = []
    for part in _list(row.get("attributes", "")):
        key, equals, values = part.partition("=")
        if not equals or not key or not all(values.split("|")):
            raise _bad("attributes", part, "写成 键=值|值", "write key=value|value")
        found.append((key, frozenset(values.split("|"))))
    return tuple(found)


def _bad(column: str, value: object, zh: str, en: str) -> BadTable:
    error = FieldError(column, value, zh, en)
    return BadTable("考核方案的这一行无法使用", "this row of a scheme cannot be used", [error])
