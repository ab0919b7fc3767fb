"""What each part of a scheme gives each subject: by counting cases, by what was entered, by deductions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from gridsvc.casework.clusters import clusters
from gridsvc.casework.counting import Above, Only, in_period, rates, subjects_of
from gridsvc.casework.facts import ACCURATE, Facts
from gridsvc.casework.indicators import Rate
from gridsvc.casework.period import Period
from gridsvc.casework.schemes import Deduction, Part, Scheme


class Given(NamedTuple):
    """A number that came from outside, and who gave it: a score of 0 to 100, points, or how many."""

    giver: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class Off:
    """Points off by one row: how many times, and the cases, each cluster's together."""

    id: str
    n: Fraction
    points: Fraction
    cases: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What one part gives: its share of the full marks and the points, None where nothing was due.

    ``missing``: nobody has entered what it needs.
    """

    share: Fraction | None = None
    points: Fraction | None = None
    rate: Rate | None = None
    offs: tuple[Off, ...] = ()
    given: tuple[Given, ...] = ()
    missing: bool = False
    bonus: Fraction = Fraction(0)


@dataclass(frozen=True, eq=False)
class Ground:
    """All that a sheet is made of. ``subjects``: name by code, of those that are scored.

    ``inputs``: the last word of each giver by (code, subject). ``totals``: of other schemes, the share of the full
    marks of each subject, None where nothing was due, and no entry where something was missing; ``frozen``: the shares
    of each sheet that was frozen for a part of the period.
    ``streaks``: how often in a row up to the period before a subject has had a rank; None where no sheet was frozen.
    """

    facts: Facts
    period: Period
    subjects: Mapping[str, str]
    inputs: Mapping[tuple[str, str], Sequence[Given]] = field(default_factory=dict)
    totals: Mapping[str, Mapping[str, Fraction | None]] = field(default_factory=dict)
    frozen: Mapping[str, Sequence[Mapping[str, Fraction]]] = field(default_factory=dict)
    streaks: Mapping[str, Mapping[str, int]] | None = None
    above: Above = lambda unit: (unit,)


def marks_of(scheme: Scheme, part: Part, ground: Ground) -> dict[str, Mark]:
    """Give the mark of each subject in one part."""
    if part.kind == "indicator":
        only = Only(part.categories)
        counted = rates(ground.facts, ground.period, scheme.by, [part.name], only=only, above=ground.above)
        return {s: _of_rate(part, counted.get(s, {}).get(part.name)) for s in ground.subjects}
    if part.kind == "deductions":
        offs = _offs(scheme, part, ground)
        return {s: _after(part, offs[s]) for s in ground.subjects}
    if part.kind == "scheme":
        totals = ground.totals.get(part.name, {})
        return {s: _of_share(part, totals[s]) if s in totals else Mark(missing=True) for s in ground.subjects}
    if part.kind == "frozen":
        return {s: _of_frozen(part, s, ground) for s in ground.subjects}
    return {s: _of_given(part, ground.inputs.get((part.name, s), ())) for s in ground.subjects}


def _of_rate(part: Part, rate: Rate | None) -> Mark:
    if rate is None or rate.value is None:
        return Mark()
    share = 1 - rate.value if part.direction == "down" else rate.value
    return Mark(share, part.weight * share, rate)


def _of_share(part: Part, total: Fraction | None) -> Mark:
    return Mark() if total is None else Mark(total, part.weight * total)


def _of_frozen(part: Part, subject: str, ground: Ground) -> Mark:
    """The mean of the sheets of the period in which the subject was ranked."""
    shares = [sheet[subject] for sheet in ground.frozen.get(part.name, ()) if subject in sheet]
    return _of_share(part, sum(shares, Fraction(0)) / len(shares)) if shares else Mark(missing=True)


def _of_given(part: Part, given: Sequence[Given]) -> Mark:
    if not given:
        return Mark(missing=True)
    mean = sum((g.value for g in given), Fraction(0)) / len(given)
    if part.direction == "add":
        return Mark(None, max(-part.weight, min(part.weight, mean)), given=tuple(given))
    share = min(Fraction(1), max(Fraction(0), mean / 100))
    share = 1 - share if part.direction == "down" else share
    return Mark(share, part.weight * share, given=tuple(given))


def _after(part: Part, offs: Sequence[Off]) -> Mark:
    left = max(Fraction(0), part.weight - sum((off.points for off in offs), Fraction(0)))
    return Mark(left / part.weight, left, offs=tuple(offs))


def _offs(scheme: Scheme, part: Part, ground: Ground) -> dict[str, list[Off]]:
    """Points off by subject: clusters first; a case counts once in a part, by the first row that is about it."""
    rows = [d for d in scheme.deductions if d.part == part.part]
    found: dict[str, list[Off]] = {s: [] for s in ground.subjects}
    for subject, cases in _filed(scheme, ground).items():
        counted: set[int] = set()
        groups: dict[str, list[list[int]]] = {}
        for row in (d for d in rows if d.counts == "clusters"):
            groups[row.id] = _clusters(row, [c for c in cases if c not in counted], cases, ground)
            counted |= {case for group in groups[row.id] for case in group}
        for row in (d for d in rows if d.counts == "cases"):
            own = [c for c in cases if c not in counted and row.is_about(*_about(ground, c))]
            groups[row.id] = [[case] for case in own]
            counted.update(own)
        numbers = ground.facts.cases["number"]
        for row in (d for d in rows if groups.get(d.id)):
            named = tuple(tuple(str(numbers[case]) for case in group) for group in groups[row.id])
            found[subject].append(_off(row, Fraction(len(named)), named))
    for row in (d for d in rows if d.counts.startswith("input:")):
        for subject in ground.subjects:
            n = sum((g.value for g in ground.inputs.get((row.counts.partition(":")[2], subject), ())), Fraction(0))
            if n:
                found[subject].append(_off(row, n))
    return found


def _off(row: Deduction, n: Fraction, cases: tuple[tuple[str, ...], ...] = ()) -> Off:
    points = n * row.points
    return Off(row.id, n, points if row.most is None else min(points, row.most), cases)


def _filed(scheme: Scheme, ground: Ground) -> dict[str, dict[int, int]]:
    """The cases that were filed in the period and stand, by subject; each with its row of facts."""
    facts = ground.facts
    # Filing was accurate where the case was not voided after it.
    stands = (facts.rows["flags"].to_numpy() & ACCURATE) != 0
    chosen = in_period(facts, ground.period) & (facts.rows["fact"] == "filed").to_numpy() & stands
    found: dict[str, dict[int, int]] = {}
    cases, subjects = facts.rows["case"].to_numpy(), subjects_of(facts, scheme.by)
    for row in np.flatnonzero(chosen).tolist():
        case, subject = int(cases[row]), str(subjects[row])
        for name in ground.above(subject) if scheme.by.kind == "unit" else (subject,):
            if name in ground.subjects:
                found.setdefault(name, {})[case] = row
    return found


def _about(ground: Ground, case: int) -> tuple[str, Mapping[str, str]]:
    return ground.facts.cases["category"][case], ground.facts.cases["attributes"][case]


def _clusters(row: Deduction, left: Sequence[int], rows: Mapping[int, int], ground: Ground) -> list[list[int]]:
    """The clusters of a size among the cases that are left."""
    meant = [c for c in left if row.is_about(*_about(ground, c))]
    if not meant or row.within_m is None:
        return []
    of = ground.facts.cases
    lon, lat = (of[name].to_numpy(dtype=np.float64)[meant] for name in ("lon", "lat"))
    areas = ground.facts.areas(row.along) if row.along else None
    along = [str(areas[rows[c]]) if areas is not None else "" for c in meant]
    # What lies in no such place is in no cluster of one.
    inside = [i for i, place in enumerate(along) if place or not row.along]
    groups = clusters(lon[inside], lat[inside], [along[i] for i in inside], row.within_m)
    most = len(meant) if row.to_n is None else row.to_n
    return [[meant[inside[i]] for i in group] for group in groups if row.from_n <= len(group) <= most]
