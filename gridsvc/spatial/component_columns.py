"""Components in columns by class, ordered from west to east, and the metres between them and points."""

from collections.abc import Iterable, Iterator
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.datum import Floats
from gridsvc.spatial.nearness import metres_at
from gridsvc.values import REMOVED, Component

# Positional accuracy of a recorded component by its class, in metres (A: poles and covers; C: greens and sites).
ACCURACY_M = {"A": 0.5, "B": 1.0, "C": 10.0}
# A little wider than any of them, so that rounding at the edge of what is looked at decides nothing.
WIDEST_M = max(ACCURACY_M.values()) + 0.1
# A report that does not say how accurate its position is, is taken to come from an ordinary phone under open sky.
UNSTATED_ACCURACY_M = 5.0
# What is looked at is that much wider than it must be, and no degree so short that it goes around the world.
SPARE, SHORTEST_DEGREE_M, SHORTEST_LAT_M = 1.01, 1.0, 110_500.0


class Columns(NamedTuple):
    """Components of one class: degrees, of which ``lon`` ascends, metres a degree there, how accurate they are.

    No degree of longitude is shorter than ``narrowest_m`` at any of them.
    """

    lon: Floats
    lat: Floats
    lon_m: Floats
    lat_m: Floats
    accuracy_m: Floats
    components: NDArray[np.object_]
    narrowest_m: float


class Placed(NamedTuple):
    """A component in the tree."""

    lon: float
    lat: float
    lon_m: float
    lat_m: float
    accuracy_m: float
    component: Component


class Catalogue(NamedTuple):
    """The columns of all classes in one piece, shape (5, n): longitude, latitude, metres a degree of both, accuracy.

    Class ``classes[i]`` has its components from ``start[i]`` on, up to ``start[i + 1]``.
    """

    there: Floats
    components: NDArray[np.object_]
    classes: tuple[str, ...]
    start: NDArray[np.int64]
    narrowest_m: tuple[float, ...]

    def columns(self) -> dict[str, Columns]:
        """Each class by its code; nothing is copied."""
        spans = [slice(a, b) for a, b in zip(self.start[:-1].tolist(), self.start[1:].tolist(), strict=True)]
        return {
            code: Columns._make((*(row[span] for row in self.there), self.components[span], narrowest_m))
            for code, span, narrowest_m in zip(self.classes, spans, self.narrowest_m, strict=True)
        }


def catalogue_of(components: Iterable[Component]) -> Catalogue:
    """Lay out the components that stand."""
    by_class: dict[str, list[Component]] = {}
    for component in components:
        if component.state != REMOVED:
            by_class.setdefault(component.class_code, []).append(component)
    each = [laid_out(those) for those in (*by_class.values(), [])]
    there = np.array([np.concatenate([columns[i] for columns in each]) for i in range(5)], np.float64)
    start = np.cumsum([0, *map(len, by_class.values())], dtype=np.int64)
    narrowest_m = tuple(columns.narrowest_m for columns in each[:-1])
    objects = np.concatenate([columns.components for columns in each])
    return Catalogue(there, objects, tuple(by_class), start, narrowest_m)


def laid_out(components: list[Component]) -> Columns:
    lon = np.array([c.point.lon for c in components], dtype=np.float64)
    lat = np.array([c.point.lat for c in components], dtype=np.float64)
    accuracy_m = np.array([ACCURACY_M[c.accuracy_class] for c in components], dtype=np.float64)
    objects = np.empty(len(components), dtype=object)
    objects[:] = components
    lon_m, lat_m = metres_at(lat)
    order = np.argsort(lon, kind="stable")
    narrowest_m = max(float(lon_m.min(initial=np.inf)), SHORTEST_DEGREE_M)
    return Columns(lon[order], lat[order], lon_m[order], lat_m[order], accuracy_m[order], objects[order], narrowest_m)


def rows_of(columns: Columns) -> Iterator[Placed]:
    return map(Placed._make, zip(*(column.tolist() for column in columns[:-1]), strict=True))


def wide_deg_of(columns: Columns, reach_m: float) -> float:
    """Degrees of longitude that nothing within reach is farther away than."""
    return SPARE * (reach_m + WIDEST_M) / columns.narrowest_m


def apart_m(placed: Placed, lon: float, lat: float) -> float:
    east_m, north_m = (lon - placed.lon) * placed.lon_m, (lat - placed.lat) * placed.lat_m
    return sqrt(east_m * east_m + north_m * north_m)


def apart_from(columns: Columns, at: Any, lon: Any, lat: Any) -> Floats:
    """What :func:`apart_m` gives, digit for digit."""
    east_m, north_m = (lon - columns.lon[at]) * columns.lon_m[at], (lat - columns.lat[at]) * columns.lat_m[at]
    return np.asarray(np.sqrt(east_m * east_m + north_m * north_m))
