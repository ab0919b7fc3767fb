"""Outlines for maps in EPSG:3857, simplified by zoom so that neighbours stay neighbours.

Each vertex gets the zoom from which on it is drawn. That is settled once for a stretch of boundary, from one place
where boundaries meet to the next, and both sides keep or drop the same vertices: no gap opens and none overlaps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridsvc.spatial.edges import Edges, Floats, blocks, parts_of, polygon_edges
from gridsvc.spatial.layer import Objects
from gridsvc.spatial.mercator import WORLD_M, metres
from gridsvc.spatial.ragged import Longs, ascending, counted
from gridsvc.values import Geometry

# From here on every vertex is drawn. Further out a line is off by half a pixel at most, of 512 to a tile; where a whole
# city is a few pixels it is drawn as it is somewhat nearer.
EXACT_Z, COARSEST_Z = 16, 8
OFF_PX, TILE_PX = 0.5, 512
# About so many edges are joined at a time.
AT_ONCE = 1 << 19
_KINDS = {
    "polygon": shapely.GeometryType.MULTIPOLYGON, "line": shapely.GeometryType.MULTILINESTRING,
    "point": shapely.GeometryType.MULTIPOINT,
}  # fmt: skip
_MANY: dict[Geometry, Callable[[Objects], Objects]] = {
    "polygon": shapely.multipolygons, "line": shapely.multilinestrings, "point": shapely.multipoints,
}  # fmt: skip
_EMPTY: dict[Geometry, BaseGeometry] = {
    "polygon": shapely.MultiPolygon(), "line": shapely.MultiLineString(), "point": shapely.MultiPoint(),
}  # fmt: skip
Offsets = tuple[NDArray[np.int64], ...]


@dataclass(frozen=True, eq=False)
class Outlines:
    """Shapes as flat arrays: vertices in metres, of each the zoom from which on it is drawn, and where parts end.

    ``offsets`` lead from shapes to parts (lines: to lines, polygons: to polygons to rings) to vertices, the innermost
    first. ``box`` is west, south, east and north of each shape, NaN where it is empty.
    """

    kind: Geometry
    xy: Floats
    zoom: NDArray[np.uint8]
    offsets: Offsets
    box: Floats

    @classmethod
    def of(cls, kind: Geometry, geometries: Objects) -> "Outlines":
        """Lay out an array of geometries in degrees; what is not of this kind is empty. Neighbours share vertices."""
        flat = _alike(kind, np.asarray(shapely.transform(geometries, metres), dtype=object))
        _, xy, offsets = shapely.to_ragged_array(flat if len(flat) else np.array([_EMPTY[kind]]))
        parts, position = parts_of(flat)
        if kind == "point":
            zoom = np.zeros(len(xy), np.uint8)
        elif kind == "polygon":
            edges = polygon_edges(parts, position)
            del parts  # a copy of all shapes
            arcs = arcs_of(edges)
            zoom = _zooms(xy, np.zeros(len(xy), np.int64), arcs, np.zeros(len(arcs), np.int64))
        else:
            # Where one line runs into another its own course decides what is dropped of it.
            one = np.arange(len(parts))
            zoom = _zooms(xy, np.repeat(one, np.diff(offsets[0])), parts, one)
        return cls(kind, xy, zoom, tuple(o.astype(np.int64) for o in offsets), shapely.bounds(flat))

    def at(self, z: int, rows: Longs) -> Objects:
        """Give the shapes of some rows as they are drawn at a zoom, in metres; what has too few vertices left is empty.

        A hole goes with the ring around it.
        """
        offsets: list[Longs] = []
        for lead in reversed(self.offsets):
            offsets.insert(0, np.append(0, np.cumsum(lead[rows + 1] - lead[rows])))
            rows = counted(lead[rows], lead[rows + 1] - 1)[1]
        return _thinned(self.kind, self.xy[rows], self.zoom[rows] <= z, offsets)


def arcs_of(edges: Edges) -> Objects:
    """Join edges that have the same owners to lines, from one place where boundaries meet to the next."""
    if not len(edges):
        return np.zeros(0, dtype=object)
    last = edges.start[1:] - 1
    many = last - edges.start[:-1]
    return joined(edges.ends, np.column_stack([many, edges.owner[last - many], edges.owner[last]]))[0]


def joined(ends: Floats, group: NDArray[np.int64]) -> tuple[Objects, NDArray[np.intp]]:
    """Join edges of one group to lines; gives these, and of each an edge that it has.

    Parameters
    ----------
    ends : array, shape (n, 4)
        Both ends of each edge.
    group : array of int, shape (n, k)
        What edges have to share to be joined.
    """
    order = np.lexsort(group.T)
    own = group[order]
    number = np.cumsum(np.any(own != np.roll(own, 1, axis=0), axis=1))
    number -= number[0]
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    lines, found = [np.zeros(0, dtype=object)], [np.zeros(0, np.intp)]
    # An object for each edge of a province would take more memory than all the rest: some groups at a time.
    for low, high in pairwise([*starts[:: max(1, AT_ONCE * len(starts) // len(order))].tolist(), len(order)]):
        edges = shapely.linestrings(ends[order[low:high]].reshape(-1, 2, 2))
        merged = shapely.line_merge(shapely.multilinestrings(edges, indices=number[low:high] - number[low]))
        some, of = shapely.get_parts(merged, return_index=True)
        lines.append(some)
        found.append(order[starts[number[low] + of]])
    return np.concatenate(lines).astype(object), np.concatenate(found)


def _alike(kind: Geometry, shapes: Objects) -> Objects:
    """The shapes as collections of one kind, empty where one is missing or of another kind."""
    single = {"polygon": 3, "line": 1, "point": 0}[kind]
    found = shapely.get_type_id(shapes)
    usable = np.isin(found, (single, _KINDS[kind])) & ~shapely.is_empty(shapes)
    alike = np.where(usable, shapes, _EMPTY[kind])
    one = shapely.get_type_id(alike) == single
    alike[one] = _MANY[kind](alike[one].reshape(-1, 1)) if one.any() else alike[one]
    return np.asarray(alike, dtype=object)


def _thinned(kind: Geometry, xy: Floats, keep: NDArray[np.bool_], offsets: Sequence[Longs]) -> Objects:
    """Shapes of some of their vertices."""
    if not len(xy):
        return np.full(len(offsets[-1]) - 1, _EMPTY[kind], dtype=object)
    if kind == "point":
        return np.asarray(shapely.from_ragged_array(_KINDS[kind], xy, tuple(offsets)))
    first, *outer = offsets
    n = np.diff(_before(keep)[first])
    # A ring comes back to its first vertex, which counts once, and is closed anew where that is dropped.
    whole = n - keep[first[:-1]] >= 3 if kind == "polygon" else n >= 2
    if kind == "polygon":
        shell = whole[outer[0][:-1]]
        whole &= np.repeat(shell, np.diff(outer[0]))
    keep = keep & np.repeat(whole, np.diff(first))
    left = [np.append(_before(keep)[first][:-1][whole], keep.sum()), _before(whole)[outer[0]]]
    if kind == "polygon":
        left = [left[0], np.append(left[1][:-1][shell], whole.sum()), _before(shell)[outer[1]]]
    return np.asarray(shapely.from_ragged_array(_KINDS[kind], xy[keep], tuple(left)))


def _zooms(xy: Floats, own: Longs, arcs: Objects, of: Longs) -> NDArray[np.uint8]:
    """From which zoom on each vertex is drawn: by its distance from what is drawn without it (Douglas, Peucker 1973).

    Where a line is split does not depend on how much it may be off, so that what is drawn far out is drawn nearer too.
    Vertices are one where both their place and ``own`` (of arcs ``of``) are.
    """
    places = np.unique(_key(shapely.get_coordinates(arcs)))

    def numbers(at: Floats, group: Longs) -> Longs:
        found = np.empty(len(at), np.int64)
        for block in blocks(len(at)):
            found[block] = group[block] << 32 | np.searchsorted(places, _key(at[block]))
        return found

    def numbers_of(shapes: Objects) -> Longs:
        at, which = shapely.get_coordinates(shapes, return_index=True)
        return numbers(at, of[which])

    known = ascending(numbers_of(arcs))
    zoom = np.full(len(known) + 1, EXACT_Z, np.uint8)
    for z in range(EXACT_Z - 1, COARSEST_Z - 1, -1):
        coarse = shapely.simplify(arcs, OFF_PX * WORLD_M / TILE_PX / 2**z, preserve_topology=False)
        zoom[np.searchsorted(known, numbers_of(coarse))] = 0 if z == COARSEST_Z else z
    known, drawn = np.append(known, -1), np.empty(len(xy), np.uint8)
    for block in blocks(len(xy)):
        wanted = numbers(xy[block], own[block])
        at = np.searchsorted(known[:-1], wanted)
        # A vertex of no edge, as of a ring without length, is drawn where all are.
        drawn[block] = np.where(known[at] == wanted, zoom[at], EXACT_Z)
    return drawn


def _key(xy: Floats) -> NDArray[np.complex128]:
    """Vertices as one number each; adding zero makes -0.0 and 0.0 one."""
    return np.ascontiguousarray(xy + 0.0).view(np.complex128).ravel()


def _before(keep: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many are kept before each position, the end among them."""
    return np.append(0, np.cumsum(keep))
