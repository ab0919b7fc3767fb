"""Which catalogued component does a report mean: by its code, else the nearest of its class within reach.

Components come, move and go, so this index changes in place. Each class has columns of its own, ordered from west to
east, which are never altered: a change makes new columns for the classes it touches and exchanges all of them at
once. So a reader waits for nobody and never meets a component at two places or, while it moves, at none.
"""

import math
import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridsvc.errors import BadTable, FieldError
from gridsvc.spatial.datum import Floats, Metric
from gridsvc.values import REMOVED, Component, Point

# Positional accuracy of a recorded component by its class, in metres (A: poles and covers; C: greens and sites).
ACCURACY_M = {"A": 0.5, "B": 1.0, "C": 10.0}
# A little wider than any of them, so that rounding at the edge of what is looked at decides nothing.
WIDEST_M = max(ACCURACY_M.values()) + 0.1
# A report that does not say how accurate its position is, is taken to come from an ordinary phone under open sky.
UNSTATED_ACCURACY_M = 5.0


class _Columns(NamedTuple):
    """Components of one class, where they are and how accurately that is known, in metres; ``x_m`` ascends."""

    x_m: Floats
    y_m: Floats
    accuracy_m: Floats
    components: NDArray[np.object_]


class ComponentIndex:
    """Components by code and by place. Distances are metres in the city's projected reference.

    Safe to share between threads, those that change it too. ``seq`` says how much of the record of changes is in it.
    """

    def __init__(self, components: Iterable[Component], metric: Metric, seq: int = 0) -> None:
        self.seq = seq
        self._metric = metric
        self._by_code: dict[str, Component] = {}
        self._classes: dict[str, _Columns] = {}
        self._changing = threading.Lock()
        self._exchanging = threading.Lock()
        given = list(components)
        seen: set[str] = set()
        for component in given:
            if component.code in seen:
                mend = ("每个部件一个编码", "one code a component")
                raise BadTable(
                    "部件编码重复", "two components have one code", [FieldError("code", component.code, *mend)]
                )
            seen.add(component.code)
        self.put(given)

    def __len__(self) -> int:
        return len(self._by_code)

    def get(self, code: str) -> Component | None:
        """Give the component with this code as it is on record, a removed one too, or None."""
        with self._exchanging:
            return self._by_code.get(code)

    def put(self, components: Iterable[Component], seq: int | None = None) -> None:
        """Add components or replace those with their codes; every reader sees all of it or nothing.

        Of several with one code the last counts. A removed component can still be got by its code and is near to
        nothing. Changes read up to a ``seq`` that is not after the index's own are old news and change nothing.
        """
        latest = {c.code: c for c in components}
        with self._changing:
            if seq is not None and seq <= self.seq:
                return
            arriving: dict[str, list[Component]] = {}
            for code, component in latest.items():
                before = self._by_code.get(code)
                if before is not None:
                    arriving.setdefault(before.class_code, [])
                if component.state != REMOVED:
                    arriving.setdefault(component.class_code, []).append(component)
            changed = {k: self._changed(self._classes.get(k), latest, new) for k, new in arriving.items()}
            with self._exchanging:
                self._classes.update(changed)
                self._by_code.update(latest)
                self.seq = self.seq if seq is None else seq

    def _changed(self, before: _Columns | None, gone: dict[str, Component], arriving: Sequence[Component]) -> _Columns:
        """Columns of a class without the components that go and with those that arrive."""
        lon = np.array([c.point.lon for c in arriving], dtype=np.float64)
        lat = np.array([c.point.lat for c in arriving], dtype=np.float64)
        accuracy_m = np.array([ACCURACY_M[c.accuracy_class] for c in arriving], dtype=np.float64)
        objects = np.empty(len(arriving), dtype=object)
        objects[:] = arriving
        made = _Columns(*self._metric.xy(lon, lat), accuracy_m, objects)
        if before is not None:
            stays = np.array([c.code not in gone for c in before.components], dtype=np.bool_)
            made = _Columns._make(np.concatenate((a[stays], b)) for a, b in zip(before, made, strict=True))
        order = np.argsort(made.x_m, kind="stable")
        return _Columns._make(column[order] for column in made)

    def distance_m(self, component: Component, point: Point) -> float:
        """Metres between a component's recorded place and a point."""
        place = self._metric.point(component.point.lon, component.point.lat)
        return math.dist(place, self._metric.point(point.lon, point.lat))

    def nearest(self, point: Point, class_code: str, accuracy_m: float | None) -> tuple[Component, float] | None:
        """Find the nearest component of a class that the report can mean.

        It must lie within its own accuracy class plus ``accuracy_m`` metres (5 if the report does not say); of
        equally near ones the least code. Returns the component and its distance in metres, or None.
        """
        with self._exchanging:
            columns = self._classes.get(class_code)
        if columns is None:
            return None
        reach_m = UNSTATED_ACCURACY_M if accuracy_m is None else accuracy_m
        widest_m = reach_m + WIDEST_M
        x_m, y_m = self._metric.point(point.lon, point.lat)
        first, last = columns.x_m.searchsorted((x_m - widest_m, x_m + widest_m))
        if first == last:
            return None
        distance_m = np.hypot(columns.x_m[first:last] - x_m, columns.y_m[first:last] - y_m)
        within = (distance_m <= columns.accuracy_m[first:last] + reach_m).nonzero()[0]
        if not len(within):
            return None
        found = zip(columns.components[first + within].tolist(), distance_m[within].tolist(), strict=True)
        return min(found, key=lambda pair: (pair[1], pair[0].code))

    def nearest_many(
        self, lon: Floats, lat: Floats, class_code: str, accuracy_m: float | None
    ) -> list[Component | None]:
        """Find what :meth:`nearest` finds for each of n points (degrees in WGS 84, none of them NaN)."""
        pairs = zip(lon.tolist(), lat.tolist(), strict=True)
        found = [self.nearest(Point(x, y), class_code, accuracy_m) for x, y in pairs]
        return [pair[0] if pair else None for pair in found]
