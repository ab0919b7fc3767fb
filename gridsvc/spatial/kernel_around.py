"""The compiled kernel's closer look: everything that holds a point or lies near it, and the nearest edge."""

import numpy as np

from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.edges import Floats
from gridsvc.spatial.kernel_steps import apart_m, box, cell_of, compiled, inlined, layout, met
from gridsvc.spatial.overlay import AWAY, FIRST, INSIDE, NEAR, NO_PLACE, ON, Described, Tables


@inlined
def _entry(area: int, n: int, out: np.ndarray, rels: np.ndarray, beyond: np.ndarray) -> int:
    """Place of an area in the list of ``n``, or the next free one, made ready; -1 where there is no room."""
    for k in range(n):
        if out[k] == area:
            return k
    if n == len(out):
        return -1
    out[n], rels[n], beyond[n] = area, AWAY, np.inf
    return n


@compiled
def _describe(
    t: Tables, px: float, py: float, near_m: float, out: np.ndarray, rels: np.ndarray, beyond: np.ndarray
) -> int:
    """Fill the lists for one point and give their length, -1 if they are too short."""
    f, cells, records, edges, reaches, reach_m = t.frame, t.cells, t.records, t.edges, t.reaches, t.reach_m
    set_start, areas = t.set_start, t.areas
    n = 0
    cell = cell_of(f, px, py)
    if cell == NO_PLACE:
        return 0
    lon_m, lat_m = metres_per_degree(py)
    if cell >= 0:
        at = ~cells[cell]
        base = cells[cell] if at < 0 else records[at]
        for k in range(set_start[base], set_start[base + 1]):
            i = _entry(areas[k], n, out, rels, beyond)
            if i < 0:
                return -1
            n = max(n, i + 1)
            rels[i], beyond[i] = INSIDE, 0.0
        if at >= 0:
            crowded, alike, n_areas, step, first, last = layout(records, at)
            row = cell // f.columns
            left, low = f.west + (cell - row * f.columns) * f.width, f.south + row * f.height
            for k in range(first, last, step):
                crossed, on = met(edges, records[k if crowded else k + 2], left, low, px, py)
                for j in range(n_areas):
                    if (crossed or on) and (crowded or alike or records[k + 3] >> j & 1):
                        i = _entry(records[k + 1] if crowded else records[at + 2 + j], n, out, rels, beyond)
                        if i < 0:
                            return -1
                        n = max(n, i + 1)
                        if on:
                            rels[i] = ON
                        elif rels[i] != ON:
                            rels[i] = INSIDE if rels[i] == AWAY else AWAY
                        beyond[i] = np.inf if rels[i] == AWAY else 0.0
    c0, c1, r0, r1 = box(f, px, py, near_m / lon_m, near_m / lat_m)
    for row in range(r0, r1 + 1):
        for column in range(c0, c1 + 1):
            at = ~cells[row * f.columns + column]
            if at < 0:
                continue
            crowded, alike, n_areas, step, first, last = layout(records, at)
            for k in range(first, last if near_m > 0.0 else first, step):
                beyond_m = apart_m(edges, records[k if crowded else k + 2], px, py, lon_m, lat_m)
                for j in range(n_areas):
                    if beyond_m <= near_m and (crowded or alike or records[k + 3] >> j & 1):
                        i = _entry(records[k + 1] if crowded else records[at + 2 + j], n, out, rels, beyond)
                        if i < 0:
                            return -1
                        n = max(n, i + 1)
                        rels[i], beyond[i] = min(rels[i], NEAR), min(beyond[i], beyond_m)
            for k in range(last, last + 2 * (records[at + 3] if crowded else records[at + 1] >> 18 & 4095), 2):
                area = records[k + 1]
                beyond_m = apart_m(reaches, records[k], px, py, lon_m, lat_m) - reach_m[area]
                if beyond_m <= near_m:
                    i = _entry(area, n, out, rels, beyond)
                    if i < 0:
                        return -1
                    n = max(n, i + 1)
                    rels[i], beyond[i] = min(rels[i], INSIDE if beyond_m <= 0.0 else NEAR), min(beyond[i], beyond_m)
    return n


@inlined
def _pack(layer_of: np.ndarray, n: int, out: np.ndarray, rels: np.ndarray, beyond: np.ndarray) -> int:
    """Drop what is away, sort by area, mark the nearest and join area and relation; gives the new length."""
    kept = 0
    for i in range(n):
        if rels[i] == AWAY:
            continue
        area, rel, beyond_m = out[i], rels[i], beyond[i]
        k = kept
        while k > 0 and out[k - 1] > area:
            out[k], rels[k], beyond[k] = out[k - 1], rels[k - 1], beyond[k - 1]
            k -= 1
        out[k], rels[k], beyond[k] = area, rel, beyond_m
        kept += 1
    for i in range(kept):
        layer = layer_of[out[i]]
        first = layer < 0 or rels[i] == NEAR
        for k in range(kept):
            if layer_of[out[k]] == layer and (
                (layer >= 0 and rels[k] < NEAR) or beyond[k] < beyond[i] or (beyond[k] == beyond[i] and k < i)
            ):
                first = False
        if first:
            rels[i] += FIRST
    for i in range(kept):
        out[i] = out[i] << 3 | rels[i]
    return kept


@compiled
def describe_one(
    t: Tables, px: float, py: float, near_m: float, out: np.ndarray, rels: np.ndarray, beyond: np.ndarray
) -> int:
    """Fill the lists for one point and give their length, -1 if they are too short."""
    n = _describe(t, px, py, near_m, out, rels, beyond)
    return n if n < 0 else _pack(t.layer_of, n, out, rels, beyond)


@compiled
def _describe_all(
    t: Tables, lon: np.ndarray, lat: np.ndarray, near_m: float, start: np.ndarray, out: np.ndarray, rels: np.ndarray,
    beyond: np.ndarray,
) -> bool:  # fmt: skip
    """Fill the lists of point after point; False if there was no room."""
    for k in range(len(lon)):
        at = start[k]
        n = describe_one(t, lon[k], lat[k], near_m, out[at:], rels[at:], beyond[at:])
        if n < 0:
            return False
        start[k + 1] = at + n
    return True


def describe(t: Tables, lon: Floats, lat: Floats, near_m: float) -> Described:
    """List what holds each point or lies near it; see :func:`gridsvc.spatial.kernel_numpy.describe`."""
    room = 16 * len(lon) + 64
    start = np.zeros(len(lon) + 1, np.int64)
    while True:
        out = np.empty(room, np.int32)
        if _describe_all(t, lon, lat, near_m, start, out, np.empty(room, np.int8), np.empty(room)):
            return start, out[: start[-1]]
        room *= 2


@compiled
def edge_distance_m(t: Tables, px: float, py: float, first_area: int, last_area: int) -> float:
    """Metres from one point to the nearest edge of the areas in [first, last); see :mod:`kernel_numpy`."""
    f, cells, records, edges = t.frame, t.cells, t.records, t.edges
    if cell_of(f, px, py) == NO_PLACE:
        return np.nan
    best_m = np.inf
    lon_m, lat_m = metres_per_degree(py)
    column = int(min(max((px - f.west) * f.per_width, 0.0), f.columns - 1.0))
    row = int(min(max((py - f.south) * f.per_height, 0.0), f.rows - 1.0))
    # How far the point lies outside the raster, along each axis.
    out_x_m = max(f.west - px, px - (f.west + f.columns * f.width), 0.0) * lon_m
    out_y_m = max(f.south - py, py - (f.south + f.rows * f.height), 0.0) * lat_m
    ring = 0
    while True:
        c0, c1, r0, r1 = column - ring, column + ring, row - ring, row + ring
        for r in range(max(r0, 0), min(r1, f.rows - 1) + 1):
            # The upper and lower sides of the ring whole, of the rows between only the ends.
            stride = 1 if r in (r0, r1) else max(c1 - c0, 1)
            for c in range(c0, c1 + 1, stride):
                at = ~cells[r * f.columns + c] if 0 <= c < f.columns else -1
                if at < 0:
                    continue
                crowded, alike, n_areas, step, first, last = layout(records, at)
                for k in range(first, last, step):
                    meant = False
                    for j in range(n_areas):
                        area = records[k + 1] if crowded else records[at + 2 + j]
                        if (crowded or alike or records[k + 3] >> j & 1) and first_area <= area < last_area:
                            meant = True
                    if meant:
                        best_m = min(best_m, apart_m(edges, records[k if crowded else k + 2], px, py, lon_m, lat_m))
        unseen_x_m, unseen_y_m = np.inf, np.inf
        if c0 > 0:
            unseen_x_m = min(unseen_x_m, (px - (f.west + c0 * f.width)) * lon_m)
        if c1 < f.columns - 1:
            unseen_x_m = min(unseen_x_m, (f.west + (c1 + 1) * f.width - px) * lon_m)
        if r0 > 0:
            unseen_y_m = min(unseen_y_m, (py - (f.south + r0 * f.height)) * lat_m)
        if r1 < f.rows - 1:
            unseen_y_m = min(unseen_y_m, (f.south + (r1 + 1) * f.height - py) * lat_m)
        unseen_m = min(np.hypot(unseen_x_m, out_y_m), np.hypot(unseen_y_m, out_x_m))
        if unseen_m >= best_m or unseen_m == np.inf:
            return best_m
        ring += 1


@compiled
def _edge_distances_m(
    t: Tables, lon: np.ndarray, lat: np.ndarray, first_area: int, last_area: int, out: np.ndarray
) -> None:
    for k in range(len(lon)):
        out[k] = edge_distance_m(t, lon[k], lat[k], first_area, last_area)


def edge_distances_m(t: Tables, lon: Floats, lat: Floats, first_area: int, last_area: int) -> Floats:
    """Metres from each point to the nearest edge of some areas; see :mod:`kernel_numpy`."""
    out = np.empty(len(lon))
    _edge_distances_m(t, lon, lat, first_area, last_area, out)
    return out
