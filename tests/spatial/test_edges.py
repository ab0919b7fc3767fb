"""The edges of many areas: each once, with everybody whose boundary it is, and no vertex moved."""

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from gridsvc.spatial.edges import Edges, line_edges, parts_of, polygon_edges

TRIANGLE = [(0, 0, 1, 2), (0, 0, 4, 0), (4, 0, 1, 2)]


def listed(edges: Edges) -> list[tuple[tuple[float, ...], list[int]]]:
    """Ends and owners of every edge, in an order of their own."""
    owners = [edges.owner[a:b].tolist() for a, b in zip(edges.start[:-1], edges.start[1:], strict=True)]
    return sorted(zip(map(tuple, edges.ends.tolist()), owners, strict=True))


def edges_of(*geometries) -> list[tuple[tuple[float, ...], list[int]]]:
    return listed(polygon_edges(*parts_of(np.array([*geometries, None], dtype=object)[:-1])))


@pytest.mark.parametrize("nothing", [[], [None], [Polygon()], [MultiPolygon()], [None, Polygon()]])
def test_without_ground_there_are_no_edges(nothing):
    assert edges_of(*nothing) == []


@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (4, 0), (1, 2)],
        [(1, 2), (4, 0), (0, 0)],
        [(0, 0), (0, 0), (4, 0), (4, 0), (1, 2), (1, 2), (0, 0)],
        [(-0.0, 0), (4, -0.0), (1, 2)],
    ],
    ids=["there", "and back", "doubled vertices", "minus zero"],
)
def test_an_edge_points_upwards_and_a_level_one_to_the_east_however_it_is_drawn(ring):
    assert edges_of(Polygon(ring)) == [(ends, [0]) for ends in TRIANGLE]


def test_a_shared_edge_is_one_edge_with_both_owners_in_order():
    shared = [e for e in edges_of(box(0, 0, 1, 1), None, box(1, 0, 2, 1)) if len(e[1]) > 1]
    assert shared == [((1, 0, 1, 1), [0, 2])]


def test_neighbours_that_put_their_vertices_elsewhere_share_no_edge():
    t_junction = Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0.5)])
    assert [e for e in edges_of(box(0, 0, 1, 1), t_junction) if len(e[1]) > 1] == []


def test_holes_are_boundary():
    ring = Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    assert ((1, 1, 2, 1), [0]) in edges_of(ring)


@pytest.mark.parametrize(
    "twice",
    [
        Polygon([(0, 0), (2, 0), (2, 1), (2, 5), (2, 1), (0, 1)]),
        MultiPolygon([box(0, 1, 2, 5), box(2, 1, 3, 5)]),
        Polygon([(2, 0), (9, 0), (9, 9), (2, 9), (2, 5), (2, 1)], [[(2, 1), (2, 5), (4, 3)]]),
    ],
    ids=["spike", "between parts", "hole at the shell"],
)
def test_an_edge_that_one_area_has_twice_stays_twice(twice):
    assert [e for e in edges_of(twice) if e[0] == (2, 1, 2, 5)] == [((2, 1, 2, 5), [0])] * 2


def test_the_owners_of_some_edges_are_told_edge_by_edge():
    edges = polygon_edges(*parts_of(np.array([box(0, 0, 1, 1), box(1, 0, 2, 1)])))
    shared = int(np.flatnonzero(np.diff(edges.start) == 2)[0])
    at, owner = edges.owners_of(np.array([shared, shared]))
    assert (at.tolist(), owner.tolist()) == ([0, 0, 1, 1], [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        (shapely.Point(3, 4), [((3, 4, 3, 4), [0])]),
        (shapely.LineString([(3, 4), (3, 4)]), [((3, 4, 3, 4), [0])]),
        (shapely.LineString([(1, 1), (0, 0)]), [((0, 0, 1, 1), [0])]),
        (shapely.MultiPoint([(5, 5), (3, 4)]), [((3, 4, 3, 4), [0]), ((5, 5, 5, 5), [0])]),
        (shapely.LineString(), []),
        (None, []),
    ],
    ids=["point", "line without length", "line", "points", "empty", "missing"],
)
def test_a_point_is_an_edge_without_length(geometry, expected):
    assert listed(line_edges(*parts_of(np.array([geometry, None], dtype=object)[:1]))) == expected


def test_a_thousand_random_edges_keep_their_owners():
    rng = np.random.default_rng(5)
    corners = rng.integers(-20, 20, (1000, 3, 2)).astype(float)
    triangles = shapely.polygons(corners)
    expected: dict[tuple[float, ...], list[int]] = {}
    for owner, corner in enumerate(corners.tolist()):
        for a, b in zip(corner, [*corner[1:], corner[0]], strict=True):
            if a != b:
                low, high = sorted([a[::-1], b[::-1]])
                expected.setdefault((*low[::-1], *high[::-1]), []).append(owner)
    found: dict[tuple[float, ...], list[int]] = {}
    for ends, owners in edges_of(*triangles):
        found.setdefault(ends, []).extend(owners)
    assert {k: sorted(v) for k, v in found.items()} == expected


@pytest.mark.parametrize("block", [1, 2, 7, 5_000])
def test_however_many_are_handled_at_a_time_the_edges_are_the_same(block, monkeypatch):
    corners = np.random.default_rng(6).integers(-3, 3, (400, 3, 2)).astype(float)
    parts = parts_of(shapely.polygons(corners))
    whole = polygon_edges(*parts)
    monkeypatch.setattr("gridsvc.spatial.edges.BLOCK", block)
    pieces = polygon_edges(*parts)
    assert np.diff(whole.start).max() > 2
    for name in ("ends", "start", "owner"):
        assert np.array_equal(getattr(pieces, name), getattr(whole, name)), name
