"""Many decisions at once: rows of one kind are decided once, by the front room, and answered as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridsvc.answer import Routing
from gridsvc.certainty import weigh
from gridsvc.coded import Coded, Words, how_of
from gridsvc.codes import Category, category_of
from gridsvc.errors import GridsvcError
from gridsvc.far import FAR_M
from gridsvc.kinds import Kinds, Numbers, distinct
from gridsvc.report import Report
from gridsvc.responsibility.resolve import Decision
from gridsvc.router import NEAR_M, Met, Router, Snapshot
from gridsvc.spatial.datum import Datum, Floats, columns, convert, parse_datum
from gridsvc.spatial.locate import Found
from gridsvc.values import Component

# No degree of longitude or latitude is longer, so what is near by this measure is near indeed.
_LONGEST_DEGREE_M = 112_000.0


@dataclass(frozen=True, eq=False)
class Decided:
    """n rows that were routed. ``decision`` and ``error`` give each row's place in the lists, -1 where it has none.

    A row with an error has no area (how ``none``) and no decision. ``codes`` are the codes of each layer's areas,
    ``components`` has the component of each row that means one.
    """

    found: Found
    decisions: Sequence[Decision]
    decision: Numbers
    errors: Sequence[GridsvcError]
    error: Numbers
    codes: Mapping[str, Words]
    components: Mapping[int, Component]

    def columns(self) -> dict[str, Coded]:
        """By name: each layer's code and how, the accountable unit, and by what kind of rule it is."""
        named: dict[str, Coded] = {}
        for layer, words in self.codes.items():
            named[layer] = Coded(words, self.found.position[layer])
            named[f"{layer}_how"] = how_of(self.found, layer)
        units = self._told([d.unit.code if d.unit else None for d in self.decisions])
        vias = self._told([d.rule.via if d.rule else None for d in self.decisions])
        return named | {"accountable": units, "via": vias}

    def _told(self, texts: Sequence[str | None]) -> Coded:
        """A text of each row's decision; there are many decisions and few texts."""
        number = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        which = np.array([*(number[text] for text in texts), -1], dtype=np.int64)
        return Coded(Words(number), which[self.decision])


def route_columns(
    router: Router,
    x: ArrayLike,
    y: ArrayLike,
    *,
    crs: str | Datum,
    reports: Sequence[Report],
    whose: ArrayLike | None = None,
) -> Decided:
    """Decide n points.

    Parameters
    ----------
    x, y : array, shape (n,)
        Coordinates in ``crs``, longitude or easting first. A row that cannot be used, NaN say, has its error.
    crs : str or Datum
        The declared reference; there is no default. Raises ``BadDatum``.
    reports : sequence of Report
        What is reported apart from the place, each kind once.
    whose : array of int, shape (n,), optional
        Each row's position in ``reports``; the first one's for every row by default.

    Returns
    -------
    Decided
        The areas, decisions and errors that :meth:`gridsvc.router.Router.route_many` gives row by row.
    """
    local = router.snapshot.edition.local_crs
    datum = crs if isinstance(crs, Datum) else parse_datum(crs, local)
    lon, lat = convert(*columns(x, y), datum, "wgs84", local)
    owners = np.zeros(len(lon), dtype=np.int64) if whose is None else np.asarray(whose, dtype=np.int64)
    return _Call(router, _tables_of(router.snapshot), lon, lat, reports, owners).decided()


@dataclass(frozen=True, eq=False)
class _Tables:
    """What is worked out once for a snapshot."""

    kinds: Kinds
    codes: Mapping[str, Words]
    bounds_deg: tuple[float, float, float, float]


_TABLES: "WeakKeyDictionary[Snapshot, _Tables]" = WeakKeyDictionary()


def _tables_of(snapshot: Snapshot) -> _Tables:
    """The tables of a snapshot, kept as long as the snapshot is."""
    made = _TABLES.get(snapshot)
    if made is None:
        codes = {code: Words(layer.codes) for code, layer in snapshot.edition.layers.items()}
        made = _TABLES[snapshot] = _Tables(Kinds(snapshot), codes, snapshot.edition.bounds_deg)
    return made


def kinds_of(snapshot: Snapshot) -> Kinds:
    """Give what the rules of a snapshot can tell apart, made once for a snapshot."""
    return _tables_of(snapshot).kinds


@dataclass(frozen=True, eq=False)
class _Call:
    """One call: degrees in WGS 84, the reports, and which of them each row is."""

    router: Router
    tables: _Tables
    lon: Floats
    lat: Floats
    reports: Sequence[Report]
    whose: Numbers

    def decided(self) -> Decided:
        sure = self._near() & np.array([self._usable(r) for r in self.reports], dtype=bool)[self.whose]
        errors, error = self._errors(np.flatnonzero(~sure))
        good = np.flatnonzero(error < 0)
        components = self._components(good)
        lon, lat = (np.where(error < 0, v, np.nan) for v in (self.lon, self.lat))
        found = self.router.locator.locate(lon, lat, "wgs84", NEAR_M, self._recorded(components))
        decision = np.full(len(lon), -1, dtype=np.int64)
        decisions, decision[good] = _by_kind(self.router, found, self.reports, self.whose, components, good)
        return Decided(found, decisions, decision, errors, error, self.tables.codes, components)

    def _alone(self, rows: NDArray[np.intp]) -> list[Routing | GridsvcError]:
        """Let the front room answer some rows one by one."""
        if not len(rows):
            return []
        reports = [self.reports[i] for i in self.whose[rows]]
        return self.router.route_many(self.lon[rows], self.lat[rows], crs="wgs84", reports=reports)

    def _near(self) -> NDArray[np.bool_]:
        """Tell which rows are so surely near the map that the front room need not look at them."""
        west, south, east, north = self.tables.bounds_deg
        beside = np.maximum(np.maximum(west - self.lon, self.lon - east), 0.0)
        above = np.maximum(np.maximum(south - self.lat, self.lat - north), 0.0)
        near = np.hypot(beside, above) * _LONGEST_DEGREE_M <= FAR_M
        return np.asarray(near & (np.abs(self.lon) <= 180.0) & (np.abs(self.lat) <= 90.0))

    def _usable(self, report: Report) -> bool:
        """Tell whether a report's category, words and component are known, so that only its place could be wrong."""
        try:
            _category(report)
            self.router.snapshot.ruleset.vocabulary.refuse(report.attributes)
        except GridsvcError:
            return False
        return report.component is None or self.router.components.get(report.component) is not None

    def _components(self, good: NDArray[np.intp]) -> dict[int, Component]:
        """The component of each good row that means one."""
        index = self.router.components
        meant: dict[int, Component] = {}
        asked: dict[tuple[str, float | None], list[Numbers]] = {}
        rows_by_report = good[np.argsort(self.whose[good], kind="stable")]
        ends = np.cumsum(np.bincount(self.whose[good], minlength=len(self.reports)))[:-1]
        for report, rows in zip(self.reports, np.split(rows_by_report, ends), strict=False):
            if not len(rows):
                continue
            category = _category(report)
            if report.component is not None and (component := index.get(report.component)) is not None:
                meant |= dict.fromkeys(rows.tolist(), component)
            elif category is not None and category.component_class is not None:
                asked.setdefault((category.component_class, report.accuracy_m), []).append(rows)
        for (class_code, accuracy_m), parts in asked.items():
            rows = np.concatenate(parts)
            nearest = index.nearest_many(self.lon[rows], self.lat[rows], class_code, accuracy_m)
            meant |= {row: c for row, c in zip(rows.tolist(), nearest, strict=True) if c is not None}
        return meant

    def _recorded(self, components: Mapping[int, Component]) -> Numbers | None:
        """The finest partition's area that each row's component is recorded in."""
        finest = self.router.locator.finest
        if finest is None or not components:
            return None
        position_of = self.router.snapshot.edition.layers[finest].position_of
        recorded = np.full(len(self.lon), -1, dtype=np.int64)
        for row, component in components.items():
            recorded[row] = position_of.get(component.unit_grid or "", -1)
        return recorded

    def _errors(self, rows: NDArray[np.intp]) -> tuple[list[GridsvcError], Numbers]:
        """Let the front room look at the rows that are not sure, at equal ones once."""
        error = np.full(len(self.lon), -1, dtype=np.int64)
        bits = [self.lon[rows].view(np.int64), self.lat[rows].view(np.int64), self.whose[rows]]
        _, first, which = np.unique(np.column_stack(bits), axis=0, return_index=True, return_inverse=True)
        answers = self._alone(rows[first])
        wrong = np.array([isinstance(a, GridsvcError) for a in answers], dtype=bool)
        error[rows] = np.where(wrong, np.cumsum(wrong) - 1, -1)[which.ravel()]
        return [a for a in answers if isinstance(a, GridsvcError)], error


def route_each(
    router: Router, x: ArrayLike, y: ArrayLike, *, crs: str | Datum, reports: Sequence[Report]
) -> list[Routing | GridsvcError]:
    """Decide n points, each with a report of its own, in full: what :meth:`gridsvc.router.Router.route_many` gives."""
    met, found = router.meet_many(x, y, crs, reports)
    usable = {row: m for row, m in enumerate(met) if isinstance(m, Met)}
    components = {row: m.prepared.component for row, m in usable.items() if m.prepared.component is not None}
    rows = np.fromiter(usable, dtype=np.intp, count=len(usable))
    decisions, which = _by_kind(router, found, reports, np.arange(len(met)), components, rows)
    asked = [(m.prepared.point, m.report.accuracy_m, m.distance_m) for m in usable.values()]
    known = zip(weigh(router.locator, asked, NEAR_M), which.tolist(), strict=True)
    routed = (router.decide(m, w, decisions[kind]) for m, (w, kind) in zip(usable.values(), known, strict=True))
    return [m if isinstance(m, GridsvcError) else next(routed) for m in met]


def _by_kind(
    router: Router, found: Found, reports: Sequence[Report], whose: Numbers, components: Mapping[int, Component],
    good: NDArray[np.intp],
) -> tuple[list[Decision], Numbers]:  # fmt: skip
    """Decide one row of each kind, and tell the decision of every good row."""
    if not len(good):
        return [], np.zeros(0, dtype=np.int64)
    there = kinds_of(router.snapshot)
    kept = there.kept()
    told = there.told(kept, found, router.locator.finest, reports, whose, components)
    first, which = distinct(told[:, good])
    kinds = [tuple(kind) for kind in told[:, good[first]].T.tolist()]
    new = [i for i, kind in enumerate(kinds) if kind not in kept.decisions]
    rows = good[first[new]]
    alone = [reports[i] for i in whose[rows]]
    answers = router.decide_many(found.lon[rows], found.lat[rows], crs="wgs84", reports=alone) if new else []
    for i, answer in zip(new, answers, strict=True):
        if isinstance(answer, GridsvcError):
            raise answer
        kept.decisions[kinds[i]] = answer
    return [kept.decisions[kind] for kind in kinds], which


def _category(report: Report) -> Category | None:
    return category_of(report.category) if report.category is not None else None
