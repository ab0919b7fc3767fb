"""How far one gets along streets: a graph of noded lanes, places put onto it, and what is reached in some minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from shapely.ops import substring

from gridsvc.errors import BadInput, FieldError
from gridsvc.planning.coverage import in_metres, metric_of
from gridsvc.spatial.datum import Floats, Metric
from gridsvc.spatial.layer import Objects

# Metres a minute: 5 km/h on foot, 15 km/h on an electric bicycle in traffic, as routing services take them.
WALK_M_PER_MIN = 5000.0 / 60.0
E_BIKE_M_PER_MIN = 15000.0 / 60.0
# Ends that lie so near to each other are one crossing: coordinates have seven decimals, a centimetre.
JOIN_M = 0.02
Node = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Streets:
    """A network of lanes in metres, cut wherever two meet or cross; every lane may be gone along both ways.

    ``edges``: lines of the network, ``ends`` their first and last nodes.
    """

    metric: Metric
    edges: Objects
    ends: list[tuple[Node, Node]]

    @cached_property
    def graph(self) -> "nx.Graph[Node]":
        """The graph of crossings; ``metres`` is the shortest lane between two of them."""
        graph: nx.Graph[Node] = nx.Graph()
        for (a, b), metres in zip(self.ends, shapely.length(self.edges).tolist(), strict=True):
            if not graph.has_edge(a, b) or metres < graph.edges[a, b]["metres"]:
                graph.add_edge(a, b, metres=metres)
        return graph

    @property
    def islands(self) -> int:
        """How many parts of the network hang together each; from one to another there is no way."""
        return int(nx.number_connected_components(self.graph))


def streets(lanes: gpd.GeoDataFrame) -> Streets:
    """Make a network of lines in any declared CRS.

    Lines are cut at every crossing, also where they have no common vertex there: a bridge over a street is joined to it
    unless it is left out. Ends nearer than 2 cm are one. Raises ``BadInput`` where there is no line.
    """
    if not len(lanes):
        _refuse_none(lanes)
    metric = metric_of(lanes)
    lines = shapely.set_precision(in_metres("lanes", lanes, metric), JOIN_M)
    edges = shapely.get_parts(shapely.node(shapely.union_all(lines)))
    edges = edges[shapely.length(edges) > 0.0]
    if not len(edges):
        _refuse_none(lanes)
    ends = [(_node(e.coords[0]), _node(e.coords[-1])) for e in edges]
    return Streets(metric, np.asarray(edges, dtype=object), ends)


def _refuse_none(lanes: gpd.GeoDataFrame) -> None:
    mend = ("给出至少一条线", "give at least one line")
    raise BadInput("没有街巷", "there are no lanes", [FieldError("lanes", len(lanes), *mend)])


def _node(xy: Sequence[float]) -> Node:
    return round(float(xy[0]) / JOIN_M) * JOIN_M, round(float(xy[1]) / JOIN_M) * JOIN_M


@dataclass(frozen=True, eq=False)
class Snapped:
    """Where places are on the network: the edge of each, metres from its first end, and metres off the network."""

    edge: np.ndarray
    along_m: Floats
    off_m: Floats


def snap(net: Streets, places: gpd.GeoDataFrame) -> Snapped:
    """Put each place onto the nearest point of the nearest lane; how far that is counts as way gone."""
    points = in_metres("places", places, net.metric)
    edge = shapely.STRtree(net.edges).nearest(points) if len(points) else np.zeros(0, np.int64)
    along = shapely.line_locate_point(net.edges[edge], points)
    return Snapped(edge, along, shapely.distance(net.edges[edge], points))


def ways_m(net: Streets, origins: gpd.GeoDataFrame, targets: gpd.GeoDataFrame) -> Floats:
    """Shortest ways along the network, in metres, from each origin to each target; shape (origins, targets).

    The way from a place to its lane, by straight line, counts at both ends. Infinite where no lane leads.
    """
    start, goal = snap(net, origins), snap(net, targets)
    found = np.full((len(start.edge), len(goal.edge)), np.inf)
    lengths = shapely.length(net.edges)
    for i in range(len(start.edge)):
        to = _from(net, start, i, lengths)
        for j, e in enumerate(goal.edge.tolist()):
            a, b = net.ends[e]
            way = min(to.get(a, np.inf) + goal.along_m[j], to.get(b, np.inf) + lengths[e] - goal.along_m[j])
            if e == start.edge[i]:
                way = min(way, start.off_m[i] + abs(start.along_m[i] - goal.along_m[j]))
            found[i, j] = way + goal.off_m[j]
    return found


def _from(net: Streets, start: Snapped, i: int, lengths: Floats, cutoff_m: float | None = None) -> dict[Node, float]:
    """Metres from one snapped place to every crossing that it reaches."""
    e = int(start.edge[i])
    first: dict[Node, float] = {}
    for node, metres in zip(net.ends[e], (start.along_m[i], lengths[e] - start.along_m[i]), strict=True):
        first[node] = min(first.get(node, np.inf), float(metres + start.off_m[i]))
    return _spread(net, first, cutoff_m)


def _spread(net: Streets, first: dict[Node, float], cutoff_m: float | None) -> dict[Node, float]:
    """Shortest ways from crossings that are some metres away already."""
    origin: Node = (np.inf, np.inf)
    graph = net.graph
    graph.add_weighted_edges_from(((origin, node, metres) for node, metres in first.items()), weight="metres")
    try:
        found = nx.single_source_dijkstra_path_length(graph, origin, cutoff=cutoff_m, weight="metres")
    finally:
        graph.remove_node(origin)
    found.pop(origin, None)
    return {node: float(metres) for node, metres in found.items()}


def reached(
    net: Streets, origins: gpd.GeoDataFrame, minutes: Sequence[float] = (10.0, 30.0, 60.0),
    m_per_min: float = WALK_M_PER_MIN, beside_m: float = 50.0,
) -> gpd.GeoDataFrame:  # fmt: skip
    """Tell what any of some places reaches along the network.

    Parameters
    ----------
    origins : GeoDataFrame
        Points in any declared CRS, put onto the nearest lane; the way there counts.
    minutes : sequence of float
        Each gives one row.
    m_per_min : float
        Speed: ``WALK_M_PER_MIN`` or ``E_BIKE_M_PER_MIN``, or measured.
    beside_m : float
        How far beside a lane that is gone along ground counts as reached, by straight line.

    Returns
    -------
    GeoDataFrame
        In EPSG:4326: ``minutes``, ``metres`` (of way), ``lane_m`` (length of lanes reached), and the ground around
        them. Empty geometry where nothing is reached.
    """
    start, lengths = snap(net, origins), shapely.length(net.edges)
    first: dict[Node, float] = {}
    for i in range(len(start.edge)):
        for node, metres in _ends_of(net, start, i, lengths):
            first[node] = min(first.get(node, np.inf), metres)
    limit_m = max(minutes, default=0.0) * m_per_min
    to = _spread(net, first, limit_m) if first else {}
    rows = []
    for m in minutes:
        lines = _gone(net, start, to, lengths, m * m_per_min)
        ground = shapely.union_all(shapely.buffer(lines, beside_m))
        rows.append({"minutes": m, "metres": m * m_per_min, "lane_m": float(shapely.length(shapely.union_all(lines))),
                     "geometry": ground})  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=net.metric.epsg).to_crs(4326)


def _ends_of(net: Streets, start: Snapped, i: int, lengths: Floats) -> list[tuple[Node, float]]:
    e = int(start.edge[i])
    a, b = net.ends[e]
    off = float(start.off_m[i])
    return [(a, off + float(start.along_m[i])), (b, off + float(lengths[e] - start.along_m[i]))]


def _gone(
    net: Streets, start: Snapped, to: dict[Node, float], lengths: Floats, limit_m: float
) -> list[shapely.LineString]:
    """The pieces of lanes that are reached within a way: from either end, and around the places themselves."""
    pieces = []
    for line, (a, b), length in zip(net.edges, net.ends, lengths.tolist(), strict=True):
        from_a, from_b = limit_m - to.get(a, np.inf), limit_m - to.get(b, np.inf)
        if max(from_a, from_b) >= length:
            pieces.append(line)
            continue
        if from_a > 0.0:
            pieces.append(substring(line, 0.0, min(from_a, length)))
        if from_b > 0.0:
            pieces.append(substring(line, max(0.0, length - from_b), length))
    for e, along, off in zip(start.edge.tolist(), start.along_m.tolist(), start.off_m.tolist(), strict=True):
        left = limit_m - off
        if left > 0.0:
            pieces.append(substring(net.edges[e], max(0.0, along - left), min(along + left, lengths[e])))
    return pieces
