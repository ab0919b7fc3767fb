"""What an overlay is: all layers laid over one another on a raster, as arrays.

A cell that no edge touches has one answer, told without looking. The other cells have a record: which areas hold their
corner, and every edge near enough to change that. What holds a point is what holds the corner of its cell, changed by
each edge crossed on the way from there, first up, then along the row. No edge is cut and no vertex moved, so
gaps, overlaps, holes and parts need no care of their own.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.edges import Floats
from gridsvc.spatial.ragged import Longs

Ints = NDArray[np.int32]
# Where each point's list starts, and the lists: area << 3 | relation, ascending.
Described = tuple[Longs, Ints]

# What a record's header word can count.
MOST_AREAS, MOST_EDGES, MOST_REACHES = 32, 4095, 4095
CROWDED, ALIKE = -1, 1 << 30
# An edge's ends are kept in its cells' records too, rounded to this share of the cell: nearly always enough.
UNITS = 1024.0
# Within what a signed 16-bit number holds.
FARTHEST = 30_000.0
# Instead of the number of a set: a point that takes a closer look, and one that is no position.
UNSETTLED, NO_PLACE = -1, -2
# How an area is related to a point, the closest first; the nearest one of a layer is marked where that matters.
INSIDE, ON, NEAR, AWAY = 0, 1, 2, 3
FIRST = 4


class Frame(NamedTuple):
    """The raster as plain numbers, degrees; see :class:`gridsvc.spatial.raster.Raster`."""

    west: float
    south: float
    width: float
    height: float
    per_width: float
    per_height: float
    columns: int
    rows: int


class Tables(NamedTuple):
    """The compiled form of many areas, numbered through all layers.

    ``cells`` holds for each cell the number of its set, or ``~offset`` of its record. A *set* is the areas that
    hold a point, ``areas[set_start[i]:set_start[i + 1]]``, ascending; set 0 is empty.
    A record is: the corner's set; how many areas, edges and reaches follow (6, 12 and 12 bits) with ``ALIKE`` where all
    edges bound the same areas; the areas; where ``ALIKE`` the set behind the edges as seen from the corner's; for each
    edge its ends in ``UNITS`` of the cell, two 16-bit numbers a word, and its number, and where not ``ALIKE`` the bits
    of the areas that it bounds and the set behind it; for each reach the number of its edge and its area.
    Where the counts do not suffice it is: the corner's set; ``CROWDED``; how many bounds and reaches follow; an edge's
    number and an area for each. ``layer_of`` has the layer of each area, ``~layer`` for lines and points.
    """

    frame: Frame
    cells: Ints
    records: Ints
    edges: Floats
    reaches: Floats
    reach_m: Floats
    set_start: Ints
    areas: Ints
    layer_of: Ints
