"""Blocks of ground brought to a wanted size: small ones are joined, large ones divided by straight cuts.

One measure rules both: how far, on a logarithmic scale, the parts of a block are from the target, and how far they
sprawl. Everything here is in metres of one projected reference and knows nothing of communities or codes.
"""

import heapq
import math
from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon, STRtree
from shapely.affinity import rotate

from gridsvc.spatial.faces import closed, extended, noded

# What it costs to join across a line of weight 1, and to have a shape e times as sprawling as a circle. So that a
# piece below six tenths of the target joins one like it across an ordinary line, but two good blocks never join.
LINE_PRICE = 0.3
SHAPE_PRICE = 0.5
# A cut that ends on its block's border in metres ends a little beside it in degrees; this much longer it crosses.
OVERSHOOT_M = 0.1
# Below this share of the target a piece is as bad as can be: crumbs shall join a block, not each other.
_CRUMB = 0.1
_TURNS_DEG = (90.0, 75.0, 105.0, 0.0)
# Shifts of a cut that would hit a building; the nearest that avoids all of them wins by its sizes.
_SHIFTS = (1.0, 0.9, 1.1, 0.8, 1.2, 0.65, 1.35)


def parts_of(area_m2: float, target_m2: float) -> int:
    """How many grids a block has room for: at least one."""
    return max(1, math.floor(area_m2 / target_m2 + 0.5))


def misfit(area_m2: float, target_m2: float, parts: int | None = None) -> float:
    """How far a block is from good sizes: 0 at a multiple of the target, 0.48 a part at half or double, 5.3 at most."""
    n = parts or parts_of(area_m2, target_m2)
    return n * math.log(max(area_m2 / (n * target_m2), _CRUMB)) ** 2


def sprawl(area_m2: float, perimeter_m: float) -> float:
    """How far a shape is from a circle: 0 for a circle, 0.24 a square, 0.69 one by four, 3.5 a splinter."""
    return math.log(perimeter_m**2 / (4.0 * math.pi * max(area_m2, 1e-3)))


class _Joining:
    """Blocks that grow by joining; a joined block gets a new number, so that old offers can be told from live ones."""

    def __init__(self, area_m2: Sequence[float], perimeter_m: Sequence[float], target_m2: float) -> None:
        self.area_m2, self.perimeter_m, self.target_m2 = list(area_m2), list(perimeter_m), target_m2
        self.members = [[i] for i in range(len(area_m2))]
        # To each neighbour: the length of the common seam in metres, and that length times the line's weight.
        self.beside: list[dict[int, tuple[float, float]]] = [{} for _ in area_m2]
        self.offers: list[tuple[float, int, int]] = []

    def add_seam(self, a: int, b: int, length_m: float, weighted_m: float) -> None:
        old = self.beside[a].get(b, (0.0, 0.0))
        self.beside[a][b] = self.beside[b][a] = (old[0] + length_m, old[1] + weighted_m)

    def offer(self, a: int, b: int) -> None:
        """Offer to join two blocks if that serves: one is too small, or together they make fewer grids."""
        area = (self.area_m2[a], self.area_m2[b])
        length_m, weighted_m = self.beside[a][b]
        parts = [parts_of(x, self.target_m2) for x in (*area, sum(area))]
        if min(area) >= self.target_m2 / 2 and parts[2] >= parts[0] + parts[1]:
            return
        around_m = self.perimeter_m[a] + self.perimeter_m[b] - 2 * length_m
        gain = misfit(area[0], self.target_m2) + misfit(area[1], self.target_m2) - misfit(sum(area), self.target_m2)
        gain -= LINE_PRICE * weighted_m / length_m + SHAPE_PRICE * sprawl(sum(area), around_m)
        if gain > 0.0:
            heapq.heappush(self.offers, (-gain, a, b))

    def join(self, a: int, b: int) -> None:
        new = len(self.members)
        self.members.append(self.members[a] + self.members[b])
        self.area_m2.append(self.area_m2[a] + self.area_m2[b])
        self.perimeter_m.append(self.perimeter_m[a] + self.perimeter_m[b] - 2 * self.beside[a][b][0])
        self.beside.append({})
        for old in (a, b):
            for other, seam in self.beside[old].items():
                if other not in (a, b):
                    del self.beside[other][old]
                    self.add_seam(new, other, *seam)
            self.members[old], self.beside[old] = [], {}
        for other in sorted(self.beside[new]):
            self.offer(other, new)


def joined(
    area_m2: NDArray[np.float64],
    perimeter_m: NDArray[np.float64],
    seams: Sequence[tuple[int, int, float, float]],
    target_m2: float,
) -> list[list[int]]:
    """Group blocks so that none is needlessly small: the join that helps most comes first.

    Parameters
    ----------
    area_m2, perimeter_m : array, shape (n,)
    seams : sequence of (block, block, length in metres, weight)
        Where two blocks meet, a pair as often as it likes. Blocks without a seam never join, nor do blocks across
        a line of infinite weight.
    target_m2 : float
        The wanted size.

    Returns
    -------
    list of lists of int
        The blocks of each group, ascending, groups by their first block.
    """
    state = _Joining(area_m2.tolist(), perimeter_m.tolist(), target_m2)
    for a, b, length_m, weight in seams:
        state.add_seam(a, b, length_m, length_m * weight)
    for a in range(len(area_m2)):
        for b in sorted(state.beside[a]):
            if a < b:
                state.offer(a, b)
    while state.offers:
        _, a, b = heapq.heappop(state.offers)
        if state.members[a] and state.members[b]:
            state.join(a, b)
    return sorted(sorted(group) for group in state.members if group)


def long_axis_deg(block: Polygon) -> float:
    """Give the direction of the longer side of the smallest rectangle around a block, degrees from east."""
    ring = shapely.get_coordinates(block.minimum_rotated_rectangle)[:3]
    sides = np.diff(ring, axis=0)
    longer = sides[int(np.argmax(np.hypot(*sides.T)))]
    return math.degrees(math.atan2(longer[1], longer[0])) % 180.0


def dividing_line(block: Polygon, angle_deg: float, share: float) -> LineString:
    """Find the straight line at an angle that leaves a share of a block on its right side, to 1/500 of the width."""
    centre = block.centroid
    level = rotate(block, -angle_deg, origin=centre)
    west, low, east, high = level.bounds
    south = low
    for _ in range(9):
        middle = (low + high) / 2
        if shapely.clip_by_rect(level, west, south, east, middle).area < share * level.area:
            low = middle
        else:
            high = middle
    return rotate(LineString([(west - 1.0, middle), (east + 1.0, middle)]), angle_deg, origin=centre)


def cuts(block: Polygon, target_m2: float, obstacles: STRtree | None = None) -> list[LineString]:
    """Divide a block by straight cuts until its parts are near the target; cuts reach a little over its border.

    No cut meets an obstacle (a building). A block that no cut makes better stays as it is, so the list may be empty.
    """
    found: list[LineString] = []
    waiting = [(block, parts_of(block.area, target_m2))]
    while waiting:
        part, n = waiting.pop()
        best = _best_cut(part, n, target_m2, obstacles) if n > 1 else None
        if best is not None:
            found += best[0]
            waiting += best[1]
    return found


def _best_cut(
    block: Polygon, n: int, target_m2: float, obstacles: STRtree | None
) -> tuple[list[LineString], list[tuple[Polygon, int]]] | None:
    """The cut whose parts, each with its share of the n grids, have the best sizes and shapes; none if none helps."""
    best: tuple[float, list[LineString], list[tuple[Polygon, int]]] | None = None
    bar = misfit(block.area, target_m2, parts=1)
    for lines in _candidates(block, n, shifted=obstacles is not None):
        if obstacles is not None and len(obstacles.query(lines, predicate="intersects")[0]):
            continue
        parts = [(p, max(1, round(n * p.area / block.area))) for p in _divided(block, lines)]
        size = sum(misfit(p.area, target_m2, k) for p, k in parts)
        price = size + SHAPE_PRICE * sum(sprawl(p.area, p.length) for p, _ in parts)
        if len(parts) > 1 and size < bar and (best is None or price < best[0]):
            best = (price, lines, parts)
    return best[1:] if best is not None else None


def _candidates(block: Polygon, n: int, shifted: bool) -> Iterator[list[LineString]]:
    """Ways to cut a block: straight across it, and along each single section where the line leaves it between."""
    axis_deg = long_axis_deg(block)
    for shift in _SHIFTS if shifted else _SHIFTS[:1]:
        for turn_deg in _TURNS_DEG:
            for share in sorted({n // 2 / n, (n - n // 2) / n}):
                line = dividing_line(block, axis_deg + turn_deg, share * shift)
                sections = shapely.get_parts(shapely.intersection(line, block))
                sections = sections[shapely.length(sections) > OVERSHOOT_M]
                each = [[x] for x in extended(sections, OVERSHOOT_M)]
                yield from each if len(each) < 2 else [[x for y in each for x in y], *each]


def _divided(block: Polygon, lines: list[LineString]) -> list[Polygon]:
    """The parts of a block between lines; one that does not reach through, as from border to hole, divides nothing."""
    parts = closed(noded([block.boundary, *lines]))
    return list(parts[shapely.contains(block, shapely.point_on_surface(parts))])
