"""Exact shares of an error in polygons, beside the normal distribution itself."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.exact_shares import shares_in
from gridsvc.values import Point

HERE = Point(120.0, 30.0)
EAST_M, NORTH_M = metres_per_degree(HERE.lat)
GOOD = 1e-5


def placed(shape_m: shapely.Geometry) -> shapely.Geometry:
    """A shape in metres around HERE, in degrees."""
    return shapely.transform(shape_m, lambda at: at / [EAST_M, NORTH_M] + [HERE.lon, HERE.lat])


def share(shape_m: shapely.Geometry, sigma_m: float = 10.0) -> float:
    one = np.array([placed(shape_m)], dtype=object)
    return float(shares_in(one, np.zeros(1, np.intp), [HERE], np.array([sigma_m]))[0])


def cdf(z: float) -> float:
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def of_box(west: float, south: float, east: float, north: float, sigma_m: float = 10.0) -> float:
    x, y = cdf(east / sigma_m) - cdf(west / sigma_m), cdf(north / sigma_m) - cdf(south / sigma_m)
    return x * y


@pytest.mark.parametrize(
    "box",
    [
        (-1e4, -1e4, 1e4, 1e4),
        (0.0, -1e4, 1e4, 1e4),
        (0.0, 0.0, 1e4, 1e4),
        (-10.0, -10.0, 10.0, 10.0),
        (-1e-3, -1e4, 1e4, 1e4),
        (5.0, -3.0, 60.0, 4.0),
        (60.0, -1e4, 1e4, 1e4),
        (1e4, 1e4, 2e4, 2e4),
        (-1e-6, -1e-6, 1e-6, 1e-6),
    ],
    ids=["all of it", "on an edge", "on a corner", "around", "a millimetre off", "beside", "far", "away", "a speck"],
)
def test_a_box_has_its_share_of_the_normal_distribution(box: tuple[float, float, float, float]):
    assert share(shapely.box(*box)) == pytest.approx(of_box(*box), abs=GOOD)


@given(
    sides=st.tuples(*[st.floats(-1e3, 1e3)] * 4), sigma_m=st.floats(0.5, 200.0), ways=st.tuples(*[st.booleans()] * 2)
)
def test_any_box_whichever_way_its_ring_goes(sides, sigma_m, ways):
    (west, east), (south, north) = sorted(sides[:2]), sorted(sides[2:])
    if east - west < 1e-3 or north - south < 1e-3:
        return
    made = shapely.box(west, south, east, north, ccw=ways[0])
    assert share(made, sigma_m) == pytest.approx(of_box(west, south, east, north, sigma_m), abs=GOOD)


def test_a_hole_is_taken_away_and_parts_are_added():
    outer, inner, beside = (-50.0, -40.0, 50.0, 40.0), (-5.0, -10.0, 15.0, 10.0), (60.0, -10.0, 70.0, 10.0)
    ring = shapely.difference(shapely.box(*outer), shapely.box(*inner))
    both = shapely.MultiPolygon([ring, shapely.box(*beside)])
    assert share(ring) == pytest.approx(of_box(*outer) - of_box(*inner), abs=GOOD)
    assert share(both) == pytest.approx(of_box(*outer) - of_box(*inner) + of_box(*beside), abs=GOOD)


@given(turn=st.floats(0.0, 2.0 * math.pi), off=st.floats(-40.0, 40.0), pieces=st.integers(1, 50))
def test_a_straight_edge_in_any_direction_and_any_number_of_pieces(turn: float, off: float, pieces: int):
    side = shapely.segmentize(shapely.box(off, -1e3, 2e3, 1e3), 2e3 / pieces)
    turned = shapely.affinity.rotate(side, turn, origin=(0.0, 0.0), use_radians=True)
    assert share(turned) == pytest.approx(1.0 - cdf(off / 10.0), abs=GOOD)


def test_each_pair_is_of_its_own_point_and_error():
    boxes = [shapely.box(0.0, -1e4, 1e4, 1e4), shapely.box(-10.0, -1e4, 10.0, 1e4)]
    there = Point(HERE.lon + 20.0 / EAST_M, HERE.lat)
    pairs = np.array([placed(b) for b in (*boxes, *boxes)], dtype=object)
    found = shares_in(pairs, np.array([0, 0, 1, 1]), [HERE, there], np.array([10.0, 20.0]))
    wanted = [0.5, cdf(1.0) - cdf(-1.0), cdf(1.0), cdf(-0.5) - cdf(-1.5)]
    assert found.tolist() == pytest.approx(wanted, abs=GOOD)


def test_no_pairs_have_no_shares():
    assert shares_in(np.zeros(0, dtype=object), np.zeros(0, np.intp), [HERE], np.ones(1)).tolist() == []
