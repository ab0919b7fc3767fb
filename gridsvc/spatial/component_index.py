"""Which catalogued component does a report mean: by its code, else the nearest of its class within reach.

Components come, move and go, so this index changes in place. What was there when it was laid out lies in columns by
class, ordered from west to east and never altered, which any number of threads search at once; what changed since
lies in an R-tree, where a change costs the same however many components there are. Both only find: a component counts
if it is what is on record under its code. So a change is there for all readers at the instant the record takes it
over, and nobody meets a component at two places or, while it moves, at none.

Metres are those of the plane that touches the ellipsoid at the component: right to a thousandth within ten kilometres,
and to the last bit the same for one point and for many.
"""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Set
from itertools import count

import numpy as np
from rtree.index import Index, Property

from gridsvc.errors import BadTable, FieldError
from gridsvc.spatial.component_columns import (
    ACCURACY_M as ACCURACY_M,
)
from gridsvc.spatial.component_columns import (
    SHORTEST_DEGREE_M,
    SHORTEST_LAT_M,
    SPARE,
    UNSTATED_ACCURACY_M,
    WIDEST_M,
    Catalogue,
    Placed,
    apart_from,
    apart_m,
    catalogue_of,
    laid_out,
    rows_of,
    wide_deg_of,
)
from gridsvc.spatial.datum import Floats, metres_per_degree
from gridsvc.spatial.ragged import counted
from gridsvc.values import REMOVED, Component, Point

# A component and its distance in metres.
_Found = tuple[Component, float]
# Components a node of the tree holds. The default of 100 suits trees on disk: there a removal takes ten times as long.
_NODE = 10
# Where more changes than these pile up, and than one to so many components, laying all out anew is the lesser work.
_FEW_CHANGES = 1000
_COMPONENTS_A_CHANGE = 32
_FEW = 64


class ComponentIndex:
    """Components by code and by place, in degrees of WGS 84; distances are metres.

    Safe to share between threads, those that change it too. ``seq`` says how much of the record of changes is in it.
    """

    def __init__(self, components: Iterable[Component], seq: int = 0) -> None:
        self.seq = seq
        self._changing = threading.Lock()
        by_code: dict[str, Component] = {}
        for component in components:
            if component.code in by_code:
                mend = ("每个部件一个编码", "one code a component")
                raise BadTable(
                    "部件编码重复", "two components have one code", [FieldError("code", component.code, *mend)]
                )
            by_code[component.code] = component
        self._halves = _Halves(by_code)

    def __len__(self) -> int:
        return len(self._halves.by_code)

    def get(self, code: str) -> Component | None:
        """Give the component with this code as it is on record, a removed one too, or None."""
        return self._halves.get(code)

    def all(self) -> list[Component]:
        """Give every component on record, removed ones too, in no order."""
        return self._halves.all()

    def places(self) -> tuple[Floats, Floats]:
        """Longitude and latitude of every component that stands, in no order."""
        points = [c.point for c in self._halves.all() if c.state != REMOVED]
        return np.array([p.lon for p in points], np.float64), np.array([p.lat for p in points], np.float64)

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
                self._halves = _Halves(by_code | latest)
            else:
                self._halves.take_over(latest)
            self.seq = self.seq if seq is None else seq

    def catalogue(self) -> tuple[Catalogue, Set[str]]:
        """Give the columns of what was laid out, and the classes of which they are no longer all there is to know.

        What changes afterwards is in neither; columns that are given again are the same object.
        """
        halves = self._halves
        return halves.catalogue, frozenset(halves.changed)

    def distance_m(self, component: Component, point: Point) -> float:
        """Metres between a component's recorded place and a point."""
        (placed,) = rows_of(laid_out([component]))
        return apart_m(placed, point.lon, point.lat)

    def nearest(self, point: Point, class_code: str, accuracy_m: float | None) -> tuple[Component, float] | None:
        """Find the nearest component of a class that the report can mean.

        It must lie within its own accuracy class plus ``accuracy_m`` metres (5 if the report does not say); of
        equally near ones the least code. Returns the component and its distance in metres, or None.
        """
        return self._halves.nearest(point.lon, point.lat, class_code, _reach_m(accuracy_m))

    def nearest_many(
        self, lon: Floats, lat: Floats, class_code: str, accuracy_m: float | None
    ) -> list[Component | None]:
        """Find what :meth:`nearest` finds for each of n points (degrees in WGS 84, none of them NaN)."""
        return self._halves.nearest_many(lon, lat, class_code, _reach_m(accuracy_m))


def _reach_m(accuracy_m: float | None) -> float:
    return UNSTATED_ACCURACY_M if accuracy_m is None else accuracy_m


class _Halves:
    """Columns of what was there and a tree of what changed since, for many readers and one thread that changes."""

    def __init__(self, by_code: dict[str, Component]) -> None:
        self.by_code = by_code
        self.catalogue = catalogue_of(by_code.values())
        self._columns = self.catalogue.columns()
        # Classes whose columns are no longer all there is to know; the others are searched without a lock.
        self.changed: set[str] = set()
        shape = Property(leaf_capacity=_NODE, index_capacity=_NODE, near_minimum_overlap_factor=_NODE - 1)
        self._tree = Index(properties=shape)
        self._in_tree: dict[int, Placed] = {}
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

    def all(self) -> list[Component]:
        with self._looking:
            return list(self.by_code.values())

    def take_over(self, latest: dict[str, Component]) -> None:
        """Let these be what is on record under their codes."""
        before = [self.by_code[code] for code in latest if code in self.by_code]
        self.changed.update(c.class_code for c in (*before, *latest.values()))
        arrived = self._plant([c for c in latest.values() if c.state != REMOVED])
        superseded = [self._number.pop(code) for code in latest if code in self._number]
        with self._looking:
            self.by_code.update(latest)
        self._number.update(arrived)
        for number in superseded:
            with self._looking:
                gone = self._in_tree.pop(number)
                self._tree.delete(number, (gone.lon, gone.lat))

    def _plant(self, components: list[Component]) -> dict[str, int]:
        """Put components into the tree, where they do not count yet; gives the number of each by its code."""
        numbers = {}
        for placed in rows_of(laid_out(components)):
            number = numbers[placed.component.code] = next(self._numbers)
            with self._looking:
                self._in_tree[number] = placed
                self._tree.insert(number, (placed.lon, placed.lat))
        return numbers

    def nearest(self, lon: float, lat: float, class_code: str, reach_m: float) -> _Found | None:
        """Find the nearest component of a class that lies within ``reach_m`` and its own accuracy of a place."""
        # Asked first: what changes afterwards is not in the columns, and so far they are all there is.
        changed = class_code in self.changed
        found = self._in_columns(lon, lat, class_code, reach_m)
        if changed:
            with self._looking:
                found += self._in_the_tree(lon, lat, class_code, reach_m)
                found = [pair for pair in found if self.by_code[pair[0].code] is pair[0]]
        if not found:
            return None
        return found[0] if len(found) == 1 else min(found, key=lambda pair: (pair[1], pair[0].code))

    def nearest_many(self, lon: Floats, lat: Floats, class_code: str, reach_m: float) -> list[Component | None]:
        """Find the nearest component for each of n places."""
        columns = None if class_code in self.changed else self._columns.get(class_code)
        if columns is None:
            each = [self.nearest(x, y, class_code, reach_m) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
            return [pair[0] if pair else None for pair in each]
        wide_deg = wide_deg_of(columns, reach_m)
        point, at = counted(columns.lon.searchsorted(lon - wide_deg), columns.lon.searchsorted(lon + wide_deg) - 1)
        metres = apart_from(columns, at, lon[point], lat[point])
        within = metres <= columns.accuracy_m[at] + reach_m
        best: dict[int, _Found] = {}
        for row, metre, component in zip(
            point[within].tolist(), metres[within].tolist(), columns.components[at[within]].tolist(), strict=True
        ):
            held = best.get(row)
            if held is None or (metre, component.code) < (held[1], held[0].code):
                best[row] = component, metre
        out: list[Component | None] = [None] * len(lon)
        for row, (component, _) in best.items():
            out[row] = component
        return out

    def _in_columns(self, lon: float, lat: float, class_code: str, reach_m: float) -> list[_Found]:
        columns = self._columns.get(class_code)
        if columns is None:
            return []
        wide_deg, ordered = wide_deg_of(columns, reach_m), columns.lon.data
        first = bisect_left(ordered, lon - wide_deg)
        last = bisect_right(ordered, lon + wide_deg, first)
        if last - first > _FEW:
            metres = apart_from(columns, slice(first, last), lon, lat)
            within = (metres <= columns.accuracy_m[first:last] + reach_m).nonzero()[0].tolist()
            return [(columns.components[first + i], float(metres[i])) for i in within]
        # For a few of them arrays would cost more than they save.
        north, tall_deg = columns.lat.data, SPARE * (reach_m + WIDEST_M) / SHORTEST_LAT_M
        few = [i for i in range(first, last) if -tall_deg <= north[i] - lat <= tall_deg]
        placed = [Placed(*[column[i] for column in columns[:-1]]) for i in few]
        each = [(one.component, float(apart_m(one, lon, lat))) for one in placed]
        return [pair for pair, one in zip(each, placed, strict=True) if pair[1] <= one.accuracy_m + reach_m]

    def _in_the_tree(self, lon: float, lat: float, class_code: str, reach_m: float) -> Iterator[_Found]:
        """Of the tree, whose box is so tall that no degree is too short for it."""
        wide_m, (lon_m, lat_m) = reach_m + WIDEST_M, metres_per_degree(lat)
        wide_deg, tall_deg = SPARE * wide_m / max(lon_m, SHORTEST_DEGREE_M), SPARE * wide_m / lat_m
        for number in self._tree.intersection((lon - wide_deg, lat - tall_deg, lon + wide_deg, lat + tall_deg)):
            placed = self._in_tree[number]
            metres = apart_m(placed, lon, lat)
            if placed.component.class_code == class_code and metres <= placed.accuracy_m + reach_m:
                yield placed.component, metres
