"""Which catalogued component does a report mean: by its code, else the nearest of its class within reach.

Components come, move and go, so this index changes in place. What was there when it was laid out lies in columns by
class, ordered from west to east and never altered, which any number of threads search at once; what changed since
lies in an R-tree, where a change costs the same however many components there are. Both only find: a component counts
if it is what is on record under its code. So a change is there for all readers at the instant the record takes it
over, and nobody meets a component at two places or, while it moves, at none.
"""

import math
import threading
from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rtree.index import Index, Property

from gridsvc.errors import BadTable, FieldError
from gridsvc.spatial.datum import Floats, Metric
from gridsvc.values import REMOVED, Component, Point

# Positional accuracy of a recorded component by its class, in metres (A: poles and covers; C: greens and sites).
ACCURACY_M = {"A": 0.5, "B": 1.0, "C": 10.0}
# A little wider than any of them, so that rounding at the edge of what is looked at decides nothing.
WIDEST_M = max(ACCURACY_M.values()) + 0.1
# A report that does not say how accurate its position is, is taken to come from an ordinary phone under open sky.
UNSTATED_ACCURACY_M = 5.0
# A component and its distance in metres.
_Found = tuple[Component, float]
# Components a node of the tree holds. The default of 100 suits trees on disk: there a removal takes ten times as long.
_NODE = 10
# Where more changes than these pile up, and than one to so many components, laying all out anew is the lesser work.
_FEW_CHANGES = 1000
_COMPONENTS_A_CHANGE = 32


class _Columns(NamedTuple):
    """Components of one class, where they are and how accurately that is known, in metres; ``x_m`` ascends."""

    x_m: Floats
    y_m: Floats
    accuracy_m: Floats
    components: NDArray[np.object_]


class _Placed(NamedTuple):
    """A component in the tree."""

    x_m: float
    y_m: float
    accuracy_m: float
    component: Component


class ComponentIndex:
    """Components by code and by place. Distances are metres in the city's projected reference.

    Safe to share between threads, those that change it too. ``seq`` says how much of the record of changes is in it.
    """

    def __init__(self, components: Iterable[Component], metric: Metric, seq: int = 0) -> None:
        self.seq = seq
        self._metric = metric
        self._changing = threading.Lock()
        by_code: dict[str, Component] = {}
        for component in components:
            if component.code in by_code:
                mend = ("每个部件一个编码", "one code a component")
                raise BadTable(
                    "部件编码重复", "two components have one code", [FieldError("code", component.code, *mend)]
                )
            by_code[component.code] = component
        self._halves = _Halves(by_code, metric)

    def __len__(self) -> int:
        return len(self._halves.by_code)

    def get(self, code: str) -> Component | None:
        """Give the component with this code as it is on record, a removed one too, or None."""
        return self._halves.get(code)

    def put(self, components: Iterable[Component], seq: int | None = None) -> None:
        """Add components or replace those with their codes; every reader sees all of it or nothing.

        Of several with one code the last counts. A removed component can still be got by its code and is near to
        nothing. Changes read up to a ``seq`` that is not after the index's own are old news and change nothing.
        """
        latest = {c.code: c for c in components}
        with self._changing:
            if seq is not None and seq <= self.seq:
                return
            by_code = self._halves.by_code
            if len(latest) + self._halves.changes > max(_FEW_CHANGES, len(by_code) // _COMPONENTS_A_CHANGE):
                self._halves = _Halves(by_code | latest, self._metric)
            else:
                self._halves.take_over(latest)
            self.seq = self.seq if seq is None else seq

    def distance_m(self, component: Component, point: Point) -> float:
        """Metres between a component's recorded place and a point."""
        place = self._metric.point(component.point.lon, component.point.lat)
        return math.dist(place, self._metric.point(point.lon, point.lat))

    def nearest(self, point: Point, class_code: str, accuracy_m: float | None) -> tuple[Component, float] | None:
        """Find the nearest component of a class that the report can mean.

        It must lie within its own accuracy class plus ``accuracy_m`` metres (5 if the report does not say); of
        equally near ones the least code. Returns the component and its distance in metres, or None.
        """
        return self._nearest(*self._metric.point(point.lon, point.lat), class_code, accuracy_m)

    def nearest_many(
        self, lon: Floats, lat: Floats, class_code: str, accuracy_m: float | None
    ) -> list[Component | None]:
        """Find what :meth:`nearest` finds for each of n points (degrees in WGS 84, none of them NaN)."""
        x_m, y_m = self._metric.xy(lon, lat)
        found = [self._nearest(x, y, class_code, accuracy_m) for x, y in zip(x_m.tolist(), y_m.tolist(), strict=True)]
        return [pair[0] if pair else None for pair in found]

    def _nearest(self, x_m: float, y_m: float, class_code: str, accuracy_m: float | None) -> _Found | None:
        found = self._halves.within(x_m, y_m, class_code, UNSTATED_ACCURACY_M if accuracy_m is None else accuracy_m)
        return min(found, key=lambda pair: (pair[1], pair[0].code), default=None)


class _Halves:
    """Columns of what was there and a tree of what changed since, for many readers and one thread that changes."""

    def __init__(self, by_code: dict[str, Component], metric: Metric) -> None:
        self.by_code = by_code
        self._metric = metric
        by_class: dict[str, list[Component]] = {}
        for component in by_code.values():
            if component.state != REMOVED:
                by_class.setdefault(component.class_code, []).append(component)
        self._columns = {class_code: self._placed(those) for class_code, those in by_class.items()}
        # Classes whose columns are no longer all there is to know; the others are searched without a lock.
        self._changed: set[str] = set()
        shape = Property(leaf_capacity=_NODE, index_capacity=_NODE, near_minimum_overlap_factor=_NODE - 1)
        self._tree = Index(properties=shape)
        self._in_tree: dict[int, _Placed] = {}
        self._number: dict[str, int] = {}
        self._numbers = count()
        # The tree bears one thread at a time. Held for one step of a change only, so that no reader waits for long.
        self._looking = threading.Lock()

    @property
    def changes(self) -> int:
        """How many components are in the tree."""
        return len(self._in_tree)

    def get(self, code: str) -> Component | None:
        with self._looking:
            return self.by_code.get(code)

    def take_over(self, latest: dict[str, Component]) -> None:
        """Let these be what is on record under their codes."""
        before = [self.by_code[code] for code in latest if code in self.by_code]
        self._changed.update(c.class_code for c in (*before, *latest.values()))
        arrived = self._plant([c for c in latest.values() if c.state != REMOVED])
        superseded = [self._number.pop(code) for code in latest if code in self._number]
        with self._looking:
            self.by_code.update(latest)
        self._number.update(arrived)
        for number in superseded:
            with self._looking:
                gone = self._in_tree.pop(number)
                self._tree.delete(number, (gone.x_m, gone.y_m))

    def _plant(self, components: list[Component]) -> dict[str, int]:
        """Put components into the tree, where they do not count yet; gives the number of each by its code."""
        numbers = {}
        for placed in map(_Placed._make, zip(*(column.tolist() for column in self._placed(components)), strict=True)):
            # Where the projection ends there is no place, and what is no number brings the tree down.
            if math.isfinite(placed.x_m) and math.isfinite(placed.y_m):
                number = numbers[placed.component.code] = next(self._numbers)
                with self._looking:
                    self._in_tree[number] = placed
                    self._tree.insert(number, (placed.x_m, placed.y_m))
        return numbers

    def _placed(self, components: list[Component]) -> _Columns:
        lon = np.array([c.point.lon for c in components], dtype=np.float64)
        lat = np.array([c.point.lat for c in components], dtype=np.float64)
        accuracy_m = np.array([ACCURACY_M[c.accuracy_class] for c in components], dtype=np.float64)
        objects = np.empty(len(components), dtype=object)
        objects[:] = components
        x_m, y_m = self._metric.xy(lon, lat)
        order = np.argsort(x_m, kind="stable")
        return _Columns(x_m[order], y_m[order], accuracy_m[order], objects[order])

    def within(self, x_m: float, y_m: float, class_code: str, reach_m: float) -> list[_Found]:
        """Find the components of a class that lie within ``reach_m`` and their own accuracy of a place."""
        changed = class_code in self._changed
        found = self._in_columns(x_m, y_m, class_code, reach_m)
        if changed:
            with self._looking:
                found += self._in_the_tree(x_m, y_m, class_code, reach_m)
                found = [pair for pair in found if self.by_code[pair[0].code] is pair[0]]
        return found

    def _in_columns(self, x_m: float, y_m: float, class_code: str, reach_m: float) -> list[_Found]:
        columns = self._columns.get(class_code)
        if columns is None:
            return []
        widest_m = reach_m + WIDEST_M
        first, last = columns.x_m.searchsorted((x_m - widest_m, x_m + widest_m))
        if first == last:
            return []
        distance_m = np.hypot(columns.x_m[first:last] - x_m, columns.y_m[first:last] - y_m)
        within = (distance_m <= columns.accuracy_m[first:last] + reach_m).nonzero()[0]
        return list(zip(columns.components[first + within].tolist(), distance_m[within].tolist(), strict=True))

    def _in_the_tree(self, x_m: float, y_m: float, class_code: str, reach_m: float) -> Iterator[_Found]:
        widest_m = reach_m + WIDEST_M
        box = (x_m - widest_m, y_m - widest_m, x_m + widest_m, y_m + widest_m)
        for number in self._tree.intersection(box):
            placed = self._in_tree[number]
            distance_m = float(np.hypot(placed.x_m - x_m, placed.y_m - y_m))
            if placed.component.class_code == class_code and distance_m <= placed.accuracy_m + reach_m:
                yield placed.component, distance_m
