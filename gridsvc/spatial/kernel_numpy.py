"""The way through an overlay without a compiler, array by array. :mod:`kernel` gives the same answers, faster."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.edges import Floats
from gridsvc.spatial.exact import side
from gridsvc.spatial.nearness import apart_m, metres_at
from gridsvc.spatial.overlay import (
    ALIKE,
    CROWDED,
    FIRST,
    INSIDE,
    NEAR,
    NO_PLACE,
    ON,
    UNSETTLED,
    Described,
    Ints,
    Tables,
)
from gridsvc.spatial.ragged import Longs, ascending, counted

Bools = NDArray[np.bool_]
_LISTED, _EDGES = 63, 4095
# So many points at a time, so that what is made on the way stays in the processor's cache.
BLOCK = 1 << 17


def sets_of(t: Tables, with_key: Longs, with_set: Ints, lon: Floats, lat: Floats, near_m: float) -> Ints:
    """Tell the set of areas that holds each point.

    Parameters
    ----------
    t : Tables
    with_key, with_set : array, shape (k,)
        Sets that reaches make: for (set << 32 | area), ascending, the set with that area more.
    lon, lat : array, shape (n,)
        Degrees in WGS 84.
    near_m : float
        Points with an edge or a reach within this many metres take a closer look too.

    Returns
    -------
    array of int32, shape (n,)
        The set's number; ``NO_PLACE`` where the coordinates are NaN, infinite or out of range; ``UNSETTLED`` where
        :func:`describe` must tell: on an edge, near one, or in a set that was never met.
    """
    parts = [slice(at, at + BLOCK) for at in range(0, max(len(lon), 1), BLOCK)]
    return np.concatenate([_block(t, with_key, with_set, lon[part], lat[part], near_m) for part in parts])


def _block(t: Tables, with_key: Longs, with_set: Ints, lon: Floats, lat: Floats, near_m: float) -> Ints:
    cell = _cells(t, lon, lat)
    inside = cell >= 0
    found = np.where(inside, t.cells[np.where(inside, cell, 0)], np.where(cell == NO_PLACE, NO_PLACE, 0))
    row = np.flatnonzero(inside & (found < 0))
    found[row] = _by_record(t, with_key, with_set, cell[row], lon[row], lat[row])
    if near_m > 0.0:
        usable = np.flatnonzero(cell != NO_PLACE)
        at, _, beyond_m, is_reach = _around(t, lon[usable], lat[usable], near_m)
        found[usable[at[~is_reach | (beyond_m > 0.0)]]] = UNSETTLED
    return found.astype(np.int32)


def describe(t: Tables, lon: Floats, lat: Floats, near_m: float) -> Described:
    """List what holds each point or lies within ``near_m`` metres of it.

    Returns
    -------
    start : array of int, shape (n + 1,)
        Point ``i`` has the entries from ``start[i]`` on, up to ``start[i + 1]``.
    packed : array of int32, shape (k,)
        ``area << 3 | relation``, ascending for each point. The relation is ``INSIDE`` (for a line or a point: within
        its reach), ``ON`` exactly on the boundary, or ``NEAR``; plus ``FIRST`` for the nearest line or point of its
        layer, and for the nearest area of a layer none of whose areas hold the point; of equals the least.
    """
    cell = _cells(t, lon, lat)
    usable = np.flatnonzero(cell != NO_PLACE)
    held = np.flatnonzero(cell >= 0)
    point, area, relation = _holding(t, cell[held], lon[held], lat[held])
    at, near_area, beyond_m, is_reach = _around(t, lon[usable], lat[usable], near_m)
    point = np.concatenate([held[point], usable[at]])
    area = np.concatenate([area, near_area])
    relation = np.concatenate([relation, np.where(is_reach & (beyond_m <= 0.0), INSIDE, NEAR)])
    beyond_m = np.concatenate([np.zeros(len(area) - len(beyond_m)), beyond_m])
    # Of an area's entries the closest relation stays, and of its edges the nearest.
    order = np.lexsort((beyond_m, relation, area, point))
    point, area, relation, beyond_m = point[order], area[order], relation[order], beyond_m[order]
    first = np.flatnonzero((np.diff(point, prepend=-1) != 0) | (np.diff(area, prepend=-1) != 0))
    point, area, relation, beyond_m = point[first], area[first], relation[first], beyond_m[first]
    relation = relation + FIRST * _nearest(t.layer_of[area], point, area, relation, beyond_m)
    return np.searchsorted(point, np.arange(len(lon) + 1)), (area << 3 | relation).astype(np.int32)


def _nearest(layer: Ints, point: Longs, area: Longs, relation: Longs, beyond_m: Floats) -> Bools:
    """Mark the nearest entry of each point and layer, but not where areas hold the point."""
    order = np.lexsort((area, beyond_m, relation == NEAR, layer, point))
    fresh = (np.diff(point[order], prepend=-1) != 0) | (np.diff(layer[order], prepend=layer.min(initial=0) - 1) != 0)
    first = np.zeros(len(point), dtype=bool)
    first[order[fresh]] = True
    return np.asarray(first & ((layer < 0) | (relation == NEAR)), np.bool_)


def edge_distances_m(t: Tables, lon: Floats, lat: Floats, first_area: int, last_area: int) -> Floats:
    """Metres from each point to the nearest edge of the areas in [first, last).

    NaN for what is no position, infinite where there is no such edge. Distances are taken on the plane that touches
    the ellipsoid at the point: right to a thousandth within ten kilometres.
    """
    out = np.full(len(lon), np.nan)
    left = np.flatnonzero(_cells(t, lon, lat) != NO_PLACE)
    within_m = max(t.frame.height * 111_000.0, 1.0)
    while len(left):
        best_m, all_seen = np.full(len(left), np.inf), _sees_all(t, lon[left], lat[left], within_m)
        at, area, beyond_m, is_reach = _around(t, lon[left], lat[left], within_m)
        meant = ~is_reach & (area >= first_area) & (area < last_area)
        np.minimum.at(best_m, at[meant], beyond_m[meant])
        done = np.isfinite(best_m) | all_seen
        out[left[done]] = best_m[done]
        left, within_m = left[~done], within_m * 4.0
    return out


def _cells(t: Tables, lon: Floats, lat: Floats) -> Longs:
    """Number of each point's cell, -1 beyond the raster, ``NO_PLACE`` for what is no position."""
    f = t.frame
    with np.errstate(invalid="ignore", over="ignore"):
        usable = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
        column, row = (lon - f.west) * f.per_width, (lat - f.south) * f.per_height
        inside = usable & (column >= 0.0) & (column < f.columns) & (row >= 0.0) & (row < f.rows)
    row, column = np.where(inside, row, 0.0).astype(np.int64), np.where(inside, column, 0.0).astype(np.int64)
    return np.where(inside, row * f.columns + column, np.where(usable, -1, NO_PLACE))


def _by_record(t: Tables, with_key: Longs, with_set: Ints, cell: Longs, lon: Floats, lat: Floats) -> Longs:
    offset = ~t.cells[cell].astype(np.int64)
    count = t.records[offset + 1]
    found = t.records[offset].astype(np.int64)
    found[count == CROWDED] = UNSETTLED
    plain = np.flatnonzero(count != CROWDED)
    counts = count[plain].astype(np.int64)
    first, stride, n_edges = _layout(offset[plain], counts)
    of, k = counted(np.zeros(len(plain), np.int64), n_edges - 1)
    at = first[of] + stride[of] * k
    point, alike = plain[of], stride[of] == 3
    crossed, on = _met(t, cell[point], t.records[at + 2], lon[point], lat[point])
    # Where all edges bound the same areas one bit stands for them, and one set lies behind.
    mask = np.where(alike, 1, t.records[np.where(alike, 0, at + 3)])
    behind = t.records[np.where(alike, first[of] - 1, at + 4)]
    bits = np.zeros(len(cell), np.int32)
    np.bitwise_xor.at(bits, point[crossed], mask[crossed])
    changed = bits != 0
    found[changed] = UNSETTLED
    matching = np.flatnonzero(changed[point] & (mask == bits[point]))[::-1]
    found[point[matching]] = behind[matching]
    found[point[on]] = UNSETTLED
    n_reaches = counts >> 18 & _EDGES
    of, k = counted(np.zeros(len(plain), np.int64), n_reaches - 1)
    at = (first + stride * n_edges)[of] + 2 * k
    point, area = plain[of], t.records[at + 1].astype(np.int64)
    within = apart_m(t.reaches[t.records[at]], lon[point], lat[point]) <= t.reach_m[area]
    hits = ascending((point[within] << 32) | area[within])
    point, area = hits >> 32, hits & 0xFFFFFFFF
    turn = np.arange(len(point)) - np.searchsorted(point, point)
    for mine in (turn == 0, turn == 1):
        found[point[mine]] = _with(with_key, with_set, found[point[mine]], area[mine])
    found[point[turn > 1]] = UNSETTLED
    return found


def _layout(offset: Longs, count: Longs) -> tuple[Longs, Longs, Longs]:
    """Of plain records: where the edges begin, how many words each takes, and how many there are."""
    alike = (count & ALIKE) != 0
    return offset + 2 + (count & _LISTED) + alike, np.where(alike, 3, 5), count >> 6 & _EDGES


def _with(with_key: Longs, with_set: Ints, number: Longs, area: Longs) -> Longs:
    if not len(with_key):
        return np.full(len(number), UNSETTLED)
    key = (number << 32) | area
    k = np.minimum(np.searchsorted(with_key, key), len(with_key) - 1)
    return np.where((number >= 0) & (with_key[k] == key), with_set[k], UNSETTLED)


def _met(t: Tables, cell: Longs, edge: Ints, lon: Floats, lat: Floats) -> tuple[Any, Any]:
    """For (point, edge) rows: is the edge crossed on the way from the cell's corner, and is the point on it."""
    f = t.frame
    ax, ay, bx, by = t.edges[edge].T
    left, low = np.asarray(f.west + cell % f.columns * f.width), np.asarray(f.south + cell // f.columns * f.height)
    along, up = (ay > lat) != (by > lat), (ax > left) != (bx > left)
    close = (ay <= lat) & (lat <= by) & (np.minimum(ax, bx) <= lon) & (lon <= np.maximum(ax, bx))
    turn, there, corner = np.ones(len(edge), np.int8), np.zeros(len(edge), np.int8), np.zeros(len(edge), np.int8)
    for needed, x, y, out in ((along | close, lon, lat, turn), (along | up, left, lat, there), (up, left, low, corner)):
        i = np.flatnonzero(needed)
        out[i] = side(ax[i], ay[i], bx[i], by[i], x[i], y[i])
    upward = up & (_below(ax, ay, bx, by, there) != _below(ax, ay, bx, by, corner))
    return (along & ((turn < 0) != (there <= 0))) ^ upward, close & (turn == 0)


def _below(ax: Floats, ay: Floats, bx: Floats, by: Floats, turn: NDArray[np.int8]) -> Bools:
    """Whether the edge, which crosses a cell's left side, passes below a point there; ``turn`` is its side."""
    return np.asarray(np.where(turn == 0, (ax > bx) | (ay == by), (turn > 0) == (ax < bx)), np.bool_)


def _holding(t: Tables, cell: Longs, lon: Floats, lat: Floats) -> tuple[Longs, Longs, Longs]:
    """What holds each point of a cell: point, area and relation."""
    value = t.cells[cell].astype(np.int64)
    row = np.flatnonzero(value < 0)
    offset, base = ~value[row], value
    base[row] = t.records[offset]
    point, k = counted(t.set_start[base].astype(np.int64), t.set_start[base + 1].astype(np.int64) - 1)
    area = t.areas[k].astype(np.int64)
    of, owner, edge = _bounds(t, offset)
    of = row[of]
    crossed, on = _met(t, cell[of], edge, lon[of], lat[of])
    key = np.concatenate([(point << 32) | area, (of[crossed] << 32) | owner[crossed]])
    key, times = np.unique(key, return_counts=True)
    on_key = ascending((of[on] << 32) | owner[on])
    inside = np.setdiff1d(key[times % 2 == 1], on_key)
    key = np.concatenate([inside, on_key])
    return key >> 32, key & 0xFFFFFFFF, np.repeat([INSIDE, ON], [len(inside), len(on_key)])


def _bounds(t: Tables, offset: Longs) -> tuple[Longs, Longs, Ints]:
    """Every edge of some records with every area that it bounds: record, area and edge."""
    count = t.records[offset + 1].astype(np.int64)
    crowded = count == CROWDED
    count[crowded] = 0
    n_areas = count & _LISTED
    first, stride, n_edges = _layout(offset, count)
    of, pair = counted(np.zeros(len(offset), np.int64), n_areas * n_edges - 1)
    edge_at = first[of] + stride[of] * (pair // n_areas[of]) + 2
    local, alike = pair % n_areas[of], stride[of] == 3
    bounds = alike | ((t.records[np.where(alike, 0, edge_at + 1)] >> local & 1) == 1)
    of, edge_at, local = of[bounds], edge_at[bounds], local[bounds]
    area = t.records[offset[of] + 2 + local]
    dense = np.flatnonzero(crowded)
    of_dense, k = counted(np.zeros(len(dense), np.int64), t.records[offset[dense] + 2].astype(np.int64) - 1)
    dense_at = offset[dense][of_dense] + 4 + 2 * k
    of = np.concatenate([of, dense[of_dense]])
    edge_at = np.concatenate([edge_at, dense_at])
    area = np.concatenate([area, t.records[dense_at + 1]]).astype(np.int64)
    return of, area, t.records[edge_at]


def _around(t: Tables, lon: Floats, lat: Floats, near_m: float) -> tuple[Longs, Longs, Floats, Bools]:
    """Edges and reaches within some metres: point, area, metres (of reaches: beyond them), and whether a reach."""
    f = t.frame
    lon_m, lat_m = metres_at(lat)
    x_deg, y_deg = near_m / lon_m, near_m / lat_m
    c0, c1 = np.maximum((lon - x_deg - f.west) * f.per_width, 0.0), (lon + x_deg - f.west) * f.per_width
    r0, r1 = np.maximum((lat - y_deg - f.south) * f.per_height, 0.0), (lat + y_deg - f.south) * f.per_height
    c1, r1 = np.minimum(c1, f.columns - 1.0), np.minimum(r1, f.rows - 1.0)
    some = (c1 >= c0) & (r1 >= r0)
    first_column, last_column, first_row, last_row = (
        np.where(some, v, e).astype(np.int64) for v, e in ((c0, 0), (c1, -1), (r0, 0), (r1, -1))
    )
    of_row, row = counted(first_row, last_row)
    of_cell, column = counted(first_column[of_row], last_column[of_row])
    value = t.cells[row[of_cell] * f.columns + column].astype(np.int64)
    point, offset = of_row[of_cell][value < 0], ~value[value < 0]
    count = t.records[offset + 1].astype(np.int64)
    reach_of, reach_at = _reaches(t, offset, count)
    reach_area = t.records[reach_at + 1].astype(np.int64)
    reach_point = point[reach_of]
    reach_m = apart_m(t.reaches[t.records[reach_at]], lon[reach_point], lat[reach_point]) - t.reach_m[reach_area]
    if near_m > 0.0:
        of, area, edge = _bounds(t, offset)
        edge_point, edge_m = point[of], apart_m(t.edges[edge], lon[point[of]], lat[point[of]])
    else:
        edge_point, area, edge_m = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    all_point, all_area, beyond_m = (
        np.concatenate(pair) for pair in ((edge_point, reach_point), (area, reach_area), (edge_m, reach_m))
    )
    is_reach, close = np.arange(len(all_point)) >= len(edge_point), beyond_m <= near_m
    return all_point[close], all_area[close], beyond_m[close], is_reach[close]


def _reaches(t: Tables, offset: Longs, count: Longs) -> tuple[Longs, Longs]:
    """Every reach of some records: the record and the place of the entry."""
    crowded = count == CROWDED
    dense = np.where(crowded, offset, 0)
    first, stride, n_edges = _layout(offset, np.where(crowded, 0, count))
    n = np.where(crowded, t.records[dense + 3], count >> 18 & _EDGES)
    first = np.where(crowded, offset + 4 + 2 * t.records[dense + 2], first + stride * n_edges)
    of, k = counted(np.zeros(len(offset), np.int64), n - 1)
    return of, first[of] + 2 * k


def _sees_all(t: Tables, lon: Floats, lat: Floats, within_m: float) -> Bools:
    """Whether a circle of these metres about each point holds the whole raster."""
    f = t.frame
    lon_m, lat_m = metres_at(lat)
    east, north = f.west + f.columns * f.width, f.south + f.rows * f.height
    x_m = np.maximum(np.abs(lon - f.west), np.abs(east - lon)) * lon_m
    y_m = np.maximum(np.abs(lat - f.south), np.abs(north - lat)) * lat_m
    return np.asarray(np.hypot(x_m, y_m) <= within_m)
