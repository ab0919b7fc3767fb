"""The boundaries of several layers as lines, each piece once, however many areas and layers it bounds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial.edges import Floats, parts_of, segments, unique, upwards
from gridsvc.spatial.layer import Layer, Objects
from gridsvc.spatial.outlines import joined
from gridsvc.spatial.ragged import Longs

NOBODY = -1


@dataclass(frozen=True, eq=False)
class SharedEdges:
    """Lines in degrees, from one place where boundaries meet to the next, and what lies on either side.

    ``level`` is the number of the first layer that has it as a boundary, ``left`` and ``right`` are rows in that
    layer, as seen in the direction of the line; -1 where none of its areas is.
    """

    lines: Objects
    level: Longs
    left: Longs
    right: Longs


def shared_edges(layers: Sequence[Layer]) -> SharedEdges:
    """Find the boundaries of layers of polygons, the highest first; vertices are compared bit by bit, none is moved."""
    found = [_directed(level, layer) for level, layer in enumerate(layers)]
    if not sum(len(own[0]) for own in found):
        nothing = np.zeros(0, np.int64)
        return SharedEdges(np.zeros(0, dtype=object), nothing, nothing, nothing)
    ends, upward, level, row = (np.concatenate(column) for column in zip(*found, strict=True))
    # Of a province each of these is gigabytes.
    del found
    edges = unique(ends, np.arange(len(ends)))
    del ends
    # A ring runs with its ground on the left, and an edge from its lower end to its upper one, or from the left.
    edge = np.repeat(np.arange(len(edges)), np.diff(edges.start))
    highest = np.minimum.reduceat(level[edges.owner], edges.start[:-1])
    sides = np.full((2, len(edges)), NOBODY, np.int32)
    for side, here in enumerate((upward, ~upward)):
        own = here[edges.owner] & (level[edges.owner] == highest[edge])
        sides[side, edge[own]] = row[edges.owner[own]]
    # All edges between two areas run one way, with the lesser row on the left, and so does the line that they make.
    turned = sides[0] > sides[1]
    parting = np.flatnonzero(sides[0] != sides[1])
    run = np.where(turned[parting, None], edges.ends[parting][:, [2, 3, 0, 1]], edges.ends[parting])
    group = np.column_stack([highest, sides.min(axis=0), sides.max(axis=0)])[parting]
    lines, of = joined(run, group)
    return SharedEdges(lines, *(group[of].T.astype(np.int64)))


def _directed(level: int, layer: Layer) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int8], NDArray[np.int32]]:
    """The edges of a layer, upwards, which run that way in their ring, the number of the layer and the area's row."""
    parts, row = parts_of(layer.geometries)
    polygons = shapely.get_type_id(parts) == 3
    rings, part = shapely.get_rings(shapely.orient_polygons(parts[polygons]), return_index=True)
    from_xy, to_xy, of = segments(rings, part)
    return *upwards(from_xy, to_xy), np.full(len(of), level, np.int8), row[polygons].astype(np.int32)[of]
