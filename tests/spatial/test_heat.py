"""Heat: sums to areas, class breaks; the rows that are set aside are always countable."""

import numpy as np
import pytest

from gridsvc.errors import BadInput
from gridsvc.spatial.heat import NO_CASE, UNKNOWN, breaks, classify, counts, usable

NAN = float("nan")


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [([], [], []), ([NAN], [30], [False]), ([120], [np.inf], [False]), ([181], [30], [False]), ([180], [-89], [True])],
)
def test_rows_without_a_usable_coordinate_are_marked(lon, lat, expected):
    assert usable(lon, lat).tolist() == expected


def test_unequal_columns_are_refused_by_name():
    with pytest.raises(BadInput) as e:
        usable([1.0, 2.0], [1.0])
    assert e.value.errors[0].value == [(2,), (1,)]


def test_counts_and_the_set_aside_add_up():
    per_area, aside = counts(np.array([0, 2, 2, -1, -1, -1]), 4)
    assert per_area.tolist() == [1, 0, 2, 0]
    assert aside == 3


def test_counts_of_nothing():
    per_area, aside = counts([], 2)
    assert (per_area.tolist(), aside) == ([0, 0], 0)


@pytest.mark.parametrize("position", [4, -2])
def test_a_position_beyond_the_layer_is_refused(position):
    with pytest.raises(BadInput) as e:
        counts([0, position], 4)
    assert e.value.errors[0].value == position


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([0, 0, NAN, -3, np.inf], []),
        ([5], [0]),
        ([5, 5, 5, 0], [0]),
        ([1, 2, 2, 3, 0], [0, 2, 3]),
    ],
)
def test_few_distinct_values_get_one_class_each(values, expected):
    assert breaks(values).tolist() == expected


def test_no_class_is_empty_however_lopsided_the_values():
    values = np.concatenate([np.ones(1000), [2, 3, 50, 400, 401, 1e6, 0.001]])
    lower = breaks(values)
    assert set(classify(values, lower)) == set(range(len(lower)))


def test_many_values_are_shared_evenly_among_readable_breaks():
    values = np.random.default_rng(3).lognormal(3, 1, 20_000)
    lower = breaks(values)
    shares = np.bincount(classify(values, lower)) / len(values)
    assert len(lower) == 6
    assert shares == pytest.approx(np.full(6, 1 / 6), abs=0.02)
    assert all(f"{b:.2g}" == f"{b:.10g}" or float(f"{b:.2g}") == pytest.approx(b) for b in lower)


def test_a_value_on_a_break_belongs_to_the_class_above():
    assert classify([4.9, 5.0, 0.0, -1.0, NAN, 99], [0, 5, 10]).tolist() == [0, 1, NO_CASE, NO_CASE, UNKNOWN, 2]


def test_without_breaks_nothing_has_a_class():
    assert classify([0.0, NAN], []).tolist() == [NO_CASE, UNKNOWN]
