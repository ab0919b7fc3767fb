"""The compiled way to tell what holds the corners of cells: one sweep along the rows, where numpy takes many passes."""

import numpy as np

from gridsvc.spatial.area_sets import AreaSets
from gridsvc.spatial.edges import Edges
from gridsvc.spatial.kernel_steps import compiled, inlined, side
from gridsvc.spatial.overlay import Frame, Ints
from gridsvc.spatial.ragged import Longs


@inlined
def mixed(area: int) -> int:
    """Spread an area's number over 64 bits; a set's code is the sum of its areas'."""
    x = np.uint64(area + 1) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return x ^ (x >> np.uint64(29))


@inlined
def between(lowest: float, value: float, highest: float) -> float:
    return min(max(value, lowest), highest)


@compiled
def _crossings(f: Frame, ends: np.ndarray, start: np.ndarray, owner: np.ndarray, out: np.ndarray) -> int:
    """Write (row, first cell to the right, area) of all crossings as far as there is room; gives how many there are."""
    n = 0
    for e in range(len(ends)):
        ax, ay, bx, by = ends[e, 0], ends[e, 1], ends[e, 2], ends[e, 3]
        first = int(between(0.0, np.floor((ay - f.south) * f.per_height), f.rows - 1.0))
        last = min(int(between(0.0, np.floor((by - f.south) * f.per_height), f.rows - 1.0)) + 1, f.rows - 1)
        for row in range(first, last + 1):
            level = f.south + row * f.height
            if not ay <= level < by:
                continue
            if n + start[e + 1] - start[e] <= len(out):
                x = ax + (level - ay) / (by - ay) * (bx - ax)
                column = int(between(0.0, np.floor((x - f.west) * f.per_width), f.columns - 1.0))
                while side(ax, ay, bx, by, f.west + column * f.width, level) <= 0.0:
                    column -= 1
                while side(ax, ay, bx, by, f.west + (column + 1) * f.width, level) > 0.0:
                    column += 1
                for k in range(start[e], start[e + 1]):
                    out[n + k - start[e]] = (row << 48) | ((column + 1) << 28) | owner[k]
            n += start[e + 1] - start[e]
    return n


@compiled
def grown(array: np.ndarray, needed: int) -> np.ndarray:
    if needed <= len(array):
        return array
    larger = np.zeros(max(needed, 2 * len(array)), array.dtype)
    larger[: len(array)] = array
    return larger


@inlined
def numbered(
    code: int, members: np.ndarray, n: int, starts: np.ndarray, areas: np.ndarray, codes: np.ndarray, slots: np.ndarray
) -> int:
    """Number of a set among those in the hash table, or ``~slot`` of the free place where it would stand."""
    slot = np.int64(code & np.uint64(len(slots) - 1))
    while slots[slot] >= 0:
        found = slots[slot]
        if codes[found] == code and starts[found + 1] - starts[found] == n:
            same = True
            for k in range(n):
                same = same and areas[starts[found] + k] == members[k]
            if same:
                return found
        slot = (slot + 1) & (len(slots) - 1)
    return ~slot


@inlined
def toggle(members: np.ndarray, n: int, area: int) -> int:
    """Take an area out of an ascending list, or put it in; gives the new length."""
    k = n
    while k > 0 and members[k - 1] > area:
        k -= 1
    if k > 0 and members[k - 1] == area:
        for m in range(k, n):
            members[m - 1] = members[m]
        return n - 1
    for m in range(n, k, -1):
        members[m] = members[m - 1]
    members[k] = area
    return n + 1


@compiled
def _hashed(codes: np.ndarray, n: int, size: int) -> np.ndarray:
    slots = np.full(size, -1, np.int32)
    for number in range(n):
        slot = np.int64(codes[number] & np.uint64(size - 1))
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = number
    return slots


@compiled
def _swept(
    events: np.ndarray, columns: int, cells: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Go along all rows through the crossings in order, keep what holds the corner, and write its set's number."""
    starts, areas, codes = np.zeros(1024, np.int32), np.zeros(1024, np.int32), np.zeros(1024, np.uint64)
    # The empty set comes first, so that it is number 0.
    n_sets, slots = 1, _hashed(codes, 1, 4096)
    members, n, code = np.zeros(64, np.int32), 0, np.uint64(0)
    number, at = 0, 0
    for i in range(len(events)):
        cell = (events[i] >> 48) * columns + ((events[i] >> 28) & 0xFFFFF)
        if cell > at:
            number = numbered(code, members, n, starts, areas, codes, slots)
            if number < 0:
                starts, codes = grown(starts, n_sets + 2), grown(codes, n_sets + 1)
                areas = grown(areas, starts[n_sets] + n)
                areas[starts[n_sets] : starts[n_sets] + n] = members[:n]
                starts[n_sets + 1], codes[n_sets], slots[~number] = starts[n_sets] + n, code, n_sets
                number, n_sets = n_sets, n_sets + 1
                if 2 * n_sets > len(slots):
                    slots = _hashed(codes, n_sets, 4 * len(slots))
            cells[at:cell] = number
            at = cell
        if n == len(members):
            members = grown(members, n + 1)
        area = events[i] & 0xFFFFFFF
        after = toggle(members, n, area)
        code = code + mixed(area) if after > n else code - mixed(area)
        n = after
    cells[at:] = 0
    return starts[: n_sets + 1], areas[: starts[n_sets]], codes[:n_sets], slots


def corner_sets(frame: Frame, edges: Edges) -> tuple[Ints, AreaSets, Longs, Ints]:
    """Which set holds each cell's corner, the sets, and the hash table that finds them."""
    events = np.empty(_crossings(frame, edges.ends, edges.start, edges.owner, np.empty(0, np.int64)), np.int64)
    _crossings(frame, edges.ends, edges.start, edges.owner, events)
    events.sort()
    cells = np.empty(frame.columns * frame.rows, np.int32)
    starts, areas, codes, slots = _swept(events, frame.columns, cells)
    return cells, AreaSets(starts, areas), codes, slots
