"""The edges of many areas, each once, with everybody whose boundary it is. Vertices are never moved."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial.ragged import Longs, counted

Floats = NDArray[np.float64]
EDGES_A_TILE = 64
# Edges handled at a time: of a province there are tens of millions.
BLOCK = 1 << 20
# Multipliers that spread the bits of an edge's four numbers.
_ODD = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)
Parts = tuple[NDArray[np.object_], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class Edges:
    """Straight edges with their owners.

    ``ends`` has one row an edge: x and y of the lower end, x and y of the upper (of level edges the left first).
    ``owner[start[i]:start[i + 1]]`` are the areas whose boundary edge ``i`` is.
    """

    ends: Floats
    start: Longs
    owner: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ends)

    def owners_of(self, edge: Longs) -> tuple[Longs, Longs]:
        """Every owner of each of these edges: the place in ``edge``, ascending, and the owner."""
        at, which = counted(self.start[edge], self.start[edge + 1] - 1)
        return at, self.owner[which].astype(np.int64)


def parts_of(geometries: NDArray[np.object_]) -> Parts:
    """Take geometries apart into single polygons, lines or points, each with its position; empty ones have none."""
    parts, position = shapely.get_parts(geometries, return_index=True)
    kept = ~shapely.is_empty(parts)
    return parts[kept], position[kept]


def polygon_edges(parts: NDArray[np.object_], area: Longs) -> Edges:
    """List the edges of polygons; holes are boundary like shells.

    Parameters
    ----------
    parts : array of Polygon, shape (n,)
        Degrees.
    area : array of int, shape (n,)
        The area that each belongs to, ascending. An edge that one area has twice stays twice, so that it bounds
        nothing but is still its boundary.
    """
    rings, part = shapely.get_rings(parts, return_index=True)
    from_xy, to_xy, owner = segments(rings, part)
    return unique(upwards(from_xy, to_xy)[0], area[owner])


def line_edges(parts: NDArray[np.object_], area: Longs) -> Edges:
    """List the edges of lines and points; a point, and a line without length, is one edge of no length."""
    from_xy, to_xy, owner = segments(parts, np.arange(len(parts)))
    still = np.setdiff1d(np.arange(len(parts)), owner)
    xy, part = shapely.get_coordinates(parts[still], return_index=True)
    first = xy[np.searchsorted(part, np.arange(len(still)))]
    owners = area[np.concatenate([owner, still])]
    return unique(upwards(np.vstack([from_xy, first]), np.vstack([to_xy, first]))[0], owners)


def segments(strings: NDArray[np.object_], part: NDArray[np.intp]) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Every pair of following, different vertices, with the part it belongs to."""
    xy, string = shapely.get_coordinates(strings, return_index=True)
    moved = (xy[1:, 0] != xy[:-1, 0]) | (xy[1:, 1] != xy[:-1, 1])
    pair = np.flatnonzero(moved & (string[1:] == string[:-1]))
    return xy[pair], xy[pair + 1], part[string[pair]]


def upwards(from_xy: Floats, to_xy: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Give the ends of edges as :class:`Edges` has them, and which edges ran that way already."""
    ends, upward = np.empty((len(from_xy), 4)), np.empty(len(from_xy), np.bool_)
    for block in blocks(len(ends)):
        a, b = from_xy[block], to_xy[block]
        up = upward[block] = (a[:, 1] < b[:, 1]) | ((a[:, 1] == b[:, 1]) & (a[:, 0] <= b[:, 0]))
        # Adding zero makes -0.0 and 0.0 one number, bit for bit.
        ends[block, :2] = np.where(up[:, None], a, b) + 0.0
        ends[block, 2:] = np.where(up[:, None], b, a) + 0.0
    return ends, upward


def unique(ends: Floats, owner: NDArray[np.intp]) -> Edges:
    """Put equal edges together and collect their owners; ``ends`` run upwards."""
    if not len(owner):
        return Edges(np.zeros((0, 4)), np.zeros(1, np.int64), np.zeros(0, np.int32))
    # Stable, so that of equal edges the owners come in order.
    order = np.argsort(_key(ends), kind="stable")
    own = owner[order].astype(np.int32)
    # Where the key has parted equal edges they stay apart, which costs memory but is not wrong; so does a second
    # edge of one owner.
    fresh = np.concatenate([[True], own[1:] == own[:-1]])
    for block in blocks(len(owner)):
        since = max(block.start - 1, 0)
        here = ends[order[since : block.stop]]
        fresh[since + 1 : block.stop] |= (here[1:] != here[:-1]).any(axis=1)
    first = np.flatnonzero(fresh)
    return Edges(ends[order[first]], np.append(first, len(own)), own)


def blocks(n: int) -> Iterator[slice]:
    """Divide so many rows into parts that are handled at a time."""
    return (slice(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK))


def _key(ends: Floats) -> NDArray[np.uint64]:
    """Sort key of edges: above the tile of the lower end, so that neighbours lie together; below a hash of all."""
    across = max(np.sqrt(len(ends) / EDGES_A_TILE), 1.0)
    spans = [(axis, ends[:, axis].min(), ends[:, axis].max()) for axis in (1, 0)]
    key = np.empty(len(ends), np.uint64)
    for block in blocks(len(ends)):
        here = ends[block]
        tile = np.zeros(len(here), np.uint64)
        for axis, low, high in spans:
            tile <<= np.uint64(16)
            tile |= ((here[:, axis] - low) * (across / max(high - low, 1e-9))).astype(np.uint64)
        mixed = np.zeros(len(here), np.uint64)
        for number, bits in enumerate(here.view(np.uint64).T):
            mixed ^= bits * np.uint64(_ODD[number])
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(_ODD[0])
        key[block] = (tile << np.uint64(32)) | (mixed >> np.uint64(32))
    return key
