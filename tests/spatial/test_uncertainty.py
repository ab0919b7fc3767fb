"""Probabilities of the candidates when the position has an error, against the normal distribution."""

import math

import numpy as np
import pytest
from drawing import METRIC, at, beside, polygon
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.coverage_index import CoverageIndex
from gridsvc.spatial.edge_policy import first_of_each
from gridsvc.spatial.uncertainty import SAMPLES, farthest_m, probabilities, should_ask, spread
from gridsvc.values import Point

FAR = 1000
WEST = polygon((-FAR, -FAR), (0, -FAR), (0, FAR), (-FAR, FAR))
EAST = polygon((0, -FAR), (FAR, -FAR), (FAR, FAR), (0, FAR))
HALVES = CoverageIndex(np.array([WEST, EAST], dtype=object), METRIC)
# 68 % of a plane normal distribution lie within sigma * sqrt(-2 ln 0.32) of its middle.
SIGMAS = math.sqrt(-2.0 * math.log(0.32))
WORST = 8.0 / SAMPLES


def by(index: CoverageIndex):
    """Settle points by the least area that covers them."""
    return lambda lon, lat: first_of_each(*index.covering(lon, lat), len(lon))


def shares(east_m: float, accuracy_m: float, index: CoverageIndex = HALVES) -> dict[int, float]:
    return dict(probabilities(by(index), Point(*beside(at(0, 0), east_m, 0.0)), accuracy_m))


def normal_cdf(z: float) -> float:
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


@pytest.mark.parametrize("accuracy_m", [1.0, 5.0, 30.0, 200.0])
@pytest.mark.parametrize("distances", [-2.0, -1.0, -0.3, 0.0, 0.1, 0.5, 1.0, 1.5])
def test_beside_a_straight_edge_the_probability_is_that_of_the_normal_distribution(accuracy_m, distances):
    expected = normal_cdf(distances * SIGMAS)
    assert shares(distances * accuracy_m, accuracy_m).get(1, 0.0) == pytest.approx(expected, abs=WORST)


def test_over_all_edges_the_error_is_a_thousandth_on_average_and_never_a_hundredth():
    east, north = spread(1.0)
    distances = np.linspace(-3.0, 3.0, 301)
    expected = np.array([normal_cdf(d * SIGMAS) for d in distances])
    errors = []
    for angle in np.linspace(0.0, 2.0 * math.pi, 360, endpoint=False):
        across = np.sort(east * math.cos(angle) + north * math.sin(angle))
        errors.append(np.abs(np.searchsorted(across, distances, side="right") / SAMPLES - expected))
    assert np.mean(errors) < 1.0 / SAMPLES
    assert np.max(errors) < WORST


def test_the_stated_share_lies_within_the_accuracy():
    east, north = spread(10.0)
    assert (np.hypot(east, north) <= 10.0).mean() == pytest.approx(0.68, abs=1.0 / SAMPLES)


def test_the_spread_is_centred_on_the_reported_position():
    assert [float(np.mean(v)) for v in spread(10.0)] == pytest.approx([0.0, 0.0], abs=0.05)


@pytest.mark.parametrize("accuracy_m", [0.5, 10.0, 300.0])
def test_no_spread_point_lies_beyond_the_farthest_distance(accuracy_m):
    east, north = spread(accuracy_m)
    assert float(np.hypot(east, north).max()) == pytest.approx(farthest_m(accuracy_m), rel=1e-9)


def test_farther_from_every_edge_than_the_spread_reaches_one_area_is_certain():
    assert shares(farthest_m(5.0) + 0.01, 5.0) == {1: 1.0}


def test_the_same_question_has_the_same_answer():
    assert shares(3.0, 10.0) == shares(3.0, 10.0)


def test_the_most_probable_comes_first_and_equal_ones_by_code():
    point = Point(*beside(at(0, 0), -4.0, 0.0))
    assert [a for a, _ in probabilities(by(HALVES), point, 10.0)] == [0, 1]
    assert [a for a, _ in probabilities(by(HALVES), Point(*beside(at(0, 0), 4.0, 0.0)), 10.0)] == [1, 0]
    square = polygon((-1, -1), (1, -1), (1, 1), (-1, 1))
    twice = CoverageIndex(np.array([square, polygon((9, 9), (10, 9), (10, 10)), square], dtype=object), METRIC)
    assert [a for a, _ in probabilities(by(twice), Point(*at(0, 0)), 1.0)] == [0]


def test_ground_without_area_takes_its_share_away():
    alone = CoverageIndex(np.array([EAST], dtype=object), METRIC)
    assert shares(0.0, 10.0, alone)[0] == pytest.approx(0.5, abs=2.0 / SAMPLES)


def test_far_outside_there_is_no_candidate():
    assert probabilities(by(HALVES), Point(0.0, 0.0), 10.0) == []


@settings(max_examples=50, deadline=None)
@given(east_m=st.floats(-100, 100), north_m=st.floats(-100, 100), accuracy_m=st.floats(0.1, 200))
def test_probabilities_of_a_partition_add_up_to_one_inside_it(east_m, north_m, accuracy_m):
    found = probabilities(by(HALVES), Point(*beside(at(0, 0), east_m, north_m)), accuracy_m)
    assert sum(p for _, p in found) == pytest.approx(1.0)


@settings(max_examples=50, deadline=None)
@given(east_m=st.floats(-40, 40), north_m=st.floats(-40, 40), accuracy_m=st.floats(0.1, 200))
def test_probabilities_of_overlapping_areas_never_add_up_to_more_than_one(east_m, north_m, accuracy_m):
    overlapping = np.array([polygon((-2, -2), (1, -2), (1, 2), (-2, 2)), polygon((-1, -1), (2, -1), (2, 1), (-1, 1))])
    found = probabilities(by(CoverageIndex(overlapping, METRIC)), Point(*beside(at(0, 0), east_m, north_m)), accuracy_m)
    assert sum(p for _, p in found) <= 1.0 + 1e-12


@pytest.mark.parametrize(
    ("found", "ask"),
    [
        ([], True),
        ([(0, 1.0)], False),
        ([(0, 0.61), (1, 0.39)], False),
        ([(0, 0.59), (1, 0.41)], True),
        ([(0, 0.5), (1, 0.5)], True),
        ([(0, 0.55)], True),
        ([(0, 0.65)], False),
        ([(0, 0.4), (1, 0.1)], True),
    ],
    ids=["nothing", "certain", "a clear lead", "a narrow lead", "even", "half outside", "mostly inside", "mostly out"],
)
def test_a_person_is_asked_where_the_first_candidate_has_no_clear_lead(found, ask):
    assert should_ask(found) is ask


@pytest.mark.parametrize(("east_m", "ask"), [(0.0, True), (1.0, True), (10.0, False), (-1.0, True), (-10.0, False)])
def test_near_an_edge_a_person_is_asked_and_away_from_it_not(east_m, ask):
    assert should_ask(probabilities(by(HALVES), Point(*beside(at(0, 0), east_m, 0.0)), 10.0)) is ask
