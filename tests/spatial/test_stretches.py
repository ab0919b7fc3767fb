"""Dense stretches of lanes, against counting by hand: every piece of a lane, every point."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadInput
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.stretches import Stretch, dense_stretches

METRIC = Metric.at(120.0, 30.0)
EAST, NORTH = (float(v) for v in METRIC.xy(np.array(120.0), np.array(30.0)))


def lane(*corners_m: tuple[float, float]) -> shapely.LineString:
    """A lane through places given in metres from (120, 30)."""
    x, y = np.array(corners_m, float).T
    return shapely.LineString(np.column_stack(METRIC.lonlat(EAST + x, NORTH + y)))


def found(lanes: list[object], points_m: list[tuple[float, float]], metres: float, least: int) -> list[Stretch]:
    x, y = np.array(points_m, float).reshape(-1, 2).T
    return dense_stretches(np.array(lanes, object), *METRIC.lonlat(EAST + x, NORTH + y), metres, least)


STRAIGHT = lane((0, 0), (1000, 0))


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], []),
        ([(100, 0)], []),
        ([(100, 0), (400, 10)], [(100, 400, 2, 2)]),  # exactly the length
        ([(100, 0), (401, 0)], []),
        ([(100, 0), (400, 0), (700, 0)], [(100, 700, 3, 2)]),  # two pieces that share a point
        ([(0, 0), (10, 0), (500, 0), (510, 0), (520, 0)], [(500, 520, 3, 3), (0, 10, 2, 2)]),
        ([(100, 24), (110, 26)], []),  # one of them stands too far aside
        ([(100, 26), (110, 26)], []),  # both of them
        ([(5, 0), (5, 0)], [(5, 5, 2, 2)]),
        ([(-20, 0), (1020, 0), (990, 0)], [(990, 1000, 2, 2)]),  # beyond an end counts at the end
    ],
)
def test_pieces_of_one_straight_lane(points, expected):
    told = [(s.start_m, s.end_m, s.n, s.most) for s in found([STRAIGHT], points, 300, 2)]
    assert np.allclose(np.array(told).reshape(-1, 4), np.array(expected).reshape(-1, 4), atol=0.02)


def test_twenty_open_grills_on_a_street_of_three_hundred_metres():
    grills = [(15.0 * i, 5.0) for i in range(20)]
    assert [(s.n, s.most) for s in found([lane((0, 0), (300, 0))], grills, 300, 20)] == [(20, 20)]
    assert found([lane((0, 0), (300, 0))], grills[1:], 300, 20) == []


def test_a_point_counts_for_the_nearest_lane_only_and_of_two_for_the_first():
    lanes = [lane((0, 0), (500, 0)), lane((0, 20), (500, 20)), lane((0, 0), (500, 0))]
    told = found(lanes, [(10, 1), (20, 1), (30, 19), (40, 19)], 100, 2)
    assert [(s.lane, s.n) for s in told] == [(0, 2), (1, 2)]


def test_what_is_no_line_and_what_is_no_position_is_left_out():
    lanes = [None, shapely.Point(120, 30), shapely.LineString(), STRAIGHT]
    x, y = METRIC.lonlat(EAST + np.array([10.0, 20.0]), np.array([NORTH, NORTH]))
    told = dense_stretches(np.array(lanes, object), [*x, np.nan, 400.0], [*y, 30.0, 30.0], 50, 2)
    assert [(s.lane, s.n) for s in told] == [(3, 2)]
    assert dense_stretches(np.array(lanes[:3], object), x, y, 50, 2) == []


def test_the_course_is_the_part_of_the_lane_around_its_corner():
    bent = lane((0, 0), (100, 0), (100, 100))
    course = found([bent], [(50, 0), (100, 50)], 100, 2)[0].course
    x, y = METRIC.xy(*shapely.get_coordinates(course).T)
    assert np.allclose(np.column_stack([x - EAST, y - NORTH]), [(50, 0), (100, 0), (100, 50)], atol=0.01)


@pytest.mark.parametrize(
    ("metres", "least", "aside_m", "field"),
    [
        (0.0, 2, 25.0, "metres"),
        (float("nan"), 2, 25.0, "metres"),
        (300.0, 1, 25.0, "least"),
        (300.0, 2, 0.0, "aside_m"),
    ],
)
def test_nonsense_is_refused(metres, least, aside_m, field):
    with pytest.raises(BadInput) as refused:
        dense_stretches(np.array([STRAIGHT], object), [120.0], [30.0], metres, least, aside_m)
    assert [e.field for e in refused.value.errors] == [field]


@given(st.lists(st.integers(0, 1000), max_size=40), st.integers(1, 400), st.integers(2, 6))
def test_as_counting_by_hand_says(places, metres, least):
    told = found([STRAIGHT], [(at, 0) for at in places], metres + 0.5, least)
    pieces = [[b for b in places if a <= b <= a + metres] for a in sorted(set(places))]
    full = [piece for piece in pieces if len(piece) >= least]
    assert max((s.most for s in told), default=0) == max(map(len, full), default=0)
    inside = {at for piece in full for at in piece}
    assert {at for at in places if any(s.start_m - 0.1 <= at <= s.end_m + 0.1 for s in told)} == inside
    assert sum(s.n for s in told) == sum(at in inside for at in places)
