"""What touches what: neighbours among areas with the length of their common edge, and pieces of a group of areas."""

from collections.abc import Iterable, Sequence

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial.datum import Floats
from gridsvc.spatial.layer import Objects
from gridsvc.spatial.ragged import Longs

# Areas that meet in less are corner neighbours: nobody walks from one to the other through a point.
LEAST_M = 1.0


def neighbours(shapes_m: Objects, least_m: float = LEAST_M) -> tuple[Longs, Floats]:
    """Pair the areas of a coverage that share an edge.

    Parameters
    ----------
    shapes_m : array of polygons, shape (n,)
        In one projected reference, in metres, with common vertices along common edges, as a checked layer has them.
    least_m : float
        Areas whose common edges are shorter in all are no neighbours; so those that meet in a corner are none.

    Returns
    -------
    pairs : array, shape (m, 2)
        Rows of ``shapes_m``, the smaller first, in ascending order.
    shared_m : array, shape (m,)
        Length of the common edges in metres.
    """
    a, b = shapely.STRtree(shapes_m).query(shapes_m, predicate="intersects")
    a, b = a[a < b], b[a < b]
    edges = shapely.boundary(shapes_m)
    shared_m = shapely.length(shapely.intersection(edges[a], edges[b]))
    kept = np.lexsort((b, a))
    kept = kept[shared_m[kept] >= least_m]
    return np.column_stack([a[kept], b[kept]]).astype(np.int64), shared_m[kept]


def graph_of(n: int, pairs: Longs) -> "nx.Graph[int]":
    """Make the graph of n areas, numbered from 0, in which neighbours are joined."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(pairs.tolist())
    return graph


def pieces(graph: "nx.Graph[int]", members: Iterable[int]) -> list[set[int]]:
    """Give the connected pieces of some nodes, the largest first; among equals that with the least node."""
    found = [set(p) for p in nx.connected_components(graph.subgraph(members))]
    return sorted(found, key=lambda p: (-len(p), min(p)))


def in_pieces(graph: "nx.Graph[int]", labels: Sequence[str] | NDArray[np.object_]) -> dict[str, int]:
    """Count the pieces of each label's nodes: 1 for each where a division hangs together."""
    members: dict[str, list[int]] = {}
    for node, label in enumerate(labels):
        members.setdefault(str(label), []).append(node)
    return {label: len(pieces(graph, own)) for label, own in sorted(members.items())}


def stays_whole(graph: "nx.Graph[int]", members: set[int], leaving: int) -> bool:
    """Whether a connected group of nodes is not empty and still connected without one of its nodes."""
    near = [v for v in graph[leaving] if v in members]
    if len(members) <= 1 or not near:
        return False
    wanted, seen, open_ = set(near), {near[0], leaving}, [near[0]]
    while open_ and not wanted <= seen:
        fresh = {v for v in graph[open_.pop()] if v in members} - seen
        seen |= fresh
        open_ += sorted(fresh)
    return wanted <= seen
