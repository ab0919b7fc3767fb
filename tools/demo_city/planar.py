"""The planar graph in final coordinates: every unit grid a face, every edge shared bit by bit and tied to its road.

Coordinates are rounded to seven decimals while the lines are noded, before any face exists; nothing moves afterwards.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon

from demo_city.frame import GRID_DEG, degrees, metres, rounded
from demo_city.network import Leaf, Network
from gridsvc.spatial.faces import closed, segments

Vertex = tuple[float, float]


@dataclass(frozen=True)
class Edge:
    """A stretch of the network between two junctions: its course in degrees, tier, road and the faces beside it."""

    line: LineString
    length_m: float
    tier: str
    road: int
    faces: tuple[int, ...]


@dataclass(frozen=True)
class Plane:
    """Faces (unit grids, in degrees) with the leaves they came from, and the edges between them."""

    faces: list[Polygon]
    faces_m: list[Polygon]
    leaves: list[Leaf]
    edges: list[Edge]


def build_plane(net: Network) -> Plane:
    """Node all lines on the coordinate grid, close the faces and tie edges to roads."""
    tiers = [r.tier for r in net.roads]
    lines = degrees(np.asarray([r.line for r in net.roads], dtype=object))
    edges = rounded(shapely.get_parts(shapely.union_all(lines, grid_size=GRID_DEG)))
    border = degrees(net.border)
    raw = [f for f in closed(edges) if border.contains(f.representative_point())]
    if len(raw) != len(net.leaves):
        raise RuntimeError(f"noding made {len(raw)} faces out of {len(net.leaves)} blocks")
    faces = [Polygon(f.exterior.coords) for f in raw]
    leaves = matched(faces, net.leaves)
    order = sorted(range(len(faces)), key=lambda i: (-faces[i].centroid.y, faces[i].centroid.x))
    faces, leaves = [shapely.normalize(faces[i]) for i in order], [leaves[i] for i in order]
    return Plane(faces, [metres(f) for f in faces], leaves, build_edges(faces, lines, tiers))


def matched(faces: list[Polygon], leaves: list[Leaf]) -> list[Leaf]:
    """Find for each face the block that it was; each block is used once."""
    tree = shapely.STRtree([degrees(leaf.block) for leaf in leaves])
    pairs = tree.query([f.representative_point() for f in faces], predicate="within")
    if sorted(pairs[1]) != list(range(len(leaves))):
        raise RuntimeError("faces and blocks do not match one to one")
    return [leaves[j] for _, j in sorted(zip(*pairs, strict=True))]


def build_edges(faces: list[Polygon], lines: np.ndarray, tiers: list[str]) -> list[Edge]:
    """Collect the segments of all faces, chain them between junctions and name the road of each chain."""
    found = segments(faces)
    keys = [((ax, ay), (bx, by)) for (ax, ay), (bx, by) in found.ends.tolist()]
    beside = {key: [f for f in pair if f >= 0] for key, pair in zip(keys, found.faces.tolist(), strict=True)}
    road = dict(zip(keys, shapely.STRtree(lines).nearest(found.middles).tolist(), strict=True))
    edges = []
    for chain in chains(keys, beside, road):
        first = (chain[0], chain[1]) if chain[0] < chain[1] else (chain[1], chain[0])
        line = LineString(chain)
        at = road[first]
        edges.append(Edge(line, metres(line).length, tiers[at], at, tuple(sorted(beside[first]))))
    return edges


def chains(keys: list[tuple[Vertex, Vertex]], beside: dict[tuple[Vertex, Vertex], list[int]],
           road: dict[tuple[Vertex, Vertex], int]) -> list[list[Vertex]]:  # fmt: skip
    """Join segments that have the same faces and the same road into runs from junction to junction."""
    at: dict[Vertex, list[tuple[Vertex, Vertex]]] = defaultdict(list)
    for key in keys:
        at[key[0]].append(key)
        at[key[1]].append(key)

    def sort_of(key: tuple[Vertex, Vertex]) -> tuple[tuple[int, ...], int]:
        return tuple(sorted(beside[key])), road[key]

    def follow(start: Vertex, key: tuple[Vertex, Vertex], used: set[tuple[Vertex, Vertex]]) -> list[Vertex]:
        run, here = [start], start
        while True:
            used.add(key)
            here = key[1] if key[0] == here else key[0]
            run.append(here)
            ahead = [k for k in at[here] if k != key]
            if len(ahead) != 1 or ahead[0] in used or sort_of(ahead[0]) != sort_of(key):
                return run
            key = ahead[0]

    used: set[tuple[Vertex, Vertex]] = set()
    out: list[list[Vertex]] = []
    for vertex in sorted(at):
        around = at[vertex]
        if len(around) == 2 and sort_of(around[0]) == sort_of(around[1]):
            continue
        out.extend(follow(vertex, key, used) for key in around if key not in used)
    return out
