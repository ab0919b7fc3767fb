"""The ground as a decision table sees it: places that stand for all others, and what each row does there."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridsvc.areas_at import AreasAt
from gridsvc.codes import Category, categories_matching
from gridsvc.kinds import distinct
from gridsvc.responsibility.check_rows import Flags, Reach, matters_of
from gridsvc.responsibility.findings import Finding
from gridsvc.responsibility.instants import instants
from gridsvc.responsibility.places import Disc, Places, Term
from gridsvc.responsibility.resolve import Decision, Ruleset, Situation, decide
from gridsvc.responsibility.table import Power, Rule
from gridsvc.router import NEAR_M, Router
from gridsvc.spatial.combinations import one_in_each
from gridsvc.values import Point

# So far outside the map that no partition reaches there: what is answered to a point from outside.
_BEYOND_DEG = 0.05
Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sample:
    """n places that stand for all ground. ``finest``: the finest partition's area that each lies in, -1 where none.

    What rows read is the same at places of one kind: ``first`` has a place of each, ``kind`` the kind of each place.
    """

    router: Router
    situations: Sequence[Situation]
    finest: Numbers
    first: Numbers
    kind: Numbers
    _terms: dict[Term, Flags] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, router: Router, begin: datetime) -> "Sample":
        """Take the sample of a snapshot: one place in each piece that its rows can tell apart, and one outside."""
        edition, ruleset, finest = router.snapshot.edition, router.snapshot.ruleset, router.locator.finest
        read = {term.layer for term in ruleset.terms} | {r.lead.name for r in ruleset.rules if r.lead.kind == "area"}
        # A corridor hands its ground to another area, whichever layers are read.
        drawn = [c for c, layer in edition.layers.items() if c in read or layer.spec.settles]
        discs = [(d.point.lon, d.point.lat, d.radius_m) for d in ruleset.discs.all]
        lon, lat = one_in_each(edition, drawn, [finest] if finest else [], NEAR_M, discs)
        west, south, _, _ = edition.bounds_deg
        points = [
            Point(*p)
            for p in zip([*lon.tolist(), west - _BEYOND_DEG], [*lat.tolist(), south - _BEYOND_DEG], strict=True)
        ]
        found = router.locator.locate([p.lon for p in points], [p.lat for p in points], "wgs84", NEAR_M)
        areas_at, places = AreasAt(edition), [found.at(row) for row in range(len(points))]
        position = found.position[finest].astype(np.int64) if finest else np.zeros(len(points), dtype=np.int64)
        situations = [
            Situation(begin, router.zone, point, None, *areas_at.of(place), inside=inside)
            for point, place, inside in zip(points, places, (position >= 0).tolist(), strict=True)
        ]
        seen = [router.locator.number[code] for code in edition.layers if code in read]
        told = [
            (ruleset.discs.holding(point.lon, point.lat), *((place.position[i], place.covering[i]) for i in seen))
            for point, place in zip(points, places, strict=True)
        ]
        kinds = {t: i for i, t in enumerate(dict.fromkeys(told))}
        kind = np.array([kinds[t] for t in told], dtype=np.int64)
        # What is only near the map is answered as if it lay in it, but nobody has to own it.
        own = np.where(found.how[finest] == "near", -1, position) if finest else position
        return cls(router, situations, own, np.unique(kind, return_index=True)[1], kind)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """A number for each unit."""
        return {code: i for i, code in enumerate(self.router.snapshot.staff.units)}

    @cached_property
    def _each(self) -> Sequence[Situation]:
        """One place of each kind."""
        return [self.situations[row] for row in self.first.tolist()]

    @cached_property
    def _lonlat(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        points = np.array([(s.point.lon, s.point.lat) for s in self._each])
        return points[:, 0], points[:, 1]

    def held(self, places: Places) -> Flags:
        """Where a condition of places holds; none holds everywhere. Shape (n,)."""
        everywhere = np.ones(len(self.kind), dtype=np.bool_)
        if not places:
            return everywhere
        alternatives = [np.logical_and.reduce([self._held_term(term) for term in terms]) for terms in places]
        return np.asarray(np.logical_or.reduce(alternatives), dtype=np.bool_)

    def _held_term(self, term: Term) -> Flags:
        flags = self._terms.get(term)
        if flags is None:
            if isinstance(term, Disc):
                told = term.covers(*self._lonlat) != term.negated
            else:
                told = np.array([term.holds(s.around, s.point) for s in self._each], dtype=np.bool_)
            flags = self._terms[term] = told[self.kind]
        return flags

    def named(self, rule: Rule) -> list[Numbers]:
        """The unit that a row names at each place, by number, -1 where none; one such list a turn of its lead."""
        if rule.lead.kind == "area":
            alone = Ruleset("", (Rule(rule.id, 0, rule.via, rule.lead, places=rule.places),))
            staff = self.router.snapshot.staff
            units = [decide(alone, staff, situation).unit for situation in self._each]
            return [np.array([-1 if u is None else self.numbers[u.code] for u in units], dtype=np.int64)[self.kind]]
        return [np.where(self.held(rule.places), self.numbers.get(u, -1), -1) for u in rule.lead.named_units()]


@dataclass(frozen=True, eq=False)
class Grasp:
    """What the rows of a ruleset do at the places of a sample; ``named`` has the units that each row names there."""

    sample: Sample
    named: Mapping[str, Sequence[Numbers]]

    @classmethod
    def of(cls, sample: Sample) -> "Grasp":
        """Ask every row at every kind of place."""
        return cls(sample, {rule.id: sample.named(rule) for rule in sample.router.snapshot.ruleset.rules})

    def reach(self, rule: Rule) -> Reach:
        """Tell where a row holds and where it names a unit that has the power."""
        holds = self.sample.held(rule.places)
        alternatives = tuple(bool(self.sample.held((terms,)).any()) for terms in rule.places)
        if rule.lead.kind == "component":
            # Which component is meant, and whether its keepers are on record, is not a matter of the ground.
            return Reach(holds, holds, np.zeros_like(holds), alternatives)
        powers = {tuple(self._powers(category).items()) for category in matters_of(rule)}
        told = [self._settled(units, some) for units in self.named[rule.id] for some in powers]
        return Reach(holds, np.logical_or.reduce(told), np.logical_and.reduce(told), alternatives)

    def told(self, rules: Sequence[Rule]) -> Numbers:
        """All that rows can tell of each place, in numbers, shape (k, n)."""
        snapshot = self.sample.router.snapshot
        places = [rule.places for rule in rules] + [power.places for power in snapshot.ruleset.powers]
        units = [numbers for rule in rules for numbers in self.named[rule.id]]
        here = np.ones((1, len(self.sample.kind)), dtype=np.int64)
        return np.vstack([here, *(self.sample.held(p).astype(np.int64) for p in places), *units])

    def _powers(self, category: Category | None) -> Mapping[str, Sequence[Power]]:
        return self.sample.router.snapshot.ruleset.rows_for(category).powers

    def _settled(self, units: Numbers, powers: Sequence[tuple[str, Sequence[Power]]]) -> Flags:
        """Where a unit is named that may be accountable there."""
        flags: Flags = units >= 0
        for unit, some in powers:
            allowed = np.logical_or.reduce([self.sample.held(power.places) for power in some])
            flags &= (units != self.sample.numbers.get(unit, -1)) | allowed
        return flags


def check_ground(grasp: Grasp, begin: datetime) -> Iterator[Finding]:
    """Find the matters that nobody owns somewhere, and the areas where nobody owns anything.

    A case without circumstances and without a component is the one that fewest rows are for: what is owned then is
    always owned. A disputed row owns its matters, since the desk is meant to settle them. Where no layer shares out the
    ground nobody has to own it.
    """
    sample, finest = grasp.sample, grasp.sample.router.locator.finest
    if finest is None:
        return
    inside = np.flatnonzero(sample.finest >= 0)
    owned = np.zeros(len(sample.situations), dtype=np.bool_)
    lacking: list[tuple[list[Category], NDArray[np.bool_], Mapping[int, datetime]]] = []
    for rules, categories in _alike(sample.router.snapshot.ruleset):
        without, always_without = _unowned(grasp, rules, categories[0], begin, inside)
        lacking.append((categories, np.isin(np.arange(len(owned)), list(without)), without))
        owned[inside] |= ~np.isin(inside, always_without)
    layer = sample.router.snapshot.edition.layers[finest]
    covered = np.zeros(len(layer), dtype=np.bool_)
    covered[sample.finest[inside][owned[inside]]] = True
    met = np.zeros(len(layer), dtype=np.bool_)
    met[sample.finest[inside]] = True
    for area in np.flatnonzero(met & ~covered).tolist():
        code = layer.codes[area]
        text = (
            f"{finest}:{code} 没有任何事项有责任单位；补上属地规则，或为所在区域登记单位",
            f"nothing at all has an owner in {finest}:{code}; add a locality rule, or give its areas a unit",
        )
        yield Finding("uncovered_area", "error", "rules", None, (code,), *text)
    for categories, flags, when in lacking:
        rows = np.flatnonzero(flags & covered[sample.finest])
        if len(rows):
            for category in categories:
                yield _left_over(sample, category, rows, when[int(rows[0])], layer.codes)


def _left_over(
    sample: Sample, category: Category, rows: NDArray[np.intp], at: datetime, codes: NDArray[np.object_]
) -> Finding:
    row = int(rows[0])
    areas = len(np.unique(sample.finest[rows]))
    point = sample.situations[row].point
    place = f"{point.lon:.6f},{point.lat:.6f}"
    code, when = codes[sample.finest[row]], f"{at.astimezone(sample.router.zone):%Y-%m-%d %H:%M}"
    text = (
        f"事项 {category.code} {category.zh}在 {areas} 个最小网格内无人负责，如 {when} 的 "
        f"{code}（{place}）；补上规则或属地兜底，若有意交定责台，写一条 disputed 为 true 的规则",
        f"nobody owns matter {category.code} ({category.en}) in {areas} of the smallest areas, such as {code} "
        f"({place}) at {when}; add a rule or let the locality answer, or mark a rule disputed if the desk is meant",
    )
    return Finding("unowned_matter", "error", "rules", None, (category.code,), *text)


def _alike(ruleset: Ruleset) -> list[tuple[Sequence[Rule], list[Category]]]:
    """The matters of the scheme by the rows and powers that are for them; those with the same have the same owners."""
    found: dict[Hashable, tuple[Sequence[Rule], list[Category]]] = {}
    for category in sorted(categories_matching("0*") + categories_matching("1*"), key=lambda c: c.code):
        rows = ruleset.rows_for(category)
        key = tuple(rule.id for rule in rows.rules), tuple(rows.powers.items())
        found.setdefault(key, (rows.rules, []))[1].append(category)
    return list(found.values())


def _unowned(
    grasp: Grasp, rules: Sequence[Rule], category: Category, begin: datetime, inside: NDArray[np.intp]
) -> tuple[Mapping[int, datetime], list[int]]:
    """Places inside where a matter is nobody's at some instant, with that instant, and those where it always is."""
    if not len(inside):
        return {}, []
    sample = grasp.sample
    first, which = distinct(grasp.told(rules)[:, inside])
    some: dict[int, datetime] = {}
    always: list[int] = []
    moments = instants(rules, begin, sample.router.zone)
    for kind, row in enumerate(inside[first].tolist()):
        lacking = [at for at in moments if _is_nobodys(sample, category, row, at)]
        alike = inside[which.ravel() == kind].tolist()
        if lacking:
            some |= dict.fromkeys(alike, lacking[0])
        if len(lacking) == len(moments):
            always += alike
    return some, always


def _is_nobodys(sample: Sample, category: Category, row: int, at: datetime) -> bool:
    snapshot = sample.router.snapshot
    found: Decision = decide(
        snapshot.ruleset, snapshot.staff, sample.situations[row]._replace(category=category, instant=at)
    )
    return found.unit is None and found.desk != "rules_conflict"
