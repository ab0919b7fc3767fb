"""Grouping of blocks into compact, connected, balanced regions whose borders prefer wide roads and the river."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

from demo_city.frame import Array
from demo_city.planar import Plane

# What it costs, per metre, to lead a border along a road of this tier: wide roads and water are natural borders.
BORDER_COST = {"expressway": 0.35, "river": 0.4, "arterial": 0.4, "secondary": 0.8, "branch": 1.5, "alley": 3.0,
               "water": 1.2, "border": 0.0}  # fmt: skip


@dataclass
class Blocks:
    """Things to group: members (face numbers), size, place and weighted seams to neighbours."""

    members: list[list[int]]
    size: Array
    at: Array
    seams: list[dict[int, float]]


def gather(plane: Plane, group_of: dict[int, int]) -> Blocks:
    """Form blocks out of faces by a group number, with areas, centres and seams."""
    numbers = sorted(set(group_of.values()))
    index = {g: i for i, g in enumerate(numbers)}
    members: list[list[int]] = [[] for _ in numbers]
    for face, g in sorted(group_of.items()):
        members[index[g]].append(face)
    area = shapely.area(plane.faces_m)
    centre = shapely.get_coordinates(shapely.centroid(plane.faces_m))
    size = np.array([area[m].sum() for m in members])
    at = np.array([(centre[m] * area[m][:, None]).sum(axis=0) / area[m].sum() for m in members])
    seams: list[dict[int, float]] = [defaultdict(float) for _ in numbers]
    for e in plane.edges:
        if len(e.faces) == 2 and e.faces[0] in group_of and e.faces[1] in group_of:
            a, b = index[group_of[e.faces[0]]], index[group_of[e.faces[1]]]
            if a != b:
                seams[a][b] += e.length_m * BORDER_COST[e.tier]
                seams[b][a] += e.length_m * BORDER_COST[e.tier]
    return Blocks(members, size, at, seams)


def group(blocks: Blocks, k: int, rng: np.random.Generator, spread: float = 1.0, tries: int = 12) -> list[int]:
    """Group blocks into k regions; several starts, the cheapest connected result wins."""
    best: tuple[float, list[int]] | None = None
    for _ in range(tries):
        label = grown(blocks, k, rng)
        improve(blocks, label, k, spread)
        price = cost(blocks, label, k, spread)
        if best is None or price < best[0]:
            best = (price, label)
    assert best is not None
    return best[1]


def grown(blocks: Blocks, k: int, rng: np.random.Generator) -> list[int]:
    """Grow k connected regions from scattered seeds; the smallest region takes the nearest free neighbour."""
    n = len(blocks.size)
    seeds = [int(rng.integers(n))]
    while len(seeds) < k:
        d = np.min([np.hypot(*(blocks.at - blocks.at[s]).T) for s in seeds], axis=0)
        seeds.append(int(rng.choice(n, p=d**3 / (d**3).sum())))
    label = [-1] * n
    for r, s in enumerate(seeds):
        label[s] = r
    size = blocks.size[seeds].astype(float)
    while -1 in label:
        for r in np.argsort(size, kind="stable"):
            free = {j for i in range(n) if label[i] == r for j in blocks.seams[i] if label[j] == -1}
            if free:
                home = blocks.at[[i for i in range(n) if label[i] == r]].mean(axis=0)
                j = min(sorted(free), key=lambda b: float(np.hypot(*(blocks.at[b] - home))))
                label[j] = int(r)
                size[r] += blocks.size[j]
                break
    return label


def cost(blocks: Blocks, label: list[int], k: int, spread: float) -> float:
    """Price a grouping: unequal sizes, borders along small roads, and shapes that sprawl."""
    return sum(region_cost(blocks, [i for i, r in enumerate(label) if r == q], label, k, spread) for q in range(k))


def region_cost(blocks: Blocks, inside: list[int], label: list[int], k: int, spread: float) -> float:
    """Price one region."""
    mean = blocks.size.sum() / k
    size = blocks.size[inside]
    centre = (blocks.at[inside] * size[:, None]).sum(axis=0) / size.sum()
    sprawl = (size * ((blocks.at[inside] - centre) ** 2).sum(axis=1)).sum() / (mean**2 / 6.0)
    seam = sum(w for i in inside for j, w in blocks.seams[i].items() if label[j] != label[i])
    return float(7.0 / spread * (size.sum() / mean - 1.0) ** 2 + sprawl + 0.45 * seam / np.sqrt(mean))


def improve(blocks: Blocks, label: list[int], k: int, spread: float) -> None:
    """Move single blocks over the border while that lowers the price and keeps both sides connected."""
    moved = True
    rounds = 0
    while moved and rounds < 60:
        moved, rounds = False, rounds + 1
        for i in range(len(label)):
            for target in sorted({label[j] for j in blocks.seams[i]} - {label[i]}):
                if pays(blocks, label, i, target, k, spread):
                    label[i] = target
                    moved = True
                    break


def pays(blocks: Blocks, label: list[int], i: int, target: int, k: int, spread: float) -> bool:
    """Say whether handing block i to another region lowers the price without tearing its old region."""
    home = label[i]
    rest = [b for b, r in enumerate(label) if r == home and b != i]
    if not rest or not connected(blocks, rest):
        return False

    def price() -> float:
        return sum(region_cost(blocks, [b for b, r in enumerate(label) if r == q], label, k, spread)
                   for q in (home, target))  # fmt: skip

    before = price()
    label[i] = target
    after = price()
    label[i] = home
    return after < before - 1e-9


def connected(blocks: Blocks, inside: list[int]) -> bool:
    """Say whether all blocks can be reached from the first one over seams inside the group."""
    left = set(inside)
    waiting = [left.pop()]
    while waiting:
        for j in blocks.seams[waiting.pop()]:
            if j in left:
                left.remove(j)
                waiting.append(j)
    return not left
