"""Writes the records of an overlay: for every cell that an edge or a reach comes near, what may change there."""

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.area_sets import AreaSets, factorized, grouped
from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.edges import Edges, Floats
from gridsvc.spatial.overlay import (
    ALIKE,
    CROWDED,
    FARTHEST,
    MOST_AREAS,
    MOST_EDGES,
    MOST_REACHES,
    UNITS,
    UNSETTLED,
    Ints,
)
from gridsvc.spatial.ragged import Longs, ascending, place_in
from gridsvc.spatial.raster import Raster

Reached = tuple[Longs, Longs, Longs]
# Reaches count for cells this much farther off than they are, since a degree is not equally long everywhere.
REACH_MARGIN = 1.01


def records_of(raster: Raster, edges: Edges, reached: Reached, cells: Ints, sets: AreaSets) -> Ints:
    """Write the records of all cells that an edge or a reach comes near, and point those cells to them."""
    nothing = np.zeros(len(edges))
    cell, edge = _by_cell(*raster.pieces(edges.ends, nothing, nothing))
    reach_cell, reach_edge, reach_area = reached
    touched = ascending(np.concatenate([cell, reach_cell]))
    rank, reach_rank = np.searchsorted(touched, cell), np.searchsorted(touched, reach_cell)
    corner = cells[touched]
    bounding, owners = _bounding(edges)
    bounding = bounding[edge]
    behind = _behind(bounding, owners, corner[rank], sets)
    mask, alike, listed_rank, listed_area, listed_local = _local_areas(rank, bounding, owners, len(touched))
    n_areas, n_edges, n_reaches = (np.bincount(r, minlength=len(touched)) for r in (listed_rank, rank, reach_rank))
    crowded = (n_areas > MOST_AREAS) | (n_edges > MOST_EDGES) | (n_reaches > MOST_REACHES)
    dense = np.flatnonzero(crowded[rank])
    piece, area = owners.members(bounding[dense])
    n_bounds = np.bincount(rank[dense][piece], minlength=len(touched))
    stride = np.where(alike, 3, 5)
    size = np.where(crowded, 4 + 2 * n_bounds, 2 + n_areas + alike + stride * n_edges) + 2 * n_reaches
    offset = np.cumsum(size) - size
    records = np.zeros(int(size.sum()), np.int32)
    records[offset] = corner
    counts = n_areas | (n_edges << 6) | (n_reaches << 18) | np.where(alike, ALIKE, 0)
    records[offset + 1] = np.where(crowded, CROWDED, counts)
    plain = slice(None) if not len(dense) else ~crowded[listed_rank]
    records[(offset[listed_rank] + 2 + listed_local)[plain]] = listed_area[plain]
    plain = slice(None) if not len(dense) else ~crowded[rank]
    first = offset + 2 + n_areas
    at = ((first + alike)[rank] + stride[rank] * place_in(rank))[plain]
    records[at], records[at + 1] = _rounded(raster, cell[plain], edges.ends[edge[plain]])
    records[at + 2] = edge[plain]
    mixed = ~alike[rank[plain]]
    records[at[mixed] + 3], records[at[mixed] + 4] = mask[plain][mixed], behind[plain][mixed]
    records[first[rank[plain][~mixed]]] = behind[plain][~mixed]
    reach_at = (offset + size - 2 * n_reaches)[reach_rank] + 2 * place_in(reach_rank)
    records[reach_at], records[reach_at + 1] = reach_edge, reach_area
    full = np.flatnonzero(crowded)
    records[offset[full] + 2], records[offset[full] + 3] = n_bounds[full], n_reaches[full]
    dense_rank = rank[dense][piece]
    dense_at = offset[dense_rank] + 4 + 2 * place_in(dense_rank)
    records[dense_at], records[dense_at + 1] = edge[dense][piece], area
    cells[touched] = ~offset.astype(np.int32)
    return records


def _rounded(raster: Raster, cell: Longs, ends: Floats) -> tuple[Ints, Ints]:
    """Ends of edges in units of their cells, from the cells' corners; far ends are drawn in along their edges."""
    row, column = np.divmod(cell, raster.columns)
    corner = np.column_stack([raster.west + column * raster.width, raster.south + row * raster.height])
    unit = np.array([raster.width, raster.height]) / UNITS
    a, b = (ends[:, :2] - corner) / unit, (ends[:, 2:] - corner) / unit
    far = np.flatnonzero((np.abs(a) > FARTHEST).any(axis=1) | (np.abs(b) > FARTHEST).any(axis=1))
    if len(far):
        a[far], b[far] = _drawn_in(a[far], b[far])
    (ax, ay), (bx, by) = np.rint(a).astype(np.int32).T, np.rint(b).astype(np.int32).T
    return ax << 16 | (ay & 0xFFFF), bx << 16 | (by & 0xFFFF)


def _drawn_in(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Cut edges that come near the origin to the square of ``FARTHEST`` about it."""
    run = b - a
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (-FARTHEST - a) / run, (FARTHEST - a) / run
    still = run == 0.0
    enter = np.where(still, 0.0, np.minimum(one, other)).max(axis=1).clip(0.0, 1.0)
    leave = np.where(still, 1.0, np.maximum(one, other)).min(axis=1).clip(0.0, 1.0)
    return a + enter[:, None] * run, a + leave[:, None] * run


def _bounding(edges: Edges) -> tuple[Ints, AreaSets]:
    """The set of areas that each edge bounds, and these sets."""
    at, area = edges.owners_of(np.arange(len(edges)))
    return grouped(at, area, len(edges))


def _behind(bounding: Ints, owners: AreaSets, corner: Ints, sets: AreaSets) -> Ints:
    """The set behind each edge: the corner's with the edge's areas exchanged, ``UNSETTLED`` if no corner has it."""
    which, key = factorized((corner.astype(np.int64) << 32) | bounding)
    known = len(sets.start) - 1
    pairs = [(np.repeat(np.arange(known), np.diff(sets.start)), sets.areas)]
    for listed, number in ((sets, key >> 32), (owners, key & 0xFFFFFFFF)):
        at, area = listed.members(number)
        pairs.append((at + known, area))
    pair = np.sort(np.concatenate([(run << 32) | area for run, area in pairs]))
    # An area in both is no more in the result.
    twice = np.flatnonzero(pair[1:] == pair[:-1])
    pair = np.delete(pair, np.concatenate([twice, twice + 1]))
    number = grouped(pair >> 32, pair & 0xFFFFFFFF, known + len(key))[0][known:]
    return np.where(number < known, number, UNSETTLED)[which]


def _by_cell(cell: Longs, edge: Longs) -> tuple[Longs, Longs]:
    both = np.sort((cell << 32) | edge)
    return both >> 32, both & 0xFFFFFFFF


def reach_pieces(raster: Raster, reaches: Edges, reach_m: Floats) -> Reached:
    """Cells within the reach of each edge of a line: cell, edge and area, by cell."""
    at, pad_x, pad_y = padded(reaches, reach_m)
    cell, piece = _by_cell(*raster.pieces(reaches.ends[at], pad_x, pad_y))
    return cell, at[piece], reaches.owner[piece].astype(np.int64)


def padded(reaches: Edges, reach_m: Floats) -> tuple[Longs, Floats, Floats]:
    """For each owner of each edge: the edge, and more than its reach in degrees of longitude and of latitude."""
    at = np.repeat(np.arange(len(reaches)), np.diff(reaches.start))
    farthest = float(np.abs(reaches.ends[:, [1, 3]]).max(initial=0.0))
    lon_m, lat_m = metres_per_degree(min(farthest + 0.1, 89.0))
    padded_m = reach_m[reaches.owner] * REACH_MARGIN
    return at, padded_m / lon_m, padded_m / lat_m


def _local_areas(
    rank: Longs, bounding: Ints, owners: AreaSets, n_cells: int
) -> tuple[Ints, NDArray[np.bool_], Longs, Ints, Longs]:
    """Number the areas of each cell from 0.

    Gives the bits of each piece; for each cell whether all its edges bound the same areas, as in most cells they
    do; and cell, area and number of each area of a cell.
    """
    all_alike = np.zeros(n_cells, dtype=bool)
    if not len(rank):
        nothing = np.zeros(0, np.int64)
        return nothing.astype(np.int32), all_alike, nothing, nothing.astype(np.int32), nothing
    start = np.flatnonzero(np.diff(rank, prepend=-1))
    alike = np.minimum.reduceat(bounding, start) == np.maximum.reduceat(bounding, start)
    all_alike[rank[start]] = alike
    n = np.minimum(np.diff(owners.start), 32)[bounding]
    mask = ((np.int64(1) << n) - 1).astype(np.uint32)
    at, area = owners.members(bounding[start[alike]])
    listed = [(rank[start[alike]][at], area, place_in(at))]
    mixed = np.flatnonzero(~np.repeat(alike, np.diff(np.append(start, len(rank)))))
    piece, area = owners.members(bounding[mixed])
    of_rank, local = rank[mixed][piece], np.zeros(len(piece), np.int64)
    left, number = np.arange(len(piece)), 0
    while len(left):
        ranks = of_rank[left]
        first = np.flatnonzero(np.diff(ranks, prepend=-1))
        leader = area[left[first]]
        same = area[left] == np.repeat(leader, np.diff(np.append(first, len(left))))
        local[left[same]] = number
        listed.append((ranks[first], leader, np.full(len(first), number)))
        left, number = left[~same], number + 1
    if len(mixed):
        bits = np.left_shift(np.uint32(1), np.minimum(local, 31).astype(np.uint32))
        mask[mixed] = np.bitwise_or.reduceat(bits, np.searchsorted(piece, np.arange(len(mixed))))
    cell, listed_area, listed_local = (np.concatenate(c) for c in zip(*listed, strict=True))
    return mask.view(np.int32), all_alike, cell, listed_area, listed_local
