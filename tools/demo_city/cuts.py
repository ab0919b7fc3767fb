"""One cut: a slightly bent road that divides a block in two, meeting old junctions where it can."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from demo_city.frame import Array
from gridsvc.spatial.blocks import long_axis_deg


@dataclass(frozen=True)
class Cut:
    """A road through a block, and the two parts it leaves."""

    line: LineString
    parts: tuple[Polygon, Polygon]
    score: float


@dataclass(frozen=True)
class Wish:
    """What a cut should be like: share of the first part, reach of snapping, bend (share of length), turn."""

    share: float
    snap_m: float
    bend: float
    turn_deg: float
    step_m: float


class Junctions:
    """Ends of earlier roads, so that a new road can run on from one of them and make a crossing."""

    def __init__(self) -> None:
        self._xy: list[tuple[float, float]] = []

    def add(self, x: float, y: float) -> None:
        self._xy.append((x, y))

    def near(self, x: float, y: float, reach_m: float) -> list[tuple[float, float]]:
        if not self._xy:
            return []
        xy = np.asarray(self._xy)
        d = np.hypot(xy[:, 0] - x, xy[:, 1] - y)
        order = np.argsort(d, kind="stable")
        return [self._xy[i] for i in order[:4] if d[i] <= reach_m]


def chord(block: Polygon, angle_deg: float, share: float) -> LineString | None:
    """Find the straight line at an angle that leaves ``share`` of the block on its first side, by bisection."""
    direction = np.array([math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))])
    across = np.array([-direction[1], direction[0]])
    ring = shapely.get_coordinates(block.exterior)
    u = ring @ across
    low, high, reach = float(u.min()), float(u.max()), 6000.0
    v0 = float((ring @ direction).mean())
    for _ in range(9):
        mid = (low + high) / 2
        base = across * mid + direction * v0
        start, end, down = base - direction * reach, base + direction * reach, -across * reach
        half = Polygon([start, end, end + down, start + down])
        if block.intersection(half).area / block.area < share:
            low = mid
        else:
            high = mid
    inside = block.intersection(LineString([start, end]))
    return inside if isinstance(inside, LineString) and not inside.is_empty else None


def bent(a: Array, b: Array, wish: Wish, rng: np.random.Generator) -> Array:
    """Lead a bow with a slight second wave from a to b; both ends stay exactly where they are."""
    length = float(np.hypot(*(b - a)))
    n = max(round(length / wish.step_m), 2)
    t = np.linspace(0.0, 1.0, n + 1)
    normal = np.array([-(b - a)[1], (b - a)[0]])
    bow = rng.normal(0, wish.bend) * np.sin(np.pi * t) + rng.normal(0, wish.bend / 2.5) * np.sin(2 * np.pi * t)
    line = a + (b - a) * t[:, None] + normal * bow[:, None]
    line[0], line[-1] = a, b
    return np.asarray(line)


def parted(block: Polygon, line: Array) -> tuple[Polygon, Polygon] | None:
    """Build both parts of a block along a line that starts and ends on its border, or nothing if it leaves it."""
    ring = block.exterior
    at_a, at_b = ring.project(Point(line[0])), ring.project(Point(line[-1]))
    xy = shapely.get_coordinates(ring)[:-1]
    at = np.asarray([0.0, *np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    total = ring.length

    def between(start: float, end: float) -> list[Array]:
        span = (end - start) % total
        ahead = (at - start) % total
        order = np.argsort(ahead, kind="stable")
        return [xy[i] for i in order if 1e-6 < ahead[i] < span - 1e-6]

    first = Polygon([*between(at_a, at_b), *line[::-1]])
    second = Polygon([*between(at_b, at_a), *line])
    if not (first.is_valid and second.is_valid) or min(first.area, second.area) < 1.0:
        return None
    if abs(first.area + second.area - block.area) > 1e-3 * block.area:
        return None
    return first, second


def roundness(block: Polygon) -> float:
    """Give 1 for a circle, 0.785 for a square, little for a splinter."""
    return float(4 * math.pi * block.area / block.length**2)


def sharpest_deg(line: Array, block: Polygon) -> float:
    """Give the smallest angle that the line makes with the block's border at its two ends."""
    ring, total = block.exterior, block.exterior.length
    worst = 90.0
    for end, inner in ((line[0], line[1]), (line[-1], line[-2])):
        at = ring.project(Point(end))
        way = math.atan2(*(inner - end)[::-1])
        for step in (6.0, -6.0):
            q = ring.interpolate((at + step) % total)
            side = math.atan2(q.y - end[1], q.x - end[0])
            turn = abs((math.degrees(way - side) + 180.0) % 360.0 - 180.0)
            worst = min(worst, turn)
    return worst


def best_cut(block: Polygon, wish: Wish, junctions: Junctions, rng: np.random.Generator, tries: int = 6) -> Cut | None:
    """Try several roads through a block and keep the one with square parts, fair angles and true crossings."""
    base = long_axis_deg(block) + 90.0
    best: Cut | None = None
    for i in range(tries):
        share = wish.share if i % 2 == 0 else 1.0 - wish.share
        straight = chord(block, base + rng.normal(0, wish.turn_deg) + (90.0 if i == tries - 1 else 0.0), share)
        if straight is None:
            continue
        ends = shapely.get_coordinates(straight)[[0, -1]]
        for a in options(ends[0], block, wish.snap_m, junctions):
            for b in options(ends[1], block, wish.snap_m, junctions):
                if math.dist(a, b) < 20.0:
                    continue
                line = bent(np.asarray(a), np.asarray(b), wish, rng)
                parts = parted(block, line)
                if parts is None:
                    continue
                cut = Cut(LineString(line), parts, rate(block, line, parts, share, (a, b), ends))
                if best is None or cut.score > best.score:
                    best = cut
    return best


def options(end: Array, block: Polygon, snap_m: float, junctions: Junctions) -> list[tuple[float, float]]:
    """List the places where a road may end: where the straight line hits, and junctions of the border near by."""
    own = (float(end[0]), float(end[1]))
    ring = block.exterior
    return [own, *[q for q in junctions.near(*own, snap_m) if ring.distance(Point(q)) < 1e-6][:2]]


def rate(block: Polygon, line: Array, parts: tuple[Polygon, Polygon], share: float,
         ends: tuple[tuple[float, float], tuple[float, float]], straight: Array) -> float:  # fmt: skip
    """Score a cut: round parts, the wanted share, no sharp angles, crossings rather than near misses."""
    got = parts[0].area / block.area
    off = min(abs(got - share), abs(got - (1 - share)))
    sharp = sharpest_deg(line, block)
    snapped = sum(math.dist(e, s) > 1e-6 for e, s in zip(ends, straight, strict=True))
    score = 1.2 * min(roundness(p) for p in parts) - 2.0 * off - max(0.0, 60.0 - sharp) / 30.0 + 0.12 * snapped
    return float(score - 0.5 * near_miss(block, ends))


def near_miss(block: Polygon, ends: tuple[tuple[float, float], tuple[float, float]]) -> float:
    """Count ends that stop a few metres beside a corner of the block instead of in it."""
    xy = shapely.get_coordinates(block.exterior)[:-1]
    before, after = xy - np.roll(xy, 1, axis=0), np.roll(xy, -1, axis=0) - xy
    turn = np.abs((np.arctan2(after[:, 1], after[:, 0]) - np.arctan2(before[:, 1], before[:, 0]) + np.pi)
                  % (2 * np.pi) - np.pi)  # fmt: skip
    corners = xy[turn > math.radians(35.0)]
    count = 0.0
    for end in ends:
        if len(corners) and 0.01 < float(np.hypot(*(corners - np.asarray(end)).T).min()) < 28.0:
            count += 1.0
    return count
