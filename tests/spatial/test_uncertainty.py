"""Probabilities of the candidates when the position has an error, against the normal distribution itself."""

import math

import numpy as np
import pytest
import shapely
from drawing import at, beside, polygon
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.coverage_index import CoverageIndex, Ground
from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.uncertainty import (
    RECORD_HOLDS,
    SAMPLES,
    Clear,
    Settle,
    Shares,
    certain_m,
    lead,
    probabilities,
    should_ask,
    sigma_m,
    spread,
    sureness,
    with_record,
)
from gridsvc.values import Point

FAR = 1000
WEST = polygon((-FAR, -FAR), (0, -FAR), (0, FAR), (-FAR, FAR))
EAST = polygon((0, -FAR), (FAR, -FAR), (FAR, FAR), (0, FAR))
HALVES = CoverageIndex.over([Ground(np.array([WEST, EAST], dtype=object))])
# What SAMPLES promises: no straight edge in any direction and distance is wrong by more.
WORST = 0.0016


def weighed(settle: Settle, point: Point, accuracy_m: float, clear_m: Clear | None = None) -> Shares:
    """The shares of one point."""
    return probabilities(settle, [point], [accuracy_m], clear_m)[0]


def shares(east_m: float, accuracy_m: float, index: CoverageIndex = HALVES) -> dict[int, float]:
    return dict(weighed(index.covering, Point(*beside(at(0, 0), east_m, 0.0)), accuracy_m))


def normal_cdf(z: float) -> float:
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


@pytest.mark.parametrize("accuracy_m", [1.0, 5.0, 30.0, 200.0])
@pytest.mark.parametrize("distances", [-2.0, -1.0, -0.3, 0.0, 0.1, 0.5, 1.0, 1.5])
def test_beside_a_straight_edge_the_probability_is_that_of_the_normal_distribution(accuracy_m, distances):
    expected = normal_cdf(distances * accuracy_m / sigma_m(accuracy_m))
    assert shares(distances * accuracy_m, accuracy_m).get(1, 0.0) == pytest.approx(expected, abs=WORST)


@settings(max_examples=300, deadline=None)
@given(angle=st.floats(0.0, 2.0 * math.pi), distance_m=st.floats(-50, 50), accuracy_m=st.floats(0.1, 200))
def test_beside_an_edge_in_any_direction_too(angle, distance_m, accuracy_m):
    lon_m, lat_m = metres_per_degree(30.0)

    def settle(lon, lat):
        across_m = (lon - 120.0) * lon_m * math.cos(angle) + (lat - 30.0) * lat_m * math.sin(angle)
        return np.arange(len(lon)), (across_m > distance_m).astype(int)

    beyond = dict(weighed(settle, Point(120.0, 30.0), accuracy_m)).get(1, 0.0)
    assert beyond == pytest.approx(normal_cdf(-distance_m / sigma_m(accuracy_m)), abs=WORST)


def test_over_all_edges_the_mean_error_is_far_below_the_worst():
    east, north = (v / sigma_m(1.0) for v in spread(1.0))
    distances = np.linspace(-4.0, 4.0, 401)
    expected = np.array([normal_cdf(d) for d in distances])
    errors = []
    for angle in np.linspace(0.0, 2.0 * math.pi, 180, endpoint=False):
        across = np.sort(east * math.cos(angle) + north * math.sin(angle))
        errors.append(np.abs(np.searchsorted(across, distances, side="right") / SAMPLES - expected))
    assert np.mean(errors) < 0.0002
    assert np.max(errors) < WORST


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), accuracy_m=st.floats(2.0, 60.0))
def test_in_a_random_partition_the_probabilities_are_those_of_plain_chance(seed, accuracy_m):
    rng = np.random.default_rng(seed)
    lon_m, lat_m = metres_per_degree(30.0)
    seats = np.column_stack([120.0 + rng.uniform(-60, 60, 12) / lon_m, 30.0 + rng.uniform(-60, 60, 12) / lat_m])
    everywhere = shapely.box(119.9, 29.9, 120.1, 30.1)
    drawn = shapely.voronoi_polygons(shapely.MultiPoint(seats), extend_to=everywhere, ordered=True)
    index = CoverageIndex.over([Ground(shapely.get_parts(drawn))])
    found = weighed(index.covering, Point(120.0, 30.0), accuracy_m)

    n = 100_000
    true = np.array([120.0, 30.0]) + rng.standard_normal((n, 2)) * sigma_m(accuracy_m) / [lon_m, lat_m]
    nearest = np.argmin(((true[:, None, :] - seats[None]) ** 2).sum(axis=2), axis=1)
    counted = np.bincount(nearest, minlength=12) / n
    by_chance = 5.0 * math.sqrt(0.25 / n)
    # An area here has several edges near the point.
    assert [dict(found).get(i, 0.0) for i in range(12)] == pytest.approx(counted.tolist(), abs=by_chance + 2 * WORST)


def test_the_stated_share_lies_within_the_accuracy():
    east, north = spread(10.0)
    assert (np.hypot(east, north) <= 10.0).mean() == pytest.approx(0.68, abs=1.0 / SAMPLES)


def test_a_radius_of_95_in_100_is_1_62_times_that_of_68():
    assert math.sqrt(-2.0 * math.log(0.05)) * sigma_m(1.0) == pytest.approx(1.62, abs=0.005)


def test_the_spread_is_centred_on_the_reported_position_and_equally_wide_in_every_direction():
    east, north = spread(10.0)
    assert [float(np.mean(v)) for v in (east, north)] == pytest.approx([0.0, 0.0], abs=0.01)
    assert [float(np.std(v)) for v in (east, north)] == pytest.approx([sigma_m(10.0)] * 2, rel=1e-3)
    assert float(np.mean(east * north)) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("accuracy_m", [0.5, 10.0, 300.0])
def test_beyond_the_certain_distance_lies_a_thousandth_of_the_error(accuracy_m):
    beyond = np.hypot(*spread(accuracy_m)) > certain_m(accuracy_m)
    assert beyond.mean() == pytest.approx(0.001, abs=1.0 / SAMPLES)


def test_farther_from_an_edge_than_the_certain_distance_an_area_is_as_good_as_certain():
    assert shares(certain_m(5.0), 5.0)[1] >= 0.999


def test_the_same_question_has_the_same_answer():
    assert shares(3.0, 10.0) == shares(3.0, 10.0)


def test_the_most_probable_comes_first_and_equal_ones_by_code():
    point = Point(*beside(at(0, 0), -4.0, 0.0))
    assert [a for a, _ in weighed(HALVES.covering, point, 10.0)] == [0, 1]
    assert [a for a, _ in weighed(HALVES.covering, Point(*beside(at(0, 0), 4.0, 0.0)), 10.0)] == [1, 0]


def test_areas_that_hold_the_same_ground_share_it_equally():
    square, far = polygon((-1, -1), (1, -1), (1, 1), (-1, 1)), polygon((9, 9), (10, 9), (10, 10))
    twice = CoverageIndex.over([Ground(np.array([square, far, square], dtype=object))])
    assert weighed(twice.covering, Point(*at(0, 0)), 1.0) == [(0, 0.5), (2, 0.5)]


def test_ground_without_area_takes_its_share_away():
    alone = CoverageIndex.over([Ground(np.array([EAST], dtype=object))])
    assert shares(0.0, 10.0, alone)[0] == pytest.approx(0.5, abs=WORST)


def test_far_outside_there_is_no_candidate():
    assert weighed(HALVES.covering, Point(0.0, 0.0), 10.0) == []


@settings(max_examples=50, deadline=None)
@given(east_m=st.floats(-100, 100), north_m=st.floats(-100, 100), accuracy_m=st.floats(0.1, 200))
def test_probabilities_of_a_partition_add_up_to_one_inside_it(east_m, north_m, accuracy_m):
    found = weighed(HALVES.covering, Point(*beside(at(0, 0), east_m, north_m)), accuracy_m)
    assert sum(p for _, p in found) == pytest.approx(1.0)


@settings(max_examples=50, deadline=None)
@given(east_m=st.floats(-40, 40), north_m=st.floats(-40, 40), accuracy_m=st.floats(0.1, 200))
def test_probabilities_of_overlapping_areas_never_add_up_to_more_than_one(east_m, north_m, accuracy_m):
    overlapping = np.array([polygon((-2, -2), (1, -2), (1, 2), (-2, 2)), polygon((-1, -1), (2, -1), (2, 1), (-1, 1))])
    index = CoverageIndex.over([Ground(overlapping)])
    found = weighed(index.covering, Point(*beside(at(0, 0), east_m, north_m)), accuracy_m)
    assert sum(p for _, p in found) <= 1.0 + 1e-12


@settings(max_examples=50, deadline=None)
@given(east_m=st.floats(-40, 40), accuracy_m=st.floats(1.0, 100), known=st.floats(0.0, 0.999))
def test_what_is_known_to_be_clear_changes_nothing_but_the_work(east_m, accuracy_m, known):
    point = Point(*beside(at(0, 0), east_m, 0.0))
    asked = []

    def settle(lon, lat):
        asked.append(len(lon))
        return HALVES.covering(lon, lat)

    whole = weighed(settle, point, accuracy_m)
    short = weighed(settle, point, accuracy_m, lambda lon, lat: known * HALVES.boundary_distance_m(lon, lat))
    assert [a for a, _ in short] == [a for a, _ in whole]
    assert [p for _, p in short] == pytest.approx([p for _, p in whole])
    assert asked[1] <= asked[0] == SAMPLES


def test_of_many_points_each_has_the_shares_that_it_has_alone():
    points = [Point(*beside(at(0, 0), east_m, 0.0)) for east_m in range(-70, 71)]
    accuracies = [1.0 + i % 7 for i in range(len(points))]
    found = probabilities(HALVES.covering, points, accuracies, HALVES.boundary_distance_m)
    assert found == [weighed(HALVES.covering, p, a) for p, a in zip(points, accuracies, strict=True)]


def test_no_points_have_no_shares():
    assert probabilities(HALVES.covering, [], []) == []


def test_far_from_every_line_a_few_points_stand_for_all():
    asked = []

    def settle(lon, lat):
        asked.append(len(lon))
        return HALVES.covering(lon, lat)

    assert weighed(settle, Point(*beside(at(0, 0), 50.0, 0.0)), 5.0, HALVES.boundary_distance_m) == [(1, 1.0)]
    assert asked[0] < SAMPLES / 10


@settings(max_examples=50, deadline=None)
@given(east_m=st.floats(-30, 30), accuracy_m=st.floats(0.1, 100))
def test_both_sides_of_an_edge_are_alike(east_m, accuracy_m):
    here, there = shares(east_m, accuracy_m), shares(-east_m, accuracy_m)
    assert here.get(0, 0.0) == pytest.approx(there.get(1, 0.0), abs=2 * WORST)


@settings(max_examples=50, deadline=None)
@given(
    east_m=st.floats(0.1, 30), accuracies=st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)).map(lambda a: sorted(a))
)
def test_the_larger_the_error_the_less_sure_is_the_area_around_the_point(east_m, accuracies):
    exact, vague = (shares(east_m, accuracy_m)[1] for accuracy_m in accuracies)
    assert exact >= vague


@pytest.mark.parametrize(
    ("found", "answer", "sure", "ahead", "ask"),
    [
        ([], -1, 1.0, 1.0, False),
        ([], 3, 0.0, -1.0, True),
        ([(0, 1.0)], 0, 1.0, 1.0, False),
        ([(0, 1.0)], 1, 0.0, -1.0, True),
        ([(0, 0.76), (1, 0.24)], 0, 0.76, 0.52, False),
        ([(0, 0.74), (1, 0.26)], 0, 0.74, 0.48, True),
        ([(0, 0.76), (1, 0.24)], 1, 0.24, -0.52, True),
        ([(0, 0.5), (1, 0.5)], 1, 0.5, 0.0, True),
        ([(0, 0.7), (1, 0.1), (2, 0.1), (3, 0.1)], 0, 0.7, 0.6, False),
        ([(0, 0.7)], 0, 0.7, 0.4, True),
        ([(0, 0.2)], -1, 0.8, 0.6, False),
        ([(0, 0.4)], -1, 0.6, 0.2, True),
    ],
    ids=[
        "far outside", "named, but far outside", "certain", "certainly another", "a clear lead", "a narrow lead",
        "not the first", "even", "many weak rivals", "a little outside", "outside", "outside, not far",
    ],
)  # fmt: skip
def test_a_person_is_asked_where_the_answer_does_not_clearly_lead(found, answer, sure, ahead, ask):
    assert sureness(found, answer) == pytest.approx(sure)
    assert lead(found, answer) == pytest.approx(ahead)
    assert should_ask(found, answer) is ask


@pytest.mark.parametrize(("east_m", "ask"), [(0.0, True), (2.0, True), (10.0, False), (-2.0, True), (-10.0, False)])
def test_near_an_edge_a_person_is_asked_and_away_from_it_not(east_m, ask):
    found = weighed(HALVES.covering, Point(*beside(at(0, 0), east_m, 0.0)), 10.0)
    assert should_ask(found, int(east_m >= 0.0)) is ask


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], [(1, RECORD_HOLDS)]),
        ([(0, 0.0)], [(1, RECORD_HOLDS), (0, 0.0)]),
        ([(1, 1.0)], [(1, 1.0)]),
        ([(0, 1.0)], [(1, RECORD_HOLDS), (0, 1.0 - RECORD_HOLDS)]),
        ([(0, 0.5), (1, 0.5)], [(1, 0.5 + 0.5 * RECORD_HOLDS), (0, 0.5 - 0.5 * RECORD_HOLDS)]),
    ],
    ids=["far outside", "outside", "agrees", "contradicts", "settles a tie"],
)
def test_the_recorded_area_of_a_component_is_weighed_in(found, expected):
    mixed = with_record(found, 1)
    assert [a for a, _ in mixed] == [a for a, _ in expected]
    assert [p for _, p in mixed] == pytest.approx([p for _, p in expected])
