"""Adds marks up to a sheet: totals, ranks with ties, and what follows a rank: points, flags, money, the ladder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gridsvc.casework.counting import n_cases
from gridsvc.casework.indicators import half_up
from gridsvc.casework.marks import Ground, Mark, marks_of
from gridsvc.casework.schemes import LADDER, Consequence, Scheme


@dataclass(frozen=True, slots=True)
class Followed:
    """One thing that follows a rank, and how often in a row it was had."""

    consequence: Consequence
    streak: int


@dataclass(frozen=True, slots=True)
class Line:
    """One subject's line of a sheet; ``total`` is None where a part is missing or nothing could be counted.

    ``rank`` is None where there is no total, or were ``too_few`` cases. ``streaks``: how often in a row it has had each
    rank that something follows from.
    """

    code: str
    name: str
    marks: Mapping[str, Mark]
    total: Fraction | None
    n_cases: int
    too_few: bool
    rank: int | None = None
    followed: tuple[Followed, ...] = ()
    streaks: Mapping[str, int] | None = None

    @property
    def missing(self) -> list[str]:
        """The parts for which nobody has entered what they need."""
        return [part for part, mark in self.marks.items() if mark.missing]

    @property
    def shown(self) -> Decimal | None:
        """The total as it is published, by which subjects are ranked: what looks equal is equal."""
        return None if self.total is None else half_up(self.total)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A scheme's result for a period: its lines, the best first, those without a rank last."""

    scheme: Scheme
    lines: tuple[Line, ...]

    @property
    def totals(self) -> dict[str, Fraction | None]:
        """The share of the full marks as another scheme takes it; nobody for whom something is missing."""
        full = self.scheme.full
        return {line.code: line.total and line.total / full for line in self.lines if not line.missing}

    @property
    def paid_yuan(self) -> Fraction:
        """What is paid out of the fund, all taken together."""
        paid = (f.consequence.amount for line in self.lines for f in line.followed if f.consequence.what == "fund")
        return sum((amount for amount in paid if amount is not None and amount > 0), Fraction(0))


def score(scheme: Scheme, ground: Ground) -> Sheet:
    """Score the subjects of a scheme.

    A part of which nothing was due for a subject is left out for it, and the others count for the whole. Ranks are by
    the total as published, with two decimals; equals have the same rank and the next is skipped.
    """
    marks = {part.part: marks_of(scheme, part, ground) for part in scheme.parts}
    for part in scheme.parts:
        marks[part.part] = _with_bonus(scheme, part.part, marks[part.part])
    counted = n_cases(ground.facts, ground.period, scheme.by, above=ground.above)
    lines = []
    for code, name in ground.subjects.items():
        own = {part: given[code] for part, given in marks.items()}
        n = counted.get(code, 0)
        lines.append(Line(code, name, own, _total(scheme, own), n, n < scheme.min_cases))
    return Sheet(scheme, tuple(_ranked(scheme, lines, ground)))


def _total(scheme: Scheme, marks: Mapping[str, Mark]) -> Fraction | None:
    if any(mark.missing for mark in marks.values()):
        return None
    parts = [(part, marks[part.part]) for part in scheme.parts if marks[part.part].points is not None]
    weight = sum((part.weight for part, _ in parts if part.direction != "add"), Fraction(0))
    if not weight:
        return None
    got = sum((mark.points or Fraction(0) for part, mark in parts if part.direction != "add"), Fraction(0))
    added = sum((mark.points or Fraction(0) for part, mark in parts if part.direction == "add"), Fraction(0))
    return got * scheme.full / weight + added + sum((mark.bonus for mark in marks.values()), Fraction(0))


def _with_bonus(scheme: Scheme, part: str, marks: Mapping[str, Mark]) -> dict[str, Mark]:
    """Add the points that a rank in one part gives."""
    shown = {code: half_up(mark.points) for code, mark in marks.items() if mark.points is not None}
    found = dict(marks)
    for consequence in (c for c in scheme.consequences if c.on == part and c.amount is not None):
        for code in _at(consequence, shown):
            found[code] = replace(found[code], bonus=found[code].bonus + (consequence.amount or 0))
    return found


def _at(consequence: Consequence, shown: Mapping[str, Decimal]) -> list[str]:
    """Who has the rank that something follows from. Where all are equal nobody is last."""
    sign = -1 if consequence.from_bottom else 1
    values = sorted((sign * v for v in shown.values()), reverse=True)
    found = [c for c, v in shown.items() if consequence.first <= values.index(sign * v) + 1 <= consequence.last]
    return [] if consequence.from_bottom and len(set(values)) < 2 else found


def _ranked(scheme: Scheme, lines: Sequence[Line], ground: Ground) -> list[Line]:
    shown = {line.code: line.shown for line in lines if line.shown is not None and not line.too_few}
    order = sorted(shown.values(), reverse=True)
    followed: dict[str, list[Followed]] = {code: [] for code in shown}
    streaks: dict[str, dict[str, int]] = {code: {} for code in shown}
    for consequence in (c for c in scheme.consequences if c.on == "total"):
        for code in _at(consequence, shown):
            before = (ground.streaks or {}).get(code, {}).get(rank_text(consequence), 0)
            streaks[code][rank_text(consequence)] = before + 1
            if before + 1 >= consequence.times:
                followed[code].append(Followed(consequence, before + 1))
    done = [
        replace(line, rank=order.index(shown[line.code]) + 1, followed=_gravest(followed[line.code]),
                streaks=streaks[line.code]) if line.code in shown else line
        for line in lines
    ]  # fmt: skip
    return sorted(done, key=lambda line: (line.rank is None, line.rank or 0, line.code))


def rank_text(consequence: Consequence) -> str:
    """Write a rank as the table does."""
    if consequence.from_bottom:
        return "last" if consequence.last == 1 else f"last-{consequence.last}"
    first, last = consequence.first, consequence.last
    return str(first) if first == last else f"{first}-{last}"


def _gravest(followed: Sequence[Followed]) -> tuple[Followed, ...]:
    """All that follows, but of the rungs of the ladder the highest alone."""
    rungs = [f for f in followed if f.consequence.what in LADDER]
    worst = max(rungs, key=lambda f: LADDER.index(f.consequence.what), default=None)
    return tuple(f for f in followed if f not in rungs or f is worst)


def as_dict(sheet: Sheet) -> dict[str, Any]:
    """Give a sheet as it is kept and sent: rounded numbers to read, and beside them the exact ones."""
    scheme = sheet.scheme
    return {
        "full": _plain(scheme.full),
        "parts": [
            {"part": p.part, "title_zh": p.title_zh, "title_en": p.title_en, "weight": _plain(p.weight),
             "measure": ":".join(filter(None, (p.kind, p.name))), "direction": p.direction, "by": p.by}
            for p in scheme.parts
        ],
        "deductions": [
            {"part": d.part, "id": d.id, "title_zh": d.title_zh, "title_en": d.title_en, "points": _plain(d.points)}
            for d in scheme.deductions
        ],
        "fund_yuan": _plain(scheme.fund_yuan),
        "paid_yuan": _plain(sheet.paid_yuan),
        "lines": [_line(line) for line in sheet.lines],
    }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "name": line.name,
        "rank": line.rank,
        "total": _number(line.total),
        "total_exact": _exact(line.total),
        "n_cases": line.n_cases,
        "too_few": line.too_few,
        "missing": line.missing,
        "marks": {part: _mark(mark) for part, mark in line.marks.items()},
        "consequences": [
            {"what": f.consequence.what, "amount": _plain(f.consequence.amount), "rank": rank_text(f.consequence),
             "streak": f.streak, "title_zh": f.consequence.title_zh, "title_en": f.consequence.title_en}
            for f in line.followed
        ],
        "streaks": dict(line.streaks or {}),
    }  # fmt: skip


def _mark(mark: Mark) -> dict[str, Any]:
    rate = mark.rate
    found: dict[str, Any] = {
        "points": _number(mark.points), "points_exact": _exact(mark.points), "missing": mark.missing,
        "bonus": _plain(mark.bonus),
    }  # fmt: skip
    if rate is not None:
        percent = None if rate.percent is None else float(rate.percent)
        found["rate"] = {"good": _plain(rate.good), "of": rate.of, "percent": percent}
    if mark.offs:
        found["off"] = [
            {"id": o.id, "n": _plain(o.n), "points": _plain(o.points), "cases": [list(group) for group in o.cases]}
            for o in mark.offs
        ]
    if mark.given:
        found["given"] = [{"by": g.giver, "value": _plain(g.value)} for g in mark.given]
    return found


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(half_up(value))


def _plain(value: Fraction | None) -> float | int | None:
    """A number that was written as a decimal, as one again."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
