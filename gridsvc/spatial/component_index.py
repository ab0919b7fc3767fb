"""Which catalogued component does a report mean: by its code, else the nearest of its class within reach.

Components come, go and move, so this index can change in place (an R-tree). The tree itself bears only one thread
at a time, not even two readers, so every touch of it happens under a lock.
"""

import math
import threading
from collections.abc import Iterable

import numpy as np
from rtree.index import Index

from gridsvc.errors import BadTable, FieldError
from gridsvc.spatial.datum import Metric
from gridsvc.values import Component, Point

# Positional accuracy of a recorded component by its class, in metres (A: poles and covers; C: greens and sites).
ACCURACY_M = {"A": 0.5, "B": 1.0, "C": 10.0}
# A report that does not say how accurate its position is, is taken to come from an ordinary phone under open sky.
UNSTATED_ACCURACY_M = 5.0


class ComponentIndex:
    """Components by code and by place. Distances are metres in the city's projected reference."""

    def __init__(self, components: Iterable[Component], metric: Metric) -> None:
        self._metric = metric
        self._components = list(components)
        self._by_code: dict[str, int] = {}
        for i, component in enumerate(self._components):
            if component.code in self._by_code:
                mend = ("每个部件一个编码", "one code a component")
                raise BadTable(
                    "部件编码重复", "two components have one code", [FieldError("code", component.code, *mend)]
                )
            self._by_code[component.code] = i
        lon = np.array([c.point.lon for c in self._components], dtype=np.float64)
        lat = np.array([c.point.lat for c in self._components], dtype=np.float64)
        xy = np.column_stack(metric.xy(lon, lat))
        self._xy = xy.tolist()
        self._lock = threading.Lock()
        ids = np.arange(len(xy), dtype=np.int64)
        self._tree = Index((ids, xy, xy)) if len(ids) else Index()

    def __len__(self) -> int:
        return len(self._by_code)

    def get(self, code: str) -> Component | None:
        """Give the component with this code, if it is known."""
        i = self._by_code.get(code)
        return None if i is None else self._components[i]

    def put(self, component: Component) -> None:
        """Add a component, or replace the one with its code."""
        x_m, y_m = self._place(component.point)
        with self._lock:
            self._forget(component.code)
            self._by_code[component.code] = len(self._components)
            self._components.append(component)
            self._xy.append([x_m, y_m])
            self._tree.insert(self._by_code[component.code], (x_m, y_m, x_m, y_m))

    def remove(self, code: str) -> None:
        """Forget a component; an unknown code is no error."""
        with self._lock:
            self._forget(code)

    def _forget(self, code: str) -> None:
        i = self._by_code.pop(code, None)
        if i is not None:
            self._tree.delete(i, (*self._xy[i], *self._xy[i]))

    def _place(self, point: Point) -> tuple[float, float]:
        x_m, y_m = self._metric.xy(np.array([point.lon]), np.array([point.lat]))
        return float(x_m[0]), float(y_m[0])

    def distance_m(self, component: Component, point: Point) -> float:
        """Metres between a component's recorded place and a point."""
        return math.dist(self._xy[self._by_code[component.code]], self._place(point))

    def nearest(self, point: Point, class_code: str, accuracy_m: float | None) -> tuple[Component, float] | None:
        """Find the nearest component of a class that the report can mean.

        It must lie within its own accuracy class plus ``accuracy_m`` metres (5 if the report does not say); of
        equally near ones the least code. Returns the component and its distance in metres, or None.
        """
        reach_m = UNSTATED_ACCURACY_M if accuracy_m is None else accuracy_m
        x_m, y_m = self._place(point)
        widest_m = reach_m + max(ACCURACY_M.values())
        box = (x_m - widest_m, y_m - widest_m, x_m + widest_m, y_m + widest_m)
        with self._lock:
            close = list(self._tree.intersection(box))
        found = []
        for i in close:
            component = self._components[i]
            if component.class_code != class_code:
                continue
            distance_m = math.dist(self._xy[i], (x_m, y_m))
            if distance_m <= reach_m + ACCURACY_M[component.accuracy_class]:
                found.append((distance_m, component.code, component))
        if not found:
            return None
        distance_m, _, component = min(found)
        return component, distance_m
