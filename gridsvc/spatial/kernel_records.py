"""The compiled way to write the records of an overlay; :mod:`records` writes the same, array by array."""

import numpy as np

from gridsvc.spatial.area_sets import AreaSets
from gridsvc.spatial.edges import Edges
from gridsvc.spatial.kernel_corners import between, grown, mixed, numbered, toggle
from gridsvc.spatial.kernel_steps import compiled, inlined
from gridsvc.spatial.overlay import (
    ALIKE,
    CROWDED,
    FARTHEST,
    MOST_AREAS,
    MOST_EDGES,
    MOST_REACHES,
    UNITS,
    UNSETTLED,
    Frame,
    Ints,
)  # fmt: skip
from gridsvc.spatial.ragged import Longs
from gridsvc.spatial.raster import PAD

Reached = tuple[Longs, Longs, Longs]


@inlined
def _same(start: np.ndarray, owner: np.ndarray, one: int, other: int) -> bool:
    """Whether two edges bound the same areas."""
    n = start[one + 1] - start[one]
    same = start[other + 1] - start[other] == n
    for k in range(n):
        same = same and owner[start[one] + k] == owner[start[other] + k]
    return same


@inlined
def _behind(
    base: int, e: int, start: np.ndarray, owner: np.ndarray, starts: np.ndarray, areas: np.ndarray, codes: np.ndarray,
    slots: np.ndarray, members: np.ndarray,
) -> int:  # fmt: skip
    """The set behind an edge: the corner's with the edge's areas exchanged, ``UNSETTLED`` if no corner has it."""
    n = starts[base + 1] - starts[base]
    for k in range(n):
        members[k] = areas[starts[base] + k]
    code = codes[base]
    for k in range(start[e], start[e + 1]):
        after = toggle(members, n, owner[k])
        code = code + mixed(owner[k]) if after > n else code - mixed(owner[k])
        n = after
    return max(numbered(code, members, n, starts, areas, codes, slots), UNSETTLED)


@inlined
def _rounded(f: Frame, ends: np.ndarray, e: int, left: float, low: float) -> tuple[int, int]:
    """Ends of an edge in units of its cell, drawn in if they are far; see :func:`gridsvc.spatial.records._rounded`."""
    unit_x, unit_y = f.width / UNITS, f.height / UNITS
    ax, ay = (ends[e, 0] - left) / unit_x, (ends[e, 1] - low) / unit_y
    bx, by = (ends[e, 2] - left) / unit_x, (ends[e, 3] - low) / unit_y
    if max(abs(ax), abs(ay), abs(bx), abs(by)) > FARTHEST:
        run_x, run_y = bx - ax, by - ay
        enter, leave = 0.0, 1.0
        for at, run in ((ax, run_x), (ay, run_y)):
            if run != 0.0:
                one, other = (-FARTHEST - at) / run, (FARTHEST - at) / run
                enter, leave = max(enter, min(one, other)), min(leave, max(one, other))
        enter, leave = between(0.0, enter, 1.0), between(0.0, leave, 1.0)
        ax, ay, bx, by = ax + enter * run_x, ay + enter * run_y, ax + leave * run_x, ay + leave * run_y
    near = int(np.rint(ax)) << 16 | (int(np.rint(ay)) & 0xFFFF)
    return near, int(np.rint(bx)) << 16 | (int(np.rint(by)) & 0xFFFF)


@compiled
def _written(
    f: Frame, cells: np.ndarray, ends: np.ndarray, start: np.ndarray, owner: np.ndarray, cell: np.ndarray,
    edge: np.ndarray, reach_cell: np.ndarray, reach_edge: np.ndarray, reach_area: np.ndarray, starts: np.ndarray,
    areas: np.ndarray, codes: np.ndarray, slots: np.ndarray, out: np.ndarray,
) -> int:  # fmt: skip
    """Write all records; gives how many words they take."""
    members, listed = np.zeros(256, np.int32), np.zeros(256, np.int32)
    at, i, j = 0, 0, 0
    while i < len(cell) or j < len(reach_cell):
        c = cell[i] if i < len(cell) else reach_cell[j]
        if j < len(reach_cell):
            c = min(c, reach_cell[j])
        i1, j1 = i, j
        while i1 < len(cell) and cell[i1] == c:
            i1 += 1
        while j1 < len(reach_cell) and reach_cell[j1] == c:
            j1 += 1
        alike, n_areas, n_bounds = i1 > i, 0, 0
        for k in range(i, i1):
            if k > i and alike and _same(start, owner, edge[i], edge[k]):
                n_bounds += start[edge[k] + 1] - start[edge[k]]
                continue
            alike = alike and k == i
            for m in range(start[edge[k]], start[edge[k] + 1]):
                n_bounds += 1
                known = False
                for q in range(n_areas):
                    known = known or listed[q] == owner[m]
                if not known:
                    if n_areas == len(listed):
                        listed = grown(listed, n_areas + 1)
                    listed[n_areas] = owner[m]
                    n_areas += 1
        n_edges, n_reaches = i1 - i, j1 - j
        crowded = n_areas > MOST_AREAS or n_edges > MOST_EDGES or n_reaches > MOST_REACHES
        stride = 3 if alike else 5
        body = at + 4 if crowded else at + 2 + n_areas + (1 if alike else 0)
        size = (4 + 2 * n_bounds if crowded else body - at + stride * n_edges) + 2 * n_reaches
        base = cells[c]
        out[at] = base
        row = c // f.columns
        left, low = f.west + (c - row * f.columns) * f.width, f.south + row * f.height
        if crowded:
            out[at + 1], out[at + 2], out[at + 3] = CROWDED, n_bounds, n_reaches
            for k in range(i, i1):
                for m in range(start[edge[k]], start[edge[k] + 1]):
                    out[body], out[body + 1] = edge[k], owner[m]
                    body += 2
        else:
            out[at + 1] = n_areas | n_edges << 6 | n_reaches << 18 | (ALIKE if alike else 0)
            for q in range(n_areas):
                out[at + 2 + q] = listed[q]
            for k in range(i, i1):
                e = edge[k]
                out[body], out[body + 1] = _rounded(f, ends, e, left, low)
                out[body + 2] = e
                if not alike or k == i:
                    needed = starts[base + 1] - starts[base] + start[e + 1] - start[e] + 1
                    if needed > len(members):
                        members = grown(members, needed)
                    number = _behind(base, e, start, owner, starts, areas, codes, slots, members)
                    if alike:
                        out[body - 1] = number
                    else:
                        bits = np.uint32(0)
                        for m in range(start[e], start[e + 1]):
                            for q in range(n_areas):
                                if listed[q] == owner[m]:
                                    bits |= np.uint32(1) << np.uint32(q)
                        out[body + 3], out[body + 4] = np.int32(bits), number
                body += stride
        for k in range(j, j1):
            out[body], out[body + 1] = reach_edge[k], reach_area[k]
            body += 2
        cells[c] = ~at
        at += size
        i, j = i1, j1
    return at


@compiled
def _touched(f: Frame, ends: np.ndarray, pad: float, out: np.ndarray) -> int:
    """Write (cell, edge) wherever an edge comes near a cell, as far as there is room; gives how many there are."""
    n = 0
    pad_x, pad_y = pad * f.width, pad * f.height
    for e in range(len(ends)):
        ax, ay, bx, by = ends[e, 0], ends[e, 1], ends[e, 2], ends[e, 3]
        first = int(between(0.0, np.floor((ay - pad_y - f.south) * f.per_height), f.rows - 1.0))
        last = int(between(0.0, np.floor((by + pad_y - f.south) * f.per_height), f.rows - 1.0))
        run = bx - ax
        for row in range(first, last + 1):
            low = f.south + row * f.height - pad_y
            x0, x1 = ax, bx
            if by > ay:
                rise = 1.0 / (by - ay)
                x0 = ax + between(0.0, (low - ay) * rise, 1.0) * run
                x1 = ax + between(0.0, (low + (f.height + 2 * pad_y) - ay) * rise, 1.0) * run
            left, right = min(x0, x1) - pad_x, max(x0, x1) + pad_x
            c0 = int(between(0.0, np.floor((left - f.west) * f.per_width), f.columns - 1.0))
            c1 = int(between(0.0, np.floor((right - f.west) * f.per_width), f.columns - 1.0))
            if n + c1 - c0 < len(out):
                for column in range(c0, c1 + 1):
                    out[n + column - c0] = ((row * f.columns + column) << 32) | e
            n += c1 - c0 + 1
    return n


def records_of(
    frame: Frame, edges: Edges, reached: Reached, cells: Ints, sets: AreaSets, codes: Longs, slots: Ints
) -> Ints:
    """Write the records of all cells that an edge or a reach comes near, and point those cells to them."""
    cell, edge = _all_touched(frame, edges)
    given = (frame, cells, edges.ends, edges.start, edges.owner, cell, edge, *reached, *sets, codes, slots)
    # More than can be needed; what is not written to takes no memory.
    owners = int(np.diff(edges.start)[edge].sum())
    out = np.empty(9 * len(edge) + 2 * owners + 6 * len(reached[0]) + 8, np.int32)
    return out[: _written(*given, out)]


def _all_touched(frame: Frame, edges: Edges) -> tuple[Longs, Longs]:
    # An edge that goes on by so many columns and rows cannot touch more cells; what is not written to takes no memory.
    spans = np.abs(edges.ends[:, 2] - edges.ends[:, 0]) * frame.per_width
    spans += (edges.ends[:, 3] - edges.ends[:, 1]) * frame.per_height
    both = np.empty(int(2.0 * spans.sum()) + 6 * len(edges), np.int64)
    both = both[: _touched(frame, edges.ends, PAD, both)]
    both.sort()
    return both >> 32, both & 0xFFFFFFFF
