"""Which areas hold or neighbour a point: all of them, in code order, on boundaries too, and none for NaN."""

import numpy as np
import pytest
import shapely
from drawing import METRIC, areas, at, beside, line, polygon

from gridsvc.spatial.coverage_index import CoverageIndex, ReachIndex

NAN, INF = float("nan"), float("inf")
QUARTERS = """
    AB
    CD
"""


def index(*pictures: str) -> CoverageIndex:
    return CoverageIndex(np.array(list(areas(*pictures).values()), dtype=object), METRIC)


def arrays(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array(places, dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def covering(one: CoverageIndex, *places: tuple[float, float]) -> list[list[int]]:
    point, area = one.covering(*arrays(*places))
    return [area[point == i].tolist() for i in range(len(places))]


@pytest.mark.parametrize(
    ("place", "held_by"),
    [
        ((0.5, 0.5), [0]),
        ((1, 0.5), [0, 1]),
        ((0.5, 1), [0, 2]),
        ((1, 1), [0, 1, 2, 3]),
        ((0, 0.5), [0]),
        ((0, 0), [0]),
        ((1, 0), [0, 1]),
        ((3, 1), []),
    ],
    ids=["inside", "edge", "edge below", "corner of four", "rim", "rim's corner", "end of an edge", "outside"],
)
def test_a_point_is_held_by_every_area_whose_boundary_it_is_on(place, held_by):
    assert covering(index(QUARTERS), at(*place)) == [held_by]


@pytest.mark.parametrize("place", [(NAN, 30.0), (120.0, NAN), (INF, 30.0), (120.0, -INF), (NAN, NAN)])
def test_no_area_holds_or_neighbours_what_is_no_position(place):
    one = index(QUARTERS)
    lon, lat = arrays(place)
    found = [one.covering(lon, lat)[0], one.near(lon, lat, 1e9)[0], one.nearest(lon, lat)[0]]
    assert [len(f) for f in found] == [0, 0, 0]
    assert np.isnan(one.boundary_distance_m(lon, lat)).all()


def test_no_points_make_no_pairs():
    one, nothing = index(QUARTERS), np.zeros(0)
    assert [len(a) for a in one.covering(nothing, nothing)] == [0, 0]
    assert [len(a) for a in one.near(nothing, nothing, 5.0)] == [0, 0, 0]
    assert [len(a) for a in one.nearest(nothing, nothing)] == [0, 0, 0]
    assert len(one.boundary_distance_m(nothing, nothing)) == 0


def test_an_index_without_areas_finds_nothing():
    one = CoverageIndex(np.zeros(0, dtype=object), METRIC)
    lon, lat = arrays(at(0, 0))
    assert [len(a[0]) for a in (one.covering(lon, lat), one.near(lon, lat, 9.0), one.nearest(lon, lat))] == [0, 0, 0]
    assert np.isnan(one.boundary_distance_m(lon, lat)).all()


@pytest.mark.parametrize("nothing", [None, shapely.Polygon()])
def test_an_area_without_ground_holds_nothing_and_keeps_its_place_in_the_order(nothing):
    one = CoverageIndex(np.array([nothing, areas("A")["A"]], dtype=object), METRIC)
    assert covering(one, at(0.5, 0.5)) == [[1]]


def test_a_hole_is_outside_and_its_rim_is_held():
    ring = """
        AAA
        A.A
        AAA
    """
    assert covering(index(ring), at(1.5, 1.5), at(1, 1.5), at(0.5, 1.5)) == [[], [0], [0]]


def test_pairs_are_ordered_by_point_then_by_area():
    point, area = index(QUARTERS).covering(*arrays(at(1, 1), at(9, 9), at(1, 0.5)))
    assert (point.tolist(), area.tolist()) == ([0, 0, 0, 0, 2, 2], [0, 1, 2, 3, 0, 1])


def test_an_edge_that_is_no_binary_fraction_is_decided_exactly():
    # The middle of this edge rounds to a double beside it: it must have one owner, never two and never none.
    a, b = (0.1, 0.1), (0.4, 0.2)
    west, east = shapely.Polygon([a, b, (0.0, 0.9)]), shapely.Polygon([a, b, (0.9, -0.9)])
    one = CoverageIndex(np.array([west, east], dtype=object), METRIC)
    share = np.linspace(0, 1, 1001)[1:-1]
    lon, lat = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
    held = np.bincount(one.covering(lon, lat)[0], minlength=len(lon))
    assert set(held.tolist()) == {1, 2}


def test_boundary_is_told_from_inside_for_each_pair():
    one = index("AA.", ".BB")
    lon, lat = arrays(at(1.5, 0.5), at(1, 0.5), at(1, 0.5))
    assert one.on_boundary(lon, lat, np.array([0, 0, 1])).tolist() == [False, False, True]


def test_near_gives_the_metres_to_each_area_and_zero_inside():
    place = beside(at(1, 0.5), 3.0, 0.0)
    _, area, distance_m = index("AB").near(*arrays(place), 4.0)
    assert area.tolist() == [0, 1]
    assert distance_m == pytest.approx([3.0, 0.0], abs=1e-4)


@pytest.mark.parametrize(("within_m", "found"), [(0.0, 0), (2.99, 0), (3.01, 1), (1e6, 1)])
def test_near_reaches_exactly_as_far_as_asked(within_m, found):
    assert len(index("A").near(*arrays(beside(at(1, 0.5), 3.0, 0.0)), within_m)[0]) == found


def test_nearest_gives_every_equally_near_area():
    _, area, distance_m = index("A.B").nearest(*arrays(at(1, 0.5), at(1.25, 0.5)))
    assert area.tolist() == [0, 0]
    assert distance_m == pytest.approx([0.0, 0.25 * 11.79], rel=0.01)


def test_distance_to_the_boundary_counts_from_either_side():
    # North of parallel 30 a cell is 13.53 m high.
    height_m = index("A").boundary_distance_m(*arrays(at(0.5, 0.25), at(0.5, -0.25), at(0.5, 0)))
    assert height_m == pytest.approx([3.38, 3.38, 0.0], abs=0.01)


def reach(geometries: list, reach_m: list[float]) -> ReachIndex:
    return ReachIndex(np.array(geometries, dtype=object), np.array(reach_m), METRIC)


LANE, WELL = line((0, 1), (4, 1)), shapely.Point(at(8, 1))


@pytest.mark.parametrize(
    ("place", "within_m", "found"),
    [
        (at(2, 1), 0.0, [0]),
        (beside(at(2, 1), 0.0, 4.99), 0.0, [0]),
        (beside(at(2, 1), 0.0, 5.01), 0.0, []),
        (beside(at(2, 1), 0.0, 5.99), 1.0, [0]),
        (beside(at(4, 1), 5.01, 0.0), 0.0, []),
        (beside(at(8, 1), 0.0, -19.9), 0.0, [1]),
        (beside(at(8, 1), 0.0, -20.1), 0.0, []),
        ((NAN, 30.0), 1e6, []),
    ],
)
def test_a_feature_reaches_its_own_metres_around_itself(place, within_m, found):
    assert reach([LANE, WELL], [5.0, 20.0]).near(*arrays(place), within_m)[1].tolist() == found


def test_the_metres_beyond_the_reach_are_negative_inside_it():
    _, _, beyond_m = reach([LANE], [5.0]).near(*arrays(at(2, 1), beside(at(2, 1), 0, 7)), 3.0)
    assert beyond_m == pytest.approx([-5.0, 2.0], abs=1e-3)


def test_a_wide_feature_does_not_lend_its_reach_to_a_narrow_one():
    narrow, wide = line((0, 1), (4, 1)), line((0, 3), (4, 3))
    _, feature, _ = reach([narrow, wide], [1.0, 30.0]).near(*arrays(at(2, 2)), 0.0)
    assert feature.tolist() == [1]


def test_an_index_without_features_finds_nothing():
    assert len(reach([], []).near(*arrays(at(0, 0)), 5.0)[0]) == 0


def test_a_self_crossing_ring_is_tested_without_a_crash():
    bow = polygon((0, 0), (2, 2), (2, 0), (0, 2))
    one = CoverageIndex(np.array([bow], dtype=object), METRIC)
    assert covering(one, at(0.25, 1), at(1, 0.25)) == [[0], []]
