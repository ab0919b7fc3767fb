"""Rates that can be compared: what is unknown is not zero, and two periods differ by a ratio that has an interval."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.spatial.rates import FEW, few, ratios, scaled

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("n", "days", "of", "expected"),
    [
        ([], 30, [], []),
        ([0], 30, [2.0], [0.0]),
        ([6], 30, [2.0], [3.0]),
        ([6], 60, [2.0], [1.5]),
        ([6], 7.5, [2.0], [12.0]),
        ([0, 5], 30, [0.0, 0.0], [NAN, NAN]),
        ([0, 5], 30, [NAN, NAN], [NAN, NAN]),
        ([5], 30, [-1.0], [NAN]),
    ],
)
def test_cases_are_scaled_to_thirty_days_and_to_what_there_is(n, days, of, expected):
    np.testing.assert_array_equal(scaled(n, days, np.array(of, float)), expected)


@pytest.mark.parametrize(
    ("n", "expected"),
    [([], []), ([0], [False]), ([1], [True]), ([FEW - 1], [True]), ([FEW], [False])],
)
def test_few_cases_are_marked_and_none_are_not(n, expected):
    assert few(np.array(n, float)).tolist() == expected


@pytest.mark.parametrize(("n", "before", "expected"), [(0, 0, False), (50, 3, True), (50, 0, True), (50, 50, False)])
def test_a_comparison_is_as_weak_as_its_weaker_side(n, before, expected):
    assert few(np.array([n]), np.array([before])).tolist() == [expected]


@pytest.mark.parametrize(
    ("n", "days", "before", "days_before", "expected"),
    [
        (0, 30, 0, 30, (NAN, NAN, NAN)),
        (5, 30, 0, 30, (INF, None, INF)),
        (0, 30, 5, 30, (0.0, 0.0, None)),
        (20, 30, 10, 30, (2.0, None, None)),
        (20, 30, 10, 15, (1.0, None, None)),
        (10, 30, 15, 30, (2 / 3, None, None)),
    ],
)
def test_the_ratio_is_that_of_the_rates(n, days, before, days_before, expected):
    for found, wanted in zip(ratios([n], days, [before], days_before), expected, strict=True):
        if wanted is not None:
            np.testing.assert_array_equal(found, [wanted])


def test_the_interval_is_wilson_s_of_the_share():
    # 20 of 30: Wilson's 95 % interval of the share is 0.4878 to 0.8077.
    _, low, high = ratios([20], 30, [10], 30)
    assert low[0] / (1 + low[0]) == pytest.approx(0.4878, abs=1e-4)
    assert high[0] / (1 + high[0]) == pytest.approx(0.8077, abs=1e-4)


COUNTS = st.integers(0, 10**6)
DAYS = st.floats(0.01, 4000)


@given(COUNTS, DAYS, COUNTS, DAYS)
def test_the_interval_holds_the_ratio_and_turns_around_with_the_periods(n, days, before, days_before):
    (ratio,), (low,), (high,) = ratios([n], days, [before], days_before)
    if n + before == 0:
        assert math.isnan(ratio)
        return
    assert low <= ratio * (1 + 1e-9)
    assert ratio <= high * (1 + 1e-9)
    (_,), (low_back,), (high_back,) = ratios([before], days_before, [n], days)
    assert low_back * high == pytest.approx(1) if 0 < low_back < INF else low_back in (0.0, INF)
    assert high_back * low == pytest.approx(1) if 0 < high_back < INF else high_back in (0.0, INF)
