"""Counts facts: indicators and what happened, by area, department, post and period."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridsvc.casework.facts import IN_TIME, POST_OF, Facts, micros
from gridsvc.casework.indicators import INDICATORS, Indicator, Rate
from gridsvc.casework.period import Period
from gridsvc.codes import matches
from gridsvc.errors import BadInput, FieldError


@dataclass(frozen=True, slots=True)
class By:
    """Whom a fact is counted for: an area of a ``layer``, a ``unit`` with those above it, the actor of a ``post``.

    ``all`` is everything together. ``name`` is the layer or the post.
    """

    kind: str
    name: str = ""

    @classmethod
    def parse(cls, text: str, field: str = "by") -> "By":
        """Read ``all``, ``layer:street``, ``unit`` or ``post:dispatcher``."""
        kind, _, name = text.partition(":")
        named = kind in ("layer", "post")
        posts = sorted(set(POST_OF.values()))
        if (
            kind not in ("all", "layer", "unit", "post")
            or named != bool(name)
            or (kind == "post" and name not in posts)
        ):
            mend = (
                f"写成 all、layer:图层、unit 或 post:岗位（{'、'.join(posts)}）",
                f"write all, layer:LAYER, unit or post:POST ({', '.join(posts)})",
            )
            raise BadInput("分组无法识别", "this is nothing to count by", [FieldError(field, text, *mend)])
        return cls(kind, name)


Above = Callable[[str], Sequence[str]]


def _alone(unit: str) -> Sequence[str]:
    return (unit,)


@dataclass(frozen=True, slots=True)
class Only:
    """Which cases count: matter codes or prefixes, sources, and ``component`` (majors 01–05) or ``event``; else all."""

    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    kind: str = ""

    def mask(self, facts: Facts) -> NDArray[np.bool_]:
        """Tell of each row whether its case counts."""
        good = np.ones(len(facts.rows), dtype=bool)
        if self.categories:
            good &= _each(facts.of_case["category"], lambda c: any(matches(p, c) for p in self.categories))
        if self.sources:
            good &= _each(facts.of_case["source"], lambda s: s in self.sources)
        if self.kind:
            good &= _each(facts.of_case["category"], lambda c: ("01" <= c[:2] <= "05") is (self.kind == "component"))
        return good


def _each(values: NDArray[Any], test: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Ask a question of each different value once."""
    codes, different = pd.factorize(pd.Series(values, dtype=object))
    return np.array([test(str(v)) for v in different], dtype=bool)[codes] if len(values) else np.zeros(0, dtype=bool)


def subjects_of(facts: Facts, by: By) -> NDArray[np.object_]:
    """Give for each row the area, unit or actor that it is counted for; empty for nobody."""
    if by.kind == "all":
        return np.full(len(facts.rows), "all", dtype=object)
    if by.kind == "layer":
        return facts.areas(by.name)
    if by.kind == "unit":
        units: NDArray[np.object_] = facts.rows["unit"].to_numpy(dtype=object)
        return units
    theirs = facts.rows["fact"].map(POST_OF).to_numpy(dtype=object) == by.name
    return np.where(theirs, facts.rows["actor"].to_numpy(dtype=object), "")


def in_period(facts: Facts, period: Period) -> NDArray[np.bool_]:
    """Tell of each row whether its instant lies in the period."""
    at: NDArray[np.int64] = facts.rows["at"].to_numpy()
    return (at >= micros(period.start)) & (at < micros(period.end))


def rates(
    facts: Facts, period: Period, by: By, ids: Iterable[str] | None = None, *, only: Only | None = None,
    above: Above = _alone,
) -> dict[str, dict[str, Rate]]:  # fmt: skip
    """Count indicators by subject: subject → indicator → rate; who has nothing of any of them is not there.

    ``above`` gives a unit and those above it, for all of which its cases count.
    """
    chosen = in_period(facts, period) & (only or Only()).mask(facts)
    rows = facts.rows.assign(subject=subjects_of(facts, by))[chosen]
    rows = rows[rows["subject"] != ""]
    found: dict[str, dict[str, Rate]] = {}
    by_fact = dict(list(rows.groupby("fact", sort=False))) if len(rows) else {}
    for id_ in INDICATORS if ids is None else ids:
        indicator = INDICATORS[id_]
        if (part := by_fact.get(indicator.of)) is None:
            continue
        flags = part["flags"].to_numpy()
        part = part[(flags & indicator.among) == indicator.among]
        summed = pd.DataFrame({"subject": part["subject"], "good": _good(indicator, part, period), "of": 1})
        for subject, row in summed.groupby("subject", sort=True).sum().iterrows():
            good = (
                Fraction(str(round(row["good"], 6))) / 100
                if indicator.counts == "value"
                else Fraction(int(row["good"]))
            )
            for name in above(str(subject)) if by.kind == "unit" else (str(subject),):
                own = found.setdefault(name, {})
                before = own.get(id_, Rate(Fraction(0), 0))
                own[id_] = Rate(before.good + good, before.of + int(row["of"]))
    return found


def _good(indicator: Indicator, part: pd.DataFrame, period: Period) -> NDArray[Any]:
    flags: NDArray[np.int64] = part["flags"].to_numpy()
    done = part["done"].to_numpy() < micros(period.end)
    in_time = (flags & IN_TIME) != 0
    value: NDArray[np.float64] = part["value"].to_numpy()
    if isinstance(indicator.counts, int):
        asked: NDArray[np.bool_] = (flags & indicator.counts) == indicator.counts
        return asked
    words: Mapping[str, NDArray[Any]] = {"done": done, "late": done & ~in_time, "open": ~done, "value": value}
    return words[indicator.counts]


def tallies(
    facts: Facts, period: Period, by: By, *, only: Only | None = None, above: Above = _alone
) -> dict[str, dict[str, int]]:
    """Count what happened, by subject: fact, or ``fact:detail`` where there is more to say (voids with their cause)."""
    chosen = in_period(facts, period) & (only or Only()).mask(facts)
    rows = facts.rows.assign(subject=subjects_of(facts, by))[chosen]
    rows = rows[(rows["subject"] != "") & ~rows["fact"].str.startswith("due:")]
    found: dict[str, dict[str, int]] = {}
    for (subject, fact, detail), n in rows.groupby(["subject", "fact", "detail"]).size().items():
        for name in above(str(subject)) if by.kind == "unit" else (str(subject),):
            own = found.setdefault(name, {})
            for word in {str(fact), f"{fact}:{detail}" if detail else str(fact)}:
                own[word] = own.get(word, 0) + int(n)
    return found


def n_cases(facts: Facts, period: Period, by: By, *, above: Above = _alone) -> dict[str, int]:
    """Count the cases of each subject: those that were filed, of a post those in which it did a step."""
    if by.kind != "post":
        return {subject: told.get("filed", 0) for subject, told in tallies(facts, period, by, above=above).items()}
    steps = in_period(facts, period) & ~facts.rows["fact"].str.startswith("due:").to_numpy(dtype=bool)
    rows = facts.rows.assign(subject=subjects_of(facts, by))[steps]
    found = rows[rows["subject"] != ""].groupby("subject")["case"].nunique()
    return {str(subject): int(n) for subject, n in found.items()}
