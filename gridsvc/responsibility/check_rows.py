"""Do the rows of a decision table stand in each other's way? Dead rows, contradictions, rows out of their order."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gridsvc.codes import Category, categories_matching
from gridsvc.responsibility.findings import Finding, Lines, Text
from gridsvc.responsibility.instants import (
    is_over,
    open_throughout,
    open_together,
    valid_throughout,
    valid_together,
)
from gridsvc.responsibility.places import Place
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Rule
from gridsvc.responsibility.windows import ALWAYS
from gridsvc.tables import Row
from gridsvc.values import Severity, Via

Flags = NDArray[np.bool_]
# What may still settle a case after a dispute.
AFTER_DISPUTE = ("precedent", "locality")
# The order of deciding; what overrides is of one class, whatever it overrides by.
_CLASS: Mapping[Via, int] = {
    "zone": 0, "vertical": 0, "lane_tier": 0, "strip": 0, "component": 1, "rule": 2, "precedent": 3, "locality": 4,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reach:
    """Where a row gets, told of n places that stand for all ground, shape (n,).

    ``holds``: its places hold there. ``may``: for some case its lead gives a unit there. ``surely``: for every case.
    ``alternatives``: whether each alternative of its places holds anywhere.
    """

    holds: Flags
    may: Flags
    surely: Flags
    alternatives: tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class Book:
    """The rows of a ruleset in their order, how far each reaches, and from when on they are looked at."""

    rules: tuple[Rule, ...]
    reaches: Mapping[str, Reach]
    lines: Lines
    begin: datetime

    @cached_property
    def codes(self) -> Mapping[str, frozenset[str | None]]:
        """The matters that each row is for; None is a report without one."""
        return {r.id: frozenset(None if c is None else c.code for c in matters_of(r)) for r in self.rules}

    def found(self, kind: str, severity: Severity, rule: Rule, text: Text, others: Collection[Rule] = ()) -> Finding:
        """Make a finding on a row."""
        codes = (rule.id, *(r.id for r in others))
        return Finding(kind, severity, "rules", self.lines.of(rule.id), codes, *text)  # type: ignore[arg-type]

    def named(self, rules: Collection[Rule]) -> Text:
        """Name rows by id and line."""
        lines = [(r.id, self.lines.of(r.id)) for r in rules]
        zh = "、".join(i if n is None else f"{i}（第 {n} 行）" for i, n in lines)
        return zh, ", ".join(i if n is None else f"{i} (line {n})" for i, n in lines)


def matters_of(rule: Rule) -> list[Category | None]:
    """The matters that a row is for; without any said all of them, and a report without one, which is None."""
    none: list[Category | None] = [] if rule.categories else [None]
    return none + [c for pattern in rule.categories or ("0*", "1*") for c in categories_matching(pattern)]


def check_rows(book: Book) -> list[Finding]:
    """Find the rows that can never settle a case, that contradict another, or that stand out of their order."""
    dead = list(_dead(book))
    gone = {f.codes[0] for f in dead if f.severity == "error"}
    return [*dead, *_precedents(book, gone), *_ranks(book)]


def _dead(book: Book) -> Iterator[Finding]:
    for i, rule in enumerate(book.rules):
        reach, written = book.reaches[rule.id], book.lines.cell(rule.id, "places")
        if is_over(rule, book.begin):
            text = (
                f"规则 {rule.id} 的有效期已过；留作记录，或删去",
                f"rule {rule.id} is over; keep it as a record or delete it",
            )
            yield book.found("dead_row", "warning", rule, text)
        elif not open_together(rule.window, ALWAYS):
            text = (
                f"规则 {rule.id} 的时段 {rule.window.text} 从不开始；改正时段",
                f"the window {rule.window.text} of rule {rule.id} never opens; mend it",
            )
            yield book.found("dead_row", "error", rule, text)
        elif not reach.holds.any():
            text = (
                f"规则 {rule.id} 永远不会适用：没有符合 {written} 的地点；核对图层、编码和属性值",
                f"rule {rule.id} can never hold: no ground meets {written}; check layers, codes and values",
            )
            yield book.found("dead_row", "error", rule, text)
        elif not reach.may.any():
            text = (
                f"规则 {rule.id} 永远定不了责：凡它适用之处，都查不到所指单位，或该单位无管辖权限；"
                "改 lead，登记区域的单位，或核对 powers 表",
                f"rule {rule.id} can never settle a case: wherever it holds, the unit it names is not on record or has "
                "no power; change the lead, give the areas a unit, or check the table powers",
            )
            yield book.found("dead_row", "error", rule, text)
        elif before := _shadows(book, rule, book.rules[:i]):
            yield _shadowed(book, rule, before)
        elif not all(reach.alternatives):
            parts = [p.strip() for p in written.split(";") if p.strip()]
            nowhere = "; ".join(p for p, there in zip(parts, reach.alternatives, strict=True) if not there)
            text = (
                f"规则 {rule.id} 有一部分永远不会适用：没有符合 {nowhere} 的地点；改正或删去这部分",
                f"part of rule {rule.id} can never hold: no ground meets {nowhere}; mend that part or delete it",
            )
            yield book.found("dead_row", "warning", rule, text)


def _shadowed(book: Book, rule: Rule, before: Sequence[Rule]) -> Finding:
    names_zh, names_en = book.named(before)
    first = before[0]
    if len(before) == 1 and first.lead != rule.lead and _alike(book, first, rule):
        text = (
            f"规则 {rule.id} 与 {names_zh} 条件相同而责任单位不同；留一条，或把条件分开",
            f"rule {rule.id} has the conditions of {names_en} and another lead; keep one, or tell their "
            "conditions apart",
        )
        return book.found("contradiction", "error", rule, text, before)
    text = (
        f"规则 {rule.id} 永远轮不到：凡它适用之处，排在前面的 {names_zh} 都已定责；删去它，或把它排到前面",
        f"rule {rule.id} is never reached: wherever it holds, {names_en} before it settles the case; delete it, or "
        "give it a lower rank",
    )
    return book.found("dead_row", "error", rule, text, before)


def _alike(book: Book, rule: Rule, other: Rule) -> bool:
    """Tell whether two rows hold on the same conditions."""
    same_ground = bool((book.reaches[rule.id].holds == book.reaches[other.id].holds).all())
    return (
        same_ground
        and book.codes[rule.id] == book.codes[other.id]
        and _covers(rule, other, book.begin)
        and _covers(other, rule, book.begin)
    )


def _covers(rule: Rule, other: Rule, begin: datetime) -> bool:
    """Tell whether a row's circumstances, window and validity contain another's."""
    wanted, given = rule.attributes or {}, other.attributes or {}
    return (
        all(key in given and given[key] <= values for key, values in wanted.items())
        and valid_throughout(rule, other, begin)
        and open_throughout(rule.window, other.window)
    )


def _shadows(book: Book, rule: Rule, earlier: Sequence[Rule]) -> list[Rule]:
    """Rows before a row that together settle every case which it could, or keep it from settling; none if some is left.

    Only whole circumstances and times are compared; of matters and ground every one must be taken by some row.
    """
    codes, may = book.codes[rule.id], book.reaches[rule.id].may
    taken: list[tuple[Rule, frozenset[str | None], Flags]] = []
    disputed: frozenset[str | None] = frozenset()
    for other in earlier:
        own = book.codes[other.id] & codes
        if own and _covers(other, rule, book.begin):
            if rule.via in AFTER_DISPUTE:
                # After a dispute such a row is asked although one before it would settle the case.
                own = frozenset() if other.disputed else own if other.via in AFTER_DISPUTE else own - disputed
            if own:
                taken.append((other, own, _taken(book, other, rule)))
        if other.disputed:
            disputed |= book.codes[other.id]
    for other, own, there in taken:
        if own == codes and not (may & ~there).any():
            return [other]
    named: dict[str, Rule] = {}
    for these in {frozenset(i for i, (_, own, _) in enumerate(taken) if code in own) for code in codes}:
        left = may.copy()
        for i in sorted(these):
            other, _, there = taken[i]
            if (left & there).any():
                named[other.id] = other
                left &= ~there
        if left.any():
            return []
    return [other for other, _, _ in taken if other.id in named]


def _taken(book: Book, other: Rule, rule: Rule) -> Flags:
    """Where a row leaves nothing for a later one: it surely names a unit, or the same as the later one or none."""
    reach = book.reaches[other.id]
    return reach.holds if other.lead == rule.lead else reach.surely


def _precedents(book: Book, gone: Collection[str]) -> Iterator[Finding]:
    living = [r for r in book.rules if r.via == "precedent" and r.id not in gone]
    for first, second in combinations(living, 2):
        if first.lead != second.lead and _meet(book, first, second):
            zh, en = book.named([first])
            text = (
                f"判例 {second.id} 与 {zh} 会同时适用而责任单位不同，以排在前面的为准；"
                "核对两案，缩小其一的范围或让其到期",
                f"precedents {second.id} and {en} may both hold and name different units; the one before counts: "
                "compare them, and narrow one or let it expire",
            )
            yield book.found("precedents_conflict", "warning", second, text, [first])


def _meet(book: Book, rule: Rule, other: Rule) -> bool:
    wanted, given = rule.attributes or {}, other.attributes or {}
    return (
        not book.codes[rule.id].isdisjoint(book.codes[other.id])
        and all(wanted[key] & given[key] for key in wanted.keys() & given.keys())
        and valid_together(rule, other, book.begin)
        # Time goes last: every pair of a long register comes here, and days and hours take longest to compare.
        and bool((book.reaches[rule.id].holds & book.reaches[other.id].holds).any())
        and open_together(rule.window, other.window)
    )


def _ranks(book: Book) -> Iterator[Finding]:
    """The fewest rows without which the others stand in the order of deciding."""
    classes = [_CLASS[rule.via] for rule in book.rules]
    # The longest run that never descends, by patience: the last row of the best run of each length.
    tails: list[int] = []
    before: list[int] = []
    for i, number in enumerate(classes):
        length = bisect_right([classes[t] for t in tails], number)
        before.append(tails[length - 1] if length else -1)
        tails[length : length + 1] = [i]
    kept: set[int] = set()
    at = tails[-1] if tails else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    for i, rule in enumerate(book.rules):
        if i not in kept:
            text = (
                f"规则 {rule.id} 的位次 {rule.rank} 不合次序（先特例，再部件、规则、判例，最后属地）；改位次或改 via",
                f"rule {rule.id} stands out of order at rank {rule.rank} (overrides come first, then component, rule, "
                "precedent, and locality last); change its rank or its via",
            )
            yield book.found("rank_order", "warning", rule, text)


def unused_words(ruleset: Ruleset, declared: Sequence[Row]) -> Iterator[Finding]:
    """Find declared words that no rule and no limit reads; what areas are like is called by the same words."""
    asked = [*(r.attributes or {} for r in ruleset.rules), *(limit.asked() for limit in ruleset.limits)]
    read = {(key, value) for one in asked for key, values in one.items() for value in values}
    places = [*ruleset.terms, *(term for limit in ruleset.limits for terms in limit.where() for term in terms)]
    read |= {(str(term.key), str(term.value)) for term in places if isinstance(term, Place) and term.key is not None}
    for row in declared:
        key, value = row["key"], row["value"]
        if value and (key, value) not in read:
            text = (
                f"情形 {key}={value} 没有规则或时限用到；删去，或补上规则",
                f"no rule and no limit reads {key}={value}; delete it, or write the rule that does",
            )
            yield Finding("unused_word", "warning", "attributes", row.line, (key, value), *text)
