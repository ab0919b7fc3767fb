"""The compiled way through an overlay: one pass over the points, a table read for most, exact tests for the rest.

Compiled by numba, whose work is kept on disk; ``./run setup`` pays for it once. :mod:`kernel_numpy` gives the same
answers without a compiler, and is the plainer text to read first.
"""

import numpy as np

from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.edges import Floats
from gridsvc.spatial.kernel_around import describe, edge_distances_m
from gridsvc.spatial.kernel_steps import apart_m, box, cell_of, compiled, inlined, met, met_rounded
from gridsvc.spatial.overlay import ALIKE, CROWDED, NO_PLACE, UNITS, UNSETTLED, Frame, Ints, Tables
from gridsvc.spatial.ragged import Longs

__all__ = ["describe", "edge_distances_m", "set_of", "sets_of"]

BLOCK = 2048


@inlined
def _with(with_key: np.ndarray, with_set: np.ndarray, number: int, area: int) -> int:
    """The set with one area more, ``UNSETTLED`` if it was never met."""
    key = (np.int64(number) << 32) | np.int64(area)
    k = np.searchsorted(with_key, key)
    return with_set[k] if number >= 0 and k < len(with_key) and with_key[k] == key else np.int32(UNSETTLED)


@inlined
def _by_record(
    f: Frame, records: np.ndarray, edges: np.ndarray, reaches: np.ndarray, reach_m: np.ndarray,
    with_key: np.ndarray, with_set: np.ndarray, cell: int, at: int, px: float, py: float,
) -> int:  # fmt: skip
    """Number of the set that holds a point of a cell with a record, ``UNSETTLED`` where it takes a closer look."""
    count = records[at + 1]
    if count == CROWDED:
        return UNSETTLED
    alike = count & ALIKE != 0
    stride = 3 if alike else 5
    first = at + 2 + (count & 63) + (1 if alike else 0)
    last = first + stride * (count >> 6 & 4095)
    row = cell // f.columns
    left, low = f.west + (cell - row * f.columns) * f.width, f.south + row * f.height
    x, y = (px - left) * f.per_width * UNITS, (py - low) * f.per_height * UNITS
    bits = np.int32(0)
    for k in range(first, last, stride):
        crossed = met_rounded(records[k], records[k + 1], x, y)
        if crossed < 0:
            truly, on = met(edges, records[k + 2], left, low, px, py)
            if on:
                return UNSETTLED
            crossed = 1 if truly else 0
        if crossed:
            bits ^= np.int32(1) if alike else records[k + 3]
    found = records[at]
    if bits and alike:
        found = records[first - 1]
    elif bits:
        found = np.int32(UNSETTLED)
        for k in range(first, last, stride):
            if records[k + 3] == bits:
                found = records[k + 4]
                break
    if count >> 18 & 4095:
        one, two = np.int32(-1), np.int32(-1)
        lon_m, lat_m = metres_per_degree(py)
        for k in range(last, last + 2 * (count >> 18 & 4095), 2):
            area = records[k + 1]
            if area not in (one, two) and apart_m(reaches, records[k], px, py, lon_m, lat_m) <= reach_m[area]:
                if two >= 0:
                    return UNSETTLED
                one, two = min(one, area) if one >= 0 else area, max(one, area) if one >= 0 else two
        if one >= 0:
            found = _with(with_key, with_set, found, one)
        if two >= 0:
            found = _with(with_key, with_set, found, two)
    return found


@inlined
def _clear(
    f: Frame, cells: np.ndarray, records: np.ndarray, edges: np.ndarray, reaches: np.ndarray, reach_m: np.ndarray,
    px: float, py: float, near_m: float,
) -> bool:  # fmt: skip
    """Whether no edge, and no reach that does not hold the point, lies within some metres."""
    lon_m, lat_m = metres_per_degree(py)
    c0, c1, r0, r1 = box(f, px, py, near_m / lon_m, near_m / lat_m)
    for row in range(r0, r1 + 1):
        for column in range(c0, c1 + 1):
            at = ~cells[row * f.columns + column]
            if at < 0:
                continue
            count = records[at + 1]
            if count == CROWDED:
                return False
            stride = 3 if count & ALIKE else 5
            first = at + 2 + (count & 63) + (1 if count & ALIKE else 0)
            last = first + stride * (count >> 6 & 4095)
            for k in range(first, last, stride):
                if apart_m(edges, records[k + 2], px, py, lon_m, lat_m) <= near_m:
                    return False
            for k in range(last, last + 2 * (count >> 18 & 4095), 2):
                beyond_m = apart_m(reaches, records[k], px, py, lon_m, lat_m) - reach_m[records[k + 1]]
                if 0.0 < beyond_m <= near_m:
                    return False
    return True


@compiled
def set_of(t: Tables, with_key: np.ndarray, with_set: np.ndarray, px: float, py: float, near_m: float) -> int:
    """One point's set; see :func:`gridsvc.spatial.kernel_numpy.sets_of`."""
    f, cells, records, edges, reaches, reach_m = t.frame, t.cells, t.records, t.edges, t.reaches, t.reach_m
    cell = cell_of(f, px, py)
    if cell == NO_PLACE:
        return NO_PLACE
    if near_m > 0.0 and not _clear(f, cells, records, edges, reaches, reach_m, px, py, near_m):
        return UNSETTLED
    if cell < 0:
        return 0
    found = cells[cell]
    if found >= 0:
        return found
    return _by_record(f, records, edges, reaches, reach_m, with_key, with_set, cell, ~found, px, py)


@compiled
def _sets_of(
    t: Tables, with_key: np.ndarray, with_set: np.ndarray, lon: np.ndarray, lat: np.ndarray, near_m: float,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Work in blocks: all table reads, a first touch of all records, the tests; so the waiting for memory overlaps."""
    f, cells, records, edges, reaches, reach_m = t.frame, t.cells, t.records, t.edges, t.reaches, t.reach_m
    cell = np.empty(BLOCK, np.int64)
    waiting = np.empty(BLOCK, np.int64)
    for start in range(0, len(lon), BLOCK):
        n = min(BLOCK, len(lon) - start)
        for k in range(n):
            cell[k] = cell_of(f, lon[start + k], lat[start + k])
        n_waiting = 0
        for k in range(n):
            found = np.int32(0) if cell[k] == -1 else np.int32(NO_PLACE)
            if cell[k] >= 0:
                found = cells[cell[k]]
                waiting[n_waiting] = k
                n_waiting += found < 0
            out[start + k] = found
        touched = np.int64(0)
        for i in range(n_waiting):
            touched += records[~out[start + waiting[i]] + 1]
        # Never true; it keeps the touches from being left out.
        if touched == -(1 << 62):
            n_waiting = 0
        for i in range(n_waiting):
            k = start + waiting[i]
            out[k] = _by_record(f, records, edges, reaches, reach_m, with_key, with_set, cell[waiting[i]], ~out[k],
                                lon[k], lat[k])  # fmt: skip
        if near_m > 0.0:
            for k in range(n):
                if cell[k] != NO_PLACE and not _clear(f, cells, records, edges, reaches, reach_m,
                                                      lon[start + k], lat[start + k], near_m):  # fmt: skip
                    out[start + k] = UNSETTLED


def sets_of(t: Tables, with_key: Longs, with_set: Ints, lon: Floats, lat: Floats, near_m: float) -> Ints:
    """Every point's set; see :func:`gridsvc.spatial.kernel_numpy.sets_of`."""
    out = np.empty(len(lon), np.int32)
    _sets_of(t, with_key, with_set, lon, lat, near_m, out)
    return out
