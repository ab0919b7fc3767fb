"""The ground as a decision table sees it: places that stand for all others, and what each row does there."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from gridsvc.areas_at import AreasAt
from gridsvc.codes import Category, categories_matching
from gridsvc.kinds import distinct
from gridsvc.responsibility.check_rows import Reach
from gridsvc.responsibility.findings import Finding
from gridsvc.responsibility.instants import instants
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.places import Place
from gridsvc.responsibility.resolve import Decision, Ruleset, Situation, decide
from gridsvc.responsibility.table import Lead, Rule
from gridsvc.responsibility.windows import ALWAYS
from gridsvc.router import NEAR_M, Router
from gridsvc.spatial.combinations import one_in_each
from gridsvc.values import Point

# So far outside the map that no partition reaches there: what is answered to a point from outside.
_BEYOND_DEG = 0.05
_ANY = Lead("unit", "any")


@dataclass(frozen=True, eq=False)
class Sample:
    """n places that stand for all ground. ``finest``: the finest partition's area there, -1 where none, shape (n,)."""

    router: Router
    situations: Sequence[Situation]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    finest: NDArray[np.int64]

    @classmethod
    def of(cls, router: Router, begin: datetime) -> "Sample":
        """Take the sample of a snapshot: one place in each piece that its rows can tell apart, and one outside."""
        snapshot, finest = router.snapshot, router.locator.finest
        layers = snapshot.edition.layers
        terms = [term for rule in snapshot.ruleset.rules for terms in rule.places for term in terms]
        read = {term.layer for term in terms if isinstance(term, Place)}
        read |= {rule.lead.name for rule in snapshot.ruleset.rules if rule.lead.kind == "area"}
        # A corridor hands its ground to another area, whichever layers are read.
        read |= {code for code, layer in layers.items() if layer.spec.settles}
        lon, lat = one_in_each(snapshot.edition, [c for c in layers if c in read], [finest] if finest else [], NEAR_M)
        west, south, _, _ = snapshot.edition.bounds_deg
        if math.isfinite(west):
            lon, lat = np.append(lon, west - _BEYOND_DEG), np.append(lat, south - _BEYOND_DEG)
        found = router.locator.locate(lon, lat, "wgs84", NEAR_M)
        areas_at, places = AreasAt(snapshot.edition), [found.at(row) for row in range(len(lon))]
        points = [Point(float(x), float(y)) for x, y in zip(lon, lat, strict=True)]
        position = found.position[finest].astype(np.int64) if finest else np.zeros(len(lon), dtype=np.int64)
        situations = [
            Situation(begin, router.zone, at, None, *areas_at.of(place), inside=bool(position[row] >= 0))
            for row, (at, place) in enumerate(zip(points, places, strict=True))
        ]
        return cls(router, situations, lon, lat, position)

    def reaches(self) -> Mapping[str, Reach]:
        """Tell of each row where it holds and where it names a unit."""
        ruleset, staff = self.router.snapshot.ruleset, self.router.snapshot.staff
        return {rule.id: self._reach(rule, staff) for rule in ruleset.rules}

    def _reach(self, rule: Rule, staff: Staff) -> Reach:
        bare = replace(
            rule, categories=(), attributes=None, window=ALWAYS, valid_from=None, valid_to=None, disputed=False,
            assisting=(), evaluator=None,
        )  # fmt: skip
        alternatives = [self._held(replace(bare, places=(terms,))) for terms in rule.places]
        everywhere = np.ones(len(self.situations), dtype=np.bool_)
        holds = np.logical_or.reduce(alternatives) if alternatives else everywhere
        if rule.lead.kind == "component":
            # Which component is meant, and whether its keepers are on record, is not a matter of the ground.
            return Reach(holds, holds, ~everywhere, tuple(bool(a.any()) for a in alternatives))
        surely = self._settled(bare, staff)
        return Reach(holds, surely, surely, tuple(bool(a.any()) for a in alternatives))

    def _held(self, bare: Rule) -> NDArray[np.bool_]:
        """Where the places of a row hold, whatever its lead."""
        someone = self.router.snapshot.staff.units
        if not someone:
            return np.zeros(len(self.situations), dtype=np.bool_)
        return self._settled(replace(bare, lead=replace(_ANY, name=next(iter(someone)))), self.router.snapshot.staff)

    def _settled(self, bare: Rule, staff: Staff) -> NDArray[np.bool_]:
        """Where a row would settle a case if it were the only one."""
        alone = Ruleset("", (bare,))
        return np.array([decide(alone, staff, s).unit is not None for s in self.situations], dtype=np.bool_)


def check_ground(sample: Sample, reaches: Mapping[str, Reach], begin: datetime) -> Iterator[Finding]:
    """Find the matters that nobody owns somewhere, and the areas where nobody owns anything.

    A case without circumstances and without a component is the one that fewest rows are for: what is owned then is
    always owned. A disputed row owns its matters, since the desk is meant to settle them.
    """
    inside = np.flatnonzero(sample.finest >= 0)
    owned = np.zeros(len(sample.situations), dtype=np.bool_)
    lacking: list[tuple[list[Category], NDArray[np.bool_], Mapping[int, datetime]]] = []
    for rules, categories in _alike(sample.router.snapshot.ruleset):
        without, always_without = _unowned(sample, rules, categories[0], reaches, begin, inside)
        lacking.append((categories, np.isin(np.arange(len(owned)), list(without)), without))
        owned[inside] |= ~np.isin(inside, always_without)
    finest = sample.router.locator.finest
    if finest is None:
        return
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
    place = f"{sample.lon[row]:.6f},{sample.lat[row]:.6f}"
    code, when = codes[sample.finest[row]], f"{at.astimezone(sample.router.zone):%Y-%m-%d %H:%M}"
    text = (
        f"事项 {category.code} {category.zh}在 {areas} 个最小网格内无人负责，如 {when} 的 "
        f"{code}（{place}）；补上规则或属地兜底，若有意交定责台，写一条 disputed 为 true 的规则",
        f"nobody owns matter {category.code} ({category.en}) in {areas} of the smallest areas, such as {code} "
        f"({place}) at {when}; add a rule or let the locality answer, or mark a rule disputed if the desk is meant",
    )
    return Finding("unowned_matter", "error", "rules", None, (category.code,), *text)


def _alike(ruleset: Ruleset) -> list[tuple[Sequence[Rule], list[Category]]]:
    """The matters of the scheme by the rows that are for them; those with the same rows have the same owners."""
    found: dict[tuple[str, ...], tuple[Sequence[Rule], list[Category]]] = {}
    for category in sorted(categories_matching("0*") + categories_matching("1*"), key=lambda c: c.code):
        rules = ruleset.rows_for(category).rules
        found.setdefault(tuple(r.id for r in rules), (rules, []))[1].append(category)
    return list(found.values())


def _unowned(
    sample: Sample, rules: Sequence[Rule], category: Category, reaches: Mapping[str, Reach], begin: datetime,
    inside: NDArray[np.intp],
) -> tuple[Mapping[int, datetime], list[int]]:  # fmt: skip
    """Places inside where a matter is nobody's at some instant, with that instant, and those where it always is."""
    if not len(inside):
        return {}, []
    told = np.array([(reaches[r.id].holds * 2 + reaches[r.id].surely)[inside] for r in rules], dtype=np.int64)
    first, which = distinct(told) if len(rules) else (np.zeros(1, np.int64), np.zeros(len(inside), np.int64))
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
