"""Which rows the decision table cannot tell apart, and the decisions that such kinds of rows have had before.

A row of the table reads of an area no more than its code, some properties and its unit, of a point the discs it lies
in, of a component its keepers, of an instant a window, a validity or a day. Rows that agree in all of these have the
same decision wherever they lie, and the same rows are passed over for the same reasons.
"""

from collections.abc import Hashable, Mapping, Sequence
from itertools import count
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gridsvc.codes import category_of
from gridsvc.errors import UnknownCategory
from gridsvc.report import Report
from gridsvc.responsibility.moments import Moments
from gridsvc.responsibility.places import Disc
from gridsvc.responsibility.resolve import Decision, Ruleset
from gridsvc.responsibility.table import Rule
from gridsvc.router import Snapshot
from gridsvc.spatial.layer import Layer
from gridsvc.spatial.locate import Found
from gridsvc.values import Component

Numbers = NDArray[np.int64]
# Decisions kept beside a snapshot; one with its trail takes about 5 kB.
MOST_KEPT = 10_000


class Numbering(Protocol):
    """Gives each thing a number, the same whenever it is met."""

    def number(self, *thing: Hashable) -> int: ...


class Kept:
    """Decisions by kind, and a number for each thing that was met in a kind."""

    def __init__(self) -> None:
        self.decisions: dict[tuple[int, ...], Decision] = {}
        self._numbers: dict[Hashable, int] = {}
        self._next = count()

    def number(self, *thing: Hashable) -> int:
        """The number of a thing, a new one when first met."""
        # Two threads may meet it at once: one of their numbers is then lost, and none is given twice.
        return self._numbers.setdefault(thing, next(self._next))


class Kinds:
    """What the decision table of one snapshot can tell of a row. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        ruleset, layers = snapshot.ruleset, snapshot.edition.layers
        self._ruleset = snapshot.ruleset
        self._zone = ZoneInfo(snapshot.edition.time_zone)
        self._readers: dict[str | None, tuple[Moments, frozenset[str]]] = {}
        self._sights = {code: _sight(layer, ruleset) for code, layer in layers.items() if _is_read(code, ruleset)}
        self._several = [code for code in self._sights if layers[code].spec.coverage != "partition"]
        self._kept = Kept()

    def kept(self) -> Kept:
        """What is kept from before; a new start where it has become too much."""
        if len(self._kept.decisions) > MOST_KEPT:
            self._kept = Kept()
        return self._kept

    def told(
        self, kept: Kept, found: Found, finest: str | None, reports: Sequence[Report], whose: Numbers,
        components: Mapping[int, Component],
    ) -> Numbers:  # fmt: skip
        """All that the table can tell of n rows, in numbers that mean something within ``kept``, shape (k, n).

        ``whose`` is each row's position in ``reports``; ``components`` has the component of each row that means one.
        """
        asked = [self.asked(kept, report) for report in reports]
        keepers = np.full(len(whose), -1, dtype=np.int64)
        for row, c in components.items():
            keepers[row] = kept.number(c.maintainer, c.owner, c.competent)
        told = [np.array(asked, dtype=np.int64)[whose], keepers, *self.of_places(kept, found, finest)]
        if self._ruleset.discs.all:
            told.append(_in_discs(kept, found, self._ruleset.discs.all))
        return np.vstack(told)

    def of_places(self, kept: Numbering, found: Found, finest: str | None) -> list[Numbers]:
        """What the table can tell of the places of n rows, whatever their coordinates."""
        told = [] if finest is None else [(found.position[finest] >= 0).astype(np.int64)]
        told += [sight[found.position[layer]] for layer, sight in self._sights.items()]
        return told + [_around(kept, found, layer, self._sights[layer]) for layer in self._several]

    def asked(self, kept: Numbering, report: Report) -> int:
        """Number a report by what the rows for its category can tell of it."""
        reader = self._readers.get(report.category)
        if reader is None:
            rules = self._rules_for(report.category)
            keys = frozenset(key for rule in rules for key in rule.attributes or ())
            # Rows of other matters that are not in force are told as such among those passed over.
            dated = [self._ruleset.rules[i] for i in self._ruleset.dated]
            reader = self._readers[report.category] = Moments(self._zone, rules, dated=dated), keys
        moments, keys = reader
        told = sorted((key, value) for key, value in report.attributes.items() if key in keys)
        return kept.number(moments.of(report.at), report.category, *told)

    def _rules_for(self, code: str | None) -> Sequence[Rule]:
        try:
            return self._ruleset.rows_for(None if code is None else category_of(code)).rules
        except UnknownCategory:
            # Such a row has its error, and nothing is decided.
            return ()


def distinct(told: Numbers) -> tuple[Numbers, Numbers]:
    """Find the distinct columns of a matrix: where each stands first, and which of them each column is."""
    key, kinds = np.zeros(told.shape[1], dtype=np.int64), 1
    for row in told:
        least = int(row.min())
        size = int(row.max()) - least + 1
        if kinds * size >= 2**62:
            key = np.unique(key, return_inverse=True)[1].ravel()
            kinds = int(key.max()) + 1
        key, kinds = key * size + (row - least), kinds * size
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return first, which


def _is_read(layer: str, ruleset: Ruleset) -> bool:
    return any(term.layer == layer for term in ruleset.terms) or any(
        lead.kind == "area" and lead.name == layer for rule in ruleset.rules for lead in rule.leads()
    )


def _sight(layer: Layer, ruleset: Ruleset) -> Numbers:
    """Number the areas of a layer by what the table can tell of them; 0, which stands last, is no area."""
    terms = [term for term in ruleset.terms if term.layer == layer.spec.code]
    codes, keys = {t.code for t in terms}, sorted({t.key for t in terms if t.key is not None})
    numbers: dict[Any, int] = {}
    # Told apart as Python spells them: to a rule the number 1 and the text 1 may be different things.
    seen = [
        (code if code in codes else None, unit, *(repr(props.get(key)) for key in keys))
        for code, unit, props in zip(layer.codes, layer.units, layer.props, strict=True)
    ]
    return np.array([*(numbers.setdefault(s, len(numbers) + 1) for s in seen), 0], dtype=np.int64)


def _around(kept: Numbering, found: Found, layer: str, sight: Numbers) -> Numbers:
    """Number every row by the areas of a layer that hold it, in their order."""
    point, area = covering(found, layer)
    return _together(kept, len(found.lon), point, sight[area])


def _in_discs(kept: Kept, found: Found, discs: Sequence[Disc]) -> Numbers:
    """Number every row by the discs that it lies in; each disc looks at the rows of its own longitudes alone."""
    order = np.argsort(found.lon)
    lon, lat = found.lon[order], found.lat[order]
    rows, seen = [], []
    for number, disc in enumerate(discs, start=1):
        west, _, east, _ = disc.bounds_deg()
        near = slice(np.searchsorted(lon, west), np.searchsorted(lon, east, side="right"))
        rows.append(order[near][disc.covers(lon[near], lat[near])])
        seen.append(np.full(len(rows[-1]), number, dtype=np.int64))
    row, number_of = np.concatenate(rows), np.concatenate(seen)
    by_row = np.argsort(row, kind="stable")
    return _together(kept, len(lon), row[by_row], number_of[by_row])


def _together(kept: Numbering, n: int, point: NDArray[np.intp], seen: Numbers) -> Numbers:
    """Number each of n points by what is seen at it: nothing is 0, one thing itself, several a number below 0.

    ``point`` ascends; ``seen`` are numbers above 0.
    """
    around = np.zeros(n, dtype=np.int64)
    around[point] = seen
    several = np.bincount(point, minlength=n)[point] > 1
    rows, first = np.unique(point[several], return_index=True)
    for row, things in zip(rows.tolist(), np.split(seen[several], first[1:]), strict=False):
        around[row] = -1 - kept.number(*things.tolist())
    return around


def covering(found: Found, layer: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of a row and an area that holds it, ordered by both."""
    return found.layers[layer].holding()
