"""Ways along lanes, beside ways worked out by hand and by trying all; places are put onto the nearest lane."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawing import METRIC
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.errors import BadInput
from gridsvc.planning.reach import E_BIKE_M_PER_MIN, WALK_M_PER_MIN, reached, snap, streets, ways_m

EAST_M, NORTH_M = (float(v[0]) for v in METRIC.xy(np.array([120.0]), np.array([30.0])))


def lanes(*lines: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    """Lines through places some metres east and north of a corner."""
    moved = [shapely.LineString([(EAST_M + x, NORTH_M + y) for x, y in line]) for line in lines]
    return gpd.GeoDataFrame(geometry=moved, crs=METRIC.epsg).to_crs(4326)


def places(*at: tuple[float, float]) -> gpd.GeoDataFrame:
    x, y = np.array(at, dtype=float).reshape(-1, 2).T
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(EAST_M + x, NORTH_M + y), crs=METRIC.epsg)


# A cross of two lanes without a common vertex, and a lane apart.
CROSS = lanes([(0, 100), (200, 100)], [(100, 0), (100, 200)], [(500, 0), (600, 0)])


def test_lanes_are_cut_where_they_cross():
    net = streets(CROSS)
    assert (len(net.edges), net.islands) == (5, 2)


def test_a_place_goes_to_the_nearest_lane_and_that_way_counts():
    net = streets(CROSS)
    found = snap(net, places((30, 110), (100, 150)))
    assert found.off_m == pytest.approx([10.0, 0.0], abs=0.05)
    ways = ways_m(net, places((30, 110)), places((100, 150), (20, 100), (600, 0)))
    assert ways[0] == pytest.approx([10 + 70 + 50, 10 + 10, np.inf], abs=0.1)


def test_the_way_inside_one_lane_is_straight_along_it():
    net = streets(lanes([(0, 0), (100, 0)]))
    assert ways_m(net, places((20, 0)), places((90, 3)))[0, 0] == pytest.approx(73.0, abs=0.05)


def test_the_shorter_of_two_lanes_between_the_same_crossings_counts():
    net = streets(lanes([(0, 0), (100, 0)], [(0, 0), (50, 80), (100, 0)]))
    assert ways_m(net, places((0, 0)), places((100, 0)))[0, 0] == pytest.approx(100.0, abs=0.1)


def test_lanes_reached_are_as_long_as_the_time_allows():
    net = streets(CROSS)
    found = reached(net, places((100, 100)), [60 / WALK_M_PER_MIN, 1000], beside_m=1.0)
    # Sixty metres into each of four arms, then all four; the lane apart never.
    assert found["lane_m"].tolist() == pytest.approx([240.0, 400.0], abs=0.5)
    assert found["metres"].tolist() == pytest.approx([60.0, 1000 * WALK_M_PER_MIN])
    assert found.crs == 4326


def test_a_bicycle_comes_farther_and_nobody_reaches_nothing():
    net = streets(CROSS)
    walk, ride = (
        reached(net, places((0, 100)), [0.5], speed)["lane_m"][0] for speed in (WALK_M_PER_MIN, E_BIKE_M_PER_MIN)
    )
    assert walk == pytest.approx(0.5 * WALK_M_PER_MIN, abs=0.1)
    # The first hundred metres to the crossing, and 25 into three arms.
    assert ride == pytest.approx(100 + 3 * 25, abs=0.5)
    assert reached(net, places(), [10.0]).geometry.is_empty.all()


def test_asking_leaves_the_network_as_it_was():
    net = streets(CROSS)
    before = dict(net.graph.edges)
    ways_m(net, places((30, 110)), places((100, 150)))
    reached(net, places((30, 110)))
    assert dict(net.graph.edges) == before


def test_no_lanes_are_refused():
    with pytest.raises(BadInput, match="no lanes"):
        streets(CROSS[:0])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_ways_are_those_that_trying_all_crossings_finds(seed: int):
    rng = np.random.default_rng(seed)
    xs, ys = (np.sort(rng.choice(np.arange(0, 600, 40), 3, replace=False)).astype(float) for _ in range(2))
    net = streets(lanes(*[[(x, ys[0]), (x, ys[-1])] for x in xs], *[[(xs[0], y), (xs[-1], y)] for y in ys]))
    crossings = [(x, y) for x in xs for y in ys]
    found = ways_m(net, places(*crossings), places(*crossings))
    # In a full lattice every way is as long as east-west and north-south together (Floyd and Warshall say the same).
    n = len(crossings)
    best = np.full((n, n), np.inf)
    for i, (x, y) in enumerate(crossings):
        for j, (u, v) in enumerate(crossings):
            if x == u or y == v:
                best[i, j] = abs(x - u) + abs(y - v)
    for k in range(n):
        best = np.minimum(best, best[:, [k]] + best[[k], :])
    assert found == pytest.approx(best, abs=0.3)
