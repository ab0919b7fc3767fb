"""Which areas hold or neighbour a point: all of them, in code order, on boundaries too, and none for NaN.

Every test asks both ways, compiled and by numpy.
"""

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from drawing import areas, at, beside, line, polygon
from shapely.geometry.base import BaseGeometry

from gridsvc.spatial.coverage_index import CoverageIndex, Ground
from gridsvc.spatial.overlay import FIRST, INSIDE, NEAR, NO_PLACE, ON, UNSETTLED

NAN, INF = float("nan"), float("inf")
NOTHING_LEARNED = np.zeros(0, np.int64), np.zeros(0, np.int32)
QUARTERS = """
    AB
    CD
"""
Over = Callable[..., CoverageIndex]


def ground(geometries: list[BaseGeometry | None], reach_m: list[float] | None = None) -> Ground:
    shapes = np.array([*geometries, None], dtype=object)[:-1]
    return Ground(shapes, None if reach_m is None else np.array(reach_m, dtype=np.float64))


@pytest.fixture
def over(compiled: bool) -> Over:
    """An index over the areas of pictures, or over layers."""

    def made(*pictures: str, layers: list[Ground] | None = None) -> CoverageIndex:
        drawn = layers if layers is not None else [ground(list(areas(*pictures).values()))]
        return CoverageIndex.over(drawn, compiled)

    return made


def arrays(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array(places, dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def covering(one: CoverageIndex, *places: tuple[float, float], layer: int = 0) -> list[list[int]]:
    point, area = one.covering(*arrays(*places), layer)
    return [area[point == i].tolist() for i in range(len(places))]


def around(one: CoverageIndex, place: tuple[float, float], near_m: float) -> list[tuple[int, int]]:
    """Areas and relations at one place, which an array of that place has too."""
    alone = one.describe_one(*place, near_m).tolist()
    start, packed = one.describe(*arrays(place, place), near_m)
    assert (start.tolist(), packed.tolist()) == ([0, len(alone), 2 * len(alone)], alone * 2)
    return [(entry >> 3, entry & 7) for entry in alone]


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
def test_a_point_is_held_by_every_area_whose_boundary_it_is_on(over, place, held_by):
    assert covering(over(QUARTERS), at(*place)) == [held_by]


@pytest.mark.parametrize(
    "place",
    [(NAN, 30.0), (120.0, NAN), (INF, 30.0), (120.0, -INF), (NAN, NAN), (180.1, 30.0), (120.0, -90.1), (1e300, 1e300)],
)
def test_no_area_holds_or_neighbours_what_is_no_position(over, place):
    one = over(QUARTERS)
    assert covering(one, place) == [[]]
    assert around(one, place, 1e7) == []
    assert one.nearest(*place)[0] == []
    assert np.isnan(one.boundary_distance_m(*arrays(place))).all()
    asked = [one.set_of(*place, 0.0, NOTHING_LEARNED), *one.sets_of(*arrays(place), 0.0, NOTHING_LEARNED).tolist()]
    assert asked == [NO_PLACE, NO_PLACE]


@pytest.mark.parametrize("near_m", [0.0, 5.0])
def test_no_points_make_no_pairs(over, near_m):
    one, nothing = over(QUARTERS), np.zeros(0)
    assert [len(a) for a in one.covering(nothing, nothing)] == [0, 0]
    start, packed = one.describe(nothing, nothing, near_m)
    assert (start.tolist(), len(packed)) == ([0], 0)
    assert len(one.sets_of(nothing, nothing, near_m, NOTHING_LEARNED)) == 0
    assert len(one.boundary_distance_m(nothing, nothing)) == 0


@pytest.mark.parametrize(
    "layers", [[], [ground([])], [ground([None, shapely.Polygon()])], [ground([], []), ground([])]]
)
def test_an_index_without_areas_finds_nothing(over, layers):
    one = over(layers=[*layers, ground([])])
    assert covering(one, at(0, 0), (0.0, 0.0)) == [[], []]
    assert around(one, at(0, 0), 9.0) == []
    assert one.nearest(*at(0, 0)) == ([], INF)
    assert one.boundary_distance_m(*arrays(at(0, 0))).tolist() == [INF]


@pytest.mark.parametrize("nothing", [None, shapely.Polygon()])
def test_an_area_without_ground_holds_nothing_and_keeps_its_place_in_the_order(over, nothing):
    assert covering(over(layers=[ground([nothing, areas("A")["A"], nothing])]), at(0.5, 0.5)) == [[1]]


def test_a_hole_is_outside_and_its_rim_is_held(over):
    ring = """
        AAA
        A.A
        AAA
    """
    assert covering(over(ring), at(1.5, 1.5), at(1, 1.5), at(0.5, 1.5)) == [[], [0], [0]]


def test_pairs_are_ordered_by_point_then_by_area(over):
    point, area = over(QUARTERS).covering(*arrays(at(1, 1), at(9, 9), at(1, 0.5)))
    assert (point.tolist(), area.tolist()) == ([0, 0, 0, 0, 2, 2], [0, 1, 2, 3, 0, 1])


def test_each_layer_answers_for_itself(over):
    one = over(layers=[ground(list(areas("AB").values())), ground([]), ground(list(areas("BA.", ".CC").values()))])
    assert [covering(one, at(1, 0.5), at(2.5, 0.5), layer=k) for k in range(3)] == [
        [[0, 1], []],
        [[], []],
        [[0, 1, 2], [2]],
    ]


def test_an_edge_that_is_no_binary_fraction_is_decided_exactly(over):
    # The middle of this edge rounds to a double beside it: it must have one owner, never two and never none.
    a, b = (0.1, 0.1), (0.4, 0.2)
    west, east = shapely.Polygon([a, b, (0.0, 0.9)]), shapely.Polygon([a, b, (0.9, -0.9)])
    share = np.linspace(0, 1, 1001)[1:-1]
    lon, lat = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
    point, _ = over(layers=[ground([west, east])]).covering(lon, lat)
    held = np.bincount(point, minlength=len(lon))
    assert set(held.tolist()) == {1, 2}


@pytest.mark.parametrize(
    ("place", "relations"),
    [(at(1.5, 0.5), [(0, INSIDE), (1, INSIDE)]), (at(1, 0.5), [(0, INSIDE), (1, ON)]), (at(0, 0), [(0, ON)])],
    ids=["inside both", "on one inside the other", "corner"],
)
def test_boundary_is_told_from_inside_for_each_area(over, place, relations):
    assert around(over("AA.", ".BB"), place, 0.0) == relations


@pytest.mark.parametrize(
    "drawn",
    [
        polygon((0, 0), (2, 2), (2, 0), (0, 2)),
        shapely.MultiPolygon([polygon((0, 0), (1, 1), (0, 2)), polygon((1, 1), (2, 0), (2, 2))]),
    ],
    ids=["self-crossing ring", "valid"],
)
def test_a_self_crossing_ring_is_filled_by_even_and_odd(over, drawn):
    assert covering(over(layers=[ground([drawn])]), at(0.25, 1), at(1, 0.25), at(1.75, 1)) == [[0], [], [0]]


def test_between_two_parts_of_one_area_is_inside_it(over):
    halves = shapely.MultiPolygon([polygon((0, 0), (2, 0), (2, 2), (0, 2)), polygon((2, 0), (4, 0), (4, 2), (2, 2))])
    one = over(layers=[ground([halves])])
    assert covering(one, at(1, 1), at(2, 1), at(3, 1), at(5, 1)) == [[0], [0], [0], []]
    assert around(one, at(3, 1), 0.0) == [(0, INSIDE)]


@pytest.mark.parametrize(
    ("near_m", "relations"),
    [
        (0.0, [(1, INSIDE)]),
        (2.99, [(1, INSIDE)]),
        (3.01, [(0, NEAR), (1, INSIDE)]),
        (9.0, [(0, NEAR), (1, INSIDE)]),
        (1e6, [(0, NEAR), (1, INSIDE), (2, NEAR)]),
    ],
)
def test_near_reaches_exactly_as_far_as_asked(over, near_m, relations):
    assert around(over("AB.....C"), beside(at(1, 0.5), 3.0, 0.0), near_m) == relations


def test_beside_all_areas_the_nearest_of_the_layer_is_marked(over):
    one = over("A.B")
    assert around(one, at(1.25, 0.5), 50.0) == [(0, NEAR + FIRST), (1, NEAR)]
    assert around(one, at(1.5, 0.5), 50.0) == [(0, NEAR + FIRST), (1, NEAR)]
    assert around(one, at(1.75, 0.5), 50.0) == [(0, NEAR), (1, NEAR + FIRST)]


def test_nearest_gives_every_equally_near_area(over):
    one = over("A.B")
    assert one.nearest(*at(1, 0.5)) == ([0], 0.0)
    area, distance_m = one.nearest(*at(1.25, 0.5))
    assert area == [0]
    assert distance_m == pytest.approx(0.25 * 11.79, rel=0.01)
    assert one.nearest(*at(1.5, 0.5))[0] == [0, 1]
    assert over(QUARTERS).nearest(*at(1, 1)) == ([0, 1, 2, 3], 0.0)


def test_nearest_looks_as_far_as_it_must_and_only_at_its_layer(over):
    one = over(layers=[ground(list(areas("AB").values())), ground([line((5, 0), (5, 1))], [30.0])])
    area, distance_m = one.nearest(120.0, 31.0)
    assert area == [0]
    assert distance_m == pytest.approx(110_860, rel=0.001)
    assert one.nearest(120.0, 31.0, 1) == ([], INF)


def test_distance_to_the_boundary_counts_from_either_side(over):
    # North of parallel 30 a cell is 13.53 m high.
    height_m = over("A").boundary_distance_m(*arrays(at(0.5, 0.25), at(0.5, -0.25), at(0.5, 0)))
    assert height_m == pytest.approx([3.38, 3.38, 0.0], abs=0.01)


LANE, WELL = line((0, 1), (4, 1)), shapely.Point(at(8, 1))


@pytest.mark.parametrize(
    ("place", "near_m", "found"),
    [
        (at(2, 1), 0.0, [(0, INSIDE + FIRST)]),
        (beside(at(2, 1), 0.0, 4.99), 0.0, [(0, INSIDE + FIRST)]),
        (beside(at(2, 1), 0.0, 5.01), 0.0, []),
        (beside(at(2, 1), 0.0, 5.99), 1.0, [(0, NEAR + FIRST)]),
        (beside(at(4, 1), 5.01, 0.0), 0.0, []),
        (beside(at(8, 1), 0.0, -19.9), 0.0, [(1, INSIDE + FIRST)]),
        (beside(at(8, 1), 0.0, -20.1), 0.0, []),
        (beside(at(8, 1), -30.0, 0.0), 15.0, [(0, NEAR), (1, NEAR + FIRST)]),
        ((NAN, 30.0), 1e6, []),
    ],
)
def test_a_line_or_point_reaches_its_own_metres_around_itself(over, place, near_m, found):
    assert around(over(layers=[ground([LANE, WELL], [5.0, 20.0])]), place, near_m) == found


def test_of_several_lines_the_one_whose_reach_goes_deepest_is_first(over):
    narrow, wide = line((0, 1), (4, 1)), line((0, 1.5), (4, 1.5))
    one = over(layers=[ground([narrow, wide], [4.0, 30.0])])
    assert around(one, at(2, 1), 0.0) == [(0, INSIDE), (1, INSIDE + FIRST)]


def test_a_wide_line_does_not_lend_its_reach_to_a_narrow_one(over):
    narrow, wide = line((0, 1), (4, 1)), line((0, 3), (4, 3))
    assert around(over(layers=[ground([narrow, wide], [1.0, 30.0])]), at(2, 2), 0.0) == [(1, INSIDE + FIRST)]


def test_a_point_without_radius_holds_only_its_own_place(over):
    one = over(layers=[ground([WELL], [0.0])])
    assert around(one, at(8, 1), 0.0) == [(0, INSIDE + FIRST)]
    assert around(one, beside(at(8, 1), 0.1, 0.0), 0.0) == []


def test_a_set_holds_the_areas_of_every_layer_and_points_that_need_a_closer_look_say_so(over):
    one = over(layers=[ground(list(areas(QUARTERS).values())), ground(list(areas("ZZ").values()))])
    inside, outside, edge = at(0.5, 0.5), at(9, 9), at(1, 0.5)
    asked = one.sets_of(*arrays(inside, outside, edge), 0.0, NOTHING_LEARNED)
    t = one.tables
    members = [t.areas[t.set_start[s] : t.set_start[s + 1]].tolist() for s in asked.tolist() if s >= 0]
    assert members == [[0, 4], []]
    assert asked[2] == UNSETTLED
    assert [one.set_of(*place, 0.0, NOTHING_LEARNED) for place in (inside, outside, edge)] == asked.tolist()
    assert one.set_of(*beside(edge, 2.0, 0.0), 3.0, NOTHING_LEARNED) == UNSETTLED


def test_the_index_says_how_many_bytes_it_takes(over):
    assert 0 < over("A").nbytes < over(QUARTERS).nbytes
