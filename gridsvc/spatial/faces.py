"""The plane between lines: the faces that lines close, and the segments where two faces meet.

Works on vertices as they are and in whatever reference they have: two faces share a segment bit by bit or not at all.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import STRtree

Objects = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Segments:
    """Every segment of a set of faces, once.

    ``ends``, shape (n, 2, 2): first and last vertex, the lesser first. ``faces``, shape (n, 2): the faces beside it,
    ascending, the second -1 where only one face has it.
    """

    ends: Floats
    faces: Ints

    @property
    def middles(self) -> Objects:
        """Points halfway along."""
        return np.asarray(shapely.points(self.ends.mean(axis=1)), dtype=object)


def noded(lines: ArrayLike) -> Objects:
    """Cut lines wherever they meet, and give every stretch between two meetings once; no given vertex moves."""
    return np.asarray(shapely.get_parts(shapely.union_all(lines)), dtype=object)


def matched(lines: Objects, within: float) -> Objects:
    """Give every segment the vertices of others that lie on it, within a distance, so that what coincides is shared.

    Nodes that differ by a rounding would leave slivers without ground, on which no noding is sound.
    """
    xy, line = shapely.get_coordinates(lines, return_index=True)
    start = np.flatnonzero(line[:-1] == line[1:])
    places = np.unique(xy, axis=0)
    stretches = shapely.linestrings(np.stack([xy[start], xy[start + 1]], axis=1))
    k, place = lying_on(stretches, np.asarray(shapely.points(places), dtype=object), within)
    along, whole = places[place] - xy[start[k]], xy[start[k] + 1] - xy[start[k]]
    between = (np.hypot(*along.T) > within) & (np.hypot(*(whole - along).T) > within)
    k, place, ahead = k[between], place[between], (along * whole).sum(axis=1)[between]
    order = np.lexsort((ahead, k))
    at = start[k[order]] + 1
    more = np.insert(xy, at, places[place[order]], axis=0)
    return np.asarray(shapely.linestrings(more, indices=np.insert(line, at, line[at])), dtype=object)


def snapped(lines: Objects, fixed: Objects, decimals: int) -> Objects:
    """Round the vertices of lines, and move those within two last digits of a fixed shape's vertex onto it.

    So lines that nearly meet do meet, each other and the fixed shapes. A line may shrink to a point.
    """
    xy, line = shapely.get_coordinates(lines, return_index=True)
    there = np.unique(shapely.get_coordinates(fixed), axis=0)
    moved = np.round(xy, decimals)
    k, place = STRtree(shapely.points(there)).query_nearest(
        shapely.points(xy), max_distance=2 * 10.0**-decimals, all_matches=False
    )
    moved[k] = there[place]
    return np.asarray(shapely.linestrings(moved, indices=line), dtype=object)


def closed(edges: ArrayLike) -> Objects:
    """Give the polygons that noded lines enclose, from north to south; loose ends enclose nothing and vanish."""
    faces = np.asarray(shapely.get_parts(shapely.polygonize(edges)), dtype=object)
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    return faces[np.lexsort((inner[:, 0], -inner[:, 1]))]


def segments(faces: ArrayLike) -> Segments:
    """List the segments of faces of which no two overlap; vertices are compared bit by bit."""
    rings, face_of_ring = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[:-1] == ring[1:]
    ends = np.stack([xy[:-1][inside], xy[1:][inside]], axis=1)
    swap = (ends[:, 0, 0] > ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1]))
    ends[swap] = ends[swap, ::-1]
    own, which = np.unique(ends.reshape(-1, 4), axis=0, return_inverse=True)
    beside = np.full((len(own), 2), -1, dtype=np.int64)
    face = np.asarray(face_of_ring, dtype=np.int64)[ring[:-1][inside]]
    # Written from the last face to the first, and the other way round: what stays is the first and the last.
    beside[which[::-1], 0], beside[which, 1] = face[::-1], face
    beside[beside[:, 0] == beside[:, 1], 1] = -1
    return Segments(own.reshape(-1, 2, 2), beside)


def extended(lines: Objects, by: float, ends: NDArray[np.bool_] | None = None) -> Objects:
    """Move ends of lines straight on by a length in the units of their coordinates; nothing stays where an end was.

    ``ends``, shape (n, 2), marks which: first and last end of each line; without it all.
    """
    wanted = np.ones((len(lines), 2), dtype=np.bool_) if ends is None else ends
    longer = np.empty(len(lines), dtype=object)
    for i, line in enumerate(lines):
        xy = shapely.get_coordinates(line)
        first, last = (end + by * (end - inner) / np.hypot(*(end - inner)) for end, inner in (xy[:2], xy[:-3:-1]))
        xy[0], xy[-1] = np.where(wanted[i][:, None], [first, last], xy[[0, -1]])
        longer[i] = shapely.LineString(xy)
    return longer


def loose_ends(lines: Objects, others: Objects) -> NDArray[np.bool_]:
    """Mark the ends of lines, shape (n, 2), at which nothing else, neither line nor other shape, has a vertex."""
    at = np.stack([shapely.get_coordinates(shapely.get_point(lines, k)) @ (1.0, 1.0j) for k in (0, -1)], axis=1)
    place, times = np.unique(shapely.get_coordinates([*lines, *others]) @ (1.0, 1.0j), return_counts=True)
    return np.asarray(times[np.searchsorted(place, at)] == 1)


def lying_on(places: Objects, shapes: Objects, within: float) -> tuple[Ints, Ints]:
    """Pair places with the shapes that they lie on, give or take a distance in the units of their coordinates."""
    place, shape = STRtree(shapes).query(places, predicate="dwithin", distance=within)
    return np.asarray(place, dtype=np.int64), np.asarray(shape, dtype=np.int64)
