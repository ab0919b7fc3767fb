"""Lays all layers over one another on a raster: a cell that no edge touches has one answer, told without looking.

The other cells have a record: which areas hold their corner, and every edge near enough to change that. What holds
a point is what holds the corner of its cell, changed by each edge crossed on the way from there, first along the
row, then up. No edge is cut and no vertex moved, so gaps, overlaps, holes and parts need no care of their own.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.edges import Edges, Floats, line_edges, polygon_edges
from gridsvc.spatial.ragged import Longs, ascending, counted, place_in
from gridsvc.spatial.raster import Raster

Ints = NDArray[np.int32]
# Where each point's list starts, and the lists: area << 3 | relation, ascending.
Described = tuple[Longs, Ints]

# A point falls into a cell with a record in about this share of cases; less makes cells smaller and tables larger.
EDGE_SHARE = 0.12
# Memory for one area, and at least for all together.
AREA_BYTES, LEAST_BYTES = 4_500, 2_000_000
# What a record's header word can count.
MOST_AREAS, MOST_EDGES, MOST_REACHES = 32, 4095, 4095
CROWDED = -1
# Instead of the number of a set: a point that takes a closer look, and one that is no position.
UNSETTLED, NO_PLACE = -1, -2
# How an area is related to a point, the closest first; the nearest one of a layer is marked where that matters.
INSIDE, ON, NEAR, AWAY = 0, 1, 2, 3
FIRST = 4
# Reaches count for cells this much farther off than they are, since a degree is not equally long everywhere.
REACH_MARGIN = 1.01


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
    A record is: the corner's set; how many areas, edges and reaches follow (6, 12 and 12 bits); the areas; for each
    edge its number, the bits of the areas that it bounds, and the set behind it as seen from the corner's; for each
    reach the number of its edge and its area. Where the counts do not suffice it is: the corner's set; ``CROWDED``;
    how many bounds and reaches follow; an edge's number and an area for each. ``layer_of`` has the layer of each
    area, ``~layer`` for lines and points.
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


def raster_over(edges: Edges, reaches: Edges, reach_m: Floats) -> Raster:
    """Choose cells so that few points meet an edge and the tables stay within ``AREA_BYTES`` an area."""
    at, pad_x, pad_y = _padded(reaches, reach_m)
    pad = np.column_stack([pad_x, pad_y])
    lower, upper = reaches.ends[at, :2], reaches.ends[at, 2:]
    corners = np.vstack([edges.ends[:, :2], edges.ends[:, 2:], lower - pad, upper - pad, lower + pad, upper + pad])
    if not len(corners):
        return Raster(0.0, 0.0, 1.0, 1.0, 1, 1)
    west, south = corners.min(axis=0)
    east, north = corners.max(axis=0)
    lon_m, lat_m = metres_per_degree(float(np.clip((south + north) / 2, -89.0, 89.0)))
    wide_m, high_m = (east - west) * lon_m, (north - south) * lat_m
    length_m = float(np.hypot((edges.ends[:, 2] - edges.ends[:, 0]) * lon_m,
                              (edges.ends[:, 3] - edges.ends[:, 1]) * lat_m).sum())  # fmt: skip
    ground_m2 = max(wide_m * high_m, 1.0)
    budget = max(AREA_BYTES * len(reach_m), LEAST_BYTES)
    side_m = max(EDGE_SHARE * ground_m2 / (1.3 * max(length_m, 1.0)), 0.5)
    while _bytes(ground_m2, length_m, len(edges), side_m) > budget and side_m < max(wide_m, high_m):
        side_m *= 1.1
    side_m = max(side_m, max(wide_m, high_m) / 30_000)
    width, height = side_m / lon_m, side_m / lat_m
    return Raster(
        float(west - width), float(south - height), width, height,
        int((east - west) / width) + 4, int((north - south) / height) + 4,
    )  # fmt: skip


def _bytes(ground_m2: float, length_m: float, n_edges: int, side_m: float) -> float:
    """About how many bytes the tables take with cells of this side."""
    pieces = 1.3 * length_m / side_m + n_edges
    return 4 * ground_m2 / side_m**2 + 20 * pieces + 32 * n_edges


def overlay(
    polygons: NDArray[np.object_], polygon_area: Longs, lines: NDArray[np.object_], line_area: Longs, reach_m: Floats,
    layer_of: Ints,
) -> Tables:  # fmt: skip
    """Compile single polygons, and single lines or points with a reach.

    Parameters
    ----------
    polygons, lines : array of geometries, shape (n,), (m,)
        Degrees in WGS 84. An area that is not valid is filled by the even-odd rule.
    polygon_area, line_area : array of int, shape (n,), (m,)
        Number of the area that each belongs to.
    reach_m : array, shape (areas,)
        How far the lines and points of an area reach.
    layer_of : array of int32, shape (areas,)
        The layer of each area, ``~layer`` for lines and points.
    """
    edges = polygon_edges(polygons).owned_by(polygon_area)
    reaches = line_edges(lines).owned_by(line_area)
    raster = raster_over(edges, reaches, reach_m)
    cells, sets = _sets(raster, edges)
    records, sets = _records(raster, edges, reaches, reach_m, cells, sets)
    return Tables(Frame(*raster.numbers), cells, records, edges.ends, reaches.ends, reach_m, sets.start,
                  sets.areas, layer_of)  # fmt: skip


class _Sets(NamedTuple):
    start: Ints
    areas: Ints


def _sets(raster: Raster, edges: Edges) -> tuple[Ints, _Sets]:
    """Which set of areas holds each cell's corner, and what the sets are."""
    cell, edge = raster.crossings(edges.ends)
    at, area = edges.owners_of(edge)
    row, column = np.divmod(cell[at], raster.columns)
    # A boundary is closed, so along a row each area is entered and left in turn.
    event = np.sort((row << 48) | (area << 20) | column)
    row, area, column = event[::2] >> 48, (event[::2] >> 20) & 0xFFFFFFF, event[::2] & 0xFFFFF
    enter = row * raster.columns + column
    leave = row * raster.columns + (event[1::2] & 0xFFFFF)
    rows = np.arange(raster.rows, dtype=np.int64) * raster.columns
    marks = ascending(np.concatenate([rows, enter, leave]))
    span, run = counted(np.searchsorted(marks, enter), np.searchsorted(marks, leave) - 1)
    pair = np.sort((run << 32) | area[span])
    # The empty set comes first, so that it is number 0.
    number, sets = _grouped((pair >> 32) + 1, pair & 0xFFFFFFFF, len(marks) + 1)
    return np.repeat(number[1:], np.diff(np.append(marks, raster.columns * raster.rows))), sets


def _grouped(run: Longs, area: Longs, n_runs: int) -> tuple[Ints, _Sets]:
    """Number the different lists of areas in the order in which they come: the number of each run, and the lists.

    Lists grow by one area a round, and two runs stay together as long as they have met the same areas.
    """
    first = np.searchsorted(run, np.arange(n_runs))
    size = np.diff(np.append(first, len(run)))
    state = np.zeros(n_runs, np.int64)
    known = 1
    for turn in range(int(size.max(initial=0))):
        longer = np.flatnonzero(size > turn)
        codes, distinct = pd.factorize((state[longer] << 32) | area[first[longer] + turn])
        state[longer] = known + codes
        known += len(distinct)
    number, distinct = pd.factorize(state)
    stands = np.zeros(len(distinct), np.int64)
    stands[number[::-1]] = np.arange(n_runs)[::-1]
    of, k = counted(np.zeros(len(stands), np.int64), size[stands] - 1)
    start = np.concatenate([[0], np.cumsum(size[stands])]).astype(np.int32)
    return number.astype(np.int32), _Sets(start, area[first[stands[of]] + k].astype(np.int32))


def _records(
    raster: Raster, edges: Edges, reaches: Edges, reach_m: Floats, cells: Ints, sets: _Sets
) -> tuple[Ints, _Sets]:
    """Write the records of all cells that an edge or a reach comes near, and point those cells to them."""
    nothing = np.zeros(len(edges))
    cell, edge = _by_cell(*raster.pieces(edges.ends, nothing, nothing))
    reach_cell, reach_edge, reach_area = _reach_pieces(raster, reaches, reach_m)
    touched = ascending(np.concatenate([cell, reach_cell]))
    rank, reach_rank = np.searchsorted(touched, cell), np.searchsorted(touched, reach_cell)
    corner = cells[touched]
    behind, sets = _behind(edges, edge, corner[rank], sets)
    piece, area = edges.owners_of(edge)
    mask, listed_rank, listed_area, listed_local = _local_areas(rank[piece], area, piece, len(edge))
    n_areas, n_edges, n_reaches, n_bounds = (
        np.bincount(r, minlength=len(touched)) for r in (listed_rank, rank, reach_rank, rank[piece])
    )
    crowded = (n_areas > MOST_AREAS) | (n_edges > MOST_EDGES) | (n_reaches > MOST_REACHES)
    size = np.where(crowded, 4 + 2 * n_bounds, 2 + n_areas + 3 * n_edges) + 2 * n_reaches
    offset = np.cumsum(size) - size
    records = np.zeros(int(size.sum()), np.int32)
    records[offset] = corner
    records[offset + 1] = np.where(crowded, CROWDED, n_areas | (n_edges << 6) | (n_reaches << 18))
    plain = ~crowded[listed_rank]
    records[(offset[listed_rank] + 2 + listed_local)[plain]] = listed_area[plain]
    plain = ~crowded[rank]
    at = ((offset + 2 + n_areas)[rank] + 3 * place_in(rank))[plain]
    records[at], records[at + 1], records[at + 2] = edge[plain], mask[plain].view(np.int32), behind[plain]
    at = (offset + size - 2 * n_reaches)[reach_rank] + 2 * place_in(reach_rank)
    records[at], records[at + 1] = reach_edge, reach_area
    for i in np.flatnonzero(crowded):
        mine = np.flatnonzero(rank[piece] == i)
        records[offset[i] + 2 : offset[i] + 4] = n_bounds[i], n_reaches[i]
        bounds = np.column_stack([edge[piece[mine]], area[mine]])
        records[offset[i] + 4 : offset[i] + 4 + bounds.size] = bounds.ravel()
    cells[touched] = ~offset.astype(np.int32)
    return records, sets


def _behind(edges: Edges, edge: Longs, corner: Ints, sets: _Sets) -> tuple[Ints, _Sets]:
    """The set behind each edge: the corner's with the edge's areas exchanged; unheard-of sets are added."""
    at, area = edges.owners_of(np.arange(len(edges)))
    bounding, owners = _grouped(at, area, len(edges))
    key, which = _factorized((corner.astype(np.int64) << 32) | bounding[edge])
    a, b = key >> 32, key & 0xFFFFFFFF
    known = len(sets.start) - 1
    pairs = [
        (np.repeat(np.arange(known), np.diff(sets.start)), sets.areas),
        *((run + known, listed.areas[item]) for listed, number in ((sets, a), (owners, b))
          for run, item in [counted(listed.start[number].astype(np.int64), listed.start[number + 1] - 1)]),
    ]  # fmt: skip
    pair = np.sort(np.concatenate([(run.astype(np.int64) << 32) | area for run, area in pairs]))
    # An area in both is no more in the result.
    twice = np.flatnonzero(pair[1:] == pair[:-1])
    pair = np.delete(pair, np.concatenate([twice, twice + 1]))
    number, sets = _grouped(pair >> 32, pair & 0xFFFFFFFF, known + len(key))
    return number[known:][which], sets


def _factorized(values: Longs) -> tuple[Longs, Longs]:
    which, distinct = pd.factorize(values)
    return np.asarray(distinct, np.int64), which


def _by_cell(cell: Longs, edge: Longs) -> tuple[Longs, Longs]:
    both = np.sort((cell << 32) | edge)
    return both >> 32, both & 0xFFFFFFFF


def _reach_pieces(raster: Raster, reaches: Edges, reach_m: Floats) -> tuple[Longs, Longs, Longs]:
    """Cells within the reach of each edge of a line: cell, edge and area, by cell."""
    at, pad_x, pad_y = _padded(reaches, reach_m)
    cell, piece = _by_cell(*raster.pieces(reaches.ends[at], pad_x, pad_y))
    return cell, at[piece], reaches.owner[piece].astype(np.int64)


def _padded(reaches: Edges, reach_m: Floats) -> tuple[Longs, Floats, Floats]:
    """For each owner of each edge: the edge, and more than its reach in degrees of longitude and of latitude."""
    at = np.repeat(np.arange(len(reaches)), np.diff(reaches.start))
    farthest = float(np.abs(reaches.ends[:, [1, 3]]).max(initial=0.0))
    lon_m, lat_m = metres_per_degree(min(farthest + 0.1, 89.0))
    padded_m = reach_m[reaches.owner] * REACH_MARGIN
    return at, padded_m / lon_m, padded_m / lat_m


def _local_areas(
    rank: Longs, area: Longs, piece: Longs, n_pieces: int
) -> tuple[NDArray[np.uint32], Longs, Longs, Longs]:
    """Number the areas of each cell from 0: the bits of each piece; and cell, area and number of each listed."""
    local = np.full(len(area), -1, np.int64)
    left, number = np.arange(len(area)), 0
    listed = [np.zeros((0, 3), np.int64)]
    while len(left):
        ranks = rank[left]
        first = np.flatnonzero(np.diff(ranks, prepend=-1))
        leader = area[left[first]]
        same = area[left] == np.repeat(leader, np.diff(np.append(first, len(left))))
        local[left[same]] = number
        listed.append(np.column_stack([ranks[first], leader, np.full(len(first), number)]))
        left, number = left[~same], number + 1
    bits = np.left_shift(np.uint32(1), np.minimum(local, MOST_AREAS - 1).astype(np.uint32))
    start = np.searchsorted(piece, np.arange(n_pieces))
    mask = np.bitwise_or.reduceat(bits, start) if n_pieces else bits
    cell, listed_area, listed_local = np.concatenate(listed).T
    return mask, cell, listed_area, listed_local
