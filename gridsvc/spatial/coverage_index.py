"""Exact point location over all layers at once: which areas hold a point, lie beside it, or are nearest.

Reports every one of them and chooses none. Membership is ``covers``: a point on a boundary belongs to every area that
has the boundary. It is decided in degrees by exact orientation tests, without any tolerance; metres are used
only for nearness and for the reach of lines and points.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial import kernel_numpy
from gridsvc.spatial.compile_overlay import overlay
from gridsvc.spatial.compiler import compiled_columns, compiled_kernel
from gridsvc.spatial.edges import parts_of
from gridsvc.spatial.overlay import Described, Ints, Tables
from gridsvc.spatial.ragged import Longs

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]
Pairs = tuple[Positions, Positions]
Learned = tuple[Longs, Ints]
NOTHING_LEARNED: Learned = (np.zeros(0, np.int64), np.zeros(0, np.int32))
# A point has seldom more neighbours than this; more room is made where it has.
_ROOM = 32


@dataclass(frozen=True, eq=False)
class Ground:
    """One layer's geometries, degrees in WGS 84, missing ones allowed; lines and points with their reach in metres."""

    geometries: NDArray[np.object_]
    reach_m: Floats | None = None


class CoverageIndex:
    """Immutable index over the areas of some layers; safe to share between threads.

    Areas are numbered through all layers; ``first[layer]`` is the number of a layer's first area.
    """

    def __init__(self, tables: Tables, first: Longs, compiled: bool = True) -> None:
        self.tables = tables
        self.first = first
        self._bounds = list(pairwise(first.tolist()))
        self._compiled = compiled
        self._bound: tuple[Learned, Any] | None = None

    @cached_property
    def _kernel(self) -> Any | None:
        """The compiled kernel for one point, fetched by the first question."""
        return compiled_kernel() if self._compiled else None

    @cached_property
    def _way(self) -> Any:
        return kernel_numpy if self._kernel is None else self._kernel.kernel

    @classmethod
    def over(cls, layers: Sequence[Ground], compiled: bool = True) -> "CoverageIndex":
        """Compile the areas of some layers; ``compiled`` False answers without the compiled kernel."""
        first = np.concatenate([[0], np.cumsum([len(layer.geometries) for layer in layers], dtype=np.int64)])
        kinds: dict[bool, list[tuple[Any, Any]]] = {True: [_NOTHING], False: [_NOTHING]}
        reach_m, layer_of = np.zeros(int(first[-1])), np.zeros(int(first[-1]), np.int32)
        for number, layer in enumerate(layers):
            parts, position = parts_of(layer.geometries)
            kinds[layer.reach_m is None].append((parts, position + first[number]))
            mine = slice(first[number], first[number + 1])
            layer_of[mine] = number if layer.reach_m is None else ~number
            if layer.reach_m is not None:
                reach_m[mine] = layer.reach_m
        polygons, of_polygon = (np.concatenate(c) for c in zip(*kinds[True], strict=True))
        lines, of_line = (np.concatenate(c) for c in zip(*kinds[False], strict=True))
        return cls(overlay(polygons, of_polygon, lines, of_line, reach_m, layer_of, compiled), first, compiled)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return sum(a.nbytes for a in self.tables[1:])

    def set_of(self, lon: float, lat: float, near_m: float, learned: Learned) -> int:
        """Tell one point's set, as :meth:`sets_of` does."""
        return self.asker(learned)(lon, lat, near_m)

    def asker(self, learned: Learned) -> Callable[[float, float, float], int]:
        """Give the function that tells one point's set, for as long as nothing more is learned."""
        if self._kernel is None:
            return lambda lon, lat, near_m: int(self.sets_of(np.array([lon]), np.array([lat]), near_m, learned)[0])
        bound, set_at = self._bound_to(learned), self._kernel.set_at
        address = bound.address

        # The default keeps alive what lies at the address.
        def ask(lon: float, lat: float, near_m: float, _: Any = bound) -> int:
            number: int = set_at(address, lon, lat, near_m)
            return number

        return ask

    def meeter(self, learned: Learned, layer: int) -> Callable[[float, float, float], tuple[int, float]]:
        """Give the function that tells one point's set and its metres to the nearest boundary of a layer."""
        if self._kernel is None:
            ask = self.asker(learned)
            return lambda lon, lat, near_m: (ask(lon, lat, near_m), self.boundary_distance_of(lon, lat, layer))
        bound, met_at = self._bound_to(learned), self._kernel.met_at
        address, (first, last) = bound.address, self._bounds[layer]

        # The default keeps alive what lies at the address.
        def meet(lon: float, lat: float, near_m: float, _: Any = bound) -> tuple[int, float]:
            found: tuple[int, float] = met_at(address, lon, lat, near_m, first, last)
            return found

        return meet

    def _bound_to(self, learned: Learned | None = None) -> Any:
        """The tables and what was learned, bound to an address; who asks there must hold on to what this gives."""
        held = self._bound
        if held is None or (learned is not None and held[0] is not learned):
            assert self._kernel is not None
            given = NOTHING_LEARNED if learned is None else learned
            held = self._bound = given, self._kernel.bind(self.tables, *given)
        return held[1]

    def sets_of(self, lon: Floats, lat: Floats, near_m: float, learned: Learned) -> Ints:
        """Tell every point's set of areas; see :func:`gridsvc.spatial.kernel_numpy.sets_of`."""
        found: Ints = self._way.sets_of(self.tables, *learned, _plain(lon), _plain(lat), float(near_m))
        return found

    def describe_one(self, lon: float, lat: float, near_m: float) -> Ints:
        """List what holds one point or lies within some metres of it."""
        if self._kernel is None:
            return kernel_numpy.describe(self.tables, np.array([lon]), np.array([lat]), near_m)[1]
        bound, room = self._bound_to(), _ROOM
        while True:
            out = np.empty(room, np.int32)
            n = self._kernel.describe_at(bound.address, lon, lat, near_m, out, np.empty(room, np.int8), np.empty(room))
            if n >= 0:
                return out[:n]
            room *= 4

    def describe(self, lon: Floats, lat: Floats, near_m: float) -> Described:
        """List what holds each point or lies within some metres; see :func:`kernel_numpy.describe`."""
        found: Described = self._way.describe(self.tables, _plain(lon), _plain(lat), float(near_m))
        return found

    def covering(self, lon: Floats, lat: Floats, layer: int = 0) -> Pairs:
        """Pair each point with every area of a layer that covers it.

        Parameters
        ----------
        lon, lat : array, shape (n,)
            Degrees in WGS 84. NaN rows are allowed and have no pair.
        layer : int
            Number of the layer.

        Returns
        -------
        pair of arrays, shape (k,)
            Positions of points and of areas in the layer, ordered by point, then by area (that is, by code).
        """
        start, packed = self.describe(lon, lat, 0.0)
        point, area = np.repeat(np.arange(len(lon)), np.diff(start)), packed >> 3
        mine = (area >= self.first[layer]) & (area < self.first[layer + 1])
        return point[mine], area[mine] - self.first[layer]

    def nearest(self, lon: float, lat: float, layer: int = 0) -> tuple[list[int], float]:
        """Positions of a polygon layer's areas whose boundary is nearest to a point outside them, and the metres."""
        distance_m = self.boundary_distance_of(lon, lat, layer)
        if not np.isfinite(distance_m):
            return [], distance_m
        mine = range(int(self.first[layer]), int(self.first[layer + 1]))
        # On the boundary itself there is nothing near, but what is on it.
        around = self.describe_one(lon, lat, distance_m).tolist()
        beside = [(e >> 3) - mine.start for e in around if e >> 3 in mine and e & 3 != 0]
        return beside or [(e >> 3) - mine.start for e in around if e >> 3 in mine], distance_m

    def boundary_distance_of(self, lon: float, lat: float, layer: int = 0) -> float:
        """One point's metres to the nearest boundary of a layer, as :meth:`boundary_distance_m` gives them."""
        if self._kernel is None:
            return float(self.boundary_distance_m(np.array([lon]), np.array([lat]), layer)[0])
        bound = self._bound_to()
        return float(self._kernel.edge_distance_at(bound.address, lon, lat, *self._bounds[layer]))

    def boundary_distance_m(self, lon: Floats, lat: Floats, layer: int = 0) -> Floats:
        """Metres from each point to the nearest boundary of a layer; NaN for no position, infinite without one.

        Taken on the plane that touches the ellipsoid at the point: right to a thousandth within ten kilometres.
        """
        found: Floats = self._way.edge_distances_m(self.tables, _plain(lon), _plain(lat), *self._bounds[layer])
        return found


_NOTHING = (np.zeros(0, dtype=object), np.zeros(0, np.int64))


def _plain(values: Floats) -> Floats:
    """The array as the kernel was compiled for: one piece, that could be written to; copied only if it is another."""
    return np.require(values, np.float64, ["C", "W"])


def warm() -> bool:
    """Let the kernel be compiled and kept now, so that no question waits for it; False where there is no compiler."""
    square = shapely.box(0.0, 0.0, 0.001, 0.001)
    line = shapely.LineString([(0.0, 0.0), (0.001, 0.0005)])
    ground = [Ground(np.array([square], dtype=object)), Ground(np.array([line], dtype=object), np.array([5.0]))]
    index = CoverageIndex.over(ground)
    points = np.array([0.0, 0.0005]), np.array([0.0, 0.0005])
    for near_m in (0.0, 1.0):
        index.sets_of(*points, near_m, NOTHING_LEARNED)
        index.set_of(0.0005, 0.0005, near_m, NOTHING_LEARNED)
        index.meeter(NOTHING_LEARNED, 0)(0.0005, 0.0005, near_m)
    index.describe(*points, 1.0)
    index.describe_one(0.0, 0.0, 1.0)
    index.boundary_distance_m(*points)
    index.boundary_distance_of(0.0, 0.0)
    if (columns := compiled_columns()) is not None:
        columns.warm()
    return compiled_kernel() is not None
