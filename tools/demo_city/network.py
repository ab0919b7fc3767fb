"""The road network: main lines first, then every block is cut by bent roads until it has the size of a unit grid."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import LineString, Polygon

from demo_city.cuts import Junctions, Wish, best_cut
from demo_city.mainlines import MainLine, main_lines, outline

SECONDARY_M2 = 165_000.0
BRANCH_M2 = 48_000.0
OLD_TOWN = (-20.0, -560.0)


@dataclass(frozen=True)
class Road:
    """One stretch of road (or bank, border, cut through water) with its tier, in metres; main roads have a key."""

    tier: str
    line: LineString
    key: str = ""


@dataclass(frozen=True)
class Leaf:
    """A block of final size, and the larger blocks it came from: neighbourhood (big) and quarter (small)."""

    block: Polygon
    big: int
    small: int
    water: bool


@dataclass
class Network:
    """All roads and all final blocks of the district."""

    border: Polygon
    mains: list[MainLine]
    roads: list[Road] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)


def wanted_m2(x: float, y: float) -> float:
    """Say how large a unit grid should be at a place: small in the old town, larger in works and fields."""
    old = np.exp(-(((x - OLD_TOWN[0]) / 620) ** 2 + ((y - OLD_TOWN[1]) / 560) ** 2))
    rural = 1 / (1 + np.exp((x + y + 2450) / 160))
    works = 1 / (1 + np.exp(-(x - y - 2350) / 200))
    return float(10_050 - 1_500 * old + 1_700 * rural + 1_000 * works)


def main_blocks(border: Polygon, mains: list[MainLine]) -> tuple[list[Polygon], list[Road]]:
    """Cut the district along the main lines; give the large blocks between them and the lines without loose ends."""
    # The lines overshoot on purpose: cut to the border first, their rounded ends would miss it and leave blocks open.
    noded = shapely.union_all([border.exterior, *[m.line for m in mains]])
    blocks = [b for b in shapely.polygonize([noded]).geoms if border.contains(b.representative_point())]
    blocks.sort(key=lambda b: (round(b.centroid.y, 3), round(b.centroid.x, 3)))
    edges = shapely.union_all([b.exterior for b in blocks])
    tree = shapely.STRtree([*[m.line for m in mains], border.exterior])
    tiers = [*[m.tier for m in mains], "border"]
    keys = [*[m.key for m in mains], ""]
    roads = []
    for piece in sorted(shapely.get_parts(noded), key=lambda p: p.bounds):
        middle = piece.interpolate(0.5, normalized=True)
        if edges.distance(middle) < 1e-6:
            at = int(tree.nearest(middle))
            roads.append(Road(tiers[at], piece, keys[at]))
    return blocks, roads


def build_network(rng: np.random.Generator) -> Network:
    """Draw the main lines and cut every large block down to unit grids."""
    border, mains = outline(rng), main_lines(rng)
    blocks, roads = main_blocks(border, mains)
    net = Network(border, mains, roads)
    banks = [m.line for m in mains if m.tier == "river"]
    band = Polygon([*banks[0].coords, *reversed(banks[1].coords)])
    junctions = Junctions()
    tally = {"big": 0, "small": 0}
    for block in blocks:
        water = bool(band.buffer(1.0).covers(block))
        cut_down(block, water, net, junctions, tally, rng)
    return net


def cut_down(block: Polygon, water: bool, net: Network, junctions: Junctions, tally: dict[str, int],
             rng: np.random.Generator) -> None:  # fmt: skip
    """Cut one large block until its parts are unit grids, from the widest road to the narrowest."""
    waiting: list[tuple[Polygon, int, int]] = [(block, -1, -1)]
    while waiting:
        part, big, small = waiting.pop()
        if big < 0 and part.area <= SECONDARY_M2 * 1.25:
            big, tally["big"] = tally["big"], tally["big"] + 1
        if small < 0 and part.area <= BRANCH_M2 * 1.25:
            small, tally["small"] = tally["small"], tally["small"] + 1
        n = round(part.area / wanted_m2(part.centroid.x, part.centroid.y))
        cut = None if n <= 1 else best_cut(part, wish_for(part, n, rng), junctions, rng)
        if cut is None:
            net.leaves.append(Leaf(part, big, small, water))
            continue
        tier = "secondary" if part.area > SECONDARY_M2 else "branch" if part.area > BRANCH_M2 else "alley"
        net.roads.append(Road("water" if water else tier, cut.line))
        for end in (cut.line.coords[0], cut.line.coords[-1]):
            junctions.add(*end)
        waiting.extend((p, big, small) for p in cut.parts)


def wish_for(part: Polygon, n: int, rng: np.random.Generator) -> Wish:
    """Choose how the next road through a block should run; the old town has more crooked ones."""
    near_old = float(np.hypot(part.centroid.x - OLD_TOWN[0], part.centroid.y - OLD_TOWN[1])) < 750.0
    k = n // 2 if n < 6 else int(np.clip(round(n * rng.uniform(0.40, 0.60)), 2, n - 2))
    share = float(np.clip(k / n + rng.normal(0, 0.035), 0.25, 0.75))
    big = part.area > BRANCH_M2
    return Wish(
        share=share,
        snap_m=42.0 if big else 26.0,
        bend=0.055 if near_old else 0.035,
        turn_deg=8.0 if near_old else 4.0,
        step_m=36.0 if big else 30.0,
    )
