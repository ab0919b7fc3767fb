"""What a ruleset says of cases that come again: when two are likely one, and what a repeated offence leads to."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from gridsvc import tables
from gridsvc.codes import matches
from gridsvc.errors import BadInput, BadTable, FieldError
from gridsvc.responsibility.findings import Finding

Match = Literal["same", "major"]
# Farther or longer than this nothing is "the same place" or "again".
MOST_M, MOST_HOURS, MOST_DAYS = 5000.0, 8784.0, 3660.0
SANCTION_RADIUS_M, SANCTION_DAYS = 30.0, 365.0
_MOST_TIMES = 99


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """Within how many metres and hours another report may be of the same thing.

    ``match``: only of the *same* matter, or of any of the same *major* class.
    """

    category: str
    radius_m: float
    hours: float
    match: Match = "same"


@dataclass(frozen=True, slots=True)
class Sanction:
    """One rung of a ladder: due from the n-th time on that one of its matters occurs at a place, or by one party.

    ``times`` counts this time too; earlier ones count within ``days``, at a place within ``radius_m``. ``fine_max`` is
    in yuan, None where there is no fine.
    """

    categories: tuple[str, ...]
    times: int
    text_zh: str
    text_en: str = ""
    fine_max: float | None = None
    days: float = SANCTION_DAYS
    radius_m: float = SANCTION_RADIUS_M
    source: str = ""


Row = Mapping[str, str]


def parse_duplicate(row: Row) -> DuplicateRule:
    """Make a rule of one row of text."""
    match = row.get("match", "") or "same"
    if match not in get_args(Match):
        raise _bad("match", match, "取值：same、major", "one of same, major")
    return DuplicateRule(
        _pattern(_need(row, "category"), "category"), _number(row, "radius_m", MOST_M),
        _number(row, "hours", MOST_HOURS), "major" if match == "major" else "same",
    )  # fmt: skip


def parse_sanction(row: Row) -> Sanction:
    """Make a rung of one row of text."""
    patterns = [p.strip() for p in _need(row, "categories").split(";") if p.strip()]
    times = _number(row, "times", _MOST_TIMES)
    if times != int(times):
        raise _bad("times", row["times"], "改为整数", "give a whole number")
    return Sanction(
        categories=tuple(_pattern(p, "categories") for p in patterns),
        times=int(times),
        text_zh=_need(row, "text_zh"),
        text_en=row.get("text_en", ""),
        fine_max=_number(row, "fine_max", 1e9) if row.get("fine_max") else None,
        days=_number(row, "days", MOST_DAYS) if row.get("days") else SANCTION_DAYS,
        radius_m=_number(row, "radius_m", MOST_M) if row.get("radius_m") else SANCTION_RADIUS_M,
        source=row.get("source", ""),
    )


def duplicate_rule(rules: Iterable[DuplicateRule], category: str) -> DuplicateRule | None:
    """Give the rule for a matter: that of its exact code, else of the longest prefix; None where there is none."""
    held = [rule for rule in rules if matches(rule.category, category)]
    return max(held, key=lambda r: _weight(r.category), default=None)


def ladder(sanctions: Iterable[Sanction], category: str) -> tuple[Sanction, ...]:
    """Give the rungs for a matter, lowest first: those whose pattern is the exact code, else the longest prefix."""
    held = [(max(_weight(p) for p in s.categories if matches(p, category)), s) for s in sanctions
            if any(matches(p, category) for p in s.categories)]  # fmt: skip
    best = max((weight for weight, _ in held), default=None)
    return tuple(sorted((s for weight, s in held if weight == best), key=lambda s: s.times))


def softer_rungs(rows: Sequence[tables.Row]) -> Iterator[Finding]:
    """Find the rungs of ladders that fine less than the rung below; ``rows`` are those of ``sanctions``, all readable.

    The rows with the same categories are one ladder.
    """
    ladders: dict[tuple[str, ...], list[tuple[Sanction, int]]] = {}
    for row in rows:
        rung = parse_sanction(row)
        ladders.setdefault(rung.categories, []).append((rung, row.line))
    for rungs in ladders.values():
        for (low, _), (high, line) in pairwise(sorted(rungs, key=lambda r: r[0].times)):
            if (high.fine_max or 0.0) < (low.fine_max or 0.0):
                codes = (*high.categories, str(high.times))
                text = (
                    f"第 {high.times} 次的罚款上限低于第 {low.times} 次；核对 fine_max 与 times",
                    f"the most that is due from time {high.times} on is less than from time {low.times} on; check "
                    "fine_max and times",
                )
                yield Finding("softer_rung", "warning", "sanctions", line, codes, *text)


def _weight(pattern: str) -> tuple[bool, int]:
    return not pattern.endswith("*"), len(pattern)


def _pattern(text: str, field: str) -> str:
    try:
        matches(text, "00000")
    except BadInput as e:
        raise BadTable(e.zh, e.en, [FieldError(field, text, e.errors[0].mend_zh, e.errors[0].mend_en)]) from None
    return text


def _need(row: Row, field: str) -> str:
    if not row.get(field, "").strip(" ;"):
        raise _bad(field, row.get(field, ""), "必填", "it must be given")
    return row[field]


def _number(row: Row, field: str, most: float) -> float:
    try:
        value = float(_need(row, field))
    except ValueError:
        value = math.nan
    if not 0.0 < value <= most:
        raise _bad(field, row[field], f"改为大于 0、不超过 {most:g} 的数", f"give a number above 0, {most:g} at most")
    return value


def _bad(field: str, value: object, mend_zh: str, mend_en: str) -> BadTable:
    return BadTable("该行无法使用", "the row cannot be used", [FieldError(field, value, mend_zh, mend_en)])
